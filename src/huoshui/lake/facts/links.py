"""Who shares what, and what each user did with rewards: all that risk reads, of the time before a moment.

One row a user (`risk_people`) and one a user, kind and value (`risk_links`); texts stay in the engine, numbers go out.
A transfer's other side stands in no column: a transfer out and one in of the same moment and amount are two sides of
one where no other pair fits.
"""

from collections.abc import Sequence
from datetime import datetime

import ibis
import pyarrow as pa
from ibis.expr.types import IntegerColumn, IntegerValue
from ibis.expr.types import Table as IbisTable

from huoshui.core.risk import LINK_KINDS, LinkKind
from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import MICRO, micros, person_key, quotient, row_key
from huoshui.lake.facts.prepared import Prepared

REWARD_KINDS = ("task", "cashback", "adjust", "gift_card_given")
"""Entries in that cost the user nothing; a top-up bonus comes with money of one's own."""
CASH_LIKE = "礼品卡|购物卡|代金|提货券|e卡|gift ?card|voucher"
"""Names and categories of goods that are as good as money."""
DISTINCT_SHARE = 0.2
DISTINCT_USERS_MIN = 20


def has_links(lake: Lake) -> bool:
    """Whether the files tell of anything that two accounts could share."""
    columns = (
        ("users", "device_hash"), ("users", "contact_hash"), ("users", "ip_hash"), ("users", "upline_id"),
        ("orders", "ip_hash"), ("orders", "device"), ("recharges", "ip_hash"),
    )  # fmt: skip
    return any(lake.has(table, column) for table, column in columns)


def risk_people(prepared: Prepared, before: datetime) -> IbisTable:
    """One row a user known before `before`, by place; materialised, to be dropped before it is asked for again.

    Columns: place (0.., by key), key, user_id, registered_s (None: unknown), first_s (when first seen), marked, upline
    (a place, -1 for nobody), rewards, reward_fen, own_fen, orders, bonus_orders, cash_like_orders, sent_fen.
    """
    lake = prepared.lake
    rows = _everyone(prepared, before)
    rows = rows.mutate(place=ibis.row_number().over(order_by="key").cast("int64"))
    known = rows = lake.materialise("risk_users", rows)
    above = rows.select(above_key="key", upline="place")
    rows = rows.left_join(above, rows.upline_key == above.above_key).drop("above_key", "upline_key")
    for sums in (
        _rewards(lake, before),
        _ordered(prepared, before),
        _topped_up(lake, before),
        _sent(lake, before),
    ):
        rows = rows.left_join(sums, rows.key == sums.who).drop("who")
    told = lake.materialise(
        "risk_people",
        rows.select(
            "place",
            "key",
            "user_id",
            "registered_s",
            "first_s",
            "marked",
            upline=rows.upline.fill_null(-1),
            rewards=_whole(rows.rewards),
            reward_fen=_whole(rows.reward_fen),
            own_fen=_whole(rows.order_fen) + _whole(rows.top_up_fen),
            orders=_whole(rows.orders),
            bonus_orders=_whole(rows.bonus_orders),
            cash_like_orders=_whole(rows.cash_like_orders),
            sent_fen=_whole(rows.sent_fen),
        ),
    )
    lake.drop(known)
    return told


def risk_links(prepared: Prepared, people: IbisTable, before: datetime) -> IbisTable:
    """place, kind (a position in LINK_KINDS), value (a number), first_s: what each of risk_people was seen with."""
    lake, parts = prepared.lake, []
    users = lake.table("users")
    for kind, column in (("device", "device_hash"), ("contact", "contact_hash"), ("address", "ip_hash")):
        if lake.has("users", column):
            parts.append(_link(users, kind, users[column], users.created_at))  # type: ignore[arg-type]
    orders = lake.table("orders")
    if lake.has("orders", "ip_hash"):
        parts.append(_link(orders, "address", orders.ip_hash, orders.created_at))
    if lake.has("orders", "device") and _marks_users(orders):
        parts.append(_link(orders, "device", orders.device, orders.created_at))
    recharges = lake.table("recharges")
    if lake.has("recharges", "ip_hash"):
        parts.append(_link(recharges, "address", recharges.ip_hash, recharges.created_at))
    parts += _uplines(lake) + _recipients(lake, before)
    if not parts:
        return people.filter(False).select(
            "place", kind=ibis.literal(0, "int8"), value=ibis.literal(0, "int64"), first_s=people.first_s
        )
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    start = ibis.timestamp(before.isoformat())
    rows = rows.filter(rows.at.isnull() | (rows.at < start))
    seen = rows.group_by("who", "kind", "value").aggregate(at_s=_seconds(rows.at.min()))
    joined = seen.join(people.select("key", "place", "first_s"), seen.who == people.key)
    # Without a time of its own a value is known from when its user is.
    return joined.select("place", "kind", "value", first_s=joined.at_s.fill_null(joined.first_s))


