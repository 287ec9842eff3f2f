"""CAC, CRC and CCV: what it cost to win, to keep and to convert, in every cut.

Every grant belongs to exactly one kind: by its campaign's purpose, else by the user's state at the grant (no paid
order before: CAC; top-up or intent and no order in 7 days: CCV; else CRC).
"""

import ibis
from ibis.expr.types import BooleanValue, StringValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.facts.arithmetic import days, month_of, month_text, person_key
from huoshui.lake.facts.prepared import Prepared

DEPTHS: dict[str, tuple[str, ...]] = {
    "all": (),
    "month": ("month",),
    "segment": ("segment",),
    "campaign": ("campaign_id",),
    "source": ("source",),
    "cell": ("month", "segment", "campaign_id", "source"),
}
INTENT_EVENTS = (
    "product.viewed",
    "browse",
    "view",
    "cart",
    "cart.added",
    "top_up",
    "recharge",
    "topup_intent",
)


def classed_grants(prepared: Prepared, results: IbisTable, states: IbisTable) -> IbisTable:
    """One row a grant, materialised: results' columns with unit_kind, month, segment, source and `acted`.

    `acted`: what the reward was for happened (CRC: ordered again within 30 days, having ordered before; CCV: ordered
    within the window).
    """
    known = states.filter(states.decision >= 0).select(
        "decision",
        "month",
        "segment",
        "source",
        "last_order",
        "ordered_before",
        "ordered_week_before",
        "ordered_within",
        "ordered_within_30",
        "old",
    )
    rows = results.join(known, results.grant == known.decision)
    rows = _with_intent(prepared, rows)
    kind = ibis.cases(
        (rows.purpose == "acquire", "CAC"),
        (rows.purpose == "convert", "CCV"),
        (rows.purpose.isin(("retain", "reactivate")), "CRC"),
        (~rows.ordered_before & ~rows.old, "CAC"),
        (rows.intent & ~rows.ordered_week_before, "CCV"),
        else_="CRC",
    )
    rows = rows.mutate(unit_kind=kind, source=rows.source.fill_null("none"))
    acted = ibis.cases(
        (rows.unit_kind == "CRC", (rows.ordered_before | rows.old) & rows.ordered_within_30),
        (rows.unit_kind == "CCV", rows.ordered_within),
        else_=False,
    )
    return prepared.lake.materialise("classed_grants", rows.mutate(acted=acted))


def _with_intent(prepared: Prepared, rows: IbisTable) -> IbisTable:
    """A top-up is intent by itself; another grant without a campaign needs an event in the 7 days before."""
    topped_up: BooleanValue = rows.kind == "recharge_bonus"
    if not prepared.lake.has("events"):
        return rows.mutate(intent=topped_up)
    events = prepared.lake.table("events")
    shown = events.filter(events.user_id.notnull(), events.type.isin(INTENT_EVENTS)).select(
        intending=person_key(events.user_id), shown_at=events.at
    )
    open_question = rows.filter(rows.purpose.isnull() & ~topped_up).select("grant", "person", "at")
    found = open_question.join(
        shown,
        [
            open_question.person == shown.intending,
            shown.shown_at <= open_question.at,
            shown.shown_at >= open_question.at - days(7),
        ],
    )
    found = found.select(intending_grant=found.grant).distinct()
    rows = rows.left_join(found, rows.grant == found.intending_grant)
    return rows.mutate(intent=(rows.kind == "recharge_bonus") | rows.intending_grant.notnull()).drop(
        "intending_grant"
    )


