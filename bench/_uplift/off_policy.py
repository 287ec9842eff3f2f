"""Off-policy figures: equality with obp on the Open Bandit sample, what that sample tells, and coverage of intervals.

Rows for bench/uplift.py. obp lies in a folder of its own under out/ and runs in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from _figures import Figure

from _uplift.off_policy_logs import SHAPES, drawn, true_value
from huoshui.core.uplift.off_policy import Estimator, LoggedDecisions, OffPolicyValue, off_policy_value

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PEER_FOLDER = ROOT / "out" / "peers" / "obp"
EQUAL = 1e-9
COVERED = (0.93, 0.97)
ESTIMATORS: tuple[Estimator, ...] = ("ips", "snips", "dr")
CAMPAIGNS = ("all", "men")
SWITCH_AT = 2.0
SEED = 20_261_123
LOGS = {"quick": 100, "default": 1_000, "full": 1_000}
LOGS_JUDGED = 500
"""Fewer miss the target by chance alone."""
TIMES = {"quick": (1,), "default": (1,), "full": (1, 5)}
"""Logs of the sizes in SHAPES, and so many times as large."""
REPEAT = 5
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One log of the Open Bandit sample and a policy to judge on it."""

    name: str
    action: npt.NDArray[np.int64]
    probability: Floats
    reward: Floats
    policy: Floats
    model: Floats


def off_policy_figures(*, size: str = "default", data: Path) -> Iterator[Figure]:
    """Every row: `size` is quick, default or full; `data` the folder of real data."""
    if (data / "openbandit").is_dir():
        yield from _open_bandit(data / "openbandit")
    else:
        print("off-policy on Open Bandit not run: no data (set HUOSHUI_DATA to its folder)", file=sys.stderr)
    for times in TIMES[size]:
        yield from _coverage(times, LOGS[size])


# --- the Open Bandit sample ------------------------------------------------------------------------------


def _open_bandit(folder: Path) -> Iterator[Figure]:
    cases = [case for campaign in CAMPAIGNS for case in _cases(folder, campaign)]
    peer, why_not = _obp(cases)
    if why_not:
        print(f"obp not run: {why_not}", file=sys.stderr)
    for estimator in (*ESTIMATORS, "switch"):
        if peer is None:
            continue
        apart = float(
            np.max(
                [
                    abs(_ours(case, estimator)[0] - found[estimator]) / max(1e-12, abs(found[estimator]))
                    for case, found in zip(cases, peer["cases"], strict=True)
                ]
            )
        )
        yield Figure(
            f"Open Bandit, {estimator}: largest relative difference of {len(cases)}", apart, None,
            f"obp {peer['version']}", None, apart, f"<= {EQUAL:g}", apart <= EQUAL,
        )  # fmt: skip
    if peer is not None:
        took = float(np.median([_ours(cases[0], "snips")[1] for _ in range(REPEAT)]))
        yield Figure(
            "Open Bandit, snips with its interval, 10,000 decisions", took * 1e3, peer["interval_s"] * 1e3,
            f"obp {peer['version']}, bootstrap of {peer['draws']}, of the weighted rewards", None,
            peer["interval_s"] / took, None, None, "CPU ms",
        )  # fmt: skip
    yield from _told(cases, folder)


def _cases(folder: Path, campaign: str) -> Iterator[Case]:
    """Both logs of a campaign, each judged for the uniform policy, the one of the other log, and a single action."""
    logs = {name: pd.read_csv(folder / name / campaign / f"{campaign}.csv") for name in ("random", "bts")}
    actions = int(max(log["item_id"].max() for log in logs.values())) + 1
    for name, log in logs.items():
        action = log["item_id"].to_numpy(np.int64)
        reward = log["click"].to_numpy(np.float64)
        model = _crossed(action, reward, actions)
        policies = {
            "uniform": np.full((len(log), actions), 1 / actions),
            "shares of bts": _shares(logs["bts"], log, actions),
            "one action": np.eye(actions)[np.full(len(log), int(np.bincount(action).argmax()))],
        }
        for words, policy in policies.items():
            yield Case(
                f"{campaign}, {words} on {name}", action, log["propensity_score"].to_numpy(np.float64), reward,
                policy, model,
            )  # fmt: skip


def _shares(of: pd.DataFrame, at: pd.DataFrame, actions: int) -> Floats:
    """How often each action was shown at the row's position: what a policy that learned did on the whole."""
    count = np.zeros((int(of["position"].max()) + 1, actions))
    np.add.at(count, (of["position"].to_numpy(), of["item_id"].to_numpy()), 1.0)
    shares = count / np.maximum(1, count.sum(axis=1, keepdims=True))
    return shares[at["position"].to_numpy()]


def _crossed(action: npt.NDArray[np.int64], reward: Floats, actions: int, folds: int = 5) -> Floats:
    """Click rate by action, drawn to the mean, each decision's from the other folds."""
    fold = np.arange(len(action)) % folds
    model = np.empty((len(action), actions))
    for own in range(folds):
        other = fold != own
        clicks = np.bincount(action[other], reward[other], actions)
        shown = np.bincount(action[other], minlength=actions)
        model[~other] = (clicks + 50 * reward[other].mean()) / (shown + 50)
    return model


