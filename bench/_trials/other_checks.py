"""Beside the intervals: exact ones by bets, arms that lack units, and the bench's formulas against the product's."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from _figures import Figure

from _trials.looks import Setting, drawn, estimates
from huoshui.core.trials.bounded import Counts, log_wealth, mean_between
from huoshui.core.trials.difference import difference
from huoshui.core.trials.sample_ratio import STOPS_BELOW, sample_ratio
from huoshui.core.trials.sums import sums_by_arm

LOOKS = 1_000
UNITS = 20_000
SHARE = 0.05
HALVES = (Fraction(1, 2), Fraction(1, 2))
RUNS_MOST = 1_000
"""Daily looks at arm sizes go through the product, one by one."""
LOST = 0.03
"""Of the treated, who are lost before they are counted in the unhealthy trials."""


def betting_misses(runs: int, seed: int, *, alpha: float) -> Iterator[Figure]:
    """How often an exact interval of a conversion of 5 % misses it at any look, and how wide it is at the end."""
    rng = np.random.default_rng(seed)
    values, missed, wide = np.array([0.0, 1.0]), 0, []
    for _ in range(runs):
        yes = (rng.random(UNITS) < SHARE).reshape(LOOKS, -1).sum(axis=1).cumsum().astype(float)
        no = np.arange(1, LOOKS + 1) * (UNITS / LOOKS) - yes
        more = log_wealth(values, np.stack([no, yes], axis=1), SHARE)
        less = log_wealth(values, np.stack([yes, no], axis=1), 1 - SHARE)
        missed += bool(max(more.max(), less.max()) >= np.log(2 / alpha))
        low, high = mean_between(Counts(1, np.array([no[-1], 0, yes[-1]], np.int64)), alpha=alpha)
        wide.append((high - low) / 2)
    yield Figure(
        f"error, exact interval by bets, {LOOKS:,} looks", missed / runs, limit=alpha, ratio=missed / runs,
        target=f"<= {alpha:g}", met=missed / runs <= alpha, unit="share",
    )  # fmt: skip
    plain = 1.959964 * float(np.sqrt(SHARE * (1 - SHARE) / UNITS))
    yield Figure(
        "half width, exact interval by bets, at the end", float(np.mean(wide)), plain, "plain interval read once",
        ratio=float(np.mean(wide)) / plain, unit="share",
    )  # fmt: skip


def unequal_arms(runs: int, seed: int) -> Iterator[Figure]:
    """How often arms of the right size are called broken when looked at every day, and how soon wrong ones are."""
    rng, runs = np.random.default_rng(seed), min(runs, RUNS_MOST)
    stopped = {"always": 0, "plain": 0}
    days, each = 365, 1_000
    for _ in range(runs):
        treated = rng.binomial(each, 0.5, days).cumsum()
        once = always = False
        for day, count in enumerate(treated.tolist(), start=1):
            ratio = sample_ratio((day * each - count, count), HALVES)
            once |= ratio.p_value < STOPS_BELOW
            always |= ratio.state == "broken"
        stopped["always"] += always
        stopped["plain"] += once
    yield Figure(
        f"healthy arms called broken in {days} daily looks", stopped["always"] / runs, stopped["plain"] / runs,
        "chi-square looked at daily", STOPS_BELOW, stopped["always"] / runs, f"<= {STOPS_BELOW:g}",
        stopped["always"] / runs <= STOPS_BELOW, "share",
    )  # fmt: skip
    kept = (1 - LOST) / 2
    found = []
    for _ in range(runs):
        total = treated = 0
        while sample_ratio((total - treated, treated), HALVES).state != "broken":
            lost = rng.binomial(each, kept / (kept + 0.5))
            total, treated = total + each, treated + int(lost)
        found.append(total)
    yield Figure(f"units until {LOST:.0%} lost of one arm are found", float(np.mean(found)), unit="units")


def sums_agree(seed: int) -> Figure:
    """The largest relative gap between the bench's estimates and the product's, over 20 trials in whole fen."""
    gap, looks = 0.0, 4
    for run in range(20):
        rng = np.random.default_rng([seed, run])
        setting = Setting("zero-inflated lognormal", treated=0.3, units=4_000, looks=looks)
        treated, outcome, _ = drawn(setting, 1, rng)
        fen = np.rint(outcome[0] * 1_000).astype(np.int64)
        before = rng.integers(0, 5_000, len(fen)) + fen
        bench, _ = estimates(treated, fen[None].astype(float), before[None].astype(float), looks)
        ours = difference(*sums_by_arm(treated[0].astype(np.int8), 2, fen, before=before)[::-1])
        for one, other in (bench.value, ours.value_est), (bench.error, ours.error_est):
            gap = max(gap, abs(float(one[0, -1]) / other - 1))
    return Figure("bench against the product, relative gap", gap, target="<= 1e-9", met=gap <= 1e-9)
