"""A seeded platform with known truth. It drives nothing real: no order, review or visit is made anywhere.

`make_world` draws people, goods and base orders, lets campaigns act on them, runs every wallet through time
and cuts the files at `as_of`. The contract, rule by rule, is docs/spec/world.md.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import numpy as np

from huoshui.base.errors import BadOption
from huoshui.lake.tables import ENTRY_KINDS
from huoshui.sim.arrays import DAY_S, Floats
from huoshui.sim.balance import Books, keep_books
from huoshui.sim.campaigns import (
    PLANS,
    Answers,
    Assignments,
    Curves,
    draw_assignments,
    draw_curves,
    draw_induced,
    draw_targeted,
    remove_orders,
)
from huoshui.sim.credits import draw_commissions, draw_credits, draw_moves
from huoshui.sim.events import draw_events
from huoshui.sim.goods import Goods, draw_goods
from huoshui.sim.margins import order_costs
from huoshui.sim.orders import (
    Calendar,
    Orders,
    TopUps,
    draw_calendar,
    draw_moments,
    draw_ring_moments,
    draw_top_ups,
    dress,
    seen_at,
)
from huoshui.sim.people import People, draw_people, with_traits
from huoshui.sim.pot import draw_pot
from huoshui.sim.response import Response, expected_response
from huoshui.sim.rows import Scene, Tables, canonical_tables
from huoshui.sim.truth import Effects, Truth, tell_truth

USERS_MIN = 200


@dataclass(frozen=True, slots=True)
class World:
    """A platform: its tables as a shop would export them, the truth, and everyone's response to an amount."""

    seed: int
    tables: Tables
    truth: Truth
    response: Response
    scene: Scene
    effects: Effects


def make_world(
    seed: int,
    *,
    users: int = 20_000,
    start: date = date(2026, 7, 1),
    months: int = 4,
    as_of: date | None = None,
    answers: Answers = "plain",
) -> World:
    """A platform of `users` over `months` calendar months; the same seed and options, the same world.

    The files stop at the end of `as_of`, the 20th of the last month unless told. `answers` may be `odd`: curves of
    shapes that no estimate assumes; `visible`: how much somebody answers shows before. Raises BadOption.
    """
    days, as_of = _period(users, start, months, as_of)
    rng = np.random.default_rng(seed)
    calendar = draw_calendar(rng, start, days)
    # The price list has a stream of its own: one seed leaks at the same layer whatever the number of users.
    goods = draw_goods(np.random.default_rng([seed, 1]))
    people = draw_people(rng, users, days)
    people = with_traits(people, np.random.default_rng([seed, 2])) if answers == "visible" else people
    until_s = ((as_of - start).days + 1) * DAY_S
    base, top_ups = _base_orders(rng, people, goods, calendar)
    curves = draw_curves(rng, people, answers)
    base, induced, assignments = _campaigns(rng, people, goods, calendar, base, top_ups, curves)
    pot = draw_pot(assignments, calendar, as_of)
    known, written = _cut(base, induced, until_s)
    top_ups = top_ups.take(top_ups.at_s < until_s)
    commissions = draw_commissions(rng, people, known)
    books = keep_books(
        people_count=people.count,
        users=people.users,
        orders=known,
        payable=known.sold & (known.removed_by < 0),
        top_ups=top_ups,
        given=draw_credits(rng, people, calendar, base, assignments),
        commissions=commissions.take(commissions.order < written),
        moves=draw_moves(rng, people, calendar, commissions),
        until_s=until_s,
    )
    costs = order_costs(
        goods,
        known,
        commissions,
        top_ups,
        bonus_paid_fen=books.bonus_paid_fen,
        balance_paid_fen=books.balance_paid_fen,
    )
    scene = Scene(
        seed=seed,
        calendar=calendar,
        until_s=until_s,
        people=people,
        goods=goods,
        orders=known.take(np.arange(written)),
        costs=costs.take(np.arange(written)),
        commissions=commissions.take(commissions.order < written),
        top_ups=top_ups,
        assignments=assignments.take(assignments.at_s < until_s - 60),
        events=draw_events(rng, people, calendar, known.take(np.arange(written)), until_s),
        books=Books(books.entries, books.bonus_paid_fen[:written], books.balance_paid_fen[:written]),
        pot=pot,
    )
    tables = canonical_tables(scene)
    value = costs.value_fen(known.price_fen)
    response = expected_response(
        people, curves, known, value, _take_up(books, assignments, until_s), calendar
    )
    effects = Effects(known, value, curves, response)
    return World(seed, tables, tell_truth(scene, tables, effects), response, scene, effects)


