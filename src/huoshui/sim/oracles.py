"""What granting each user each amount in the next period would truly bring and cost, by the rules of the simulator.

No shop can know it. Plans made from the files alone are judged by it. Contract: docs/spec/world.md ("The next period").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from huoshui.lake.tables import ENTRY_KINDS
from huoshui.sim.arrays import DAY_S, Flags, Floats, Ints
from huoshui.sim.campaigns import PLANS, WINDOW_DAYS, WORN_OUT
from huoshui.sim.goods import RESERVE_RATE
from huoshui.sim.rows import campaign_id, user_ids
from huoshui.sim.world import World

TENTHS = 10
ORDERS_FEW = 100


@dataclass(frozen=True, slots=True)
class NextPeriod:
    """Arrays (option, user) in the order of the users' ids; an option is an amount that a campaign has tried.

    `value_est`: expected incremental fen in the window. `cost_est`: expected fen of it that are used, and the risk
    reserve on it. `drawn`: whether
    the user was ever in the campaign's random draw. `gone` (user,): stopped buying for good before the files end.
    """

    user_ids: tuple[str, ...]
    campaigns: tuple[str, ...]
    amounts_fen: tuple[int, ...]
    value_est: Floats
    cost_est: Floats
    drawn: Flags
    gone: Flags

    def take(self, option: Ints, user: Ints) -> "NextPeriod":
        """The same truth of some options and users, in their order."""
        at = np.ix_(option, user)
        return NextPeriod(
            tuple(self.user_ids[position] for position in user.tolist()),
            tuple(self.campaigns[position] for position in option.tolist()),
            tuple(self.amounts_fen[position] for position in option.tolist()),
            self.value_est[at],
            self.cost_est[at],
            self.drawn[at],
            self.gone[user],
        )


def next_period(world: World) -> NextPeriod:
    """The truth of every tried amount of every campaign that was drawn at random, for all users of the files."""
    people, calendar, curves = world.scene.people, world.scene.calendar, world.effects.curves
    users = np.flatnonzero(people.registered_s[: people.users] < world.scene.until_s)
    worth = _worth_of_an_order(world)

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
            extra = np.where(extra < 0, extra * base_orders, extra)
            values.append(extra * worth[number, users] * fresh * meant)
            costs.append(amount * (used[number, plan.amounts_fen.index(amount), users] + RESERVE_RATE))
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
    """(campaign, person): mean value of an added order, by source and basket.

    Added orders are never refunded, seldom fall on a big-sale day, and their buyers' level is their campaign's: so the
    mean is of orders that were kept, and brought to what the orders added by the campaign were really worth.
    """
    people, orders, value = world.scene.people, world.effects.orders, world.effects.value_fen
    baskets = int(people.basket.max()) + 1
    cell_of = people.source * baskets + people.basket
    kept = orders.sold & (orders.refund_fen == 0)
    cells = int(cell_of.max()) + 1
    number = np.bincount(cell_of[orders.person[kept]], minlength=cells)
    total = np.bincount(cell_of[orders.person[kept]], weights=value[kept].astype(np.float64), minlength=cells)
    worth = (total / np.maximum(1, number))[cell_of]
    factors = []
    for campaign in range(len(PLANS)):
        added = orders.induced_by == campaign
        few = ORDERS_FEW * float(worth.mean())
        factors.append((value[added].sum() + few) / (worth[orders.person[added]].sum() + few))
    return np.asarray(np.array(factors)[:, None] * worth)


def _used_shares(world: World) -> Floats:
    """(campaign, arm, person): share used of a grant, by the pace of the person.

    Told by what became of grants old enough to have been used or to have expired, in tenths of the pace of buying.
    """
    people, assignments, entries = world.scene.people, world.scene.assignments, world.scene.books.entries
    ended = (entries.kind == ENTRY_KINDS.index("expire")) & (entries.campaign >= 0)
    shares = np.ones((len(PLANS), max(len(plan.amounts_fen) for plan in PLANS), people.count))
    for number, plan in enumerate(PLANS):
        expired = np.bincount(
            entries.person[ended & (entries.campaign == number)],
            weights=entries.amount_fen[ended & (entries.campaign == number)],
            minlength=people.count,
        )
        old = (assignments.campaign == number) & (assignments.amount_fen > 0)
        old &= assignments.at_s + (plan.expires_days + 1) * DAY_S < world.scene.until_s
        person, amount = assignments.person[old], assignments.amount_fen[old]
        edges = np.quantile(people.orders_per_day[person], np.arange(1, TENTHS) / TENTHS)
        tenth = np.searchsorted(edges, people.orders_per_day)
        used = amount - np.minimum(expired[person], amount)
        for arm, face in enumerate(plan.amounts_fen):
            own = amount == face
            if not own.any():
                continue
            granted = np.bincount(tenth[person[own]], weights=amount[own], minlength=TENTHS)
            taken = np.bincount(tenth[person[own]], weights=used[own], minlength=TENTHS)
            few = 10.0 * face
            by_tenth = (taken + few * taken.sum() / granted.sum()) / (granted + few)
            shares[number, arm] = by_tenth[tenth]
    return shares


def best_from_files(value: Floats, classes: Sequence[Ints]) -> Floats:
    """(option, user): the best guess of the truth by someone who knows every rule and sees the files alone.

    The truth, fitted by least squares on `classes` (each (user,), whole numbers that the files show): what a model with
    endless data of this kind could learn. Additive in the classes, so a lower bound of what could be known.
    """
    columns = []
    for kind in classes:
        found, place = np.unique(kind, return_inverse=True)
        table = np.zeros((len(kind), len(found)))
        table[np.arange(len(kind)), place] = 1.0
        columns.append(table)
    seen = np.concatenate(columns, axis=1)
    inner = seen.T @ seen + np.eye(seen.shape[1])
    return np.asarray((seen @ np.linalg.solve(inner, seen.T @ value.T)).T)
