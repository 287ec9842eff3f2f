"""What is set aside before anything is planned: people without offers, levels by chance, and the budget for both.

The order is that of definitions.md: entitlements are paid first, for they are never withheld. The holdout gets no
offers; explorers get a level by chance with its probability logged; newcomers who are not in the files yet stand in as
users of their own. What is left is planned. Every draw is a hash (draws.py), so that a replay sets aside the same.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import sqrt
from typing import get_args

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.plan_values import NotAllowedCode, ReserveLine
from huoshui.core.allocate.values import Choices, Matrix, Offers
from huoshui.core.costs.facts import CampaignTerms, GrantSums
from huoshui.core.trials.draws import Flags, below, draws, fractions, picked, splitmix64
from huoshui.core.trials.holdout import HOLDOUT_SHARE, holdout

EXPLORE_SHARE = 0.03
EXPLORE_BUDGET_SHARE = 0.05
"""Exploration takes at most so much of the budget; where it would take more, fewer explore."""
MONTHS_BACK = 3
"""What comes every month is expected as in the mean of so many full months."""
ENTITLEMENT_KINDS = ("recharge_bonus", "task", "cashback")
"""Grants by a published rule, where they name no campaign that this plan decides."""
NOT_ALLOWED: tuple[NotAllowedCode, ...] = get_args(NotAllowedCode)
ALLOWED = len(NOT_ALLOWED)
"""The number of a user who may get an offer, after those of the reasons."""
NEVER_DAYS = 1 << 30
"""Days since the last grant of somebody who never had one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The operator's rules of fairness and learning. Shares are of users; None: no such rule."""

    holdout_share: float = HOLDOUT_SHARE
    explore_share: float = EXPLORE_SHARE
    explore_budget_share: float = EXPLORE_BUDGET_SHARE
    cap_fen: int | None = None
    """Face value that one user may be granted in the period at most."""
    cool_down_days: int | None = None
    """No offer within so many days of the last."""

    def __post_init__(self) -> None:
        for share in (self.holdout_share, self.explore_share, self.explore_budget_share):
            if not 0 <= share < 1:
                raise ValueError(f"a share is at least 0 and below 1: {share}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the files tell of each user at the first day of the period, each (N,); None: of nobody."""

    abuser: Flags | None = None
    frozen: Flags | None = None
    deleted: Flags | None = None
    linked_risk: Flags | None = None
    """In a linked group above the line of core.risk."""
    excluded: Flags | None = None
    """Left out by the operator's rules file."""
    granted_fen: npt.NDArray[np.int64] | None = None
    """Face value of offers granted in the period already."""
    days_since: npt.NDArray[np.int64] | None = None
    """Days since the last offer; NEVER_DAYS or more where there was none."""


@dataclass(frozen=True, slots=True)
class Explored:
    """Who explores, and what they drew; all (N,). `choice` is 0 for nothing and for everybody who does not explore."""

    explores: Flags
    choice: Choices
    probability_est: npt.NDArray[np.float32]
    """Of the drawn choice among those who explore; 0 for who does not."""
    might_draw: Flags
    """(K, explorers in the order of users): the options that were in the draw."""
    share_est: float
    """Share of the eligible who explore: as asked, or less where the budget would not bear it."""
    cost_fen: int
    face_fen: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """What is left to plan, and what was set aside.

    `offers` are those given with -inf wherever there can be no offer. `reason` (N,) is a position in NOT_ALLOWED, or
    ALLOWED. The holdout are those whose reason is `holdout`; explorers have reason ALLOWED and no finite value.
    `lines` add up to the budget unless entitlements alone are more than it: then `short_fen` is what they lack.
    """

    offers: Offers
    reason: npt.NDArray[np.uint8]
    explored: Explored
    lines: tuple[ReserveLine, ...]
    offers_fen: int
    short_fen: int

    def of_reason(self, code: NotAllowedCode) -> Flags:
        """Users who can get no offer for this reason."""
        return np.asarray(self.reason == NOT_ALLOWED.index(code))

    def counts(self) -> tuple[tuple[NotAllowedCode, int], ...]:
        """How many users for which reason, each user once; reasons of nobody left out."""
        numbers = np.bincount(self.reason, minlength=ALLOWED + 1)
        return tuple((code, int(n)) for code, n in zip(NOT_ALLOWED, numbers, strict=False) if n)

    def choices(self, planned: Choices) -> Choices:
        """The planned choices, and the drawn ones of those who explore."""
        return np.where(self.explored.explores, self.explored.choice, planned[: len(self.reason)])


def set_aside(
    offers: Offers,
    standing: Standing,
    limits: Limits,
    *,
    seed: int,
    period: str,
    budget_fen: int,
    entitlements_fen: int = 0,
    explorable: Flags | None = None,
) -> SetAside:
    """Take holdout, explorers and everybody with a reason out of `offers`, and their cost out of the budget.

    `explorable` (K, segments): what may be drawn by chance (default: all that is allowed). `period` is 'YYYY-MM'.
    """
    reason = reasons(offers, standing, limits, seed=seed, period=period)
    free = reason == ALLOWED
    values = np.where(free, offers.values_est, np.float32(-np.inf))
    _cap(values, offers, standing, limits)
    after_rules = max(0, budget_fen - entitlements_fen)
    allowed = np.isfinite(values)
    if explorable is not None:
        assert offers.segment is not None
        allowed &= explorable[:, offers.segment]
    explored = explore(offers, allowed, limits, seed=seed, period=period, budget_fen=after_rules)
    values[:, explored.explores] = -np.inf
    left = after_rules - explored.cost_fen
    lines = (
        ReserveLine("entitlements", min(entitlements_fen, budget_fen)),
        ReserveLine("exploration", explored.cost_fen, int(np.count_nonzero(explored.choice))),
        ReserveLine("offers", left, int(np.isfinite(values).any(axis=0).sum())),
    )
    return SetAside(
        offers=replace(offers, values_est=values),
        reason=reason,
        explored=explored,
        lines=lines,
        offers_fen=left,
        short_fen=max(0, entitlements_fen - budget_fen),
    )


def reasons(
    offers: Offers, standing: Standing, limits: Limits, *, seed: int, period: str
) -> npt.NDArray[np.uint8]:
    """Why each user can get no offer, the first in the order of NOT_ALLOWED that fits; ALLOWED where none does."""
    least_fen = _least_amounts(offers)
    found: dict[NotAllowedCode, Flags | None] = {
        "abuser": standing.abuser,
        "frozen": standing.frozen,
        "deleted": standing.deleted,
        "linked_risk": standing.linked_risk,
        "excluded": standing.excluded,
        "holdout": holdout(offers.keys, seed=seed, period=period, share=limits.holdout_share),
        "no_curve": least_fen == _NO_AMOUNT,
    }
    if limits.cool_down_days is not None and standing.days_since is not None:
        found["cool_down"] = standing.days_since < limits.cool_down_days
    if limits.cap_fen is not None:
        found["cap_reached"] = (least_fen != _NO_AMOUNT) & (
            least_fen > _room(offers, standing, limits.cap_fen)
        )
    reason = np.full(offers.users, ALLOWED, np.uint8)
    for number in reversed(range(ALLOWED)):
        fits = found.get(NOT_ALLOWED[number])
        if fits is not None:
            reason[fits] = number
    return reason


def explore(
    offers: Offers, allowed: Flags, limits: Limits, *, seed: int, period: str, budget_fen: int
) -> Explored:
    """Draw a level for a share of those who may get one, nothing included, with probabilities known beforehand.

    `allowed` (K, N). Each allowed level weighs 1 and nothing weighs the root of the number of options, for every level
    is compared with it (Dunnett 1955). Who explores depends on the draw alone, and where the budget bears fewer, on the
    mean cost of what users might draw, not on what they drew.
    """
    count = len(offers.options)
    drawn = draws(offers.keys, "explore", seed=seed, period=period)
    among = np.flatnonzero(below(drawn, limits.explore_share) & allowed.any(axis=0))
    order = among[np.lexsort((offers.keys[among], drawn[among]))]
    weights = np.vstack([np.full(len(order), sqrt(count)), allowed[:, order].astype(np.float64)])
    chances = weights / weights.sum(axis=0)
    mean_cost = (chances[1:] * offers.costs[:, order]).sum(axis=0)
    choice = picked(draws(offers.keys[order], "explore level", seed=seed, period=period), weights)
    cost = np.where(choice > 0, offers.costs[np.maximum(choice, 1) - 1, order], 0).astype(np.int64)
    bears = limits.explore_budget_share * budget_fen
    # The mean decides who is in; the sum of what was drawn must still fit into the whole budget.
    fits = (np.cumsum(mean_cost) <= bears) & (np.cumsum(cost) <= budget_fen)
    kept = len(order) if fits.all() else int(np.argmin(fits))
    share = limits.explore_share if kept == len(order) else float(fractions(drawn[order[kept : kept + 1]])[0])
    order, choice = order[:kept], choice[:kept]
    explored = Explored(
        explores=np.zeros(offers.users, np.bool_),
        choice=np.zeros(offers.users, np.int8),
        probability_est=np.zeros(offers.users, np.float32),
        might_draw=allowed[:, np.sort(order)],
        share_est=share,
        cost_fen=int(cost[:kept].sum()),
        face_fen=int(_amounts(offers)[choice].sum()),
    )
    explored.explores[order] = True
    explored.choice[order] = choice
    explored.probability_est[order] = chances[choice, np.arange(kept)]
    return explored


@dataclass(frozen=True, slots=True)
class Expected:
    """How much comes in the period, from the last full months: the mean, and a 95 % interval of one more month."""

    mean_est: float
    low_est: float
    high_est: float
    months: int


def expected(counts: Sequence[int]) -> Expected:
    """From one figure a full month, the oldest first. Chance is at least that of rare events (Poisson).

    One month has no spread to be seen, so only chance speaks; of none nothing is expected.
    """
    last = np.asarray(counts[-MONTHS_BACK:], dtype=np.float64)
    if not len(last):
        return Expected(0.0, 0.0, 0.0, 0)
    mean = float(last.mean())
    spread = float(last.var(ddof=1)) if len(last) > 1 else 0.0
    error = 1.96 * sqrt(max(spread, mean) * (1 + 1 / len(last)))
    return Expected(mean, max(0.0, mean - error), mean + error, len(last))


@dataclass(frozen=True, slots=True)
class EntitlementCost:
    """What one kind of published rule is expected to cost in the period, in fen of face value and of cost."""

    kind: str
    face_fen: int
    cost_fen: int
    use_share_est: float
    months: int


def entitlement_costs(
    grants: Iterable[GrantSums], months: Sequence[str], *, days: int, offered: frozenset[str] = frozenset()
) -> tuple[EntitlementCost, ...]:
    """Expected cost by kind: granted a day in the last of `months` (full ones, 'YYYY-MM'), times `days`, times use.

    Campaigns `offered` are decided by the plan and are no entitlements. The share used is that of what is settled:
    spent over spent and expired; where nothing is settled yet, all of it.
    """
    last = sorted(months)[-MONTHS_BACK:]
    span = sum(monthrange(int(month[:4]), int(month[5:7]))[1] for month in last)
    by_kind: dict[str, list[GrantSums]] = {}
    for row in grants:
        if row.kind in ENTITLEMENT_KINDS and row.campaign_id not in offered:
            by_kind.setdefault(row.kind, []).append(row)
    costs = []
    for kind, rows in sorted(by_kind.items()):
        issued = sum(row.issued_fen for row in rows if row.month in last)
        spent, gone = sum(row.spent_fen for row in rows), sum(row.expired_fen for row in rows)
        use = spent / (spent + gone) if spent + gone else 1.0
        face = round(issued * days / span) if span else 0
        if face:
            costs.append(EntitlementCost(kind, face, round(face * use), use, len(last)))
    return tuple(costs)


@dataclass(frozen=True, slots=True)
class BudgetShare:
    """What of a campaign's own budget is for the period. `used_fen`: spent, and expected of what is still open.

    `days` of the `days_left` that the campaign still runs (None: no end is told) lie in the period. `reopened`: it was
    over before, and is planned as another round of its budget and length.
    """

    limit_fen: int
    whole_fen: int
    used_fen: int
    days: int
    days_left: int | None
    reopened: bool = False


def budget_share(
    term: CampaignTerms, grants: Iterable[GrantSums], *, use_share_est: float, first_day: date, next_day: date
) -> BudgetShare | None:
    """The budget that the campaigns table gives a campaign, less what is used, by days; None where it gives none.

    What expired has gone back into the budget. Without an end all that is left may be spent in the period.
    """
    if term.budget_fen is None:
        return None
    whole, span = term.budget_fen, (next_day - first_day).days
    begins = date.fromisoformat(term.first_day) if term.first_day else None
    last = date.fromisoformat(term.last_day) if term.last_day else None
    if last is not None and last < first_day:
        length = span if begins is None else max(1, (last - begins).days + 1)
        days = min(span, length)
        return BudgetShare(whole * days // length, whole, 0, days, length, reopened=True)
    own = [row for row in grants if row.campaign_id == term.campaign_id]
    used = sum(row.spent_fen for row in own) + round(sum(row.open_fen for row in own) * use_share_est)
    left = max(0, whole - used)
    start = first_day if begins is None else max(first_day, begins)
    days = max(0, (min(next_day, last + timedelta(1) if last else next_day) - start).days)
    if last is None:
        return BudgetShare(left if days else 0, whole, used, days, None)
    remaining = (last - start).days + 1
    return BudgetShare(left * days // remaining, whole, used, days, remaining)


def with_newcomers(
    offers: Offers,
    count: int,
    *,
    values_est: npt.NDArray[np.float32],
    costs: npt.NDArray[np.int32],
    segment: str,
    seed: int,
    period: str,
    holdout_share: float = HOLDOUT_SHARE,
) -> Offers:
    """`offers` with users to come at the end, who answer as the curve of their segment says.

    `values_est`, `costs` (K,): of one newcomer, -inf for what is not for them. So many of `count` as the holdout will
    not keep compete at the same price and count in every rule; what they choose is the reserve line of their campaign.
    """
    more = round(count * (1 - holdout_share))
    keys = splitmix64(draws(np.arange(more, dtype=np.uint64), "newcomer", seed=seed, period=period))
    place = None
    if offers.segment is not None:
        place = np.append(offers.segment, np.full(more, offers.segments.index(segment), np.uint8))
    return Offers(
        options=offers.options,
        values_est=np.hstack([offers.values_est, np.repeat(values_est[:, None], more, axis=1)]),
        costs=np.hstack([offers.costs, np.repeat(costs[:, None], more, axis=1)]),
        keys=np.append(offers.keys, keys),
        segments=offers.segments,
        segment=place,
    )


def newcomers_line(offers: Offers, choice: Choices, users: int) -> ReserveLine:
    """What the users after the first `users` cost in a plan: kept for those who are not in the files yet."""
    chosen = choice[users:]
    taking = np.flatnonzero(chosen)
    cost = offers.costs[chosen[taking].astype(np.intp) - 1, users + taking].astype(np.int64)
    return ReserveLine("newcomers", int(cost.sum()), len(taking))


_NO_AMOUNT = np.iinfo(np.int64).max


def _amounts(offers: Offers) -> npt.NDArray[np.int64]:
    """Face value of each choice in fen, nothing first."""
    return np.array([0, *(option.amount_fen for option in offers.options)], np.int64)


def _least_amounts(offers: Offers) -> npt.NDArray[np.int64]:
    """The smallest amount that each user is allowed by value; _NO_AMOUNT where there is none."""
    least = np.full(offers.users, _NO_AMOUNT)
    for amount, value in zip(_amounts(offers)[1:], offers.values_est, strict=True):
        least[np.isfinite(value)] = np.minimum(least[np.isfinite(value)], amount)
    return least


def _room(offers: Offers, standing: Standing, cap_fen: int) -> npt.NDArray[np.int64]:
    """What each user may still be granted under the cap."""
    granted = np.zeros(offers.users, np.int64) if standing.granted_fen is None else standing.granted_fen
    return cap_fen - granted


def _cap(values: Matrix, offers: Offers, standing: Standing, limits: Limits) -> None:
    """Take levels above what is left under a user's cap out of `values`, in place."""
    if limits.cap_fen is None:
        return
    room = _room(offers, standing, limits.cap_fen)
    for row, amount in zip(values, _amounts(offers)[1:], strict=True):
        row[amount > room] = -np.inf