def first_orders(prepared: Prepared, people: IbisTable, results: IbisTable) -> IbisTable:
    """One row a new user, materialised: month, source, campaign_id of the grant before, fees and commission paid."""
    new = people.filter(~people.old, people.first_kept_at.notnull()).select(
        buyer="person", first="first_kept_at"
    )
    orders = prepared.orders.filter(~prepared.orders.abuser)
    firsts = orders.join(new, [orders.person == new.buyer, orders.at == new["first"]])
    firsts = firsts.filter(firsts.refund < firsts.price)
    firsts = firsts.group_by("person").aggregate(
        at=firsts.at.min(),
        source=firsts.source.min(),
        # Orders of the same second: the costs of one of them, and the same one for each part.
        fees=(firsts.fee + firsts.agent).argmin(firsts.order_id),
    )
    named = results.filter(results.campaign_id.notnull())
    lots = named.select(
        "campaign_id",
        lot_person=named.person,
        given_at=named.at,
        until=named.at + named.window_days * days(1),
    )
    near = firsts.join(
        lots, [firsts.person == lots.lot_person, firsts.at >= lots.given_at, firsts.at < lots.until]
    )
    credited = near.group_by(credited=near.person).aggregate(
        campaign_id=near.campaign_id.argmax(near.given_at)
    )
    rows = firsts.left_join(credited, firsts.person == credited.credited).drop("credited")
    return prepared.lake.materialise(
        "first_orders", rows.mutate(month=month_of(rows.at), segment=ibis.literal("newcomer"))
    )


def unit_cost_sums(classed: IbisTable, firsts: IbisTable) -> IbisTable:
    """core.costs.facts.UnitCostSums at every depth of DEPTHS."""
    parts = [
        part
        for depth, keys in DEPTHS.items()
        for part in (_rewards(classed, depth, keys), _firsts(firsts, depth, keys))
    ]
    rows = ibis.union(*parts)
    dims = ("kind", "depth", "month", "segment", "campaign_id", "source")
    sums = rows.group_by(*dims).aggregate(
        {
            name: rows[name].sum().cast("int64")
            for name in ("granted_fen", "spent_fen", "open_fen", "fees_fen", "users_rewarded", "n")
        }
    )
    return sums.mutate(month=month_text(sums.month)).order_by(*dims)


def _rewards(classed: IbisTable, depth: str, keys: tuple[str, ...]) -> IbisTable:
    # A user first, then the cell: counting users is then counting rows.
    users = classed.group_by(
        "person", kind=classed.unit_kind, **{key: classed[key] for key in keys}
    ).aggregate(
        granted_fen=classed.fen.sum(),
        spent_fen=classed.spent.sum(),
        open_fen=classed.open.sum(),
        fees_fen=classed.ride.sum(),
        acted=classed.acted.any(),
    )
    sums = users.group_by("kind", *keys).aggregate(
        granted_fen=users.granted_fen.sum(),
        spent_fen=users.spent_fen.sum(),
        open_fen=users.open_fen.sum(),
        fees_fen=users.fees_fen.sum(),
        users_rewarded=users.count(),
        n=users.acted.sum(),
    )
    # A new user is counted by its first order, and so are the fees of a reward that won it.
    is_cac = sums.kind == "CAC"
    return _shaped(
        sums.mutate(fees_fen=is_cac.ifelse(0, sums.fees_fen), n=is_cac.ifelse(0, sums.n)), depth, keys
    )


def _firsts(firsts: IbisTable, depth: str, keys: tuple[str, ...]) -> IbisTable:
    rows = firsts.mutate(kind=ibis.literal("CAC"))
    sums = rows.group_by("kind", *keys).aggregate(fees_fen=rows.fees.sum(), n=rows.count())
    zero = ibis.literal(0, "int64")
    return _shaped(
        sums.mutate(granted_fen=zero, spent_fen=zero, open_fen=zero, users_rewarded=zero), depth, keys
    )


def _shaped(sums: IbisTable, depth: str, keys: tuple[str, ...]) -> IbisTable:
    def dim(name: str, kind: str) -> StringValue:
        return sums[name].cast(kind) if name in keys else ibis.null(kind)

    return sums.select(
        kind=sums.kind,
        depth=ibis.literal(depth),
        month=dim("month", "int32"),
        segment=dim("segment", "string"),
        campaign_id=dim("campaign_id", "string"),
        source=dim("source", "string"),
        **{
            name: sums[name].cast("int64")
            for name in ("granted_fen", "spent_fen", "open_fen", "fees_fen", "users_rewarded", "n")
        },
    )