def _ours(case: Case, estimator: str) -> tuple[float, float]:
    """Value and CPU seconds."""
    decisions = LoggedDecisions(case.action, case.probability)
    begun = time.process_time()
    if estimator == "switch":
        found = off_policy_value(
            decisions, case.reward, case.policy, estimator="dr", model=case.model, weight_max=SWITCH_AT
        )
    else:
        found = _value(decisions, case, estimator)  # type: ignore[arg-type]
    return (float("nan") if found.value_est is None else found.value_est), time.process_time() - begun


def _value(decisions: LoggedDecisions, case: Case, estimator: Estimator) -> OffPolicyValue:
    model = case.model if estimator == "dr" else None
    return off_policy_value(decisions, case.reward, case.policy, estimator=estimator, model=model)


def _told(cases: list[Case], folder: Path) -> Iterator[Figure]:
    """What the randomised log says of the other log's policy, beside that log's own clicks."""
    for campaign in CAMPAIGNS:
        case = next(each for each in cases if each.name == f"{campaign}, shares of bts on random")
        seen = pd.read_csv(folder / "bts" / campaign / f"{campaign}.csv")["click"].mean()
        for estimator in ("snips", "dr"):
            found = _value(LoggedDecisions(case.action, case.probability), case, estimator)  # type: ignore[arg-type]
            known = found.low_est is not None
            within = f"{found.low_est:.2%} to {found.high_est:.2%}" if known else found.state
            yield Figure(
                f"Open Bandit {campaign}: clicks of bts from the random log, {estimator}",
                (found.value_est or 0.0) * 100, seen * 100,
                f"clicks in the bts log; ours {within}, effective {found.overlap.effective_est:.0f}", None,
                (found.value_est or 0.0) / seen, None, None, "%",
            )  # fmt: skip


# --- obp, in its own folder and process ------------------------------------------------------------------


def _obp(cases: list[Case]) -> tuple[dict[str, Any] | None, str]:
    """What obp says of the cases, or why it could not be asked."""
    listed = HERE / "obp.txt"
    if not (PEER_FOLDER / "obp").is_dir():
        # Its wheel asks for an older Python and for torch; what is compared needs numpy, pandas, scikit-learn alone.
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--ignore-requires-python",
             "--require-hashes", "--only-binary", ":all:", "--target", str(PEER_FOLDER), "-r", str(listed)],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )  # fmt: skip
        if done.returncode:
            return (
                None,
                f"not installed: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no reason'}",
            )
    with tempfile.TemporaryDirectory() as place:
        for number, case in enumerate(cases):
            np.savez(
                Path(place) / f"{number}.npz", action=case.action, probability=case.probability,
                reward=case.reward, policy=case.policy, model=case.model,
            )  # fmt: skip
        done = subprocess.run(
            [sys.executable, str(HERE / "off_policy_obp.py"), place, str(SWITCH_AT)],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(PEER_FOLDER), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    if done.returncode:
        return None, f"it failed: {done.stderr.strip().splitlines()[-1]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found, ""


# --- coverage where the truth is known -------------------------------------------------------------------


def _coverage(times: int, logs: int, *, seed: int = SEED) -> Iterator[Figure]:
    for number, (name, shape) in enumerate(SHAPES.items()):
        if shape.refuses and times > 1:
            continue
        truth, n = true_value(name), shape.decisions * times
        rng = np.random.default_rng([seed, n, number])
        found: dict[str, list[OffPolicyValue]] = {estimator: [] for estimator in ESTIMATORS}
        for _ in range(logs):
            log = drawn(rng, name, n)
            for estimator in ESTIMATORS:
                model = log.model if estimator == "dr" else None
                found[estimator].append(
                    off_policy_value(log.decisions, log.reward, log.policy, estimator=estimator, model=model)
                )
        for estimator, values in found.items():
            yield _covered(f"{name}, {estimator}, logs of {n:,}", values, truth, refuses=shape.refuses)


def _covered(what: str, values: list[OffPolicyValue], truth: float, *, refuses: bool) -> Figure:
    told = [value for value in values if value.low_est is not None and value.high_est is not None]
    answered = len(told) / len(values)
    if refuses:
        return Figure(
            f"intervals refused: {what}", 1 - answered, target=">= 0.95", met=answered <= 0.05, unit="share"
        )
    covered = float(np.mean([value.low_est <= truth <= value.high_est for value in told])) if told else 0.0
    # What a normal interval about the same figure would do.
    plain = (
        float(np.mean([abs(value.value_est - truth) <= 1.96 * value.error_est for value in told]))
        if told
        else 0.0
    )
    low, high = COVERED
    wrong = answered * (1 - covered)
    words = f"value +- 1.96 errors; an interval was given in {answered:.0%}, a wrong one in {wrong:.1%}"
    return Figure(
        f"coverage of {len(values)}: {what}", covered, plain, words, 0.95, covered, f"{low:g} to {high:g}",
        low <= covered <= high if len(values) >= LOGS_JUDGED else None, "share",
    )  # fmt: skip
