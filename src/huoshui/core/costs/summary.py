"""The single figures of the first page and of figures.json, each with its marking and what it would need."""

from dataclasses import replace

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import Facts, OrderSums
from huoshui.core.costs.values import Diagnosis, Figure, Marking, PartCode, Unit, Waterfall
from huoshui.core.costs.waste import per_month
from huoshui.core.costs.waterfalls import reserve_rate

RETURNS = ("return_attributed", "return_incremental", "unit_value")
UNIT_COST_NEEDS = ("balance_entries",)


def figures(facts: Facts, assumptions: Assumptions, draft: Diagnosis) -> dict[str, Figure]:
    """Every single figure by its code."""
    found = [
        *_order_figures(facts),
        *_people_figures(facts, draft),
        *_incentive_figures(facts, assumptions, draft),
        *_return_figures(draft),
        *_top_up_bonus_return(facts),
        *_unit_cost_figures(facts, draft),
    ]
    return {figure.code: _answered(figure, assumptions) for figure in found}


def _answered(figure: Figure, assumptions: Assumptions) -> Figure:
    """A return that counts benefits or codes as the operator told them is an estimate."""
    counts = assumptions.tells_extras and figure.code in RETURNS and figure.marking == "measured"
    return replace(figure, marking="estimated") if counts else figure


def _order_figures(facts: Facts) -> list[Figure]:
    rows = [row for row in facts.orders if not row.abuser]
    price, orders = _total(rows, "price_fen"), _total(rows, "orders")
    estimated = _total(rows, "goods_estimated_fen") > 0
    gross = _total(rows, "unknown_goods_fen") > 0
    marking: Marking = "estimated" if estimated else "measured"
    needs = ("orders.cost_of_goods",) if estimated or gross else ()
    margin = _total(rows, "value_fen") - _total(rows, "bonus_fen")
    # The fee of an order holds what its principal cost to take in, so both count below.
    paid_in = _total(rows, "paid_fen") + _total(rows, "principal_fen")
    fee = _total(rows, "fee_fen")
    return [
        Figure("price", price, "fen", "measured", n=orders),
        Figure("price_per_month", round(per_month(facts, price)), "fen_per_month", "measured", n=orders),
        Figure("price_per_order", round(price / orders) if orders else None, "fen", "measured", n=orders),
        _cost(facts, "refunds_per_month", _total(rows, "refund_fen"), "refunds"),
        Figure("margin", margin, "fen", marking, needs, gross=gross),
        Figure(
            "margin_per_month", round(per_month(facts, margin)), "fen_per_month", marking, needs, gross=gross
        ),
        Figure("margin_rate", margin / price if price else None, "ratio", marking, needs, gross=gross),
        _cost(facts, "payment_fee_per_month", fee, "orders.payment_fee"),
        Figure("payment_fee_rate", fee / paid_in, "ratio", "measured")
        if fee and paid_in
        else Figure("payment_fee_rate", None, "ratio", "missing", ("orders.payment_fee",)),
        _cost(facts, "agents_per_month", _total(rows, "agent_fen"), "commissions"),
    ]


def _cost(facts: Facts, code: str, fen: int, told_by: str) -> Figure:
    """A cost a month. A shop's whole span without a fen of it means that nothing in the files tells it."""
    if fen == 0 and told_by not in facts.scope.tables:
        return Figure(code, None, "fen_per_month", "missing", (told_by,))
    return Figure(code, round(per_month(facts, fen)), "fen_per_month", "measured")


