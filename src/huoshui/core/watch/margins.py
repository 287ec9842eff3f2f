"""The guardrail: does what a campaign brings within its window still stand 30 and 90 days later?

Margin (value less bonus) a user, treated less holdout, of users seen that long; each user counts by all of it. What
comes after the window is a figure of its own: where the treated then buy less than the holdout, the campaign has
pulled purchases forward. Intervals hold at every look (core/trials, asymptotic confidence sequences).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.boundaries import factor
from huoshui.core.trials.difference import difference
from huoshui.core.trials.sums import Sums, sums_of
from huoshui.core.watch.values import Numbers

Ints = npt.NDArray[np.int64]
EVENTS_LEAST = 50
"""Users with an order, in each arm, before anything is read: means of fewer are not normal (skewed amounts)."""
UNITS_PLANNED = 20_000
"""The interval is narrowest there; it holds everywhere."""
ALPHA = 0.05
NO_SUMS = Sums()


@dataclass(frozen=True, slots=True)
class HorizonSums:
    """Users seen for `days`: margin until then (`whole`), and the part after the window (`after`), by arm."""

    days: int
    whole_treated: Sums = NO_SUMS
    whole_control: Sums = NO_SUMS
    after_treated: Sums = NO_SUMS
    after_control: Sums = NO_SUMS

    def __add__(self, other: Self) -> Self:
        if self.days != other.days:
            raise ValueError("horizons of different length do not add up")
        return type(self)(
            self.days,
            self.whole_treated + other.whole_treated,
            self.whole_control + other.whole_control,
            self.after_treated + other.after_treated,
            self.after_control + other.after_control,
        )


@dataclass(frozen=True, slots=True)
class MarginGap:
    """Treated less holdout in fen a user, at one horizon; `state` says whether there is anything to read."""

    days: int
    part: Literal["whole", "after"]
    state: Literal["known", "no_control", "too_few"]
    gap_est: float = nan
    low_est: float = nan
    high_est: float = nan
    treated: int = 0
    control: int = 0


@dataclass(frozen=True, slots=True)
class Guardrail:
    """The verdict at the longest horizon that can be read, and all gaps.

    harm: less margin in all · pulled_forward: less after the window · holds: more in all · unclear: the interval spans
    0 · immature: nobody, or too few, seen so long · unknown: no control.
    """

    state: Literal["unknown", "immature", "unclear", "holds", "pulled_forward", "harm"]
    days: int | None
    gaps: tuple[MarginGap, ...]

    @property
    def numbers(self) -> Numbers:
        """What the verdict rests on."""
        told: list[tuple[str, float | int | str]] = []
        for gap in self.gaps:
            if gap.state == "known" and gap.days == self.days:
                told += [(f"{gap.part}_fen_est", gap.gap_est), (f"{gap.part}_low_est", gap.low_est)]
                told += [(f"{gap.part}_high_est", gap.high_est)]
        return (("days", self.days or 0), *told)


def horizon_sums(
    days: int,
    margin_fen: Ints,
    window_margin_fen: Ints,
    treated: npt.NDArray[np.bool_],
    *,
    before_fen: Ints | None = None,
) -> HorizonSums:
    """The sums of users (N,) who were seen for `days`: margin until then, margin until W, and of the time before."""
    after = margin_fen - window_margin_fen

    def of(values: Ints, own: npt.NDArray[np.bool_]) -> Sums:
        return sums_of(values[own], before=None if before_fen is None else before_fen[own])

    return HorizonSums(
        days, of(margin_fen, treated), of(margin_fen, ~treated), of(after, treated), of(after, ~treated)
    )


def guardrail(horizons: Sequence[HorizonSums]) -> Guardrail:
    """From sums at several horizons (30 and 90 days); the longest that can be read decides."""
    gaps: list[MarginGap] = []
    verdict: Guardrail | None = None
    for sums in sorted(horizons, key=lambda horizon: -horizon.days):
        whole = _gap(sums.days, "whole", sums.whole_treated, sums.whole_control)
        after = _gap(sums.days, "after", sums.after_treated, sums.after_control)
        gaps += [whole, after]
        if verdict is None and whole.state == "known":
            verdict = Guardrail(_verdict(whole, after), sums.days, ())
    if verdict is not None:
        return Guardrail(verdict.state, verdict.days, tuple(gaps))
    nobody = any(gap.treated for gap in gaps) and not any(gap.control for gap in gaps)
    return Guardrail("unknown" if nobody else "immature", None, tuple(gaps))


def _verdict(whole: MarginGap, after: MarginGap) -> Literal["unclear", "holds", "pulled_forward", "harm"]:
    if whole.high_est < 0:
        return "harm"
    if after.state == "known" and after.high_est < 0:
        return "pulled_forward"
    return "holds" if whole.low_est > 0 else "unclear"


def _gap(days: int, part: Literal["whole", "after"], treated: Sums, control: Sums) -> MarginGap:
    counts = treated.units, control.units
    if not control.units:
        return MarginGap(days, part, "no_control", treated=counts[0])
    if min(treated.events, control.events) < EVENTS_LEAST:
        return MarginGap(days, part, "too_few", treated=counts[0], control=counts[1])
    gap = difference(treated, control)
    if not isfinite(gap.error_est):
        return MarginGap(days, part, "too_few", treated=counts[0], control=counts[1])
    half = float(factor("open", sum(counts), planned_units=UNITS_PLANNED, alpha=ALPHA)) * gap.error_est
    return MarginGap(
        days, part, "known", gap.value_est, gap.value_est - half, gap.value_est + half, counts[0], counts[1]
    )
