"""What operators do without a plan, at the same budget: the same for everyone, first come, as last month.

Each is an array of choices over the same offers, so that the same figures judge all of them. Meant fairly: each
obeys caps and exclusions and never spends more than the budget in expected cost; the same for everyone even knows
what its amounts bring on average. Ties and orders are by the hash of the user. Contract: docs/spec/allocation.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.plan_values import Baseline, BaselineCode
from huoshui.core.allocate.values import Choices, Offers

Ints = npt.NDArray[np.int64]
MIX_ROUNDS = 12
"""Tries to scale last month's mix to the budget; each comes nearer."""
MIX_NEAR = 0.999
"""Near enough: the rest would not pay one more level in a small shop."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an array of choices costs and brings by the figures of its offers."""

    users: int
    face_fen: int
    cost_fen: int
    value_est: float


def baselines(
    offers: Offers,
    budget_fen: int,
    *,
    last_month: Mapping[tuple[str, str, int], int] | None = None,
    first_seen: Ints | None = None,
) -> tuple[Baseline, ...]:
    """All that can be told, judged; `as_last_month` only where `last_month` is given (see there), and had grants."""
    same = same_for_everyone(offers, budget_fen)
    found: list[tuple[BaselineCode, Choices]] = [
        ("same_for_everyone", same),
        ("first_come", first_come(offers, budget_fen, first_seen=first_seen)),
    ]
    if last_month:
        found.append(("as_last_month", as_last_month(offers, budget_fen, last_month)))
    return tuple(_told(offers, code, choice) for code, choice in found)


def judge(offers: Offers, choice: Choices) -> Judged:
    """Users, face value, expected cost and value of `choice` (N,); sums in 64 bits."""
    taking = np.flatnonzero(choice)
    option = choice[taking].astype(np.intp) - 1
    amounts = np.array([each.amount_fen for each in offers.options], np.int64)
    return Judged(
        users=len(taking),
        face_fen=int(amounts[option].sum()),
        cost_fen=int(offers.costs[option, taking].sum(dtype=np.int64)),
        value_est=float(offers.values_est[option, taking].sum(dtype=np.float64)),
    )


def same_for_everyone(offers: Offers, budget_fen: int) -> Choices:
    """One amount a campaign for everybody it may go to, in the order of their hashes until the budget is gone.

    Of each campaign the amount that brings most with the whole budget; campaigns by return, each to users
    whom none before it served. Amounts that bring nothing are not given.
    """
    order = np.argsort(offers.keys, kind="stable")
    best: dict[str, tuple[float, float, int]] = {}
    for number, option in enumerate(offers.options, start=1):
        wanted = np.where(np.isfinite(offers.values_est[number - 1]), number, 0).astype(np.int8)
        judged = judge(offers, in_order(offers, wanted, order, budget_fen))
        rate = judged.value_est / max(judged.cost_fen, 1)
        if judged.value_est > 0 and (judged.value_est, rate, -number) > best.get(
            option.campaign, (0.0, 0.0, 0)
        ):
            best[option.campaign] = (judged.value_est, rate, -number)
    choice = np.zeros(offers.users, np.int8)
    for _, _, negative in sorted(best.values(), key=lambda found: (-found[1], -found[2])):
        number = -negative
        free = np.isfinite(offers.values_est[number - 1]) & (choice == 0)
        more = in_order(
            offers,
            np.where(free, number, 0).astype(np.int8),
            order,
            budget_fen - judge(offers, choice).cost_fen,
        )
        choice = np.where(more > 0, more, choice)
    return choice


def first_come(offers: Offers, budget_fen: int, *, first_seen: Ints | None = None) -> Choices:
    """Whoever comes takes the largest amount open to them, until the budget is gone. The first of equals.

    They come by `first_seen` (N,), the smallest first, such as their last activity turned round; else by their hashes.
    Nobody asks what the money brings, nor what a later user would have made of it.
    """
    order = np.lexsort((offers.keys, offers.keys if first_seen is None else first_seen))
    return in_order(offers, _largest_each(offers), order, budget_fen)