def _period(users: int, start: date, months: int, as_of: date | None) -> tuple[int, date]:
    """Days of the whole period and the last day of the files."""
    if users < USERS_MIN:
        raise BadOption(
            option="users", value=users, reason_zh=f"至少 {USERS_MIN} 人", reason_en=f"at least {USERS_MIN}"
        )
    if start.day != 1:
        raise BadOption(
            option="start",
            value=start,
            reason_zh="要从某月 1 日开始",
            reason_en="must be the first of a month",
        )
    if not 3 <= months <= 24:
        raise BadOption(option="months", value=months, reason_zh="3 到 24 个月", reason_en="3 to 24 months")
    last = start.month - 1 + months - 1
    last_month = date(start.year + last // 12, last % 12 + 1, 1)
    end = last_month.replace(day=monthrange(last_month.year, last_month.month)[1])
    as_of = last_month.replace(day=20) if as_of is None else as_of
    if not last_month <= as_of <= end:
        raise BadOption(
            option="as_of",
            value=as_of,
            reason_zh=f"要在最后一个月内 ({last_month} 到 {end})",
            reason_en=f"must lie in the last month ({last_month} to {end})",
        )
    return (end - start).days + 1, as_of


def _base_orders(
    rng: np.random.Generator, people: People, goods: Goods, calendar: Calendar
) -> tuple[Orders, TopUps]:
    """What everyone would do without any grant."""
    moments = [draw_moments(rng, people, calendar), draw_ring_moments(rng, people)]
    person, at = (np.concatenate([part[column] for part in moments]) for column in (0, 1))
    inside = at < calendar.end_s
    person, at = person[inside], at[inside]
    order = np.lexsort((person, at))
    person, at = person[order], at[order]
    top_ups = draw_top_ups(rng, people, person, at)
    nobody = np.full(len(person), -1, dtype=np.int64)
    return dress(rng, people, goods, calendar, top_ups, person, at, nobody), top_ups


def _campaigns(
    rng: np.random.Generator,
    people: People,
    goods: Goods,
    calendar: Calendar,
    base: Orders,
    top_ups: TopUps,
    curves: Curves,
) -> tuple[Orders, Orders, Assignments]:
    """Base orders with those lost marked, orders gained, and all assignments."""
    assignments = draw_assignments(rng, people, calendar)
    base = remove_orders(rng, base, assignments, curves)
    assignments = Assignments.joined([assignments, draw_targeted(rng, people, calendar, base)])
    person, at, campaign = draw_induced(rng, assignments, curves)
    inside = at < calendar.end_s
    induced = dress(rng, people, goods, calendar, top_ups, person[inside], at[inside], campaign[inside])
    return base, induced, assignments


def _cut(base: Orders, induced: Orders, until_s: int) -> tuple[Orders, int]:
    """Orders before the cut as then seen, written ones by time, then removed; how many are written."""
    kept = Orders.joined([base.take(base.removed_by < 0), induced])
    removed = base.take(base.removed_by >= 0)
    kept, removed = kept.take(kept.at_s < until_s), removed.take(removed.at_s < until_s)
    return seen_at(Orders.chained([kept, removed]), until_s), len(kept)


def _take_up(books: Books, assignments: Assignments, until_s: int) -> Floats:
    """Share of each campaign's grants that did not expire, among grants old enough to have done either."""
    entries = books.entries
    ended = (entries.kind == ENTRY_KINDS.index("expire")) & (entries.campaign >= 0)
    expired = np.bincount(entries.campaign[ended], weights=entries.amount_fen[ended], minlength=len(PLANS))
    terms_s = np.array([plan.expires_days * DAY_S for plan in PLANS], dtype=np.int64)
    old = assignments.at_s + terms_s[assignments.campaign] < until_s
    granted = np.bincount(
        assignments.campaign[old], weights=assignments.amount_fen[old], minlength=len(PLANS)
    )
    return np.asarray(1 - expired / np.maximum(1, granted)).clip(0, 1)
