"""The guard over the past of every campaign that users were drawn for, for the report.

Cohorts come from one table that the engine makes of rows it has already computed for the diagnosis, users who are alike
counted together. Young cohorts are left to `huoshui evaluate`: they only slow, and they need every order by its age.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from ibis.expr.types import Table as IbisTable

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import CampaignTerms, Facts
from huoshui.core.watch import CohortSums, GuardTerms, cohort_sums
from huoshui.core.watch.returns import ArmSums, arm_sums, matured_return
from huoshui.flow.guarding.arms import ArmCount, Split, guard_terms, pricing_of, split_of
from huoshui.flow.guarding.replay import replay
from huoshui.flow.guarding.rows import Columns, days_of, treated_chance
from huoshui.flow.guarding.values import GuardedPast
from huoshui.lake.engines import Lake
from huoshui.lake.facts import guarded
from huoshui.lake.facts.cohorts import Pricing
from huoshui.lake.facts.reading import read


@dataclass
class _Campaign:
    """One campaign while its rows are read."""

    split: Split
    guard: GuardTerms
    pricing: Pricing
    cohorts: dict[date, CohortSums] = field(default_factory=dict)
    given: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    treated: ArmSums = field(default_factory=ArmSums)
    """Of those whose window has passed, where there is no control."""


def guarded_pasts(
    lake: Lake, cells: IbisTable, facts: Facts, assumptions: Assumptions
) -> tuple[GuardedPast, ...]:
    """`cells` is lake.facts.guarded.guard_cells; of `facts` the grants, rules, terms and days are read."""
    arms: dict[str, list[ArmCount]] = defaultdict(list)
    for arm in read(guarded.arm_counts(cells), ArmCount):
        arms[arm.campaign_id].append(arm)
    told = {
        terms.campaign_id: _begun(terms, arms[terms.campaign_id], facts, assumptions)
        for terms in facts.campaigns
        if terms.campaign_id in arms
    }
    for batch in lake.batches(guarded.in_order(cells), guarded.BATCH_ROWS):
        for name, day, own in days_of(batch):
            _add(told[name], day, own, entries=lake.has("balance_entries"))
    issued: dict[str, dict[date, int]] = defaultdict(dict)
    for one in facts.campaign_days:
        issued[one.campaign_id][date.fromisoformat(one.day)] = one.issued_fen
    last_day = date.fromisoformat(facts.scope.last_day)
    return tuple(_past(of, issued.get(name, of.given), last_day) for name, of in told.items())


def _begun(
    terms: CampaignTerms, arms: Sequence[ArmCount], facts: Facts, assumptions: Assumptions
) -> _Campaign:
    split = split_of(arms)
    guard = guard_terms(terms, arms, split, gross=facts.scope.gross)
    return _Campaign(split, guard, pricing_of(terms, arms, facts, assumptions))


def _add(one: _Campaign, day: date, cells: Columns, *, entries: bool) -> None:
    """Users of one day; without `entries` an assigned amount is the only sign of what was given and used."""
    one.given[day] += int((cells["granted"] * cells["users"]).sum())
    own = {name: np.repeat(column, cells["users"]) for name, column in cells.items()}
    treated, value, granted = ~own["control"], own["value"].astype(np.float64), own["granted"]
    spent = own["spent"] if entries else granted
    more = np.floor(own["open"] * one.pricing.use + granted * one.pricing.riding + 0.5)
    cost = np.where(treated, spent + more, 0.0).clip(min=0.0)
    chance = treated_chance(own, treated, one.guard, one.split.chances)
    sums = cohort_sums(day, value, cost, one.guard, treated=treated, probability=chance)
    one.cohorts[day] = one.cohorts[day] + sums if day in one.cohorts else sums
    if not one.guard.has_control:
        ripe = treated & own["mature"]
        one.treated += arm_sums(value[ripe], cost[ripe], one.guard)


def _past(one: _Campaign, issued: Mapping[date, int], last_day: date) -> GuardedPast:
    guard = replay(one.cohorts, issued, one.guard, last_day=last_day)
    return GuardedPast(
        campaign_id=one.guard.campaign_id,
        split=one.split.state,
        attributed=None if one.guard.has_control else matured_return(one.treated, None, maturity_est=None),
        last_day=max((*one.cohorts, *issued)),
        alarm_e=one.guard.rules.alarm_e,
        withheld_fen=round(sum(day.issued_fen * (1 - day.share) for day in guard.days)),
        guard=replace(guard, days=()),
    )
