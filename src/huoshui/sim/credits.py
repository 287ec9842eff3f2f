"""What is put into wallets besides top-ups and refunds: campaign grants, daily tasks, gifts, hand adjustments, transfers.

All of it is drawn before anybody's balance is known; the wallets (balance.py) then run through time.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from huoshui.sim.arrays import DAY_S, Ints
from huoshui.sim.campaigns import PLANS, Assignments
from huoshui.sim.goods import PROMOTER_RATES
from huoshui.sim.orders import NEVER_S, Calendar, Orders
from huoshui.sim.people import PROMOTER, People

TASK_DAYS: Final = 30
_ADJUSTMENTS_FEN: Final = (500, 1_000, 2_000, 5_000, 10_000, 20_000)


@dataclass(frozen=True, slots=True)
class Credits:
    """Wallet credits: who, when, how much, of which kind, from which campaign (-1), until when."""

    person: Ints
    at_s: Ints
    amount_fen: Ints
    kind: tuple[str, ...]
    campaign: Ints
    expires_s: Ints


@dataclass(frozen=True, slots=True)
class Moves:
    """Wishes that a wallet meets as far as it can: transfers (`other`), withdrawals and clawbacks (`other` -1)."""

    person: Ints
    at_s: Ints
    kind: tuple[str, ...]
    other: Ints


@dataclass(frozen=True, slots=True)
class Commissions:
    """Promoters' commission, by order: `order` is a position; amounts by plain rates on the order price."""

    order: Ints
    promoter: Ints
    level: Ints
    base_fen: Ints
    amount_fen: Ints
    confirm_s: Ints
    rejected: Ints


def draw_credits(
    rng: np.random.Generator, people: People, calendar: Calendar, base: Orders, assignments: Assignments
) -> Credits:
    """All credits that no balance decides, by time."""
    granted = assignments.take(assignments.amount_fen > 0)
    terms_s = np.array([plan.expires_days for plan in PLANS], dtype=np.int64) * DAY_S
    plan_kinds = [plan.kind for plan in PLANS]
    tasks = _daily_tasks(rng, people, base)
    given = rng.random(people.users)
    gift = np.flatnonzero((given < 0.006) & (people.registered_s[: people.users] < 0))
    adjusted = np.flatnonzero((given > 0.996) & (people.registered_s[: people.users] < 0))
    opened = np.flatnonzero(people.opening_fen > 0)
    parts: list[tuple[Ints, Ints, Ints, list[str], Ints, Ints]] = [
        (
            granted.person, granted.at_s + 20, granted.amount_fen,
            [plan_kinds[number] for number in granted.campaign.tolist()],
            granted.campaign, granted.at_s + terms_s[granted.campaign],
        ),
        _plain(tasks[0], tasks[1], tasks[2], "task", tasks[1] + TASK_DAYS * DAY_S),
        _plain(gift, _any_time(rng, calendar, len(gift)), rng.choice([2_000, 5_000, 10_000], len(gift)), "gift_card"),
        _plain(adjusted, _any_time(rng, calendar, len(adjusted)), rng.choice(_ADJUSTMENTS_FEN, len(adjusted)), "adjust"),
        _plain(opened, np.zeros(len(opened), dtype=np.int64), people.opening_fen[opened], "opening"),
    ]  # fmt: skip
    kinds = [kind for part in parts for kind in part[3]]
    person, at, amount, campaign, expires = (
        np.concatenate([part[column] for part in parts]) for column in (0, 1, 2, 4, 5)
    )
    order = np.lexsort((person, at))
    return Credits(
        person[order], at[order], amount[order], tuple(kinds[position] for position in order.tolist()),
        campaign[order], expires[order],
    )  # fmt: skip


