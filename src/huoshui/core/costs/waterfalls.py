"""Where 100 yuan of order price go, and where 100 yuan put into incentive go. Two pictures, never added.

Both are exact: the parts add up to the total to the fen, and the last part is what is left.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from huoshui.core.costs.facts import AgentSums, CostRule, Facts, GrantSums, OrderSums
from huoshui.core.costs.values import AgentTake, Marking, PartCode, Waterfall, WaterfallPart

LAYERS_TO_COMPARE_MIN = 2
"""Other layers of the same source that make a benchmark."""


def order_waterfall(facts: Facts, source: str | None = None) -> Waterfall | None:
    """100 yuan of order price (bonus included) -> refunds, goods, fees, agents by layer, site, cut, subsidy -> margin.

    Orders of real users only; None without any. `subsidy` is the bonus that paid for part of the price.
    """
    rows = [row for row in facts.orders if not row.abuser and source in (None, row.source)]
    total = sum(row.price_fen for row in rows)
    if total == 0:
        return None
    agent_fen = sum(row.agent_fen for row in rows)
    layers = _by_layer(_of_source(facts.agents, source), agent_fen, lambda row: row.take_fen)
    estimated = sum(row.goods_estimated_fen for row in rows)
    goods = sum(row.goods_fen for row in rows)
    goods_marking: Marking = "estimated" if estimated else "measured"
    parts = [
        _part("refund", sum(row.refund_fen for row in rows)),
        _part("goods", goods + estimated, goods_marking, ("orders.cost_of_goods",) if estimated else ()),
        *layers,
        _part("payment_fee", sum(row.fee_fen for row in rows)),
        _part("site_fee", sum(row.site_fee_fen for row in rows)),
        _part("platform_cut", sum(row.platform_cut_fen for row in rows)),
        _part("subsidy", sum(row.bonus_fen for row in rows)),
    ]
    taken = [part for part in parts if part.fen]
    left = total - sum(part.fen for part in taken)
    if any(row.unknown_goods_fen for row in rows):
        rest = WaterfallPart("unknown_goods", left, marking="missing", needs=("orders.cost_of_goods",))
        return Waterfall("order", source, total, (*taken, rest))
    return Waterfall("order", source, total, (*taken, WaterfallPart("margin", left, marking=goods_marking)))


def incentive_waterfall(facts: Facts) -> Waterfall | None:
    """What was put into incentive, and what of it real users spent (reach share, 到手率).

    In: bonus issued + reserve and frozen funds riding on it + the bonus's share (by price) of fees, agents, site and
    cut on the orders it paid. Out: those again, then abuse (bonus given to abusers, and all that rode on their
    orders), breakage and what is still open, until what is left is what real users spent. None where no bonus was
    issued.
    """
    issued = sum(row.issued_fen for row in facts.grants)
    if issued == 0:
        return None
    reserve = riding_fen(facts, "risk_reserve")
    frozen_funds = riding_fen(facts, "frozen")
    shares = _cost_shares(facts, None)
    abuse_rides = abuse_riding_fen(facts)
    rides = sum(part.fen for part in shares) + abuse_rides
    honest = [row for row in facts.grants if not row.abuser]
    frozen_lots = sum(row.frozen_fen for row in honest)
    open_fen = sum(row.open_fen for row in honest) - frozen_lots
    # Orders may draw bonus that no grant of their user covers: handed on by transfer, or from before the files.
    unexplained = sum(row.bonus_fen for row in facts.orders if not row.abuser) - sum(
        row.spent_fen for row in honest
    )
    handed_on = max(0, min(unexplained, open_fen, facts.transfer_fen))
    lapsed_elsewhere = max(0, min(facts.handed_on_expired_fen, open_fen - handed_on))
    out = [
        *shares,
        _part("reserve", reserve),
        _part("frozen", frozen_funds + frozen_lots),
        _part("abuse", sum(row.issued_fen for row in facts.grants if row.abuser) + abuse_rides),
        _part("breakage", sum(row.expired_fen for row in honest) + lapsed_elsewhere),
        _part("open", open_fen - handed_on - lapsed_elsewhere),
    ]
    return _closed(
        None,
        [
            _part("bonus_issued", issued),
            _part("bonus_before", max(0, unexplained - handed_on)),
            _part("reserve_on_bonus", reserve),
            _part("frozen_on_bonus", frozen_funds),
            _part("share_of_costs", rides),
        ],
        out,
    )


def incentive_waterfall_of(facts: Facts, source: str) -> Waterfall | None:
    """The same for the bonus spent on one source's orders: what is open or expired has no source yet."""
    rows = [row for row in facts.orders if row.source == source]
    bonus = sum(row.bonus_fen for row in rows)
    if bonus == 0:
        return None
    shares = _cost_shares(facts, source)
    abuse = sum(row.bonus_fen for row in rows if row.abuser)
    abuse_rides = abuse_riding_fen(facts, source)
    rides = sum(part.fen for part in shares) + abuse_rides
    inputs = [_part("bonus_issued", bonus), _part("share_of_costs", rides)]
    return _closed(source, inputs, [*shares, _part("abuse", abuse + abuse_rides)])


