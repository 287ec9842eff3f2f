"""From canonical tables to core's facts: which fact tables the files allow, each computed once."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date

from ibis.expr.types import Table as IbisTable

from huoshui.base.limits import SIMULATED_PREFIX
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import (
    AgentSums,
    ArmMoments,
    CampaignDay,
    ChannelSums,
    CohortCell,
    CostRule,
    DayIssue,
    DrainSums,
    Facts,
    GrantSums,
    MonthSums,
    OrderSums,
    RfmSums,
    SegmentSums,
)
from huoshui.core.costs.values import RowTable, Scope
from huoshui.flow.folder import Step
from huoshui.flow.guarding.past import guarded_pasts
from huoshui.flow.guarding.values import GuardedPast
from huoshui.lake.engines import Lake
from huoshui.lake.facts import (
    agents,
    balance,
    behind,
    campaigns,
    decisions,
    grants,
    guarded,
    levels,
    orders,
    unit_costs,
    untold,
)
from huoshui.lake.facts.prepared import Prepared, prepare_orders, sold_orders
from huoshui.lake.facts.reading import read
from huoshui.lake.tables import TABLES


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the tables of a folder tell; `guarded`: what the guard would have said of each campaign drawn."""

    facts: Facts
    guarded: tuple[GuardedPast, ...] = ()


def gather(lake: Lake, assumptions: Assumptions, *, step: Step) -> Facts:
    """The facts alone."""
    return gather_all(lake, assumptions, step=step).facts


def gather_all(lake: Lake, assumptions: Assumptions, *, step: Step) -> Gathered:
    """All facts the tables of `lake` allow, and the guard's past."""
    step("orders")
    rules = cost_rules(lake)
    prepared = prepare_orders(lake, rules, assumptions)
    step("people")
    people = orders.buyers(prepared)
    months = orders.user_months(prepared)
    facts = Facts(
        scope=scope_of(prepared),
        orders=read(orders.order_sums(prepared), OrderSums),
        months=_months(prepared, months, people),
        rules=rules,
        campaigns=campaigns.campaign_terms(lake),
        cohorts=read(orders.cohort_cells(months), CohortCell),
        rfm=read(orders.rfm_cells(people), RfmSums),
        channels=read(orders.channel_sums(prepared), ChannelSums),
        funnel=grants.funnel_counts(prepared, people),
        top_up_fen=_top_ups(lake),
        transfer_fen=_transfers(lake),
        unpriced_agent_fen=untold.unpriced_agent_fen(prepared),
        part_refunded_fen=untold.part_refunded_fen(lake),
    )
    lake.drop(months)
    facts = replace(
        facts, scope=replace(facts.scope, gross=any(row.unknown_goods_fen for row in facts.orders))
    )
    step("agents")
    takes = agents.agent_sums(prepared)
    facts = replace(facts, agents=[] if takes is None else read(takes, AgentSums))
    step("balance")
    told = _with_grants(prepared, facts, people, assumptions, step)
    step("levels")
    return replace(told, facts=_with_drain_loop(prepared, told.facts))


def cost_rules(lake: Lake) -> list[CostRule]:
    """The `costs` table as it stands."""
    return [
        CostRule(
            scope=row["scope"],
            scope_id=row["scope_id"],
            part=row["part"],
            base=row["base"],
            first_day=None if row["from"] is None else row["from"].date().isoformat(),
            last_day=None if row["to"] is None else row["to"].date().isoformat(),
            rate=float(row["rate"] or 0),
            fixed_fen=row["fixed"] or 0,
        )
        for row in lake.table("costs").to_pyarrow().to_pylist()
    ]


def _with_grants(
    prepared: Prepared, facts: Facts, people: IbisTable, assumptions: Assumptions, step: Step
) -> Gathered:
    lake = prepared.lake
    given = balance.grants(prepared)
    lapsed = balance.lapses(prepared, given)
    handed_on = _expired(lake) - int(lapsed.lapsed.sum().fill_null(0).to_pyarrow().as_py())
    line = balance.lines(prepared, given, lapsed)
    drawn = balance.draws(prepared, line, people)
    results = balance.grant_results(prepared, given, lapsed, balance.lot_draws(line, drawn))
    unexplained = unit_costs.unexplained_sums(prepared, drawn, people)
    lake.drop(lapsed, line, drawn)
    step("campaigns")
    assigned = decisions.assigned_users(prepared)
    states = decisions.decision_states(prepared, results, assigned, people)
    cells = None
    if assigned is not None:
        outcomes = campaigns.outcomes(prepared, assigned, results, states)
        facts = replace(facts, arms=read(campaigns.moments_of(outcomes), ArmMoments))
        cells = guarded.guard_cells(prepared, outcomes)
        lake.drop(outcomes)
    classed = unit_costs.classed_grants(prepared, results, states)
    lake.drop(results, states)
    firsts = unit_costs.first_orders(prepared, people, classed)
    facts = replace(
        facts,
        grants=read(grants.grant_sums(prepared, classed), GrantSums),
        campaign_days=read(grants.campaign_days(classed), CampaignDay),
        unit_costs=unit_costs.unit_cost_sums(prepared, classed, firsts, unexplained),
        segments=read(grants.segment_sums(prepared, classed, people), SegmentSums),
        days=read(grants.day_issues(prepared, classed), DayIssue),
        handed_on_expired_fen=handed_on,
    )
    rows: dict[str, RowTable] = {
        "abuse": behind.row_table("abuse", behind.abuse_rows(classed, given)),
        "never_back": behind.row_table("never_back", behind.never_back_rows(classed, given)),
        "manual_adjust": behind.row_table("manual_adjust", behind.manual_rows(classed, given)),
    }
    for campaign_id, table in behind.campaign_tables(classed).items():
        rows[f"campaign:{campaign_id}"] = table
    facts = replace(facts, rows={**facts.rows, **rows, **_agent_rows(facts)})
    if cells is None:
        return Gathered(facts)
    told = Gathered(facts, guarded_pasts(lake, cells, facts, assumptions))
    lake.drop(cells)
    return told


