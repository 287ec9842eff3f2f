"""CAC, CRC and CCV: what it cost to win, to keep and to convert, in every cut; and what none of the three explains.

Every grant belongs to exactly one kind: by its campaign's purpose, else by the user's state at the grant (no paid
order before: CAC; top-up or intent and no order in 7 days: CCV; else CRC). Every cost is in exactly one of the four
kinds: docs/spec/costs.md says which.
"""

from collections import defaultdict
from collections.abc import Iterable

import ibis
from ibis.expr.types import IntegerValue, StringValue
from ibis.expr.types import Table as IbisTable

from huoshui.core.costs.facts import UnitCostSums
from huoshui.core.costs.unit_costs import DIMS_OF
from huoshui.core.costs.values import SEGMENTS, Depth, UnitKind
from huoshui.lake.facts.arithmetic import DAY_US, days, micros, month_of, person_key, quotient
from huoshui.lake.facts.prepared import Prepared, riding_costs
from huoshui.lake.tables import SOURCES

KINDS: tuple[UnitKind, ...] = ("CAC", "CRC", "CCV", "other")
DIMS = DIMS_OF["cell"]
SUMS = ("granted_fen", "spent_fen", "open_fen", "fees_fen", "grants", "codes", "users_rewarded", "n")
FEES, USERS, N = (SUMS.index(name) for name in ("fees_fen", "users_rewarded", "n"))
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
INTENT_US = 7 * DAY_US
"""So long an intent lasts, and so long without an order a user hesitates."""


def classed_grants(prepared: Prepared, results: IbisTable, states: IbisTable) -> IbisTable:
    """One row a grant, materialised: results' columns with unit_kind, month, segment, source, last_order, next_after
    and `acted`.

    `acted`: what the reward was for happened, and not to an abuser (CRC: ordered again within 30 days, having ordered
    before; CCV: showed intent, had not ordered for 7 days, ordered within the window).
    """
    known = states.filter(states.decision >= 0).select(
        "decision",
        "month",
        "segment",
        "source",
        "last_order",
        "next_after",
        "ordered_before",
        "ordered_week_before",
        "ordered_within",
        "ordered_within_30",
        "old",
    )
    rows = results.join(known, results.grant == known.decision)
    rows, *looked_up = _with_intent(prepared, rows, results)
    hesitant = rows.intent & ~rows.ordered_week_before
    kind = ibis.cases(
        (rows.purpose == "acquire", "CAC"),
        (rows.purpose == "convert", "CCV"),
        (rows.purpose.isin(("retain", "reactivate")), "CRC"),
        (~rows.ordered_before & ~rows.old, "CAC"),
        (hesitant, "CCV"),
        else_="CRC",
    )
    rows = rows.mutate(unit_kind=kind, hesitant=hesitant, source=rows.source.fill_null("none"))
    acted = ibis.cases(
        (rows.unit_kind == "CRC", (rows.ordered_before | rows.old) & rows.ordered_within_30),
        (rows.unit_kind == "CCV", rows.hesitant & rows.ordered_within),
        else_=False,
    )
    rows = rows.mutate(acted=acted & ~rows.abuser)
    unread = (
        "purpose", "intent", "hesitant", "ordered_before", "ordered_week_before", "ordered_within", "ordered_within_30",
        "old", "decision",
    )  # fmt: skip
    found = prepared.lake.materialise("classed_grants", rows.drop(*unread))
    prepared.lake.drop(*looked_up)
    return found