def abuse_riding_fen(facts: Facts, source: str | None = None) -> int:
    """The bonus's share of fees, agents, site and cut on abusers' orders: their value is nobody's, their cost stays."""
    return sum(
        row.bonus_fee_fen + row.bonus_agent_fen + row.bonus_site_fee_fen + row.bonus_platform_cut_fen
        for row in facts.orders
        if row.abuser and source in (None, row.source)
    )


def riding_fen(facts: Facts, part: str) -> int:
    """What the `costs` table puts on the bonus issued for `part` (risk_reserve, frozen): rates and fixed sums."""
    rated = 0.0
    for rule in facts.rules:
        if rule.part == part and rule.base == "bonus_issued":
            rated += rule.rate * sum(row.issued_fen for row in facts.grants if _rule_covers(rule, row))
    return round(rated) + sum(
        rule.fixed_fen * _months_of(rule, facts)
        for rule in facts.rules
        if rule.part == part and rule.base == "month"
    )


def reserve_rate(facts: Facts) -> float:
    """Risk reserve per fen issued: what rides on a grant and is not already taken out of value."""
    issued = sum(row.issued_fen for row in facts.grants)
    return riding_fen(facts, "risk_reserve") / issued if issued else 0.0


def layer_takes(facts: Facts, benchmark_rate: float | None) -> tuple[AgentTake, ...]:
    """What each layer took, dearest first, against a benchmark of take per order price.

    Without the operator's own, a layer is held against the pooled rate of the others (comparable cells). `excess_fen`
    is what a layer took beyond it.
    """
    cells: dict[int | None, list[AgentSums]] = defaultdict(list)
    for row in facts.agents:
        cells[row.layer].append(row)
    takes = [_layer_take(layer, rows, cells, benchmark_rate) for layer, rows in cells.items()]
    takes.sort(key=lambda take: (-take.excess_fen, -take.take_fen, take.layer or 0))
    return tuple(takes)


def _layer_take(
    layer: int | None,
    rows: list[AgentSums],
    cells: dict[int | None, list[AgentSums]],
    own_rate: float | None,
) -> AgentTake:
    """One layer over its sources: each source has its own benchmark, and its own excess."""
    allowed = known_price = known_take = 0.0
    excess: dict[str, float] = {}
    for source in sorted({row.source for row in rows}):
        here = [row for row in rows if row.source == source]
        rate = own_rate if own_rate is not None else _rate_of_others(layer, source, cells)
        if rate is None:
            continue
        price, take = sum(row.price_fen for row in here), sum(row.take_fen for row in here)
        allowed += rate * price
        known_price += price
        known_take += take
        excess[source] = max(0.0, take - rate * price)
    whole = _take(rows, layer, None, allowed / known_price if known_price else None)
    rate = known_take / known_price if known_price else None
    by_source = tuple((source, round(fen)) for source, fen in excess.items() if round(fen))
    return replace(
        whole, excess_fen=round(sum(excess.values())), excess_by_source=by_source, compared_rate_est=rate
    )


def _rate_of_others(layer: int | None, source: str, cells: dict[int | None, list[AgentSums]]) -> float | None:
    """Pooled take of the other layers of one source; None with fewer than two of them: one is no benchmark."""
    others = {
        other: [row for row in more if row.source == source]
        for other, more in cells.items()
        if other is not None and other != layer and any(row.source == source for row in more)
    }
    price = sum(row.price_fen for more in others.values() for row in more)
    if len(others) < LAYERS_TO_COMPARE_MIN or price == 0:
        return None
    return sum(row.take_fen for more in others.values() for row in more) / price


