"""What enters wallets besides top-ups and refunds: grants, daily tasks, gifts, hand adjustments, commission.

All of it is drawn before anybody's balance is known; the wallets (balance.py) then run through time and meet
the wishes of `Moves` as far as they can.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from huoshui.sim.arrays import DAY_S, Columns, Ints, share_of
from huoshui.sim.campaigns import PLANS, Assignments
from huoshui.sim.goods import PROMOTER_RATES
from huoshui.sim.orders import NEVER_S, Calendar, Orders
from huoshui.sim.people import PROMOTER, People

TASK_DAYS: Final = 30
CREDIT_KINDS: Final = ("task", "cashback", "gift_card", "adjust", "opening")
TASK, CASHBACK, GIFT_CARD, ADJUST, OPENING = range(5)
MOVE_KINDS: Final = ("transfer", "withdrawal", "clawback")
TRANSFER, WITHDRAWAL, CLAWBACK = range(3)
_ADJUSTMENTS_FEN: Final = np.array([500, 1_000, 2_000, 5_000, 10_000, 20_000])
_GIFT_CARDS_FEN: Final = np.array([2_000, 5_000, 10_000])
_WITHDRAWAL_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Credits(Columns):
    """Wallet credits by time: who, when, how much, of which kind, from which campaign (-1), until when."""

    person: Ints
    at_s: Ints
    amount_fen: Ints
    kind: Ints
    campaign: Ints
    expires_s: Ints

    @classmethod
    def of_kind(
        cls,
        kind: int | Ints,
        person: Ints,
        at_s: Ints,
        amount_fen: Ints,
        *,
        campaign: int | Ints = -1,
        expires_s: int | Ints = NEVER_S,
    ) -> "Credits":
        """Credits that share a kind, a campaign or a term where one value is given."""
        columns = (person, at_s, amount_fen, kind, campaign, expires_s)
        return cls(*(np.array(np.broadcast_to(column, person.shape), dtype=np.int64) for column in columns))

    @classmethod
    def joined(cls, parts: list["Credits"]) -> "Credits":
        """All of `parts`, by time."""
        together = cls.chained(parts)
        return together.take(np.lexsort((together.person, together.at_s)))


@dataclass(frozen=True, slots=True)
class Moves(Columns):
    """Transfers to `other`, withdrawals and clawbacks (`other` -1), of what the wallet then holds."""

    person: Ints
    at_s: Ints
    kind: Ints
    other: Ints


@dataclass(frozen=True, slots=True)
class Commissions(Columns):
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
    """All credits that no balance decides."""
    granted = assignments.take(assignments.amount_fen > 0)
    kinds = np.array([CREDIT_KINDS.index(plan.kind) for plan in PLANS], dtype=np.int64)
    terms_s = np.array([plan.expires_days for plan in PLANS], dtype=np.int64) * DAY_S
    grinder, task_at, task_fen = _daily_tasks(rng, people, base)
    old = people.registered_s[: people.users] < 0
    given = rng.random(people.users)
    gifted, adjusted = np.flatnonzero(old & (given < 0.006)), np.flatnonzero(old & (given > 0.996))
    opened = np.flatnonzero(people.opening_fen > 0)
    frozen = np.flatnonzero(people.frozen)
    parts = [
        Credits.of_kind(
            kinds[granted.campaign], granted.person, granted.at_s + 20, granted.amount_fen,
            campaign=granted.campaign, expires_s=granted.at_s + terms_s[granted.campaign],
        ),
        Credits.of_kind(TASK, grinder, task_at, task_fen, expires_s=task_at + TASK_DAYS * DAY_S),
        Credits.of_kind(
            GIFT_CARD, gifted, rng.integers(0, calendar.end_s, len(gifted)),
            rng.choice(_GIFT_CARDS_FEN, len(gifted)),
        ),
        Credits.of_kind(
            ADJUST, adjusted, rng.integers(0, calendar.end_s, len(adjusted)),
            rng.choice(_ADJUSTMENTS_FEN, len(adjusted)),
        ),
        Credits.of_kind(OPENING, opened, np.zeros_like(opened), people.opening_fen[opened]),
        # Earned an hour before the account was frozen, and there it stays.
        Credits.of_kind(
            TASK, frozen, (people.leaves_s[frozen] - 3_600).clip(0), rng.integers(4, 40, len(frozen)) * 100
        ),
    ]  # fmt: skip
    return Credits.joined(parts)


def draw_moves(
    rng: np.random.Generator, people: People, calendar: Calendar, commissions: Commissions
) -> Moves:
    """Ring members send what they farmed to their head; friends send each other; promoters withdraw."""
    rows: list[tuple[int, int, int, int]] = []
    for number, members in enumerate(people.rings.members):
        head = int(members[0])
        for member in members[1:].tolist():
            since = int(people.registered_s[member])
            rows.extend(
                (since + day * DAY_S, member, TRANSFER, head) for day in rng.integers(2, 40, 3).tolist()
            )
        if people.rings.marked[number]:
            found = int(people.rings.found_s[number])
            rows.extend((found + 60, member, CLAWBACK, -1) for member in members.tolist())
    honest_old = np.flatnonzero(
        (people.registered_s[: people.users] < 0) & (people.rings.ring_of(people.count)[: people.users] < 0)
    )
    for sender, receiver in rng.choice(honest_old, (people.users // 250, 2)).tolist():
        if sender != receiver:
            rows.append((int(rng.integers(0, calendar.end_s)), sender, TRANSFER, receiver))
    for promoter in np.unique(commissions.promoter).tolist():
        days = range(_WITHDRAWAL_DAYS - 3, calendar.days, _WITHDRAWAL_DAYS)
        rows.extend((day * DAY_S + 36_000, promoter, WITHDRAWAL, -1) for day in days)
    at, person, kind, other = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4).T
    return Moves(person, at, kind, other)


def draw_commissions(rng: np.random.Generator, people: People, orders: Orders) -> Commissions:
    """Level 1 for who brought the buyer, level 2 for who brought that one; rejected for a refunded order."""
    parts = []
    for level, (above, rate) in enumerate(
        zip((people.promoter, people.promoter_above), PROMOTER_RATES, strict=True), start=1
    ):
        order = np.flatnonzero((orders.source == PROMOTER) & orders.sold & (above[orders.person] >= 0))
        base = orders.price_fen[order]
        amount = share_of(base, rate)
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