def _with_intent(prepared: Prepared, rows: IbisTable, results: IbisTable) -> tuple[IbisTable, ...]:
    """`rows` with `intent`, and the tables it is looked up in, for the caller to drop.

    A top-up is an intent by itself; another grant needs a browse, a cart or a top-up in the 7 days before.
    Without events nothing tells who browsed, so a campaign to convert is believed to have picked those who did.
    """
    shown = _shown(prepared)
    if shown is None:
        believed = (rows.purpose == "convert").fill_null(False)
        return (rows.mutate(intent=(rows.kind == "recharge_bonus") | believed),)
    # Only of these does the intent decide anything, and only narrow rows go through the look-up.
    told = results.purpose.isin(("acquire", "retain", "reactivate")).fill_null(False)
    asked = results.filter(results.kind != "recharge_bonus", ~told)
    asked = asked.select(asked_grant="grant", asked_person="person", at=micros(asked.at))
    asked = asked.mutate(since=asked.at - INTENT_US, week=quotient(asked.at, INTENT_US))
    # By whole weeks since 1970: seven days back reach into this week and the one before, no further. So nobody's
    # grants of a year are held against their signs of a year.
    asked = asked.union(asked.mutate(week=asked.week - 1))
    shown = shown.mutate(shown_week=quotient(shown.shown_at, INTENT_US))
    moved = asked.semi_join(
        shown,
        [
            asked.asked_person == shown.intending,
            asked.week == shown.shown_week,
            asked.since <= shown.shown_at,
            asked.at >= shown.shown_at,
        ],
    )
    intents = prepared.lake.materialise("intents", moved.select("asked_grant").distinct())
    joined = rows.left_join(intents, rows.grant == intents.asked_grant)
    intent = (joined.kind == "recharge_bonus") | joined.asked_grant.notnull()
    if not prepared.lake.has("events"):
        intent = intent | (joined.purpose == "convert").fill_null(False)
    return joined.mutate(intent=intent).drop("asked_grant"), intents


def _shown(prepared: Prepared) -> IbisTable | None:
    """Rows of intending (a person) and shown_at (microseconds): every sign of intent; None where no file holds any."""
    lake = prepared.lake
    found: list[IbisTable] = []
    if lake.has("events"):
        events = lake.table("events")
        seen = events.filter(events.user_id.notnull(), events.type.isin(INTENT_EVENTS))
        found.append(seen.select(intending=person_key(seen.user_id), shown_at=micros(seen.at)))
    if lake.has("recharges"):
        top_ups = lake.table("recharges")
        found.append(
            top_ups.select(intending=person_key(top_ups.user_id), shown_at=micros(top_ups.created_at))
        )
    return ibis.union(*found) if len(found) > 1 else found[0] if found else None


def first_orders(prepared: Prepared, people: IbisTable, classed: IbisTable) -> IbisTable:
    """One row a new user, materialised: month, source, campaign_id, and all that was paid on the order.

    It is the first order that was not wholly refunded. Its campaign is that of the last reward to acquire whose window
    still ran.
    """
    new = people.filter(~people.old, people.first_kept_at.notnull()).select(
        buyer="person", first="first_kept_at", first_key="first_kept_key"
    )
    orders = prepared.orders.filter(~prepared.orders.abuser)
    firsts = orders.join(new, [orders.person == new.buyer, orders.at == new["first"]])
    firsts = firsts.filter(firsts.key == firsts.first_key)
    firsts = firsts.select("person", "at", "source", fees=riding_costs(firsts) + firsts.carried_fee)
    named = classed.filter(classed.campaign_id.notnull(), classed.unit_kind == "CAC")
    lots = named.select(
        "campaign_id",
        lot_person=named.person,
        given_at=named.at,
        until=named.at + named.window_days * days(1),
    )
    near = firsts.join(
        lots, [firsts.person == lots.lot_person, firsts.at >= lots.given_at, firsts.at < lots.until]
    )
    last = near.group_by(credited=near.person).aggregate(last_given=near.given_at.max())
    near = near.join(last, [near.person == last.credited, near.given_at == last.last_given])
    credited = near.group_by("credited").aggregate(campaign_id=near.campaign_id.min())
    rows = firsts.left_join(credited, firsts.person == credited.credited).drop("credited")
    return prepared.lake.materialise("first_orders", rows.mutate(month=month_of(rows.at)))


