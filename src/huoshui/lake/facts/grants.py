"""Sums of the grants: by kind and campaign, by segment, by day; the segments and the funnel of the people."""

import ibis
from ibis.expr.types import Table as IbisTable

from huoshui.core.costs.values import FunnelCode
from huoshui.lake.facts.arithmetic import days, micros, month_text, person_key
from huoshui.lake.facts.decisions import segment_of
from huoshui.lake.facts.prepared import Prepared, end_of

BACK_DAYS = 60
"""A user who does not order in so many days after spending a reward did not come back."""
BROWSE_EVENTS = ("product.viewed", "browse", "view")
CART_EVENTS = ("cart", "cart.added")


def grant_sums(prepared: Prepared, classed: IbisTable) -> IbisTable:
    """core.costs.facts.GrantSums."""
    told = (classed.last_draw + days(BACK_DAYS) <= end_of(prepared)).fill_null(False)
    gone = told & (classed.last_order <= classed.last_draw)
    sums = classed.group_by("month", "kind", "campaign_id", "abuser").aggregate(
        grants=classed.count(),
        users=classed.person.nunique(),
        issued_fen=_sum(classed.fen),
        spent_fen=_sum(classed.spent),
        expired_fen=_sum(classed.expired),
        open_fen=_sum(classed.open),
        frozen_fen=_sum(classed.frozen.ifelse(classed.open, 0)),
        never_back_fen=_sum(gone.ifelse(classed.spent, 0)),
        never_back_known_fen=_sum(told.ifelse(classed.spent, 0)),
        attributed_value_fen=_sum(classed.abuser.ifelse(0, classed.attributed)),
    )
    return sums.mutate(month=month_text(sums.month)).order_by("month", "kind", "campaign_id", "abuser")


def segment_sums(prepared: Prepared, classed: IbisTable, people: IbisTable) -> IbisTable:
    """core.costs.facts.SegmentSums: people by their segment now, bonus by the segment at its grant."""
    bars = people.aggregate(bar=people.margin_90.quantile(0.8, where=people.orders_90 > 0).cast("int64"))
    rows = people.cross_join(bars)
    segment = segment_of(
        at=micros(end_of(prepared)),
        history=micros(ibis.timestamp(prepared.first_day.isoformat())),
        first_at=micros(rows.first_at),
        last_before=micros(rows.last_at),
        orders_90=rows.orders_90,
        margin_90=rows.margin_90,
        bar=rows.bar,
        old=rows.old,
    )
    now = rows.group_by(segment=segment).aggregate(users=rows.count())
    given = classed.group_by("segment").aggregate(
        granted_fen=_sum(classed.fen),
        spent_fen=_sum(classed.spent),
        attributed_value_fen=_sum(classed.abuser.ifelse(0, classed.attributed)),
    )
    both = now.outer_join(given, "segment")
    return both.select(
        segment=ibis.coalesce(both.segment, both.segment_right),
        **{
            name: both[name].fill_null(0).cast("int64")
            for name in ("users", "granted_fen", "spent_fen", "attributed_value_fen")
        },
    ).order_by("segment")


def day_issues(prepared: Prepared, classed: IbisTable) -> IbisTable:
    """core.costs.facts.DayIssue: bonus that left the pot a day, beside the day's turnover."""
    given = classed.group_by(day=classed.at.date()).aggregate(
        issued_fen=_sum(classed.fen),
        campaign_issued_fen=_sum(classed.campaign_id.notnull().ifelse(classed.fen, 0)),
        newcomer_fen=_sum((classed.unit_kind == "CAC").ifelse(classed.fen, 0)),
    )
    sold = prepared.orders.group_by("day").aggregate(price_fen=_sum(prepared.orders.price))
    both = sold.outer_join(given, "day")
    rows = both.select(
        day=ibis.coalesce(both.day, both.day_right),
        **{
            name: both[name].fill_null(0).cast("int64")
            for name in ("issued_fen", "campaign_issued_fen", "newcomer_fen", "price_fen")
        },
    )
    return rows.mutate(day=rows.day.cast("string")).order_by("day")


def campaign_days(classed: IbisTable) -> IbisTable:
    """campaign_id, day, issued_fen: what each campaign's budget paid out."""
    named = classed.filter(classed.campaign_id.notnull())
    return (
        named.group_by("campaign_id", day=named.at.date().cast("string"))
        .aggregate(issued_fen=_sum(named.fen))
        .order_by("campaign_id", "day")
    )


def funnel_counts(prepared: Prepared, people: IbisTable) -> dict[FunnelCode, int]:
    """Users who registered, browsed, carted, ordered, ordered again; a step the files cannot tell is left out."""
    lake = prepared.lake
    steps: list[IbisTable] = []
    if lake.has("users", "created_at"):
        users = lake.table("users")
        inside = users.created_at >= ibis.timestamp(prepared.first_day.isoformat())
        steps.append(users.aggregate(registered=inside.sum()))
    if lake.has("events"):
        events = lake.table("events")
        who = ibis.coalesce(events.user_id, events.visitor)
        seen = events.filter(who.notnull()).group_by(who=person_key(who))
        seen = seen.aggregate(
            browsed=events.type.isin(BROWSE_EVENTS).any(), carted=events.type.isin(CART_EVENTS).any()
        )
        steps.append(seen.aggregate(browsed=seen.browsed.sum(), carted=seen.carted.sum()))
    steps.append(people.aggregate(ordered=people.count(), ordered_again=(people.orders > 1).sum()))
    counts: dict[FunnelCode, int] = {}
    for step in steps:
        counts |= step.to_pyarrow().to_pylist()[0]
    return {code: n for code, n in counts.items() if n}


def _sum(values: ibis.expr.types.IntegerValue) -> ibis.expr.types.IntegerScalar:
    return values.sum().fill_null(0).cast("int64")
