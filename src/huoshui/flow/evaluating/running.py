"""`huoshui evaluate`: a folder of files -> rows of cohorts -> each campaign judged, guarded in hindsight -> values.

run = run_evaluation(folder, settings=..., assumptions=...)
write_evaluation(run, out)
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table as IbisTable

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import CampaignTerms, Facts, GrantSums
from huoshui.core.costs.values import Scope
from huoshui.core.watch import GuardTerms, guardrail
from huoshui.flow.app import Settings
from huoshui.flow.evaluating.judging import (
    advice_of,
    hindsight,
    judged_arms,
    needs_of,
    rules_of,
)
from huoshui.flow.evaluating.policies import ROWS_MAX, policy_lines
from huoshui.flow.evaluating.sums import DayArms, Read, all_days, cohort_days, read_rows, read_units
from huoshui.flow.evaluating.values import CampaignEvaluated, Evaluation, Need
from huoshui.flow.folder import Progress, Step, engine_over, read_shop, steps, timed
from huoshui.flow.gathering import cost_rules, scope_of
from huoshui.flow.guarding.arms import ArmCount, Split, guard_terms, pricing_of, split_of
from huoshui.flow.guarding.replay import YoungPast, replay
from huoshui.flow.planning.files import Decisions, read_decisions
from huoshui.flow.risk import RiskFound, find_risk
from huoshui.lake.engines import Lake
from huoshui.lake.facts import balance, campaigns, cohorts, decisions, orders
from huoshui.lake.facts.candidates import given_sums
from huoshui.lake.facts.features import USER_PARTS
from huoshui.lake.facts.links import has_links
from huoshui.lake.facts.prepared import Prepared, prepare_orders
from huoshui.lake.facts.reading import read
from huoshui.lake.intake import Intake

STAGES = 7
QUIET_DAYS = 14
"""A campaign that has given nothing for so long has ended."""
Planned = Mapping[str, Mapping[int, int]]
"""Fen by campaign and person."""


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """What was found, and how the files were read."""

    found: Evaluation
    intake: Intake
    folder_name: str
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Of all campaigns, by their id."""

    terms: Mapping[str, CampaignTerms]
    arms: Mapping[str, list[ArmCount]]
    splits: Mapping[str, Split]
    guards: Mapping[str, GuardTerms]
    reads: Mapping[str, Read]
    units: Mapping[str, DayArms]
    ages: Mapping[str, Mapping[date, Any]]
    issued: Mapping[str, Mapping[date, int]]
    policies: Mapping[str, Any]
    risk: RiskFound | None
    scope: Scope
    planned: Planned | None


def run_evaluation(
    folder: Path,
    *,
    settings: Settings,
    assumptions: Assumptions,
    plan: Path | None = None,
    progress: Progress | None = None,
) -> EvaluationRun:
    """Read `folder` and judge its campaigns; `plan`: the folder of a plan to hold beside what ran.

    Raises what the intake raises, NoOrders, and BadOption for a `plan` that is none or was edited.
    """
    decided = None if plan is None else read_decisions(plan, option="--plan")
    seconds: dict[str, float] = {}
    with timed(seconds, "intake"):
        intake = read_shop(folder, settings=settings, progress=progress)
    step = steps(progress, STAGES)
    with timed(seconds, "facts"), engine_over(intake, settings) as lake:
        told = _gathered(lake, assumptions, decided, step)
        needs = _needs(lake, told)
    with timed(seconds, "evaluate"):
        step("evaluate")
        found = Evaluation(
            data_first_day=told.scope.first_day,
            data_last_day=told.scope.last_day,
            simulated=told.scope.simulated,
            gross=told.scope.gross,
            campaigns=_ordered([_evaluated(told, name) for name in told.arms]),
            needs=needs,
            risk=None if told.risk is None else told.risk.told(),
            plan_folder=None if plan is None else plan.name,
        )
    return EvaluationRun(found, intake, folder.name, seconds)