def _people_figures(facts: Facts, draft: Diagnosis) -> list[Figure]:
    buyers = sum(cohort.users for cohort in draft.cohorts)
    price = sum(row.price_fen for row in facts.months)
    repeats = sum(row.repeat_buyers for row in facts.months)
    monthly = sum(row.buyers for row in facts.months)
    # The last month of the files is not whole, so cohorts are followed up to the month before it.
    followed = [cohort for cohort in draft.cohorts if len(cohort.active) > 2] or [
        cohort for cohort in draft.cohorts if len(cohort.active) > 1
    ]
    started = sum(cohort.users for cohort in followed)
    stayed = sum(cohort.active[1] for cohort in followed)
    return [
        Figure("buyers", buyers, "count", "measured"),
        Figure("price_per_buyer", round(price / buyers) if buyers else None, "fen", "measured", n=buyers),
        Figure(
            "retention_month1",
            stayed / started if started else None,
            "ratio",
            "measured" if started else "missing",
            n=started,
        ),
        Figure(
            "repeat_purchase_rate", repeats / monthly if monthly else None, "ratio", "measured", n=monthly
        ),
    ]


def _incentive_figures(facts: Facts, assumptions: Assumptions, draft: Diagnosis) -> list[Figure]:
    waterfall = draft.incentive[0] if draft.incentive and draft.incentive[0].source is None else None
    if waterfall is None:
        return _answered_incentive(facts, assumptions)
    spent = waterfall.parts[-1].fen
    issued = sum(row.issued_fen for row in facts.grants)
    manual = sum(row.issued_fen for row in facts.grants if row.kind == "adjust")
    return [
        Figure("incentive_total", waterfall.total_fen, "fen", "measured"),
        Figure(
            "incentive_per_month", round(per_month(facts, waterfall.total_fen)), "fen_per_month", "measured"
        ),
        Figure("reach_share", waterfall.left_share, "ratio", "measured"),
        Figure("issued", issued, "fen", "measured", n=sum(row.grants for row in facts.grants)),
        Figure("spent", spent, "fen", "measured"),
        Figure("breakage", _of(waterfall, "breakage"), "fen", "measured"),
        Figure("liability", _liability(facts), "fen", "measured"),
        Figure("manual_adjust", manual, "fen", "measured"),
    ]


def _liability(facts: Facts) -> int:
    """Bonus still to be honoured, whoever holds it: what is open, less what was handed on and used up elsewhere."""
    still_open = sum(row.open_fen for row in facts.grants)
    unexplained = sum(row.bonus_fen for row in facts.orders) - sum(row.spent_fen for row in facts.grants)
    handed_on = max(0, min(unexplained, facts.transfer_fen))
    return max(0, still_open - handed_on - max(0, facts.handed_on_expired_fen))


def _of(waterfall: Waterfall, code: PartCode) -> int:
    return sum(part.fen for part in waterfall.parts if part.code == code)


def _answered_incentive(facts: Facts, assumptions: Assumptions) -> list[Figure]:
    """Without balance entries: bonus seen in the orders, else the month's total as answered."""
    needs = ("balance_entries",)
    seen = sum(row.bonus_fen for row in facts.orders)
    answered = assumptions.monthly_incentive_fen
    monthly: int | None = answered
    marking: Marking = "estimated"
    if answered is None:
        monthly, marking = (round(per_month(facts, seen)), "measured") if seen else (None, "missing")
    total = None if monthly is None else round(monthly * facts.scope.days / 30)
    missing = [Figure(code, None, unit, "missing", needs) for code, unit in _MISSING_INCENTIVE]
    return [
        Figure("incentive_total", total, "fen", marking, needs),
        Figure("incentive_per_month", monthly, "fen_per_month", marking, needs),
        *missing,
    ]


_MISSING_INCENTIVE: tuple[tuple[str, Unit], ...] = (
    ("reach_share", "ratio"),
    ("issued", "fen"),
    ("spent", "fen"),
    ("breakage", "fen"),
    ("liability", "fen"),
    ("manual_adjust", "fen"),
)


