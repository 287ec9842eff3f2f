"""Everybody who could get a level in a period: one row a user, as they stand on its first day.

What a plan needs to know of a user and nothing more: segment by the definitions, standing, what they were given lately
and what an order of theirs has been worth. Orders and grants from the first day of the period on do not count towards
who the user is; grants of the period itself count towards its cap.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
from ibis.expr.types import IntegerValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.facts.arithmetic import DAY_US, micros, month_of, month_text, person_key
from huoshui.lake.facts.decisions import DORMANT_DAYS, HIGH_VALUE_SHARE, RECENT_DAYS, segment_of
from huoshui.lake.facts.orders import ROUNDING_FEN
from huoshui.lake.facts.prepared import Prepared, sold_orders


def candidates(
    prepared: Prepared,
    people: IbisTable,
    given: IbisTable,
    *,
    first_day: date,
    drawn_by: Sequence[str] = (),
    history_days: int | None = None,
) -> IbisTable:
    """One row a user of the files, by key.

    Columns: user_id, key (person_key of it), segment as of `first_day` or of the end of the files where that is
    earlier, by the orders of `history_days` before it (None: of all the files), source (of the first order, None
    without one), standing (active, frozen, abuser, deleted), orders, orders_90, value, value_squares (fen, and fen
    squared, over their sold orders), idle_days (since the last order) and rewarded_days (since the last grant of a
    campaign; None: never), granted (fen by campaigns within the period), drawn (a bit for each campaign of `drawn_by`,
    at most 62, in whose random draw they were). `people` is orders.buyers, `given` is balance.grants.
    """
    lake = prepared.lake
    start = micros(ibis.timestamp(first_day.isoformat()))
    rows = _everyone(prepared)
    known_to = min(first_day, prepared.last_day + timedelta(days=1))
    known_from = prepared.first_day
    if history_days is not None:
        known_from = max(known_from, known_to - timedelta(days=history_days))
    rows = _with_orders(prepared, rows, people, first_day, known_from, known_to)
    bars = rows.aggregate(
        bar=rows.judged_margin.quantile(HIGH_VALUE_SHARE, where=_judged(rows)).cast("int64")
    )
    rows = lake.materialise("candidate_orders", rows.cross_join(bars))
    segment = segment_of(
        at=micros(ibis.timestamp(known_to.isoformat())),
        history=micros(ibis.timestamp(known_from.isoformat())),
        first_at=micros(rows.judged_first),
        last_before=micros(rows.judged_last),
        orders_90=rows.judged_orders.fill_null(0),
        margin_90=rows.judged_margin.fill_null(0),
        bar=rows.bar,
        old=ibis.coalesce(rows.old, rows.spent_before)
        | (rows.first_at < ibis.timestamp(known_from.isoformat())).fill_null(False),
    )
    rows = rows.mutate(segment=segment)
    rewards = _rewards(given, first_day)
    rows = rows.left_join(rewards, rows.key == rewards.rewarded)
    rows = _with_draws(prepared, rows, drawn_by)
    return rows.select(
        "user_id",
        "key",
        "segment",
        "source",
        "standing",
        orders=rows.orders.fill_null(0),
        orders_90=rows.orders_90.fill_null(0),
        value=rows.value.fill_null(0),
        value_squares=rows.value_squares.fill_null(0.0),
        idle_days=_days_before(start, micros(rows.last_at)),
        rewarded_days=_days_before(start, rows.last_reward_us),
        granted=rows.granted.fill_null(0),
        drawn=rows.drawn,
    ).order_by("key")


def history_days_of(prepared: Prepared, assigned: IbisTable) -> int:
    """So many days of history, at least, half the assignments of decisions.assigned_users were judged by.

    A plan that judged its users by more would put them into other segments than it has curves for. Less than what
    tells who is dormant is no history to judge by.
    """
    start = micros(ibis.timestamp(prepared.first_day.isoformat()))
    ages = assigned.aggregate(
        age=_days_before(micros(assigned.at), start).quantile(0.5, where=assigned.at.notnull())
    )
    age = ages.to_pyarrow().to_pylist()[0]["age"]
    return DORMANT_DAYS if age is None else max(DORMANT_DAYS, int(age))


def _everyone(prepared: Prepared) -> IbisTable:
    """user_id, key, standing, spent_before (the shop's sum says they bought once): of the users table and of orders."""
    lake = prepared.lake
    users = lake.table("users")
    listed = users.group_by("user_id").aggregate(
        standing=users.status.max().fill_null("active"),
        spent_before=(users.cum_spend > ROUNDING_FEN).any().fill_null(False),
    )
    listed = listed.mutate(key=person_key(listed.user_id))
    orders = sold_orders(lake)
    orders = orders.filter(orders.user_id.notnull())
    ordered = orders.select("user_id", person=person_key(orders.user_id)).distinct()
    more = ordered.anti_join(listed, ordered.person == listed.key)
    more = more.select(
        "user_id", standing=ibis.literal("active"), spent_before=ibis.literal(False), key=more.person
    )
    return lake.materialise("candidate_users", listed.union(more))


def _with_orders(
    prepared: Prepared,
    rows: IbisTable,
    people: IbisTable,
    first_day: date,
    known_from: date,
    known_to: date,
) -> IbisTable:
    """Adds what their orders before the period tell; NULL for who has none. `judged_*` make the segment."""
    orders = prepared.orders.filter(prepared.orders.by_user)
    orders = orders.filter(orders.day < ibis.date(first_day.isoformat()))
    recent = orders.day >= ibis.date((first_day - timedelta(days=RECENT_DAYS)).isoformat())
    known = orders.day >= ibis.date(known_from.isoformat())
    late = known & (orders.day >= ibis.date((known_to - timedelta(days=RECENT_DAYS)).isoformat()))
    gain = orders.value.cast("float64")
    sums = orders.group_by(ordering=orders.person).aggregate(
        first_at=orders.at.min(),
        last_at=orders.at.max(),
        orders=orders.count(),
        orders_90=recent.sum(),
        judged_first=orders.at.min(where=known),
        judged_last=orders.at.max(where=known),
        judged_orders=late.sum(),
        judged_margin=(orders.value - orders.bonus).sum(where=late).cast("int64"),
        value=orders.value.sum().cast("int64"),
        value_squares=(gain * gain).sum(),
    )
    named = people.select(buyer="person", source="source", old="old")
    rows = rows.left_join(sums, rows.key == sums.ordering).drop("ordering")
    return rows.left_join(named, rows.key == named.buyer).drop("buyer")


def _judged(rows: IbisTable) -> ibis.expr.types.BooleanValue:
    """Whose margin sets the bar of high value: those with a late order, abusers aside."""
    return (rows.judged_orders > 0).fill_null(False) & (rows.standing != "abuser")


def _rewards(given: IbisTable, first_day: date) -> IbisTable:
    """One row a user with a campaign's grant: the last one before the period, and what the period gave so far."""
    start = ibis.timestamp(first_day.isoformat())
    end = ibis.timestamp(next_month(first_day).isoformat())
    offered = given.filter(given.campaign_id.notnull())
    before, inside = offered.at < start, (offered.at >= start) & (offered.at < end)
    return offered.group_by(rewarded=offered.person).aggregate(
        last_reward_us=micros(offered.at).max(where=before),
        granted=offered.fen.sum(where=inside).fill_null(0).cast("int64"),
    )


def _with_draws(prepared: Prepared, rows: IbisTable, drawn_by: Sequence[str]) -> IbisTable:
    """Adds `drawn`: a bit for each campaign of `drawn_by` in whose random draw the user was, in any arm."""
    if not drawn_by or not prepared.lake.has("assignments"):
        return rows.mutate(drawn=ibis.literal(0, "int64"))
    assigned = prepared.lake.table("assignments")
    bits = [(assigned.campaign_id == name, 1 << bit) for bit, name in enumerate(drawn_by)]
    bit = ibis.cases(*bits, else_=0).cast("int64")
    asked = assigned.group_by(asked=person_key(assigned.user_id)).aggregate(drawn=bit.bit_or())
    joined = rows.left_join(asked, rows.key == asked.asked)
    return joined.mutate(drawn=joined.drawn.fill_null(0)).drop("asked")


def _days_before(start: IntegerValue, at: IntegerValue) -> IntegerValue:
    """Whole days from `at` to `start`, both in microseconds."""
    return ((start - at) / DAY_US).floor().cast("int64")


def given_sums(results: IbisTable) -> IbisTable:
    """core.costs.facts.GrantSums by month, kind and campaign, without what a plan has no use for (never back: 0)."""
    nothing = ibis.literal(0, "int64")
    sums = results.group_by(month_of(results.at).name("month"), "kind", "campaign_id", "abuser").aggregate(
        grants=results.count(),
        users=results.person.nunique(),
        issued_fen=_sum(results.fen),
        spent_fen=_sum(results.spent),
        expired_fen=_sum(results.expired),
        open_fen=_sum(results.open),
        frozen_fen=_sum(results.frozen.ifelse(results.open, 0)),
        attributed_value_fen=_sum(results.abuser.ifelse(0, results.attributed)),
    )
    sums = sums.mutate(month=month_text(sums.month), never_back_fen=nothing, never_back_known_fen=nothing)
    return sums.order_by("month", "kind", "campaign_id", "abuser")


def granted_mix(given: IbisTable, rows: IbisTable, *, first_day: date, until: date) -> IbisTable:
    """segment, campaign_id, amount_fen, users: what campaigns granted from `first_day` up to, not including, `until`.

    Users stand in the segment of `rows` (candidates), that is as of the period planned.
    """
    lately = given.filter(
        given.campaign_id.notnull(),
        given.at >= ibis.timestamp(first_day.isoformat()),
        given.at < ibis.timestamp(until.isoformat()),
    )
    lately = lately.select("campaign_id", "person", amount_fen=lately.fen)
    joined = lately.join(rows.select("key", "segment"), lately.person == rows.key)
    return (
        joined.group_by("segment", "campaign_id", "amount_fen")
        .aggregate(users=joined.person.nunique())
        .order_by("segment", "campaign_id", "amount_fen")
    )


def registered_months(prepared: Prepared) -> IbisTable:
    """By month (202608), users: registrations of each month, where the users table tells them."""
    users = prepared.lake.table("users")
    known = users.filter(users.created_at.notnull())
    return (
        known.group_by(month_of(known.created_at).name("month"))
        .aggregate(users=known.count())
        .order_by("month")
    )


def _sum(values: IntegerValue) -> ibis.expr.types.IntegerScalar:
    return values.sum().fill_null(0).cast("int64")


def next_month(day: date) -> date:
    """The first day of the month after the one of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
