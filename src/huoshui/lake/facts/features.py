"""What was known of a user just before a moment: an assignment to learn from, or the first day of a plan.

Moments are held against what their user did in the days before them, one kind of fact after the other, so that each
join is narrow and only its sums stay. Nothing at or after the moment is read; docs/spec/features.md is the contract.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, FloatingValue, IntegerValue, NumericValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import DAY_US, days, micros, person_key, row_key
from huoshui.lake.facts.campaigns import VALUE_FEN_MAX
from huoshui.lake.facts.decisions import values_around
from huoshui.lake.facts.grants import BROWSE_EVENTS, CART_EVENTS
from huoshui.lake.facts.orders import ROUNDING_FEN
from huoshui.lake.facts.prepared import Prepared, end_of, sold_orders
from huoshui.lake.tables import SOURCES

LOOKBACK_DAYS = 90
"""No feature looks back farther: a young file and an old one then mean the same."""
REACH_DAYS_MIN = 14
"""Sums of files that reach back less are scaled as if they reached back so far."""
REWARD_GAP_US = 3_600_000_000
"""Rewards and balance end an hour before the moment: a grant written early would tell the arm."""
REGISTERED_DAYS_MAX = 720
DEVICE_KINDS_MAX = 8
"""More kinds of device than these are names of devices, and tell nothing of another user."""
TOP_UP_EVENTS = ("top_up", "recharge", "topup_intent")
EVENT_KINDS: dict[str, tuple[str, ...]] = {
    "viewed": BROWSE_EVENTS,
    "carted": CART_EVENTS,
    "top_up_seen": TOP_UP_EVENTS,
}
"""Further types count as `other`."""
EVENT_DAYS = (1, 7, 30)
USER_PARTS = 1 << 20
"""Users fall into so many parts by their hash, where only a share of them is read."""
SLOTS = 128
"""A last order's instant, source and device in one whole number, so that one maximum finds all three."""
DEVICE_SLOTS = 16

_ORDERS = (
    "orders_7", "orders_30", "orders_90", "margin_30", "margin_90", "idle_days", "mean_price", "top_price",
    "bonus_share", "principal_share", "coupon_share", "promo_share", "weekend_share",
)  # fmt: skip
_EVENTS = tuple(f"{kind}_{span}" for kind in (*EVENT_KINDS, "other") for span in EVENT_DAYS)
FEATURES: tuple[str, ...] = (
    *_ORDERS,
    "refunds_90",
    *("rewards_90", "reward_yuan_90", "rewarded_days", "answered_share"),
    "balance_yuan",
    *("top_ups_90", "top_up_yuan_90", "top_up_days"),
    *_EVENTS,
    "seen_days",
    *("registered_days", "spent_before", "has_upline"),
    *(f"source_{source}" for source in SOURCES),
    *(f"device_{number}" for number in range(1, DEVICE_KINDS_MAX + 1)),
)
"""The columns in their order; a file without a table has its columns at one value."""
OF_SOMETHING = frozenset(
    name
    for name in FEATURES
    if name.startswith(("source_", "device_", "mean_", "top_price")) or name.endswith("_share")
)
"""Means, shares and kinds of what a user did: of nothing they are unknown. A price of 0 would be the cheapest."""


def features(prepared: Prepared, given: IbisTable, moments: IbisTable, *, name: str) -> IbisTable:
    """One row a row of `moments`, materialised as `name`: moment, person and the columns of FEATURES.

    `moments` holds moment (a whole number, once each), person and at_us (microseconds since 1970); `given` is
    balance.grants.
    """
    lake = prepared.lake
    start = micros(ibis.timestamp(prepared.first_day.isoformat()))
    moments = lake.materialise(
        f"{name}_moments",
        moments.select("moment", "person", "at_us", reach=(moments.at_us - start) / DAY_US),
    )
    # Written down: left to choose among three tables at once, the engine sometimes pairs them up the long way round.
    sold = lake.materialise(f"{name}_orders", _order_facts(prepared, moments))
    parts = [
        _of_orders(sold, moments),
        _of_refunds(prepared, moments),
        _of_rewards(prepared, moments, given),
        _of_balance(prepared, moments),
        _of_top_ups(prepared, moments),
        _of_events(prepared, moments),
    ]
    kept = [
        lake.materialise(f"{name}_part_{place}", part) for place, part in enumerate(parts) if part is not None
    ]
    rows = moments
    for part in kept:
        rows = rows.left_join(part, rows.moment == part.of).drop("of")
    rows = _with_user(prepared, rows)
    told = {column: _told(rows, column) for column in FEATURES}
    found = lake.materialise(name, rows.select("moment", "person", **told))
    lake.drop(moments, sold, *kept)
    return found