def unit_cost_sums(
    prepared: Prepared, classed: IbisTable, firsts: IbisTable, unexplained: IbisTable
) -> list[UnitCostSums]:
    """Every cell at every depth of DIMS_OF: the engine sums the finest cells, which add up to the wider ones.

    People do not add up: someone rewarded in two segments is one in the whole. They are counted cut by cut.
    """
    fine = _additive(classed, firsts, unexplained).to_pyarrow().to_pylist()
    sums: dict[tuple[str | int | None, ...], list[int]] = defaultdict(lambda: [0] * len(SUMS))
    for row in fine:
        for depth, keys in DIMS_OF.items():
            cell = sums[row["kind"], depth, *(row[dim] if dim in keys else None for dim in DIMS)]
            for index, name in enumerate(SUMS):
                cell[index] += row.get(name, 0)
            if row["later_fen"]:
                sums["other", depth, *(row[dim] if dim in keys else None for dim in DIMS)][FEES] += row[
                    "later_fen"
                ]
    campaigns = {row["campaign"]: row["campaign_id"] for row in fine}
    seen = _seen(prepared, classed)
    for row in _heads(seen).to_pyarrow().to_pylist():
        named = {
            "month": row["month"],
            "segment": SEGMENTS[row["segment"]],
            "campaign_id": campaigns[row["campaign"]] if "campaign_id" in DIMS_OF[row["depth"]] else None,
            "source": (*SOURCES, "none")[row["source"]],
        }
        for depth in ("all", "month", "source") if row["depth"] == "month" else (row["depth"],):
            keys = DIMS_OF[depth]
            cell = sums[KINDS[row["kind"]], depth, *(named[dim] if dim in keys else None for dim in DIMS)]
            cell[USERS] += row["users"]
            cell[N] += row["kept"]
    prepared.lake.drop(seen)
    return [_told(dims, cell) for dims, cell in sorted(sums.items(), key=lambda item: _place(item[0]))]


def _told(dims: tuple[str | int | None, ...], cell: list[int]) -> UnitCostSums:
    kind, depth, month, *rest = dims
    told = None if month is None else f"{int(month) // 100}-{int(month) % 100:02d}"
    return UnitCostSums(kind, depth, told, *rest, *cell)  # type: ignore[arg-type]


def _place(dims: tuple[str | int | None, ...]) -> tuple[tuple[bool, str], ...]:
    """Where a cell stands among the others: what is empty comes last."""
    return tuple((part is None, str(part)) for part in dims)


def _additive(classed: IbisTable, firsts: IbisTable, unexplained: IbisTable) -> IbisTable:
    """The finest cells of all that adds up, and `later_fen`: what rode on later orders of a reward to acquire.

    `campaign` is the campaign's number, by which `_heads` names it.
    """
    is_cac = classed.unit_kind == "CAC"
    # A first order's costs are counted whole with its new buyer, whatever bonus paid for a part of it.
    riding = classed.ride - classed.first_ride
    rewards = classed.group_by(*DIMS, kind="unit_kind").aggregate(
        granted_fen=_sum(classed.fen),
        spent_fen=_sum(classed.spent),
        open_fen=_sum(classed.open),
        fees_fen=_sum(is_cac.ifelse(0, riding)),
        later_fen=_sum(is_cac.ifelse(riding, 0)),
        grants=classed.count(),
        codes=_sum((classed.kind == "gift_card_given").cast("int64")),
    )
    # An order is one conversion, of the last reward before it; of two at one instant it does not matter which.
    won = classed.filter(classed.unit_kind == "CCV", classed.acted)
    lately = ibis.window(
        group_by=[won.person, won.next_after], order_by=[ibis.desc(won.at), won.campaign_id, won.fen]
    )
    won = won.mutate(turn=ibis.row_number().over(lately))
    won = won.filter(won.turn == 0)
    converted = won.group_by(*DIMS, kind="unit_kind").aggregate(n=won.count())
    acquired = firsts.group_by("month", "campaign_id", "source").aggregate(
        fees_fen=_sum(firsts.fees), n=firsts.count()
    )
    acquired = acquired.mutate(kind=ibis.literal("CAC"), segment=ibis.literal("newcomer"))
    rows = ibis.union(*(_finest(part) for part in (rewards, converted, acquired, unexplained)))
    return rows.mutate(campaign=_campaign_number(rows.campaign_id))


def _finest(sums: IbisTable) -> IbisTable:
    """`sums` with every column of the finest cells; 0 where they do not tell it."""
    names = ("granted_fen", "spent_fen", "open_fen", "fees_fen", "later_fen", "grants", "codes", "n")
    zero = ibis.literal(0, "int64")
    return sums.select(
        "kind", *DIMS, **{name: sums[name].cast("int64") if name in sums.columns else zero for name in names}
    )


