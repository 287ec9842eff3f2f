"""Hillstrom's e-mail trial, 64,000 people: any e-mail against none, split into halves again and again."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from _figures import Figure

from _uplift.peers import PeerScores, ask_econml
from huoshui.core.uplift import TrialRows, policy_value, qini
from huoshui.learn.models import fit, learn

Floats = npt.NDArray[np.float64]
LEARNERS = ("logistic", "boosted", "rule", "propensity", "random")
SHARES = (0.1, 0.3, 0.5)
TABLE_QINI = 46.8
"""T-learner, logistic, mean over ten splits, x 1e4, as measured when the learner was looked for."""
FIT_S = 0.3
LOSS_MOST = 0.05
SPLITS = {"quick": 2, "default": 10, "full": 10}
PEER_SPLITS = {"quick": 1, "default": 3, "full": 10}
SEED = 20_261_123


@dataclass
class Seen:
    """Of one learner: over all splits its Qini, value at each share, and CPU seconds a fit."""

    qini: list[float] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, judging: TrialRows, score: Floats, seconds: float) -> None:
        """One split more."""
        self.qini.append(qini(judging, score).value_est)
        self.values.append([policy_value(judging, score, share).per_user.value_est for share in SHARES])
        self.seconds.append(seconds)

    @property
    def mean(self) -> float:
        """Mean Qini x 1e4."""
        return float(np.mean(self.qini)) * 1e4

    @property
    def noise(self) -> float:
        """Standard error of that mean over the splits."""
        return float(np.std(self.qini, ddof=1) / np.sqrt(len(self.qini))) * 1e4

    def extra(self, share: float) -> float:
        """Extra answers per 100 treated."""
        return float(np.mean([own[SHARES.index(share)] for own in self.values])) / share * 100


def read_trial(folder: Path, outcome: str) -> TrialRows:
    """The trial with plain features; the words as numbers, one column a word but one."""
    table = pd.read_csv(folder / "hillstrom" / "hillstrom.csv")
    columns = {name: table[name] for name in ("recency", "history", "mens", "womens", "newbie")}
    columns |= {word: table["zip_code"] == word for word in ("Surburban", "Urban")}
    columns |= {word: table["channel"] == word for word in ("Phone", "Web")}
    treated = (table["treatment"] != "No E-Mail").to_numpy()
    return TrialRows(
        names=tuple(columns),
        features=np.column_stack(list(columns.values())).astype(np.float32),
        amount_fen=treated.astype(np.int64),
        probability=np.where(treated, 2 / 3, 1 / 3),
        outcome=table[outcome].to_numpy(np.float64),
    )


def halves(rows: TrialRows, splits: int) -> Iterator[tuple[TrialRows, TrialRows]]:
    """Cut in two by chance."""
    for number in range(splits):
        order = np.random.default_rng([SEED, number]).permutation(rows.rows)
        yield rows.take(order[: rows.rows // 2]), rows.take(order[rows.rows // 2 :])


def hillstrom_figures(*, size: str, data: Path) -> Iterator[Figure]:
    """Every row of the table about this trial."""
    rows = read_trial(data, "visit")
    seen = {name: Seen() for name in (*LEARNERS, "chosen")}
    pairs = list(halves(rows, SPLITS[size]))
    for number, (taught, judging) in enumerate(pairs):
        for name in LEARNERS:
            begun = time.process_time()
            learner = fit(name, taught, seed=number)
            seconds = time.process_time() - begun
            seen[name].add(judging, learner.effects(judging.features), seconds)
        begun = time.process_time()
        model = learn(taught, seed=number).model
        seconds = time.process_time() - begun
        seen["chosen"].add(judging, model.order(judging.features), seconds)
    yield from _of_learners(seen)
    yield from _of_choice(seen)
    peer = ask_econml(pairs[: PEER_SPLITS[size]])
    yield from _of_peers(peer, pairs, seen)
    for outcome in ("conversion", "spend"):
        choice = learn(read_trial(data, outcome), seed=1).choice
        told = float(choice.state == "no_detectable_difference")
        yield Figure(
            f"Hillstrom {outcome}: said that no difference is detectable", told, None, None, None, told,
            "= 1", told == 1.0, "Qini x 1e4 on rows not seen: "
            f"{choice.deciding.value_est * 1e4:.1f} ({choice.deciding.low_est * 1e4:.1f} to "
            f"{choice.deciding.high_est * 1e4:.1f})",
        )  # fmt: skip


def _of_learners(seen: dict[str, Seen]) -> Iterator[Figure]:
    logistic, propensity = seen["logistic"], seen["propensity"]
    reached = logistic.mean + 2 * logistic.noise
    yield Figure(
        "Hillstrom visit: Qini x 1e4, logistic", logistic.mean, propensity.mean, "propensity", TABLE_QINI,
        reached, f"mean + 2 errors of the splits >= {TABLE_QINI}", reached >= TABLE_QINI, "",
    )  # fmt: skip
    above = float(np.mean(np.array(logistic.qini) > np.array(propensity.qini)))
    yield Figure(
        "Hillstrom visit: splits in which logistic is above propensity", above, None, None, 1.0, above, "= 1",
        above == 1.0, f"share of {len(logistic.qini)}",
    )  # fmt: skip
    for name in LEARNERS:
        own = seen[name]
        yield Figure(
            f"Hillstrom visit: Qini x 1e4, {name}",
            own.mean,
            None,
            None,
            TABLE_QINI,
            unit=f"+- {own.noise:.1f}",
        )
        yield Figure(f"Hillstrom visit: extra visits per 100 treated, top 30 %, {name}", own.extra(0.3))
    for name in ("logistic", "boosted"):
        seconds = float(np.median(seen[name].seconds))
        bound = FIT_S if name == "logistic" else None
        yield Figure(
            f"fit on 32,000 rows, {name}", seconds, None, None, None, seconds,
            f"<= {bound}" if bound else None, seconds <= bound if bound else None, "CPU s",
        )  # fmt: skip
    yield Figure(
        "learning from 32,000 rows, all folds and learners",
        float(np.median(seen["chosen"].seconds)),
        unit="CPU s",
    )


def _of_choice(seen: dict[str, Seen]) -> Iterator[Figure]:
    for at, share in enumerate(SHARES):
        means = {name: float(np.mean([own[at] for own in seen[name].values])) for name in seen}
        best = max(LEARNERS[:-1], key=lambda name: means[name])
        loss = 1 - means["chosen"] / means[best]
        yield Figure(
            f"Hillstrom visit: value lost by choosing, {share:.0%} treated", loss, means[best] * 100,
            f"{best}, best of all: extra visits per 100 people", None, loss, f"<= {LOSS_MOST}",
            loss <= LOSS_MOST, "share",
        )  # fmt: skip


def _of_peers(
    peer: PeerScores | str, pairs: list[tuple[TrialRows, TrialRows]], seen: dict[str, Seen]
) -> Iterator[Figure]:
    if isinstance(peer, str):
        print(f"not run: econml, {peer}", file=sys.stderr)
        return
    for name, scores in peer.scores.items():
        judged = [qini(judging, own).value_est for (_, judging), own in zip(pairs, scores, strict=False)]
        theirs, ours = (
            float(np.mean(judged)) * 1e4,
            float(np.mean(seen["logistic"].qini[: len(judged)])) * 1e4,
        )
        yield Figure(
            f"Hillstrom visit: Qini x 1e4, logistic beside {name}", ours, theirs,
            f"econml {peer.version}, the same {len(judged)} splits", None, ours / theirs if theirs else None,
        )  # fmt: skip
        seconds = float(np.median(seen["logistic"].seconds))
        yield Figure(
            f"fit on 32,000 rows, logistic beside {name}", seconds, peer.seconds[name],
            f"econml {peer.version}", None, peer.seconds[name] / seconds, None, None, "CPU s; ratio: peer / ours",
        )  # fmt: skip