def trial_rows(
    prepared: Prepared, assigned: IbisTable, given: IbisTable, states: IbisTable, *, rows_max: int
) -> pa.Table:
    """One row an assignment of a campaign with a control, with the columns of FEATURES; abusers known by then left out.

    Further columns: assignment, campaign_id, person, at_us, control, amount_fen, probability, segment, mature,
    value_fen (in the window, at most the campaign's cap) and orders (in the window). Of a campaign with more than
    `rows_max` assignments a share of the users, by their hash. `assigned` is decisions.assigned_users, `states`
    decisions.decision_states, `given` balance.grants.
    """
    lake = prepared.lake
    control = (assigned.arm == "control") | (
        (assigned.arm == "explore") & (assigned.amount.fill_null(0) == 0)
    )
    rows = assigned.mutate(control=control.fill_null(False))
    sizes = rows.group_by(sized="campaign_id").aggregate(rows=rows.count(), controls=rows.control.sum())
    sizes = sizes.filter(sizes.controls > 0)
    rows = rows.join(sizes, rows.campaign_id == sizes.sized).drop("sized")
    rows = rows.filter(
        (rows.person % USER_PARTS).cast("float64") < USER_PARTS * (float(rows_max) / rows["rows"])
    )
    rows = _without_known_abusers(lake, rows)
    rows = lake.materialise("trial_assignments", rows.drop("rows", "controls"))
    around = values_around(prepared, rows)
    moments = rows.select(moment="assignment", person="person", at_us=micros(rows.at))
    told_table = features(prepared, given, moments, name="trial_features")
    told = told_table.drop("person")
    known = states.filter(states.decision < 0).select(stated=-1 - states.decision, segment="segment")
    table = rows.join(told, rows.assignment == told.moment).drop("moment")
    table = table.join(known, table.assignment == known.stated).drop("stated")
    table = table.left_join(around, table.assignment == around.decided)
    value = table.value_window.fill_null(0)
    table = table.select(
        "assignment",
        "campaign_id",
        "person",
        "control",
        "segment",
        at_us=micros(table.at),
        amount_fen=table.control.ifelse(0, table.amount.fill_null(0)),
        probability=table.probability.cast("float64").nullif(0.0).fill_null(1.0),
        mature=table.at + table.window_days * days(1) <= end_of(prepared),
        value_fen=ibis.least(value, table.cap.fill_null(value)).clip(-VALUE_FEN_MAX, VALUE_FEN_MAX),
        orders=table.orders_window.fill_null(0),
        **{column: table[column] for column in FEATURES},
    ).order_by("campaign_id", "assignment")
    found: pa.Table = table.to_pyarrow()
    lake.drop(rows, told_table)
    return found


def candidate_features(
    prepared: Prepared, given: IbisTable, rows: IbisTable, *, first_day: date
) -> IbisTable:
    """Features of each of `rows` (candidates.candidates), whose moment is its place, 0.. by key and user_id.

    As of the first day; where the files end before it, as of their end: days that they do not reach make nobody idle.
    """
    known_to = min(first_day, prepared.last_day + timedelta(days=1))
    numbered = rows.select(
        person="key",
        moment=ibis.row_number().over(order_by=[rows.key, rows.user_id]),
        at_us=micros(ibis.timestamp(known_to.isoformat())),
    )
    return features(prepared, given, numbered, name="candidate_features")