def _gathered(lake: Lake, assumptions: Assumptions, plan: Decisions | None, step: Step) -> _Gathered:
    step("orders")
    rules = cost_rules(lake)
    prepared = prepare_orders(lake, rules, assumptions)
    step("people")
    people = orders.buyers(prepared)
    step("balance")
    given = balance.grants(prepared)
    lapsed = balance.lapses(prepared, given)
    line = balance.lines(prepared, given, lapsed)
    drawn = balance.draws(prepared, line, people)
    results = balance.grant_results(prepared, given, lapsed, balance.lot_draws(line, drawn))
    lake.drop(lapsed, line, drawn)
    gross = bool((prepared.orders.unknown_goods > 0).any().fill_null(False).to_pyarrow().as_py())
    scope = replace(scope_of(prepared), gross=gross)
    step("risk")
    risk = _risk(prepared)
    step("campaigns")
    assigned = decisions.assigned_users(prepared)
    rows = cohorts.cohort_rows(prepared, assigned, results)
    arms: dict[str, list[ArmCount]] = defaultdict(list)
    for arm in read(cohorts.arm_counts(rows), ArmCount):
        arms[arm.campaign_id].append(arm)
    terms = {term.campaign_id: term for term in campaigns.campaign_terms(lake) if term.campaign_id in arms}
    splits = {name: split_of(own) for name, own in arms.items()}
    guards = {name: guard_terms(terms[name], own, splits[name], gross=gross) for name, own in arms.items()}
    sums = read(given_sums(results), GrantSums)
    facts = Facts(scope=scope, orders=[], months=[], grants=sums, rules=rules)
    assigned_days = _by_day(cohorts.assigned_days(rows))
    told = cohorts.priced(
        prepared, rows, [pricing_of(term, arms[name], facts, assumptions) for name, term in terms.items()]
    )
    step("cohorts")
    units = cohorts.unit_rows(prepared, told, _linked(risk))
    chances = {name: split.chances for name, split in splits.items() if split.chances is not None}
    return _Gathered(
        terms=terms,
        arms=arms,
        splits=splits,
        guards=guards,
        reads=read_rows(cohorts.batches(lake, cohorts.in_order(told)), guards, chances),
        units=read_units(cohorts.batches(lake, cohorts.units_in_order(units))),
        ages=_ages(prepared, told),
        issued={**assigned_days, **_by_day(cohorts.issued_days(results))},
        policies={name: _drawn_rows(told, name, arms[name]) for name in chances},
        risk=risk,
        scope=scope,
        planned=None if plan is None else _planned(lake, plan),
    )


def _evaluated(told: _Gathered, name: str) -> CampaignEvaluated:
    terms, arms, split, guard = told.terms[name], told.arms[name], told.splits[name], told.guards[name]
    last_day = date.fromisoformat(told.scope.last_day)
    own = told.reads[name]
    issued = told.issued.get(name, {})
    latest = max((*own.cohorts, *issued))
    ended = terms.last_day is not None and date.fromisoformat(terms.last_day) < last_day
    running = not ended and latest > last_day - timedelta(days=QUIET_DAYS)
    days = told.units.get(name, {})
    sums = all_days(days)
    judged = judged_arms(terms, arms, split, sums, last_day=last_day, running=running)
    seen = sum(arm.value.units for arm in sums.values())
    rules = rules_of(terms, arms, seen, 2, last_day=last_day, running=running)
    steps = hindsight(days, terms, split, rules, last_day=last_day)
    rail = guardrail(list(own.horizons.values()))
    young = YoungPast(cohort_days(own, told.ages.get(name, {}), terms.window_days))
    past = replay(own.cohorts, issued, guard, last_day=last_day, young=young, rail=rail)
    planned = None if told.planned is None else told.planned.get(name, {})
    lines = policy_lines(told.policies[name], split.chances, planned) if split.chances else ()
    control = [arm for arm in arms if arm.control]
    stops = [step.day for step in steps if step.kind != "ship"] + ([past.paused_on] if past.paused_on else [])
    # What came after the last grant had nothing left to stop.
    stop_on = min((day for day in stops if day <= latest), default=None)
    return CampaignEvaluated(
        campaign_id=name,
        name=terms.name,
        purpose=terms.purpose,
        bar_est=terms.bar,
        window_days=terms.window_days,
        cap_fen=guard.cap_fen,
        first_day=min(arm.first_day for arm in arms),
        last_day=latest,
        running=running,
        treated=sum(arm.rows for arm in arms if not arm.control),
        control=sum(arm.rows for arm in control),
        control_granted=sum(arm.granted_users for arm in control),
        granted_fen=sum(issued.values()) or sum(arm.granted_fen for arm in arms),
        split=split.state,
        ratio=split.ratio,
        arms=judged,
        rail=rail,
        guard=past,
        steps=steps,
        stop_on=stop_on,
        after_stop_fen=sum(fen for day, fen in issued.items() if stop_on is not None and day >= stop_on),
        policies=lines,
        plan_rows=None if planned is None else _met(told.policies.get(name), planned),
        needs=needs_of(terms, split),
        advice=advice_of(split, judged, past, steps, running=running, gross=told.scope.gross),
    )


