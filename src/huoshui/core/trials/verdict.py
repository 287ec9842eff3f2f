"""What a trial says today: a verdict, why, and the numbers. Never a number where nothing may be read.

Order of asking: are the arms as large as drawn (else nothing is read), is there enough to read at all, is harm proven
(the outcome or something that must not suffer), is the gain proven, is the trial at its end; else it goes on. A reading
is right on every day it is read, because its interval holds on all of them at once (boundaries.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, sqrt
from typing import Literal

import numpy as np
from scipy.special import ndtr

from huoshui.core.trials.boundaries import Boundary, factor, reached
from huoshui.core.trials.difference import difference
from huoshui.core.trials.sample_ratio import SampleRatio
from huoshui.core.trials.sums import Sums

VerdictState = Literal["no_data", "unhealthy", "waiting", "ship", "roll_back", "inconclusive"]
ReasonCode = Literal[
    "arm_sizes",
    "too_few_units",
    "too_few_events",
    "no_spread",
    "gain_shown",
    "loss_shown",
    "guardrail_harmed",
    "guardrail_open",
    "not_decided_yet",
    "units_reached",
    "budget_spent",
]
UNITS_LEAST = 30
"""An arm with fewer units says nothing (as in core/costs)."""
EVENTS_LEAST = 20
"""So many units with any outcome must fall to the smaller arm, if both were alike: else the spread is not known yet.