def _without_known_abusers(lake: Lake, rows: IbisTable) -> IbisTable:
    """Without assignments of marked abusers from their first clawback on: before it nothing in the files knew."""
    if not (lake.has("users", "status") and lake.has("balance_entries")):
        return rows
    users, entries = lake.table("users"), lake.table("balance_entries")
    marked = users.filter(users.status == "abuser").select(marked=person_key(users.user_id)).distinct()
    back = entries.filter(entries.kind == "clawback")
    back = back.group_by(taken_from=person_key(back.user_id)).aggregate(known_us=micros(back.at).min())
    known = marked.join(back, marked.marked == back.taken_from).select("marked", "known_us")
    joined = rows.left_join(known, rows.person == known.marked)
    return joined.filter((micros(joined.at) <= joined.known_us).fill_null(True)).drop("marked", "known_us")


def _told(rows: IbisTable, column: str) -> NumericValue:
    """A feature as a float: days are long where there was nothing, OF_SOMETHING is unknown, the rest is 0."""
    if column not in rows.columns:
        return ibis.literal(_nothing(column), "float32").name(column)
    if column in OF_SOMETHING:
        return rows[column].cast("float32")
    return rows[column].cast("float64").fill_null(_nothing(column)).cast("float32")


def _nothing(column: str) -> float:
    """What stands where the files tell nothing."""
    if column == "registered_days":
        return float(REGISTERED_DAYS_MAX)
    return float(LOOKBACK_DAYS) if column.endswith("_days") else 0.0


def _before(moments: IbisTable, facts: IbisTable, *, at_most: int | None, gap_us: int = 0) -> IbisTable:
    """`moments` with the facts (fact_person, fact_us, ...) before them, at most `at_most` days old, and their `age`."""
    near = [
        moments.person == facts.fact_person,
        facts.fact_us < moments.at_us - gap_us,
    ]
    if at_most is not None:
        near.append(facts.fact_us >= moments.at_us - at_most * DAY_US)
    joined = moments.join(facts, near)
    return joined.mutate(age=(joined.at_us - joined.fact_us) / DAY_US)


def _scaled(amount: NumericValue, reach: NumericValue, span: int) -> FloatingValue:
    """A sum of `span` days as it would be if the files reached back so far."""
    seen = ibis.greatest(ibis.least(reach.max(), float(span)), float(REACH_DAYS_MIN))
    return amount.fill_null(0).cast("float64") * float(span) / ibis.least(seen, float(span))


def _of_orders(sold: IbisTable, moments: IbisTable) -> IbisTable:
    rows = _before(moments, sold, at_most=LOOKBACK_DAYS)
    price = rows.price.sum().cast("float64")
    orders = rows.count().cast("float64")
    lately = rows.age < 30

    def scaled(values: IntegerValue, span: int, where: BooleanValue | None = None) -> FloatingValue:
        return _scaled(values.sum(where=where), rows.reach, span)

    one = ibis.literal(1, "int64")
    sums = rows.group_by(of=rows.moment).aggregate(
        last=(rows.fact_us * SLOTS + rows.slot).max(),
        at_us=rows.at_us.max(),
        orders_7=scaled(one * (rows.age < 7).cast("int64"), 7),
        orders_30=scaled(one * lately.cast("int64"), 30),
        orders_90=scaled(one * (rows.age < 90).cast("int64"), 90),
        margin_30=scaled(rows.margin, 30, lately) / 100,
        margin_90=scaled(rows.margin, 90) / 100,
        mean_price=price / orders / 100,
        top_price=rows.price.max() / 100,
        bonus_share=rows.bonus.sum() / price.nullif(0),
        principal_share=rows.principal.sum() / price.nullif(0),
        coupon_share=rows.coupon.sum() / orders,
        promo_share=rows.promo.sum() / orders,
        weekend_share=rows.weekend.sum() / orders,
    )
    last_us = (sums.last - sums.last % SLOTS) / SLOTS
    source, device = (sums.last % SLOTS - sums.last % DEVICE_SLOTS) / DEVICE_SLOTS, sums.last % DEVICE_SLOTS
    return sums.mutate(
        idle_days=(sums.at_us - last_us) / DAY_US,
        **{f"source_{known}": (source == place + 1).cast("float64") for place, known in enumerate(SOURCES)},
        **{
            f"device_{number}": (device == number).cast("float64")
            for number in range(1, DEVICE_KINDS_MAX + 1)
        },
    ).drop("last", "at_us")