def events_of(prepared: Prepared, people: IbisTable, places: Sequence[int], before: datetime) -> pa.Table:
    """place, what (reward, order), at_s: when those of `people` at `places` got a reward or ordered."""
    lake, start = prepared.lake, ibis.timestamp(before.isoformat())
    some = lake.materialise("risk_asked", ibis.memtable(pa.table({"some": pa.array(places, pa.int64())})))
    asked = people.semi_join(some, people.place == some.some).select("key", "place")
    entries = lake.table("balance_entries")
    given = entries.filter(entries.direction == "in", entries.kind.isin(REWARD_KINDS), entries.at < start)
    orders = prepared.orders.filter(prepared.orders.by_user, prepared.orders.at < start)
    rows = ibis.union(
        given.select(who=person_key(given.user_id), what=ibis.literal("reward"), at_s=_seconds(given.at)),
        orders.select(who="person", what=ibis.literal("order"), at_s=_seconds(orders.at)),
    )
    found: pa.Table = rows.join(asked, rows.who == asked.key).select("place", "what", "at_s").to_pyarrow()
    lake.drop(some)
    return found


def _everyone(prepared: Prepared, before: datetime) -> IbisTable:
    """user_id, key, registered_s, first_s, marked, upline_key: of the users table and of whoever else did anything.

    Who the users table tells of is known from their registration, where it has one, else from the first day.
    """
    lake, start = prepared.lake, ibis.timestamp(before.isoformat())
    users = lake.table("users")
    told = users.group_by("user_id").aggregate(
        created_at=users.created_at.min(),
        marked=(users.status == "abuser").any().fill_null(False),
        upline_id=users.upline_id.min(),
    )
    told = told.filter(told.created_at.isnull() | (told.created_at < start))
    first_day = ibis.timestamp(prepared.first_day.isoformat())
    listed = told.select(
        "user_id",
        key=person_key(told.user_id),
        registered_s=_seconds(told.created_at),
        first_s=_seconds(told.created_at.fill_null(first_day)),
        marked="marked",
        upline_key=person_key(told.upline_id),
    )
    named = users.select(named=person_key(users.user_id))
    parts = [
        rows.filter(rows.user_id.notnull()).select("user_id", key=person_key(rows.user_id), at=at)
        for rows, at in (
            (lake.table("orders"), lake.table("orders").created_at),
            (lake.table("balance_entries"), lake.table("balance_entries").at),
            (lake.table("recharges"), lake.table("recharges").created_at),
        )
    ]
    others = ibis.union(*(part.anti_join(named, part.key == named.named) for part in parts))
    others = (
        others.filter(others.at < start)
        .group_by("key")
        .aggregate(user_id=others.user_id.min(), first_at=others.at.min())
    )
    unlisted = others.select(
        "user_id",
        "key",
        registered_s=ibis.null("int64"),
        first_s=_seconds(others.first_at),
        marked=ibis.literal(False),
        upline_key=ibis.null("uint64"),
    )
    return listed.union(unlisted)


def _rewards(lake: Lake, before: datetime) -> IbisTable:
    entries = lake.table("balance_entries")
    given = entries.filter(
        entries.direction == "in",
        entries.kind.isin(REWARD_KINDS),
        entries.amount > 0,
        entries.at < ibis.timestamp(before.isoformat()),
    )
    return given.group_by(who=person_key(given.user_id)).aggregate(
        rewards=given.count(), reward_fen=given.amount.sum().cast("int64")
    )