def draw_moves(
    rng: np.random.Generator, people: People, calendar: Calendar, commissions: Commissions
) -> Moves:
    """Ring members send what they farmed to their head; some friends send each other; promoters withdraw."""
    rows: list[tuple[int, int, str, int]] = []
    for number, members in enumerate(people.rings.members):
        head = int(members[0])
        for member in members[1:].tolist():
            for _ in range(3):
                rows.append(
                    (member, int(people.registered_s[member] + rng.integers(2, 40) * DAY_S), "transfer", head)
                )
        if people.rings.marked[number]:
            found = int(people.rings.found_s[number])
            rows.extend((member, found + 60, "clawback", -1) for member in members.tolist())
    friends = rng.integers(0, people.users, (people.users // 250, 2))
    ring = people.rings.ring_of(people.count)
    for sender, receiver in friends.tolist():
        known = people.registered_s[[sender, receiver]].max() < 0 and ring[sender] < 0 and ring[receiver] < 0
        if sender != receiver and known:
            rows.append((sender, int(rng.integers(0, calendar.end_s)), "transfer", receiver))
    for promoter in np.unique(commissions.promoter).tolist():
        rows.extend(
            (promoter, day * DAY_S + 36_000, "withdrawal", -1) for day in range(27, calendar.days, 30)
        )
    rows.sort(key=lambda row: (row[1], row[0]))
    return Moves(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
        tuple(row[2] for row in rows),
        np.array([row[3] for row in rows], dtype=np.int64),
    )


def draw_commissions(rng: np.random.Generator, people: People, orders: Orders) -> Commissions:
    """Level 1 for who brought the buyer, level 2 for who brought that one; some rejected, all of a refunded order."""
    parts = []
    for level, (above, rate) in enumerate(
        zip((people.promoter, people.promoter_above), PROMOTER_RATES, strict=True), start=1
    ):
        order = np.flatnonzero((orders.source == PROMOTER) & orders.sold & (above[orders.person] >= 0))
        base = orders.price_fen[order]
        amount = np.rint(base * rate).astype(np.int64)
        confirm = orders.at_s[order] + 7 * DAY_S
        refunded = orders.refund_fen[order] >= base
        rejected = refunded | (rng.random(len(order)) < 0.03)
        parts.append(
            (order, above[orders.person[order]], np.full(len(order), level), base, amount, confirm, rejected)
        )
    order, promoter, levels, base, amount, confirm, rejected = (
        np.concatenate([part[column] for part in parts]) for column in range(7)
    )
    by_time = np.lexsort((levels, order))
    return Commissions(
        order[by_time], promoter[by_time], levels[by_time].astype(np.int64), base[by_time], amount[by_time],
        confirm[by_time], rejected[by_time].astype(np.int64),
    )  # fmt: skip


def _daily_tasks(rng: np.random.Generator, people: People, base: Orders) -> tuple[Ints, Ints, Ints]:
    """A yuan now and then for a real act; rings grind dozens of them."""
    acts = np.flatnonzero(base.sold & (rng.random(len(base)) < 0.10) & (base.person < people.users))
    person, at = [base.person[acts]], [base.at_s[acts] + 300]
    amount = [np.full(len(acts), 100, dtype=np.int64)]
    for members in people.rings.members:
        grinder = np.repeat(members, rng.integers(18, 40, len(members)))
        person.append(grinder)
        at.append(people.registered_s[grinder] + rng.integers(3_600, 45 * DAY_S, len(grinder)))
        amount.append(rng.choice(np.array([100, 200, 300], dtype=np.int64), len(grinder)))
    who, when, what = np.concatenate(person), np.concatenate(at), np.concatenate(amount)
    found = np.full(people.count, NEVER_S, dtype=np.int64)
    for number, members in enumerate(people.rings.members):
        if people.rings.marked[number]:
            found[members] = people.rings.found_s[number]
    paid = when < found[who]
    return who[paid], when[paid], what[paid]


def _plain(
    person: Ints, at_s: Ints, amount_fen: Ints, kind: str, expires_s: Ints | None = None
) -> tuple[Ints, Ints, Ints, list[str], Ints, Ints]:
    count = len(person)
    never = np.full(count, NEVER_S, dtype=np.int64)
    no_campaign = np.full(count, -1, dtype=np.int64)
    return (
        person,
        at_s,
        amount_fen.astype(np.int64),
        [kind] * count,
        no_campaign,
        never if expires_s is None else expires_s,
    )


def _any_time(rng: np.random.Generator, calendar: Calendar, count: int) -> Ints:
    return rng.integers(0, calendar.end_s, count)