def as_last_month(offers: Offers, budget_fen: int, granted: Mapping[tuple[str, str, int], int]) -> Choices:
    """Last month's mix scaled to the budget: how many users of each (segment, campaign, amount in fen) were granted it.

    Amounts that are no level go to the nearest of their campaign, the lower of two. Who gets them is by the hash among
    those allowed. Where a segment holds too few users, its share goes to the others.
    """
    wanted = _mix(offers, granted)
    order = np.argsort(offers.keys, kind="stable")
    segment = np.zeros(offers.users, np.uint8) if offers.segment is None else offers.segment
    queues = [order[segment[order] == place] for place in range(len(offers.segments))]
    choice = np.zeros(offers.users, np.int8)
    scale, best = _first_scale(offers, wanted, budget_fen), -1
    low, high = 0.0, np.inf
    for _ in range(MIX_ROUNDS if scale > 0 else 0):
        tried = _dealt(offers, queues, wanted * scale)
        spent = judge(offers, tried).cost_fen
        if spent <= budget_fen and spent > best:
            choice, best = tried, spent
        if MIX_NEAR * budget_fen <= spent <= budget_fen:
            break
        low, high = (scale, high) if spent <= budget_fen else (low, scale)
        scale = scale * 2 if high == np.inf else (low + high) / 2
    return choice


def in_order(offers: Offers, wanted: Choices, order: npt.NDArray[np.intp], budget_fen: int) -> Choices:
    """The `wanted` choices of the users in `order`, up to the first that the budget no longer holds."""
    queue = order[wanted[order] > 0]
    costs = offers.costs[wanted[queue].astype(np.intp) - 1, queue].astype(np.int64)
    served = queue[np.cumsum(costs) <= budget_fen]
    choice = np.zeros(offers.users, np.int8)
    choice[served] = wanted[served]
    return choice


def _largest_each(offers: Offers) -> Choices:
    """Each user's allowed option of the largest amount; 0 where none is allowed."""
    largest, choice = np.zeros(offers.users, np.int64), np.zeros(offers.users, np.int8)
    for number, (option, value) in enumerate(zip(offers.options, offers.values_est, strict=True), start=1):
        larger = np.isfinite(value) & (option.amount_fen > largest)
        largest[larger], choice[larger] = option.amount_fen, number
    return choice


def _mix(offers: Offers, granted: Mapping[tuple[str, str, int], int]) -> npt.NDArray[np.float64]:
    """Users by (segment, option) as granted, each amount at its nearest level; campaigns without a level left out."""
    wanted = np.zeros((len(offers.segments), len(offers.options)))
    for (segment, campaign, amount), users in granted.items():
        levels = [
            (abs(option.amount_fen - amount), option.amount_fen, number)
            for number, option in enumerate(offers.options)
            if option.campaign == campaign
        ]
        if levels and segment in offers.segments:
            wanted[offers.segments.index(segment), min(levels)[2]] += users
    return wanted


def _first_scale(offers: Offers, wanted: npt.NDArray[np.float64], budget_fen: int) -> float:
    """By what the mix must be multiplied if every user cost what the mean user does; 0 where it would cost nothing."""
    means = np.array(
        [
            float(cost[allowed].mean()) if (allowed := np.isfinite(value)).any() else 0.0
            for value, cost in zip(offers.values_est, offers.costs, strict=True)
        ]
    )
    cost = float((wanted * means).sum())
    return budget_fen / cost if cost > 0 else 0.0


def _dealt(
    offers: Offers, queues: Iterable[npt.NDArray[np.intp]], wanted: npt.NDArray[np.float64]
) -> Choices:
    """So many users of each segment get each option, the first of its queue who may and have nothing yet."""
    choice = np.zeros(offers.users, np.int8)
    for queue, counts in zip(queues, wanted, strict=True):
        for option, count in enumerate(counts):
            if count < 0.5 or not len(queue):
                continue
            may = np.flatnonzero(np.isfinite(offers.values_est[option, queue]))[: round(count)]
            choice[queue[may]] = option + 1
            queue = np.delete(queue, may)
    return choice


def _told(offers: Offers, code: BaselineCode, choice: Choices) -> Baseline:
    judged = judge(offers, choice)
    given = np.unique(choice[choice > 0])
    only = offers.options[int(given[0]) - 1] if code == "same_for_everyone" and len(given) == 1 else None
    return Baseline(
        code=code,
        users=judged.users,
        face_fen=judged.face_fen,
        cost_fen=judged.cost_fen,
        value_est=judged.value_est,
        campaign_id=only.campaign if only else None,
        amount_fen=only.amount_fen if only else None,
    )
