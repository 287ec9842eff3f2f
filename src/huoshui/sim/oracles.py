"""What granting each user each amount in the next period would truly bring and cost, by the rules of the simulator.

No shop can know it. Plans made from the files alone are judged by it. Contract: docs/spec/world.md ("The next period").
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.lake.tables import ENTRY_KINDS
from huoshui.sim.arrays import DAY_S, Flags, Floats, Ints
from huoshui.sim.campaigns import NEGATIVE, PLANS, WINDOW_DAYS, WORN_OUT
from huoshui.sim.people import SEGMENTS
from huoshui.sim.rows import campaign_id, user_ids
from huoshui.sim.world import World


@dataclass(frozen=True, slots=True)
class NextPeriod:
    """Arrays (option, user) in the order of the users' ids; an option is an amount that a campaign has tried.

    `value_est`: expected incremental fen in the window. `cost_est`: expected fen of it that are used. `drawn`: whether
    the user was ever in the campaign's random draw. `gone` (user,): stopped buying for good before the files end.
    """

    user_ids: tuple[str, ...]
    campaigns: tuple[str, ...]
    amounts_fen: tuple[int, ...]
    value_est: Floats
    cost_est: Floats
    drawn: Flags
    gone: Flags


def next_period(world: World) -> NextPeriod:
    """The truth of every tried amount of every campaign that was drawn at random, for all users of the files."""
    people, calendar, curves = world.scene.people, world.scene.calendar, world.effects.curves
    users = np.flatnonzero(people.registered_s[: people.users] < world.scene.until_s)
    worth = _worth_of_an_order(world)[users]

    used = _used_shares(world)
    end_s = calendar.end_s
    here = people.leaves_s[users] >= end_s
    base_orders = np.where(here, people.orders_per_day[users] * calendar.busy_mean * WINDOW_DAYS, 0.0)
    values, costs, drawn, names, amounts = [], [], [], [], []
    assignments = world.scene.assignments
    for number, plan in enumerate(PLANS):
        if plan.key == "targeted":
            continue
        mine = np.zeros(people.count, dtype=np.bool_)
        mine[assignments.person[assignments.campaign == number]] = True
        meant = people.leaves_s[users] > int(plan.first * calendar.days) * DAY_S
        fresh = WORN_OUT if plan.key == "weekend" else 1.0
        for amount in plan.amounts_fen:
            if amount == 0:
                continue
            extra = curves.extra_orders(users, number, np.full(len(users), float(amount)))
            extra = np.where(curves.family[users, number] == NEGATIVE, extra * base_orders, extra)
            values.append(extra * worth * fresh * meant)
            costs.append(amount * used[number, plan.amounts_fen.index(amount)][people.segment[users]])
            drawn.append(mine[users])
            names.append(campaign_id(number))
            amounts.append(amount)
    return NextPeriod(
        tuple(user_ids(users)),
        tuple(names),
        tuple(amounts),
        np.stack(values),
        np.stack(costs),
        np.stack(drawn),
        ~here,
    )


def _worth_of_an_order(world: World) -> Floats:
    """Mean value of a delivered order of people with the same source and basket: an added order is never refunded."""
    people, orders, value = world.scene.people, world.effects.orders, world.effects.value_fen
    baskets = int(people.basket.max()) + 1
    cell_of = people.source * baskets + people.basket
    kept = orders.sold & (orders.refund_fen == 0)
    cells = int(cell_of.max()) + 1
    number = np.bincount(cell_of[orders.person[kept]], minlength=cells)
    total = np.bincount(cell_of[orders.person[kept]], weights=value[kept].astype(np.float64), minlength=cells)
    mean = total / np.maximum(1, number)
    return np.asarray(mean[cell_of])


def _used_shares(world: World) -> npt.NDArray[np.float64]:
    """(campaign, arm, hidden segment): share used of grants old enough to have been used or to have expired."""
    people, assignments, entries = world.scene.people, world.scene.assignments, world.scene.books.entries
    ended = (entries.kind == ENTRY_KINDS.index("expire")) & (entries.campaign >= 0)
    expired = np.zeros((len(PLANS), people.count))
    np.add.at(expired, (entries.campaign[ended], entries.person[ended]), entries.amount_fen[ended])
    arms = max(len(plan.amounts_fen) for plan in PLANS)
    shares = np.ones((len(PLANS), arms, len(SEGMENTS)))
    for number, plan in enumerate(PLANS):
        old = (assignments.campaign == number) & (assignments.amount_fen > 0)
        old &= assignments.at_s + (plan.expires_days + 1) * DAY_S < world.scene.until_s
        person, amount = assignments.person[old], assignments.amount_fen[old]
        gone = np.minimum(expired[number, person], amount)
        overall = 1 - gone.sum() / max(1.0, float(amount.sum()))
        for arm, face in enumerate(plan.amounts_fen):
            own = amount == face
            granted = _by_segment(people.segment[person[own]], amount[own])
            lost = _by_segment(people.segment[person[own]], gone[own])
            few = 20.0 * max(face, 1)
            shares[number, arm] = (granted - lost + few * overall) / (granted + few)
    return shares


def _by_segment(segment: Ints, fen: Ints | Floats) -> Floats:
    return np.bincount(segment, weights=fen.astype(np.float64), minlength=len(SEGMENTS)).astype(np.float64)