def _ordered(prepared: Prepared, before: datetime) -> IbisTable:
    """Sold orders of users; money that paid them, less what was refunded."""
    rows = prepared.orders
    rows = rows.filter(rows.by_user, rows.at < ibis.timestamp(before.isoformat()))
    lake = prepared.lake
    cash_like = ibis.literal(False)
    if lake.has("products"):
        products = lake.table("products")
        named = ibis.coalesce(products.category, "") + " " + ibis.coalesce(products.name, "")
        cash = (
            products.filter(named.lower().re_search(CASH_LIKE)).select(cash_product="product_id").distinct()
        )
        rows = rows.left_join(cash, rows.product_id == cash.cash_product)
        cash_like = rows.cash_product.notnull()
    own = ibis.greatest(rows.price - rows.bonus - rows.principal - rows.refund, 0)
    rows = rows.select("person", "bonus", own=own, cash_like=cash_like)
    return rows.group_by(who=rows.person).aggregate(
        orders=rows.count(),
        bonus_orders=(rows.bonus > 0).sum(),
        cash_like_orders=rows.cash_like.sum(),
        order_fen=rows.own.sum().cast("int64"),
    )


def _topped_up(lake: Lake, before: datetime) -> IbisTable:
    rows = lake.table("recharges")
    paid = rows.filter(
        (rows.status == "paid").fill_null(True),
        ibis.coalesce(rows.paid_at, rows.created_at) < ibis.timestamp(before.isoformat()),
    )
    return paid.group_by(who=person_key(paid.user_id)).aggregate(top_up_fen=paid.amount.sum().cast("int64"))


def _sent(lake: Lake, before: datetime) -> IbisTable:
    entries = lake.table("balance_entries")
    out = entries.filter(
        entries.direction == "out",
        entries.kind == "transfer",
        entries.at < ibis.timestamp(before.isoformat()),
    )
    return out.group_by(who=person_key(out.user_id)).aggregate(sent_fen=out.amount.sum().cast("int64"))


def _link(rows: IbisTable, kind: LinkKind, text: ibis.expr.types.StringValue, at: ibis.Value) -> IbisTable:
    found = rows.select("user_id", text=text, at=at)
    found = found.filter(found.user_id.notnull(), found.text.notnull(), found.text != "")
    return found.select(
        "at",
        who=person_key(found.user_id),
        kind=ibis.literal(LINK_KINDS.index(kind), "int8"),
        value=row_key(found.text),
    )


def _marks_users(orders: IbisTable) -> bool:
    """Whether the orders' device tells users apart: a column of models (Android, iPhone) does not."""
    rows = orders.filter(orders.user_id.notnull(), orders.device.notnull())
    counts = (
        rows.aggregate(users=rows.user_id.nunique(), values=rows.device.nunique()).to_pyarrow().to_pylist()[0]
    )
    return bool(counts["users"] < DISTINCT_USERS_MIN or counts["values"] >= DISTINCT_SHARE * counts["users"])


def _uplines(lake: Lake) -> list[IbisTable]:
    """Who was brought in by whom: those brought in, and who brought them in."""
    if not lake.has("users", "upline_id"):
        return []
    users = lake.table("users")
    brought = users.filter(users.upline_id.notnull())
    by = brought.select(user_id="upline_id", created_at="created_at", upline_id="upline_id")
    return [
        _link(brought, "upline", brought.upline_id, brought.created_at),
        _link(by, "upline", by.upline_id, by.created_at),
    ]


def _recipients(lake: Lake, before: datetime) -> list[IbisTable]:
    """Who sent balance to whom: the senders and the account they sent it to."""
    if not lake.has("balance_entries"):
        return []
    entries = lake.table("balance_entries")
    moved = entries.filter(entries.kind == "transfer", entries.at < ibis.timestamp(before.isoformat()))
    out = moved.filter(moved.direction == "out").select("at", "amount", sender="user_id")
    into = moved.filter(moved.direction == "in").select(in_at="at", in_amount="amount", recipient="user_id")
    pairs = out.join(into, [out.at == into.in_at, out.amount == into.in_amount])
    alone = pairs.group_by("at", "amount").aggregate(
        sides=pairs.count(), sender=pairs.sender.min(), recipient=pairs.recipient.min()
    )
    alone = alone.filter(alone.sides == 1, alone.sender != alone.recipient)
    sent = alone.select("at", user_id="sender", recipient="recipient")
    got = alone.select("at", user_id="recipient", recipient="recipient")
    return [_link(rows, "recipient", rows.recipient, rows.at) for rows in (sent, got)]


def _seconds(at: ibis.expr.types.TimestampValue) -> IntegerValue:
    return quotient(micros(at), ibis.literal(MICRO, "int64"))


def _whole(column: IntegerColumn) -> IntegerValue:
    return column.fill_null(0).cast("int64")
