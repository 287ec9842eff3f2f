"""Arrivals by hour: how many people looked, filled a cart, ordered. And what campaigns granted by day."""

from datetime import date

import ibis
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import person_key


def hourly_arrivals(lake: Lake) -> IbisTable:
    """One row an hour in which anybody came: day, hour (0 to 23), arrivals (people, each once an hour).

    From events and from orders, paid for or not: an order placed is an occasion too. Without events orders alone tell.
    """
    orders = lake.table("orders")
    who = ibis.coalesce(orders.user_id, "guest:" + orders.guest_key, "order:" + orders.order_id)
    seen = orders.select(person=person_key(who), at=orders.created_at)
    if lake.has("events"):
        events = lake.table("events")
        name = ibis.coalesce(events.user_id, "visitor:" + events.visitor, "event:" + events.event_id)
        seen = seen.union(events.select(person=person_key(name), at=events.at))
    hours = seen.filter(seen.at.notnull())
    hours = hours.mutate(day=hours.at.date(), hour=hours.at.hour().cast("int64"))
    return (
        hours.group_by("day", "hour")
        .aggregate(arrivals=hours.person.nunique().cast("int64"))
        .order_by("day", "hour")
    )


def granted_days(results: IbisTable, *, first_day: date) -> IbisTable:
    """What campaigns granted on each day from `first_day` on: day, issued_fen, spent_fen, expired_fen.

    `results` is balance.grant_results; what is neither spent nor expired is open.
    """
    mine = results.filter(
        results.campaign_id.notnull(), ~results.abuser, results.at >= ibis.timestamp(first_day.isoformat())
    )
    mine = mine.mutate(day=mine.at.date())
    return (
        mine.group_by("day")
        .aggregate(
            issued_fen=mine.fen.sum().cast("int64"),
            spent_fen=mine.spent.sum().cast("int64"),
            expired_fen=mine.expired.sum().cast("int64"),
        )
        .order_by("day")
    )