Not so many in each arm: that buying stops in one of them is just what a trial has to see.
"""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
"""Places and weights of a standard normal number (Gauss)."""


@dataclass(frozen=True, slots=True)
class TrialRules:
    """What was fixed before the first unit. `units_planned`: of all arms, at which the trial ends.

    `line_est`: the least effect a user that is worth it, in the outcome's unit (0 where the outcome is already net of
    cost). `arms`: control counted. `alpha` is the chance of a wrong verdict on any arm, on any day.
    """

    units_planned: int
    arms: int = 2
    alpha: float = 0.05
    boundary: Boundary = "closed"
    line_est: float = 0.0
    budget_fen: int | None = None

    def __post_init__(self) -> None:
        if self.units_planned < 2 * UNITS_LEAST or self.arms < 2 or not 0 < self.alpha < 1:
            raise ValueError(f"a trial of two arms and {2 * UNITS_LEAST} units or more is wanted: {self}")

    @property
    def alpha_arm(self) -> float:
        """The chance of error left to each treated arm (Bonferroni)."""
        return self.alpha / (self.arms - 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """An effect a user with its interval, right on all days at once; and how it was found.

    `saved_est`: share of users that knowing the time before made needless.
    """

    value_est: float
    low_est: float
    high_est: float
    error_est: float
    factor_est: float
    saved_est: float
    units: int


@dataclass(frozen=True, slots=True)
class Guardrail:
    """Something that must not suffer: sums of both arms. `margin_est`: what loss a user would still be borne.

    Shown harmed (the interval lies below -margin) the trial is rolled back; a ship waits for it only if `must_be_safe`.
    """

    name: str
    treated: Sums
    control: Sums
    margin_est: float = 0.0
    must_be_safe: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict, with the numbers it stands on."""

    code: ReasonCode
    numbers: tuple[tuple[str, float | str], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one arm. `reading` is None where nothing may be read; `days_left_est` only while waiting.

    `days_left_est`: to a verdict if the effect is what it looks like; `days_left_most`: to the planned end.
    `chance_est`: that the outcome decides by then, over what the effect may be.
    """

    state: VerdictState
    reasons: tuple[Reason, ...]
    reading: Reading | None = None
    guardrails: tuple[tuple[str, Reading], ...] = ()
    days_left_est: int | None = None
    days_left_most: int | None = None
    chance_est: float | None = None


def judge(
    treated: Sums,
    control: Sums,
    ratio: SampleRatio,
    rules: TrialRules,
    *,
    units_all: int | None = None,
    units_per_day_est: float | None = None,
    guardrails: Sequence[Guardrail] = (),
    spent_fen: int = 0,
) -> Verdict:
    """The verdict on one arm against control. `units_all`: of all arms (default: of these two).

    `ratio` is of the units assigned, whose windows need not have passed; sums are of those whose windows have.
    """
    if ratio.state == "broken":
        p = ("p_always", ratio.p_always), ("p_value", ratio.p_value)
        return Verdict("unhealthy", (Reason("arm_sizes", (*p, *_sizes(ratio))),))
    seen = treated.units + control.units if units_all is None else units_all
    ended = _ended(seen, spent_fen, rules)
    lacking = _lacking(treated, control)
    if lacking is not None:
        return Verdict("inconclusive" if ended else "no_data", (lacking, *ended))
    planned = rules.units_planned * (treated.units + control.units) / max(seen, 1)
    reading = read(treated, control, rules, planned_units=planned, alpha=rules.alpha_arm)
    if reading is None:
        return Verdict("inconclusive" if ended else "no_data", (Reason("no_spread"), *ended))
    read_rails = _guarded(guardrails, rules, planned)
    rails = tuple((rail.name, found) for rail, found in read_rails if found is not None)
    harmed = tuple(
        Reason("guardrail_harmed", (("name", rail.name), *_ends(found)))
        for rail, found in read_rails
        if found is not None and found.high_est < -rail.margin_est
    )
    if harmed:
        return Verdict("roll_back", harmed, reading, rails)
    if reading.high_est < rules.line_est:
        return Verdict("roll_back", (Reason("loss_shown", _ends(reading)),), reading, rails)
    open_rails = tuple(
        Reason("guardrail_open", (("name", rail.name),))
        for rail, found in read_rails
        if found is None or found.low_est <= -rail.margin_est
    )
    blocked = any(
        rail.must_be_safe and (found is None or found.low_est <= -rail.margin_est)
        for rail, found in read_rails
    )
    if reading.low_est > rules.line_est and not blocked:
        return Verdict("ship", (Reason("gain_shown", _ends(reading)), *open_rails), reading, rails)
    if ended:
        return Verdict("inconclusive", (*ended, *open_rails), reading, rails)
    return _waiting(reading, rails, open_rails, rules, planned, seen, units_per_day_est)


def read(
    treated: Sums, control: Sums, rules: TrialRules, *, planned_units: float, alpha: float
) -> Reading | None:
    """The effect with its interval; None where the outcomes have no spread. No question is asked about health."""
    found = difference(treated, control)
    if not (isfinite(found.error_est) and found.error_est > 0):
        return None
    wide = float(factor(rules.boundary, found.units, planned_units=planned_units, alpha=alpha))
    half = wide * found.error_est
    return Reading(
        value_est=found.value_est,
        low_est=found.value_est - half,
        high_est=found.value_est + half,
        error_est=found.error_est,
        factor_est=wide,
        saved_est=found.saved_est,
        units=found.units,
    )


def _ended(seen: int, spent_fen: int, rules: TrialRules) -> tuple[Reason, ...]:
    reasons = []
    if seen >= rules.units_planned:
        reasons.append(
            Reason("units_reached", (("units", float(seen)), ("planned", float(rules.units_planned))))
        )
    if rules.budget_fen is not None and spent_fen >= rules.budget_fen:
        reasons.append(
            Reason("budget_spent", (("spent_fen", float(spent_fen)), ("budget_fen", float(rules.budget_fen))))
        )
    return tuple(reasons)


def _lacking(treated: Sums, control: Sums) -> Reason | None:
    units = min(treated.units, control.units)
    if units < UNITS_LEAST:
        return Reason("too_few_units", (("units", float(units)), ("least", float(UNITS_LEAST))))
    both = treated.units + control.units
    events, least = treated.events + control.events, -(-EVENTS_LEAST * both // units)
    if events < least:
        return Reason("too_few_events", (("events", float(events)), ("least", float(least))))
    return None


def _guarded(
    guardrails: Sequence[Guardrail], rules: TrialRules, planned_units: float
) -> list[tuple[Guardrail, Reading | None]]:
    """Each guardrail read with its part of alpha; None where there is too little to read."""
    alpha = rules.alpha_arm / max(1, len(guardrails))
    found: list[tuple[Guardrail, Reading | None]] = []
    for rail in guardrails:
        enough = _lacking(rail.treated, rail.control) is None
        reading = read(rail.treated, rail.control, rules, planned_units=planned_units, alpha=alpha)
        found.append((rail, reading if enough else None))
    return found


def _waiting(
    reading: Reading,
    rails: tuple[tuple[str, Reading], ...],
    open_rails: tuple[Reason, ...],
    rules: TrialRules,
    planned: float,
    seen: int,
    units_per_day_est: float | None,
) -> Verdict:
    """How long yet: until the interval leaves the line if the effect stays what it is, at most to the planned end."""
    share = reading.units / max(seen, 1)
    end = max(planned - reading.units, 0.0)
    most = more = None
    if units_per_day_est:
        most = ceil(end / share / units_per_day_est)
        more = max(1, ceil(min(_units_to_verdict(reading, rules, planned), end) / share / units_per_day_est))
    return Verdict(
        "waiting",
        (Reason("not_decided_yet", _ends(reading)), *open_rails),
        reading,
        rails,
        days_left_est=None if most is None or more is None else min(more, most),
        days_left_most=most,
        chance_est=_chance(reading, rules, planned),
    )


def _units_to_verdict(reading: Reading, rules: TrialRules, planned: float) -> float:
    """Units still needed: the first time on a grid, up to twice the plan, when the interval would leave the line."""
    distance = abs(reading.value_est - rules.line_est)
    times = np.geomspace(reading.units, max(2 * planned, 2.0 * reading.units), 400)
    errors = reading.error_est * np.sqrt(reading.units / times)
    wide = factor(rules.boundary, times, planned_units=planned, alpha=rules.alpha_arm) * errors
    reached = np.flatnonzero(wide < distance)
    return float(times[reached[0]] - reading.units) if len(reached) else float("inf")


def _chance(reading: Reading, rules: TrialRules, planned: float) -> float:
    """Chance that the outcome decides by the planned end: the effect is a normal draw about what it looks like.

    By the height of the boundary at the end: exact for `closed` and `fixed`, a little much for `open`.
    """
    left = planned / reading.units - 1
    if left <= 0:
        return 0.0
    # In errors of now, the boundary is so much higher than 0 where the planned end is.
    height = float(factor(rules.boundary, planned, planned_units=planned, alpha=rules.alpha_arm))
    height *= sqrt(planned / reading.units)
    sum_now = (reading.value_est - rules.line_est) / reading.error_est
    if abs(sum_now) >= height and rules.boundary != "fixed":
        return 1.0
    drift = sum_now + _NODES
    if rules.boundary == "fixed":
        end = sum_now + drift * left
        both = ndtr((end - height) / sqrt(left)) + ndtr((-end - height) / sqrt(left))
    else:
        both = reached(height - sum_now, drift, left) + reached(height + sum_now, -drift, left)
    return float(np.minimum(both, 1.0) @ _WEIGHTS / _WEIGHTS.sum())


def _ends(reading: Reading) -> tuple[tuple[str, float | str], ...]:
    return ("value_est", reading.value_est), ("low_est", reading.low_est), ("high_est", reading.high_est)


def _sizes(ratio: SampleRatio) -> tuple[tuple[str, float | str], ...]:
    off = max(ratio.off_units_est, key=abs)
    return ("arm", float(ratio.off_units_est.index(off))), ("off_units_est", off)