def _risk(prepared: Prepared) -> RiskFound | None:
    """None where no file holds what accounts could share."""
    if not has_links(prepared.lake):
        return None
    return find_risk(prepared, before=prepared.last_day + timedelta(days=1))


def _linked(risk: RiskFound | None) -> pa.Table:
    """user_id, unit and known_us of everybody in a linked group."""
    columns: dict[str, Any] = {"user_id": pa.string(), "unit": pa.uint64(), "known_us": pa.int64()}
    schema = pa.schema(columns)
    if risk is None:
        return schema.empty_table()
    groups = risk.risk.groups
    places = np.flatnonzero(groups.group >= 0)
    return pa.table(
        [
            risk.user_ids.take(pa.array(places)),
            pa.array(groups.group[places].astype(np.uint64)),
            pa.array(groups.known_s[places].astype(np.int64) * 1_000_000),
        ],
        schema=schema,
    )


def _ages(prepared: Prepared, told: IbisTable) -> dict[str, dict[date, Any]]:
    table = cohorts.cohort_ages(prepared, told).to_pyarrow()
    found: dict[str, dict[date, Any]] = defaultdict(dict)
    if not table.num_rows:
        return found
    names = table["campaign_id"].to_pylist()
    when = table["day"].to_pylist()
    age, value, squares = (table[column].to_numpy() for column in ("age", "value_fen", "squares"))
    starts = [0, *(i for i in range(1, len(names)) if (names[i], when[i]) != (names[i - 1], when[i - 1]))]
    for start, end in zip(starts, [*starts[1:], len(names)], strict=True):
        found[names[start]][when[start]] = (age[start:end], value[start:end], squares[start:end])
    return found


def _by_day(issued: IbisTable) -> dict[str, dict[date, int]]:
    """Fen given by campaign and day."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for row in issued.to_pyarrow().to_pylist():
        found[row["campaign_id"]][row["day"]] = row["issued_fen"]
    return found


def _drawn_rows(told: IbisTable, name: str, arms: list[ArmCount]) -> pa.Table:
    """Drawn rows whose window has passed, of a share of the users where there are very many."""
    own = told.filter(told.campaign_id == name, told.drawn, told.mature)
    many = sum(arm.mature for arm in arms)
    if many > ROWS_MAX:
        own = own.filter((own.person % USER_PARTS).cast("float64") < USER_PARTS * (ROWS_MAX / many))
    columns = ("person", "amount_fen", "value_fen", "cost_fen")
    table: pa.Table = own.select(*columns).order_by(*columns).to_pyarrow()
    return table


def _planned(lake: Lake, plan: Decisions) -> dict[str, dict[int, int]]:
    """Fen by campaign and person of a plan."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for number, option in enumerate(plan.options, start=1):
        taking = np.flatnonzero(plan.choice == number)
        people = cohorts.persons_of(lake, plan.user_ids.take(pa.array(taking)))
        found[option.campaign].update(dict.fromkeys(people.tolist(), option.amount_fen))
    return found


def _met(rows: pa.Table | None, planned: Mapping[int, int]) -> int:
    """How many of the users drawn a plan gives anything."""
    return 0 if rows is None else sum(person in planned for person in rows["person"].to_pylist())


def _needs(lake: Lake, told: _Gathered) -> tuple[Need, ...]:
    """What would tell more of every campaign."""
    found: list[Need] = []
    if not lake.has("balance_entries"):
        found.append("balance_entries")
    elif not told.arms:
        found.append("campaign_id")
    if not lake.has("assignments"):
        found.append("assignments")
    if told.scope.gross:
        found.append("goods")
    if told.risk is None:
        found.append("linked_ids")
    return tuple(found)


def _ordered(found: list[CampaignEvaluated]) -> tuple[CampaignEvaluated, ...]:
    """What somebody should act on first, then by what was given."""
    order = (
        "look",
        "stop",
        "amounts",
        "reduce",
        "over_bad",
        "over_amounts",
        "test",
        "wait",
        "unclear",
        "keep",
        "no_data",
    )
    return tuple(
        sorted(
            found,
            key=lambda one: (
                order.index(one.advice) if one.advice in order else len(order),
                -one.granted_fen,
                one.campaign_id,
            ),
        )
    )