def agent_takes(facts: Facts, layers: Iterable[AgentTake]) -> tuple[AgentTake, ...]:
    """What each agent took, most first, against its layer's benchmark."""
    rates = {take.layer: take.benchmark_rate_est for take in layers}
    cells: dict[tuple[int | None, str | None], list[AgentSums]] = defaultdict(list)
    for row in facts.agents:
        cells[row.layer, row.agent_id].append(row)
    takes = [_take(rows, layer, agent_id, rates.get(layer)) for (layer, agent_id), rows in cells.items()]
    return tuple(sorted(takes, key=lambda take: (-take.take_fen, take.agent_id or "")))


def _take(rows: list[AgentSums], layer: int | None, agent_id: str | None, rate: float | None) -> AgentTake:
    price = sum(row.price_fen for row in rows)
    take = sum(row.take_fen for row in rows)
    return AgentTake(
        layer=layer,
        agent_id=agent_id,
        orders=sum(row.orders for row in rows),
        price_fen=price,
        take_fen=take,
        gap_fen=sum(row.gap_fen for row in rows),
        bonus_take_fen=sum(row.bonus_take_fen for row in rows),
        benchmark_rate_est=rate,
        excess_fen=0 if rate is None else max(0, take - round(rate * price)),
    )


def _cost_shares(facts: Facts, source: str | None) -> list[WaterfallPart]:
    """The bonus-paid share of platform cut, agents by layer, fees and site, of real users' orders."""
    rows = [row for row in facts.orders if not row.abuser and source in (None, row.source)]
    layers = _by_layer(
        _of_source(facts.agents, source),
        sum(row.bonus_agent_fen for row in rows),
        lambda row: row.bonus_take_fen,
    )
    return [
        _part("platform_cut", sum(row.bonus_platform_cut_fen for row in rows)),
        *layers,
        _part("payment_fee", sum(row.bonus_fee_fen for row in rows)),
        _part("site_fee", sum(row.bonus_site_fee_fen for row in rows)),
    ]


def _by_layer(rows: list[AgentSums], total: int, fen: Callable[[AgentSums], int]) -> list[WaterfallPart]:
    """Agents' total by layer; what no layer accounts for is agent_unknown, so that the parts add up to `total`."""
    sums: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.layer is not None:
            sums[row.layer] += fen(row)
    parts = [
        WaterfallPart("agent_layer", amount, layer=layer) for layer, amount in sorted(sums.items()) if amount
    ]
    unknown = total - sum(part.fen for part in parts)
    if unknown > (sum(row.orders for row in rows) if parts else 0):
        parts.append(WaterfallPart("agent_unknown", unknown, needs=("agents.level",)))
    elif unknown:
        # Rounding order by order and row by row differs by less than a fen an order: the largest layer carries it.
        largest = max(range(len(parts)), key=lambda i: parts[i].fen)
        parts[largest] = WaterfallPart(
            "agent_layer", parts[largest].fen + unknown, layer=parts[largest].layer
        )
    return parts


def _closed(source: str | None, inputs: list[WaterfallPart], out: list[WaterfallPart]) -> Waterfall:
    total = sum(part.fen for part in inputs)
    taken = tuple(part for part in out if part.fen)
    reached = WaterfallPart("reached", total - sum(part.fen for part in taken))
    return Waterfall(
        "incentive", source, total, (*taken, reached), tuple(part for part in inputs if part.fen)
    )


def _part(
    code: PartCode, fen: int, marking: Marking = "measured", needs: tuple[str, ...] = ()
) -> WaterfallPart:
    return WaterfallPart(code, fen, marking=marking, needs=needs)


def _of_source(rows: list[AgentSums], source: str | None) -> list[AgentSums]:
    return [row for row in rows if source in (None, row.source)]


def _rule_covers(rule: CostRule, row: GrantSums) -> bool:
    if rule.scope == "campaign" and rule.scope_id != row.campaign_id:
        return False
    after = rule.first_day is None or rule.first_day[:7] <= row.month
    return after and (rule.last_day is None or row.month <= rule.last_day[:7])


def _months_of(rule: CostRule, facts: Facts) -> int:
    first, last = rule.first_day or "0000", rule.last_day or "9999"
    return sum(1 for month in facts.scope.months if first[:7] <= month <= last[:7])


def sources_of(rows: Iterable[OrderSums]) -> list[str]:
    """Sources by turnover, most first."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if not row.abuser:
            sums[row.source] += row.price_fen
    return sorted(sums, key=lambda source: (-sums[source], source))