def _order_facts(prepared: Prepared, moments: IbisTable) -> IbisTable:
    """One row an order of a user of `moments`: what features read of it."""
    lake = prepared.lake
    orders = prepared.orders.filter(prepared.orders.by_user)
    orders = orders.semi_join(moments, orders.person == moments.person)
    margin = (
        orders.price - orders.bonus - orders.goods - orders.goods_estimated - orders.fee
        - orders.site_fee - orders.platform_cut - orders.gap
    )  # fmt: skip
    source = ibis.cases(
        *((orders.source == name, place) for place, name in enumerate(SOURCES, start=1)), else_=0
    )
    rows = orders.select(
        "price",
        "principal",
        "bonus",
        "key",
        fact_person="person",
        fact_us=micros(orders.at),
        margin=margin,
        source_slot=source.cast("int64"),
        weekend=(orders.at.day_of_week.index() >= 5).cast("int64"),
    )
    raw = sold_orders(lake)
    kinds = _device_kinds(lake)
    named = [(raw.device == name, place) for place, name in enumerate(kinds, start=1)]
    device = ibis.cases(*named, else_=0) if named else ibis.literal(0)
    more = raw.select(
        written=row_key(raw.order_id),
        coupon=(raw.coupon > 0).fill_null(False).cast("int64"),
        promo=(raw.promo_discount > 0).fill_null(False).cast("int64"),
        device_slot=device.cast("int64"),
    )
    rows = rows.join(more, rows.key == more.written)
    return rows.mutate(slot=rows.source_slot * DEVICE_SLOTS + rows.device_slot).drop(
        "key", "written", "source_slot", "device_slot"
    )


def _device_kinds(lake: Lake) -> Sequence[str]:
    """The kinds of device, where there are few; none where the column holds a name for each device."""
    if not lake.has("orders", "device"):
        return ()
    rows = lake.table("orders")
    named = rows.select("device").distinct().drop_null().limit(DEVICE_KINDS_MAX + 1)
    kinds = sorted(named.to_pyarrow()["device"].to_pylist())
    return kinds if len(kinds) <= DEVICE_KINDS_MAX else ()


def _of_refunds(prepared: Prepared, moments: IbisTable) -> IbisTable | None:
    lake = prepared.lake
    if not lake.has("refunds"):
        return None
    back = lake.table("refunds")
    back = back.select(refunded=row_key(back.order_id), fact_us=micros(back.at))
    orders = prepared.orders.filter(prepared.orders.by_user).select("key", fact_person="person")
    facts = back.join(orders, back.refunded == orders.key).select("fact_person", "fact_us")
    rows = _before(moments, facts, at_most=LOOKBACK_DAYS)
    return rows.group_by(of=rows.moment).aggregate(
        refunds_90=_scaled(rows.count(), rows.reach, LOOKBACK_DAYS)
    )


def _of_rewards(prepared: Prepared, moments: IbisTable, given: IbisTable) -> IbisTable:
    offered = given.filter(given.campaign_id.notnull())
    orders = prepared.orders.filter(prepared.orders.by_user)
    sold = orders.select(ordering="person", ordered_us=micros(orders.at))
    lots = offered.select(
        "grant",
        "fen",
        fact_person="person",
        fact_us=micros(offered.at),
        window_us=offered.window_days * DAY_US,
    )
    near = [
        lots.fact_person == sold.ordering,
        sold.ordered_us > lots.fact_us,
        sold.ordered_us < lots.fact_us + lots.window_us,
    ]
    answered = lots.join(sold, near).select(answering="grant").distinct()
    lots = lots.left_join(answered, lots.grant == answered.answering)
    facts = lots.select(
        "fact_person", "fact_us", "fen", "window_us", answered=lots.answering.notnull().cast("int64")
    )
    rows = _before(moments, facts, at_most=LOOKBACK_DAYS, gap_us=REWARD_GAP_US)
    over = rows.fact_us + rows.window_us <= rows.at_us
    return rows.group_by(of=rows.moment).aggregate(
        rewards_90=_scaled(rows.count(), rows.reach, LOOKBACK_DAYS),
        reward_yuan_90=_scaled(rows.fen.sum(), rows.reach, LOOKBACK_DAYS) / 100,
        rewarded_days=rows.age.min(),
        answered_share=rows.answered.sum(where=over) / over.sum().nullif(0),
    )


