"""What pacing comes to from where it stands: the days to come, the runway, and what another month would do.

No chance: a month is played through as it is expected, the controller deciding each hour as it would.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

import numpy as np

from huoshui.core.pacing.control import decide, opening
from huoshui.core.pacing.correcting import Z_90, back_of, corrected, learned
from huoshui.core.pacing.pricing import left_of
from huoshui.core.pacing.values import Decision, Floats, Observed, PacePlan, PaceState, Settled

HOURS = 24
LOOKS = 24
"""So often, at even steps up to the limit, is it told what of an hour's grants was used."""


@dataclass(frozen=True, slots=True)
class Runway:
    """Days until the uncommitted rest is 0 at one price, with an 80 % band; None: not within the forecast."""

    days_est: float | None
    low_est: float | None
    high_est: float | None


@dataclass(frozen=True, slots=True)
class Truth:
    """What a month may be beside the forecast, as factors: all arrivals, those of peaks, the value, the share used.

    `traffic_end`: of the last hour, reached in a straight line from `traffic`; None: as `traffic` all along.
    """

    traffic: float = 1.0
    traffic_end: float | None = None
    peaks: float = 1.0
    value: float = 1.0
    redemption: float = 1.0


@dataclass(frozen=True, slots=True)
class PacedDay:
    """A day (0 is the period's first) as it is expected to go.

    `granted_est` at face, `used_est` of it (as far as it ever will be), `price_est` of its last hour, `left_est` the
    uncommitted rest at its end.
    """

    day: int
    arrivals_est: float
    granted_est: float
    used_est: float
    value_est: float
    price_est: float
    left_est: float


@dataclass(frozen=True, slots=True)
class Played:
    """A period played through; `price_mean_est` by what was granted.

    `empty_hour`: the first of a day's hours in which the floor refused most of what the price would have given.
    """

    days: tuple[PacedDay, ...]
    price_first_est: float
    price_mean_est: float
    used_est: float
    value_est: float
    rest_est: float
    empty_hour: int | None


def runway(plan: PacePlan, decision: Decision) -> Runway:
    """From a decision on, at its price; beyond the period as far as the forecast goes."""
    state = decision.state
    seen = corrected(plan, state)
    rest = left_of(plan, state) + back_of(plan, state, seen.redemption, plan.hours)
    if rest <= 0:
        return Runway(0.0, 0.0, 0.0)
    arrivals = (plan.forecast.arrivals * seen.levels)[:, state.hour :]
    redemption = seen.redemption
    model = decision.price_est * redemption / (seen.response * plan.forecast.value_factor[state.hour :])
    cost = np.array([curve.cost_at(model) for curve in plan.curves]) + plan.explore_est
    spent = np.cumsum((arrivals * cost * redemption).sum(axis=0))
    # A sum of n arrivals is off by sqrt(dispersion x n), their level by its own deviation.
    noise = Z_90 * np.sqrt(plan.forecast.dispersion / np.maximum(np.cumsum(arrivals.sum(axis=0)), 1.0))
    level = exp(Z_90 * plan.forecast.level_sd)
    return Runway(
        _crossing(spent, rest),
        _crossing(spent * (level + noise), rest),
        _crossing(np.maximum.accumulate(spent * np.maximum(1 / level - noise, 0.0)), rest),
    )


