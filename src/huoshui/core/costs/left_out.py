"""Costs that the files show to exist and do not tell: what leaves them out may be shown, but never as measured.

An order that an agent sold, a payment through a named channel, an order marked partly refunded: each had its cost.
Where the files hold nothing of it, margin, returns and reach read too high, and unit costs too low. Such a figure is
marked `partial` and names what would complete it. No amount is invented.
"""

from collections.abc import Iterable
from dataclasses import replace

from huoshui.core.costs.facts import Facts, OrderSums
from huoshui.core.costs.values import Diagnosis, Figure, Finding, FindingCode, LeftOut, Waste, Waterfall

SHARE_MIN = 0.01
"""Less than a hundredth of what was sold (or paid) without its cost does not move a figure."""
NEEDS: dict[LeftOut, tuple[str, ...]] = {
    "agents": ("agent_prices", "commissions"),
    "promoters": ("commissions",),
    "sites": ("orders.site_fee",),
    "payment_fee": ("orders.payment_fee", "payment_channels"),
    "top_up_fee": ("recharges",),
    "refunds": ("refunds",),
}
_ON_BONUS: tuple[LeftOut, ...] = ("agents", "promoters", "sites", "payment_fee")
"""What bonus-paid orders bear a share of: incentive, reach and unit costs rest on these."""
_FIGURES: dict[str, tuple[LeftOut, ...]] = {
    **dict.fromkeys(
        ("margin", "margin_per_month", "margin_rate", "return_attributed", "return_top_up_bonus",
         "return_incremental", "unit_value"),
        tuple(NEEDS),
    ),
    **dict.fromkeys(
        ("reach_share", "incentive_total", "incentive_per_month", "CAC", "CRC", "CCV", "unit_cost_total"), _ON_BONUS
    ),
    "agents_per_month": ("agents", "promoters"),
    "payment_fee_per_month": ("payment_fee", "top_up_fee"),
    "payment_fee_rate": ("payment_fee", "top_up_fee"),
    "refunds_per_month": ("refunds",),
}  # fmt: skip
"""The costs that each figure rests on."""
_ON_VALUE: tuple[FindingCode, ...] = (
    "negative_campaign",
    "useless_campaign",
    "below_bar_campaign",
    "flat_amount",
)
"""Findings whose yuan are cost less value."""


def left_out(facts: Facts, source: str | None = None) -> tuple[LeftOut, ...]:
    """The costs that orders of real users (of `source`, else all) evidently had and no file tells."""
    rows = [row for row in facts.orders if not row.abuser and source in (None, row.source)]
    price = sum(row.price_fen for row in rows)
    principal = sum(row.principal_fen for row in rows)
    untold: dict[LeftOut, float] = {
        "agents": _agents_untold(facts, rows),
        "promoters": _sold_without(rows, "promoter", sum(_of(rows, "promoter", "agent_fen"))),
        "sites": _sold_without(rows, "site", sum(_of(rows, "site", "site_fee_fen", "agent_fen", "platform_cut_fen"))),
        "payment_fee": _unpaid_fee_share(facts) * sum(row.paid_fen for row in rows),
        "top_up_fee": principal if _told_fees(facts) and "recharges" not in facts.scope.tables else 0,
        "refunds": facts.part_refunded_fen if rows else 0,
    }  # fmt: skip
    return tuple(kind for kind, fen in untold.items() if fen > 0 and fen >= SHARE_MIN * price)


def needs_of(kinds: Iterable[LeftOut]) -> tuple[str, ...]:
    """The tables and columns that would tell these costs."""
    return tuple(dict.fromkeys(need for kind in kinds for need in NEEDS[kind]))


def marked(draft: Diagnosis, facts: Facts) -> Diagnosis:
    """The diagnosis with `partial` on everything that rests on a cost nobody tells."""
    whole = left_out(facts)
    if not whole:
        return draft
    sources = {cell.source for cell in draft.unit_costs}
    cut = {source for source in sources if set(_ON_BONUS) & set(left_out(facts, source))}
    return replace(
        draft,
        scope=replace(draft.scope, left_out=whole, left_out_needs=needs_of(whole)),
        figures={code: _figure(figure, whole, draft) for code, figure in draft.figures.items()},
        incentive=tuple(_waterfall(w, facts, _ON_BONUS) for w in draft.incentive),
        order=tuple(_waterfall(w, facts, tuple(NEEDS)) for w in draft.order),
        unit_costs=tuple(
            replace(cell, marking="partial") if cell.source in cut else cell for cell in draft.unit_costs
        ),
        waste=tuple(_waste(item) for item in draft.waste),
        findings=tuple(_finding(finding) for finding in draft.findings),
    )


def _agents_untold(facts: Facts, rows: list[OrderSums]) -> int:
    """Agents live on commission, or on the gap to a price that `agent_prices` tells product by product."""
    take = sum(_of(rows, "agent", "agent_fen"))
    gap = sum(row.gap_fen for row in facts.agents if row.source == "agent")
    if facts.unpriced_agent_fen is None or take > gap:
        return _sold_without(rows, "agent", take)
    return facts.unpriced_agent_fen if any(row.source == "agent" for row in rows) else 0


def _sold_without(rows: list[OrderSums], source: str, told_fen: int) -> int:
    """What a source sold, where the files hold not a fen of its cost."""
    return 0 if told_fen else sum(_of(rows, source, "price_fen"))


def _of(rows: list[OrderSums], source: str, *names: str) -> list[int]:
    return [getattr(row, name) for row in rows if row.source == source for name in names]


def _told_fees(facts: Facts) -> int:
    return sum(row.fee_fen + row.estimated_fee_fen for row in facts.channels)


def _unpaid_fee_share(facts: Facts) -> float:
    """Share of the payments through named channels that no fee is told of; a column of nothing but 0 tells nothing."""
    amount = sum(row.amount_fen for row in facts.channels)
    if amount <= 0:
        return 0.0
    if not _told_fees(facts) and not any(row.listed_rate is not None for row in facts.channels):
        return 1.0
    return sum(row.untold_fen for row in facts.channels) / amount


def _figure(figure: Figure, whole: tuple[LeftOut, ...], draft: Diagnosis) -> Figure:
    kinds = [kind for kind in whole if kind in _FIGURES.get(figure.code, ())]
    # Without grants the incentive is what was answered or stands in the orders: no cost rides on it.
    answered = figure.code.startswith("incentive") and not draft.incentive
    if not kinds or figure.value is None or answered:
        return figure
    needs = tuple(dict.fromkeys((*figure.needs, *needs_of(kinds))))
    return replace(figure, marking="partial", needs=needs)


def _waterfall(waterfall: Waterfall, facts: Facts, rests_on: tuple[LeftOut, ...]) -> Waterfall:
    """What is left at the end leaves the cost out; a rest that holds the goods too is missing already."""
    kinds = [kind for kind in left_out(facts, waterfall.source) if kind in rests_on]
    last = waterfall.parts[-1]
    if not kinds or last.marking == "missing":
        return waterfall
    end = replace(last, marking="partial", needs=tuple(dict.fromkeys((*last.needs, *needs_of(kinds)))))
    return replace(waterfall, parts=(*waterfall.parts[:-1], end))


def _waste(item: Waste) -> Waste:
    if item.kind != "flat" or item.figure.value is None:
        return item
    return replace(item, figure=replace(item.figure, marking="partial"))


def _finding(finding: Finding) -> Finding:
    return replace(finding, marking="partial") if finding.code in _ON_VALUE else finding