def _of_balance(prepared: Prepared, moments: IbisTable) -> IbisTable | None:
    lake = prepared.lake
    if not lake.has("balance_entries"):
        return None
    entries = lake.table("balance_entries")
    signed = (entries.direction == "in").ifelse(entries.amount, -entries.amount)
    facts = entries.select(
        fact_person=person_key(entries.user_id), fact_us=micros(entries.at), fen=signed.cast("int64")
    )
    rows = _before(moments, facts, at_most=None, gap_us=REWARD_GAP_US)
    return rows.group_by(of=rows.moment).aggregate(balance_yuan=rows.fen.sum() / 100)


def _of_top_ups(prepared: Prepared, moments: IbisTable) -> IbisTable | None:
    lake = prepared.lake
    if not lake.has("recharges"):
        return None
    raw = lake.table("recharges")
    paid = raw.filter((raw.status == "paid").fill_null(True))
    facts = paid.select(
        fact_person=person_key(paid.user_id),
        fact_us=micros(ibis.coalesce(paid.paid_at, paid.created_at)),
        fen=paid.amount,
    )
    rows = _before(moments, facts, at_most=LOOKBACK_DAYS)
    return rows.group_by(of=rows.moment).aggregate(
        top_ups_90=_scaled(rows.count(), rows.reach, LOOKBACK_DAYS),
        top_up_yuan_90=_scaled(rows.fen.sum(), rows.reach, LOOKBACK_DAYS) / 100,
        top_up_days=rows.age.min(),
    )


def _of_events(prepared: Prepared, moments: IbisTable) -> IbisTable | None:
    lake = prepared.lake
    if not lake.has("events"):
        return None
    raw = lake.table("events")
    seen = raw.filter(raw.user_id.notnull())
    kind = ibis.cases(
        *((seen.type.isin(types), place) for place, types in enumerate(EVENT_KINDS.values())),
        else_=len(EVENT_KINDS),
    )
    facts = seen.select(fact_person=person_key(seen.user_id), fact_us=micros(seen.at), kind=kind.cast("int8"))
    rows = _before(moments, facts, at_most=max(EVENT_DAYS))
    counts = {
        f"{name}_{span}": _scaled(((rows.kind == place) & (rows.age <= span)).sum(), rows.reach, span)
        for place, name in enumerate((*EVENT_KINDS, "other"))
        for span in EVENT_DAYS
    }
    return rows.group_by(of=rows.moment).aggregate(**counts, seen_days=rows.age.min())


def _with_user(prepared: Prepared, rows: IbisTable) -> IbisTable:
    """registered_days, spent_before (yuan before the files) and has_upline."""
    lake = prepared.lake
    if not lake.has("users"):
        return rows
    users = lake.table("users")
    listed = users.group_by(known_user=person_key(users.user_id)).aggregate(
        registered_us=micros(users.created_at.min()),
        cum_spend=users.cum_spend.max(),
        has_upline=users.upline_id.notnull().any().cast("int64"),
    )
    orders = prepared.orders.filter(prepared.orders.by_user)
    spent = orders.group_by(spender="person").aggregate(in_files=orders.price.sum().cast("int64"))
    joined = rows.left_join(listed, rows.person == listed.known_user)
    joined = joined.left_join(spent, joined.person == spent.spender)
    before = joined.cum_spend - joined.in_files.fill_null(0)
    age = (joined.at_us - joined.registered_us) / DAY_US
    return joined.mutate(
        registered_days=ibis.greatest(ibis.least(age, float(REGISTERED_DAYS_MAX)), 0.0),
        spent_before=(before > ROUNDING_FEN).ifelse(before, 0) / 100,
    ).drop("known_user", "spender", "registered_us", "cum_spend", "in_files")