def _return_figures(draft: Diagnosis) -> list[Figure]:
    cost = sum(outcome.cost_fen_est for outcome in draft.campaigns)
    attributed = sum(outcome.attributed_value_fen or 0 for outcome in draft.campaigns)
    told = [outcome for outcome in draft.campaigns if outcome.incremental_return_est is not None]
    gross = draft.scope.gross
    latest = [month for month in draft.months if month.unit_value_est is not None]
    found = [
        Figure(
            "return_attributed",
            attributed / cost if cost > 0 else None,
            "ratio",
            "measured" if cost > 0 else "missing",
            () if cost > 0 else ("balance_entries", "campaigns"),
            basis="attributed",
            gross=gross,
        )
    ]
    if not told:
        needs = ("assignments",)
        return [
            *found,
            Figure("return_incremental", None, "ratio", "missing", needs, basis="incremental", gross=gross),
            Figure("unit_value", None, "ratio", "missing", needs, basis="incremental", gross=gross),
        ]
    value = sum(outcome.incremental_value_fen_est or 0.0 for outcome in told)
    half = sum(
        ((outcome.incremental_high_fen_est or 0.0) - (outcome.incremental_value_fen_est or 0.0)) ** 2
        for outcome in told
    )
    base = sum(
        (outcome.incremental_value_fen_est or 0.0) / outcome.incremental_return_est
        for outcome in told
        if outcome.incremental_return_est
    )
    found.append(
        Figure(
            "return_incremental",
            value / base if base > 0 else None,
            "ratio",
            "measured",
            low_est=(value - half**0.5) / base if base > 0 else None,
            high_est=(value + half**0.5) / base if base > 0 else None,
            n=sum(outcome.users_treated for outcome in told),
            basis="incremental",
            gross=gross,
        )
    )
    last = latest[-1] if latest else None
    found.append(
        Figure(
            "unit_value",
            last.unit_value_est if last else None,
            "ratio",
            "measured" if last else "missing",
            () if last else ("assignments",),
            last.unit_value_low_est if last else None,
            last.unit_value_high_est if last else None,
            basis="incremental",
            gross=gross,
        )
    )
    return found


def _top_up_bonus_return(facts: Facts) -> list[Figure]:
    """A top-up bonus is a grant of the shop's own rule, outside any campaign: its attributed return, if it has one."""
    rows = [row for row in facts.grants if row.kind == "recharge_bonus" and row.campaign_id is None]
    spent, expired = sum(row.spent_fen for row in rows), sum(row.expired_fen for row in rows)
    use_rate = spent / (spent + expired) if spent + expired else 1.0
    granted = sum(row.issued_fen for row in rows)
    cost = spent + sum(row.open_fen for row in rows) * use_rate + granted * reserve_rate(facts)
    if cost <= 0:
        return []
    value = sum(row.attributed_value_fen for row in rows)
    return [
        Figure(
            "return_top_up_bonus",
            value / cost,
            "ratio",
            "measured",
            n=sum(row.grants for row in rows),
            basis="attributed",
            gross=facts.scope.gross,
        )
    ]


def _unit_cost_figures(facts: Facts, draft: Diagnosis) -> list[Figure]:
    """CAC, CRC, CCV of the whole span, and the cost that those three and 'other' add up to."""
    whole = {cell.kind: cell for cell in draft.unit_costs if cell.depth == "all"}
    total = sum(cell.cost_fen for cell in whole.values())
    answered = any(cell.marking == "estimated" for cell in whole.values())
    marking: Marking = "estimated" if answered else "measured"
    found = [Figure("unit_cost_total", total, "fen", marking)] if whole and facts.grants else []
    for kind in ("CAC", "CRC", "CCV"):
        cell = whole.get(kind)
        value = None if cell is None or cell.per_unit_est is None else round(cell.per_unit_est)
        known = value is not None and bool(facts.grants)
        found.append(
            Figure(
                kind,
                value if known else None,
                "fen",
                cell.marking if cell is not None and known else "missing",
                () if known else UNIT_COST_NEEDS,
                n=cell.n if cell is not None else None,
            )
        )
    return found


def _total(rows: list[OrderSums], name: str) -> int:
    return sum(getattr(row, name) for row in rows)
