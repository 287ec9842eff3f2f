"""How often a trial that is read a thousand times is wrong, what it finds, and when: beside a test read once.

    .venv/bin/python bench/trials.py --quick        1,000 runs of each
    .venv/bin/python bench/trials.py                20,000 runs: chance moves a rate of 5 % by 0.15
    .venv/bin/python bench/trials.py --full         100,000 runs
    .venv/bin/python bench/trials.py --json         one JSON object a line, for machines
    .venv/bin/python bench/trials.py --only guard   the guard on campaigns alone (or: trials, or any of PARTS; several)

Three kinds of data: normal; 5 % conversion; 5 % with an outcome, lognormal with sigma 1. 20,000 units a trial, read
after every 20. Nothing is tuned to the seeds (`--seed`). `closed` and `open` are the product's intervals
(docs/spec/trials.md); the peers are Welch's test, read once at the end, and the same read at every look.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from typing import Literal

import numpy as np
from _figures import Figure, tell
from _trials import guard
from _trials.looks import DATA, Flags, Floats, Looked, Setting, effect_for, found, found_by_peeking, looked
from _trials.other_checks import betting_misses, sums_agree, unequal_arms

from huoshui.core.trials.boundaries import Boundary
from huoshui.core.trials.planner import mean_end, power_of

RUNS = {"quick": 1_000, "default": 20_000, "full": 100_000}
POWER_RUNS_SHARE = 5
"""Power is measured on so many times fewer runs: it need not be known as exactly."""
ALPHA = 0.05
FIXED_POWER = 0.97
DRIFT = 1.959964 + 1.880794
"""The effect in standard errors of the planned end at which a plain test read once finds 97 % of them."""
EXTREME_SPLITS = (0.2, 0.05)
STOPS_BUYING = -0.9
SHOWN: tuple[Boundary, ...] = ("closed", "open")
GROUPS = {"trials": ("errors", "power", "bets", "arms", "sums"), "guard": guard.PARTS}
PARTS = tuple(part for parts in GROUPS.values() for part in parts)
Rule = Boundary | Literal["peeking"]


def main() -> int:
    """Measure what was asked for; 1 where a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", default="default")
    size.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--seed", type=int, default=20_261_123)
    parser.add_argument("--only", choices=(*GROUPS, *PARTS), action="append", help="a part alone, or several")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = parser.parse_args()
    return tell(_figures(asked), as_json=asked.json, packages=("numpy", "scipy"))


def _figures(asked: argparse.Namespace) -> Iterator[Figure]:
    runs, seed = RUNS[asked.size], asked.seed
    fewer = max(200, runs // POWER_RUNS_SHARE)
    parts = {part for name in asked.only or GROUPS for part in GROUPS.get(name, (name,))}
    if "errors" in parts:
        yield from _errors(runs, seed)
    if "power" in parts:
        yield from _power(fewer, seed + 1)
    if "bets" in parts:
        yield from betting_misses(fewer, seed + 2, alpha=ALPHA)
    if "arms" in parts:
        yield from unequal_arms(fewer, seed + 3)
    if "sums" in parts:
        yield sums_agree(seed + 4)
    yield from guard.figures(asked.size, seed, parts)


def _errors(runs: int, seed: int) -> Iterator[Figure]:
    """How often trials of nothing say something."""
    settings = [Setting(data) for data in DATA]
    settings += [Setting("zero-inflated lognormal", treated=share) for share in EXTREME_SPLITS]
    for number, setting in enumerate(settings):
        wrong: dict[Rule, int] = dict.fromkeys((*SHOWN, "fixed", "peeking"), 0)
        for sharp, plain in looked(setting, runs, seed * 100 + number):
            for name in wrong:
                more, less, _ = _read(sharp if name in SHOWN else plain, name, setting)
                wrong[name] += int((more | less).sum())
        rate = {name: count / runs for name, count in wrong.items()}
        for name in SHOWN:
            yield Figure(
                f"error, {setting.data}, {setting.treated:.0%} treated, {name}", rate[name], rate["peeking"],
                f"Welch's test read {setting.looks:,} times; read once: {rate['fixed']:.3f}", ALPHA, rate[name],
                f"<= {ALPHA:g}{_noise(runs)}", rate[name] <= ALPHA + _slack(runs), "share",
            )  # fmt: skip


def _power(runs: int, seed: int) -> Iterator[Figure]:
    """What is found of an effect that a plain test read once finds in 97 of 100, and when."""
    settings = [Setting(data) for data in DATA] + [Setting("normal", known=0.7)]
    settings += [Setting("zero-inflated lognormal", treated=share) for share in EXTREME_SPLITS]
    settings.append(Setting("zero-inflated lognormal", treated=min(EXTREME_SPLITS), effect=STOPS_BUYING))
    for number, nothing in enumerate(settings):
        setting = replace(nothing, effect=nothing.effect or effect_for(nothing, DRIFT))
        ends: dict[Rule, list[float]] = {name: [] for name in (*SHOWN, "fixed")}
        right: dict[Rule, int] = dict.fromkeys(ends, 0)
        for sharp, plain in looked(setting, runs, seed * 100 + number):
            for name in ends:
                more, less, end = _read(sharp if name in SHOWN else plain, name, setting)
                right[name] += int((more if setting.effect > 0 else less).sum())
                ends[name] += end.tolist()
        known = f", CUPED with correlation {setting.known}" if setting.known else ""
        for name in SHOWN:
            loss = f", buying down {-setting.effect:.0%}" if setting.effect < 0 else ""
            told = f"{setting.data}, {setting.treated:.0%} treated{known}{loss}, {name}"
            theory = power_of(name, DRIFT / sqrt(1 - setting.known**2), alpha=ALPHA) if not loss else None
            yield Figure(
                f"power, {told}", right[name] / runs, right["fixed"] / runs, "Welch's test read once",
                theory, right[name] / max(1, right["fixed"]), unit="share",
            )  # fmt: skip
            theory = mean_end(name, DRIFT / sqrt(1 - setting.known**2), alpha=ALPHA) if not loss else None
            yield Figure(
                f"mean end, {told}", float(np.mean(ends[name])), 1.0, "Welch's test read once", theory,
                unit="share of units",
            )  # fmt: skip


def _read(part: Looked, name: Rule, setting: Setting) -> tuple[Flags, Flags, Floats]:
    if name == "peeking":
        return found_by_peeking(part, alpha=ALPHA)
    return found(part, name, planned=setting.units, alpha=ALPHA)


def _slack(runs: int) -> float:
    """What chance adds to a measured rate of 5 % in at most 1 of 200 benches."""
    return 2.576 * sqrt(ALPHA * (1 - ALPHA) / runs)


def _noise(runs: int) -> str:
    return f" + {_slack(runs):.4f} (chance of {runs:,} runs)"


if __name__ == "__main__":
    sys.exit(main())