def play(
    plan: PacePlan,
    *,
    begun: PaceState | None = None,
    truth: Truth | None = None,
    price_kept: float | None = None,
) -> Played:
    """Play the period through as `truth` has it; `price_kept`: this price to the end, not the controller's."""
    truth = truth or Truth()
    first = decision = opening(plan, begun=begun)
    state, grants = first.state, _Grants(plan, truth)
    sums: dict[int, list[float]] = {}
    wanted: list[float] = []
    refused: list[float] = []
    while state.hour < plan.hours:
        hour = state.hour
        if price_kept is None:
            price, model, room = decision.price_est, _whole(plan, decision), decision.may_commit_fen
        else:
            price, model = price_kept, _kept(plan, first, price_kept, hour)
            room = (left_of(plan, state),) * len(plan.curves)
        given = grants.given(hour, model, room)
        wanted.append(given.wanted)
        refused.append(given.refused)
        if price_kept is None:
            decision = decide(plan, state, given.observed)
            state = decision.state
        else:
            state = learned(plan, state, given.observed)
        day = sums.setdefault(hour // HOURS, [0.0] * 6)
        granted = sum(given.observed.committed_fen)
        for place, amount in enumerate((given.arrivals, granted, given.used, given.value)):
            day[place] += amount
        day[4], day[5] = price, float(left_of(plan, state))
    days = tuple(PacedDay(day, *amounts) for day, amounts in sorted(sums.items()))
    return Played(
        days=days,
        price_first_est=days[0].price_est if price_kept is not None else first.price_est,
        price_mean_est=sum(day.price_est * day.granted_est for day in days)
        / max(sum(day.granted_est for day in days), 1.0),
        used_est=sum(day.used_est for day in days),
        value_est=sum(day.value_est for day in days),
        rest_est=float(left_of(plan, state)),
        empty_hour=_empty(first.hour, wanted, refused),
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """One hour played: what an installation sees of it, and what it does not."""

    observed: Observed
    arrivals: float
    used: float
    value: float
    wanted: float
    refused: float


class _Grants:
    """The grants of a month played through, and when it shows what becomes of them."""

    def __init__(self, plan: PacePlan, truth: Truth) -> None:
        hours = np.arange(plan.hours) / max(1, plan.hours - 1)
        end = truth.traffic if truth.traffic_end is None else truth.traffic_end
        traffic = truth.traffic + (end - truth.traffic) * hours
        traffic = traffic * np.where(plan.forecast.peak[: plan.hours] >= 0, truth.peaks, 1.0)
        self.plan, self.truth = plan, truth
        self.arrivals: Floats = plan.forecast.arrivals[:, : plan.hours] * traffic
        self.granted: dict[int, tuple[int, float]] = {}

    def given(self, hour: int, model_price: tuple[float, ...], may_commit: tuple[int, ...]) -> _Given:
        """An hour at these prices, cut off at the floor."""
        plan, truth = self.plan, self.truth
        factor = float(plan.forecast.value_factor[hour])
        face: list[int] = []
        expected: list[float] = []
        value = asked = refused = 0.0
        for audience, curve in enumerate(plan.curves):
            came = float(self.arrivals[audience, hour])
            price = np.array([model_price[audience]])
            cost = came * (float(curve.cost_at(price)[0]) + plan.explore_est)
            room = may_commit[audience] - sum(face)
            wanted = round(cost / plan.settlement.use_share)
            share = min(1.0, max(0, room) / wanted) if wanted else 1.0
            asked += wanted
            refused += wanted - int(wanted * share)
            face.append(int(wanted * share))
            expected.append(cost * share)
            value += came * float(curve.value_at(price)[0]) * share * factor * truth.value
        used = min(float(sum(face)), sum(expected) * truth.redemption)
        self.granted[hour] = (sum(face), used)
        observed = Observed(
            hour,
            tuple(round(float(came)) for came in self.arrivals[:, hour]),
            tuple(face),
            tuple(expected),
            tuple(self.settled(hour)),
        )
        return _Given(observed, float(self.arrivals[:, hour].sum()), used, value, asked, refused)

    def settled(self, hour: int) -> Iterator[Settled]:
        """What shows in an hour of earlier ones: their next part used, and at the limit the rest released."""
        settlement = self.plan.settlement
        step = max(1, settlement.limit_hours // LOOKS)
        for granted, (face, used) in list(self.granted.items()):
            age = hour + 1 - granted
            over = age >= settlement.limit_hours
            if not face or not (over or age % step == 0):
                continue
            before = max(0, (age - 1) // step * step)
            redeemed = round(used * settlement.share_by(age)) - round(used * settlement.share_by(before))
            released = face - round(used) if over else 0
            if over:
                del self.granted[granted]
            if redeemed or released:
                yield Settled(granted, redeemed, released)


def _whole(plan: PacePlan, decision: Decision) -> tuple[float, ...]:
    """Model prices as if the face were always the same multiple of the expected cost, as on the curve."""
    return tuple(
        on_cost + on_face / plan.settlement.use_share
        for on_cost, on_face in zip(decision.model_price_est, decision.face_price_est, strict=True)
    )


def _kept(plan: PacePlan, first: Decision, price: float, hour: int) -> tuple[float, ...]:
    """Model prices of an hour at a price that is kept, by what the first decision knew."""
    worth = first.response_est * float(plan.forecast.value_factor[hour])
    return (price * first.redemption_est / worth,) * len(plan.curves)


def _empty(first: int, wanted: list[float], refused: list[float]) -> int | None:
    """The first hour in which something is refused, and most of the day that it begins."""
    for place, amount in enumerate(refused):
        day = slice(place, place + HOURS)
        if amount > 0 and sum(refused[day]) > sum(wanted[day]) / 2:
            return first + place
    return None


def _crossing(spent: Floats, rest: float) -> float | None:
    """Days, parts of an hour told, until what is spent reaches `rest`."""
    place = int(np.searchsorted(spent, rest))
    if place >= len(spent):
        return None
    before = float(spent[place - 1]) if place else 0.0
    return (place + (rest - before) / (float(spent[place]) - before)) / HOURS