def unexplained_sums(prepared: Prepared, drawn: IbisTable, people: IbisTable) -> IbisTable:
    """Bonus spent that no grant of the files explains, by month and the buyer's source, with what rode on it;
    materialised.
    """
    legacy = drawn.filter(drawn.ordered, drawn.legacy > 0)
    legacy = legacy.select(
        "person",
        month=month_of(legacy.at),
        spent=legacy.legacy,
        ride=legacy["first"].ifelse(0, quotient(legacy.costs * legacy.legacy, legacy.price)),
    )
    guests = prepared.orders.filter(~prepared.orders.by_user, prepared.orders.bonus > 0)
    guests = guests.select(
        "person",
        "month",
        spent=guests.bonus,
        ride=quotient(riding_costs(guests) * guests.bonus, guests.price),
    )
    rows = legacy.union(guests)
    known = people.select(buyer="person", source="source")
    rows = rows.left_join(known, rows.person == known.buyer)
    rows = rows.mutate(source=rows.source.fill_null("none"))
    sums = rows.group_by("month", "source").aggregate(spent_fen=_sum(rows.spent), fees_fen=_sum(rows.ride))
    sums = sums.mutate(
        kind=ibis.literal("other"), segment=ibis.literal("unknown"), campaign_id=ibis.null("string")
    )
    return prepared.lake.materialise("unexplained", sums)


WHO = ("person", "month", "kind", "source")


def _seen(prepared: Prepared, classed: IbisTable) -> IbisTable:
    """WHO, segment, campaign (numbers) and `first`, materialised: a person in a cell of a month, and their first
    reward there (its time doubled, and 1 more where what it was for did not happen).
    """
    seen = classed.select(
        "person",
        "month",
        kind=_number(classed.unit_kind, KINDS),
        segment=_number(classed.segment, SEGMENTS),
        source=_number(classed.source, SOURCES),
        campaign=_campaign_number(classed.campaign_id),
        first=micros(classed.at) * 2 + classed.acted.ifelse(0, 1),
    )
    fine = seen.group_by(*WHO, "segment", "campaign").aggregate(first=seen["first"].min())
    return prepared.lake.materialise("rewarded_people", fine)


def _heads(fine: IbisTable) -> IbisTable:
    """depth, kind, month, segment, campaign, source (numbers), users, kept: people, once a month in each cell.

    `kept`: to keep them, and ordered again after their first such reward of the month. Depth `month` is by source too,
    of which everybody has one, and adds up to depths `source` and `all`.
    """
    cuts: dict[Depth, tuple[str, ...]] = {
        "cell": ("month", "segment", "campaign", "source"),
        "campaign": ("campaign",),
        "segment": ("segment",),
        "month": ("month", "source"),
    }
    return ibis.union(*(_heads_of(fine, depth, cut) for depth, cut in cuts.items()))


def _heads_of(fine: IbisTable, depth: Depth, cut: tuple[str, ...]) -> IbisTable:
    people = fine
    if depth != "cell":
        within = tuple(name for name in cut if name not in WHO)
        people = fine.group_by(*WHO, *within).aggregate(first=fine["first"].min())
    kept = (people["first"] % 2 == 0) & (people.kind == KINDS.index("CRC"))
    sums = people.group_by("kind", *cut).aggregate(users=people.count(), kept=kept.sum())
    numbers = ("month", "segment", "campaign", "source")
    return sums.select(
        "kind",
        depth=ibis.literal(depth),
        users=sums.users.cast("int64"),
        kept=sums.kept.cast("int64"),
        **{name: sums[name] if name in cut else ibis.literal(0).cast(fine[name].type()) for name in numbers},
    )


def _number(values: StringValue, names: Iterable[str]) -> IntegerValue:
    """Which of `names` each value is; their count where it is none of them."""
    known = tuple(names)
    return ibis.cases(*((values == name, i) for i, name in enumerate(known)), else_=len(known)).cast("int8")


def _campaign_number(campaign_id: StringValue) -> IntegerValue:
    return person_key(campaign_id.fill_null(""))


def _sum(values: IntegerValue) -> IntegerValue:
    return values.sum().fill_null(0).cast("int64")