def _agent_rows(facts: Facts) -> dict[str, RowTable]:
    """Each layer's agents, most taken first."""
    columns = ("agent_id", "source", "orders", "price_fen", "take_fen", "gap_fen", "bonus_take_fen")
    tables = {}
    for layer in {row.layer for row in facts.agents}:
        own = sorted((row for row in facts.agents if row.layer == layer), key=lambda row: -row.take_fen)
        rows = tuple(tuple(getattr(row, name) for name in columns) for row in own)
        tables[f"layer:{layer}"] = RowTable("layer", columns, rows, len(rows))
    return tables


def _with_drain_loop(prepared: Prepared, facts: Facts) -> Facts:
    periods = levels.level_periods(prepared.lake)
    rows = None if periods is None else levels.drain_rows(prepared, periods)
    if rows is None or periods is None:
        return facts
    drain = read(levels.drain_sums(rows), DrainSums)[0]
    promoted = levels.promoted_rows(prepared, periods)
    if promoted is not None:
        drain = replace(drain, excess_commission_fen=levels.promoted_excess(promoted))
    table = behind.row_table("drain_loop", behind.drain_loop_rows(rows))
    return replace(facts, drain=drain, rows={**facts.rows, "drain_loop": table})


def _months(prepared: Prepared, months: IbisTable, people: IbisTable) -> list[MonthSums]:
    rows = orders.month_sums(months, people).to_pyarrow().to_pylist()
    return [
        MonthSums(**row, days=_days_inside(row["month"], prepared.first_day, prepared.last_day))
        for row in rows
    ]


def _days_inside(month: str, first: date, last: date) -> int:
    year, number = int(month[:4]), int(month[5:])
    start = max(first, date(year, number, 1))
    end = min(last, date(year, number, monthrange(year, number)[1]))
    return (end - start).days + 1


def _top_ups(lake: Lake) -> int:
    rows = lake.table("recharges")
    paid = rows.filter((rows.status == "paid").fill_null(True))
    return int(paid.amount.sum().fill_null(0).to_pyarrow().as_py())


def _transfers(lake: Lake) -> int:
    rows = lake.table("balance_entries")
    handed_on = rows.filter(rows.kind == "transfer", rows.direction == "in")
    return int(handed_on.amount.sum().fill_null(0).to_pyarrow().as_py())


def _expired(lake: Lake) -> int:
    rows = lake.table("balance_entries")
    lapsed = rows.filter(rows.kind == "expire", rows.direction == "out")
    return int(lapsed.amount.sum().fill_null(0).to_pyarrow().as_py())


def scope_of(prepared: Prepared) -> Scope:
    """What the figures speak of: days, months, orders, people, tables."""
    lake = prepared.lake
    rows = prepared.orders
    counts = rows.aggregate(orders=rows.count(), users=rows.person.nunique()).to_pyarrow().to_pylist()[0]
    sold = sold_orders(lake)
    simulated = sold.filter(sold.order_id.startswith(SIMULATED_PREFIX)).limit(1)
    held = tuple(name for name in TABLES if lake.has(name))
    return Scope(
        first_day=prepared.first_day.isoformat(),
        last_day=prepared.last_day.isoformat(),
        days=prepared.days,
        months=_months_between(prepared.first_day, prepared.last_day),
        orders=counts["orders"],
        users=counts["users"],
        simulated=simulated.count().to_pyarrow().as_py() > 0,
        gross=False,
        book_mode="mirror",
        lots_inferred=True,
        history_before=lake.has("users", "cum_spend"),
        tables=held,
        missing_tables=tuple(name for name in TABLES if name not in held),
    )


def _months_between(first: date, last: date) -> tuple[str, ...]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    starts = ((first.year * 12 + first.month - 1 + i) for i in range(count))
    return tuple(f"{start // 12:04d}-{start % 12 + 1:02d}" for start in starts)
