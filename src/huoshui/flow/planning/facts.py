"""What a plan needs of the files, and nothing more: randomised arms, grants, and one row a user."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import ArmMoments, Facts, GrantSums
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.trials.draws import user_keys
from huoshui.flow.gathering import cost_rules, scope_of
from huoshui.flow.learning import UserFactors, candidate_answers, learned_of, user_factors
from huoshui.flow.risk import RiskTold, find_risk
from huoshui.lake.engines import Lake
from huoshui.lake.facts import balance, campaigns, decisions, orders
from huoshui.lake.facts.arithmetic import month_text
from huoshui.lake.facts.candidates import (
    candidates,
    given_sums,
    granted_mix,
    history_days_of,
    next_month,
    registered_months,
)
from huoshui.lake.facts.links import has_links
from huoshui.lake.facts.prepared import Prepared, prepare_orders
from huoshui.lake.facts.reading import read
from huoshui.lake.tables import USER_STATUSES

Ints = npt.NDArray[np.int64]
DRAWS_MAX = 62
"""Campaigns with draws that are told apart: bits of a whole number."""
NEVER = -1
"""Days since something that never was."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """One user a place, all arrays (N,), in the order of core.trials.draws.user_keys; see lake.facts.candidates.

    `segment` is a position in SEGMENTS, `standing` in USER_STATUSES; days are NEVER where there was none.
    """

    user_ids: Any
    """A column of texts, as Arrow holds it."""
    keys: npt.NDArray[np.uint64]
    segment: npt.NDArray[np.uint8]
    standing: npt.NDArray[np.uint8]
    orders: Ints
    orders_90: Ints
    value: Ints
    value_squares: npt.NDArray[np.float64]
    idle_days: Ints
    rewarded_days: Ints
    granted: Ints
    drawn: Ints
    """A bit for each of PlanFacts.drawn_by in whose random draw the user was."""
    risk: npt.NDArray[np.uint8]
    """A position in core.risk.LEVELS."""
    answer: npt.NDArray[np.uint8]
    """Their kind in UserFactors.factors; 0 where nothing was learned."""
    answer_reason: npt.NDArray[np.uint8]

    @property
    def users(self) -> int:
        """N."""
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """The files as a plan sees them. `months` are the full months before the period, the oldest first.

    `registered` counts users by month of registration; `last_month` users by (segment, campaign, fen granted) in the
    last of `months`.
    """

    facts: Facts
    months: tuple[str, ...]
    drawn_by: tuple[str, ...]
    """Campaigns with random draws, in the order of the bits of Candidates.drawn."""
    registered: tuple[tuple[str, int], ...]
    last_month: tuple[tuple[str, str, int, int], ...]
    risk: RiskTold | None = None
    """Groups suspected to be one hand; None where the files tell of no links."""
    learned: UserFactors | None = None
    """How users differ within their segments; None where it was not asked for, or nothing was drawn by chance."""


def gather_for_plan(
    lake: Lake,
    assumptions: Assumptions,
    *,
    first_day: date,
    step: Callable[[str], None],
    learn: bool = False,
    seed: int = 0,
) -> tuple[PlanFacts, pa.Table]:
    """The facts of a plan whose period begins on `first_day`, and its candidates as a table.

    `learn`: also who answers more than others of their segment; `seed` parts the users for it.
    """
    step("orders")
    rules = cost_rules(lake)
    prepared = prepare_orders(lake, rules, assumptions)
    step("people")
    people = orders.buyers(prepared)
    terms = campaigns.campaign_terms(lake)
    facts = Facts(scope=scope_of(prepared), orders=[], months=[], rules=rules, campaigns=terms)
    facts = replace(facts, scope=replace(facts.scope, gross=_gross(prepared)))
    step("balance")
    given = balance.grants(prepared)
    lapsed = balance.lapses(prepared, given)
    line = balance.lines(prepared, given, lapsed)
    drawn = balance.draws(prepared, line, people)
    results = balance.grant_results(prepared, given, lapsed, balance.lot_draws(line, drawn))
    step("campaigns")
    assigned = decisions.assigned_users(prepared)
    arms: list[ArmMoments] = []
    states = None
    if assigned is not None:
        # Only the assignments' own states are read: of grants a plan needs no more than their sums.
        states = decisions.decision_states(prepared, results.filter(False), assigned, people)
        moments = campaigns.arm_moments(prepared, assigned, results, states)
        arms = [] if moments is None else read(moments, ArmMoments)
    facts = replace(facts, arms=arms, grants=read(given_sums(results), GrantSums))
    step("candidates")
    drawn_by = tuple(sorted({cell.campaign_id for cell in arms}))[:DRAWS_MAX]
    history = None if assigned is None else history_days_of(prepared, assigned)
    rows = candidates(prepared, people, given, first_day=first_day, drawn_by=drawn_by, history_days=history)
    rows = lake.materialise("candidates", rows)
    months = full_months(prepared.first_day, min(prepared.last_day, first_day), facts.scope.months)
    mix: list[tuple[str, str, int, int]] = []
    if months:
        last = date.fromisoformat(f"{months[-1]}-01")
        found = granted_mix(given, rows, first_day=last, until=next_month(last)).to_pyarrow().to_pylist()
        mix = [(row["segment"], row["campaign_id"], row["amount_fen"], row["users"]) for row in found]
    registered = registered_months(prepared)
    counts = registered.mutate(month=month_text(registered.month)).to_pyarrow().to_pylist()
    told = PlanFacts(
        facts, months, drawn_by, tuple((row["month"], row["users"]) for row in counts), tuple(mix)
    )
    table = rows.order_by("key", "user_id").to_pyarrow()
    told, table = _with_risk(told, table, prepared, first_day)
    if not learn or assigned is None or states is None:
        return told, table
    step("learn")
    found, learned = learned_of(prepared, assigned, given, states, seed=seed)
    told = replace(told, learned=user_factors(found, learned))
    if told.learned is None or not learned.used:
        return told, table
    answers, factors = candidate_answers(
        prepared, given, rows, learned, segments=table["segment"], first_day=first_day
    )
    told = replace(told, learned=replace(told.learned, factors=factors))
    # Both by key and user_id: a join of a million texts would take as much memory again as all of the table.
    for name in ("answer", "answer_reason"):
        table = table.append_column(name, answers[name])
    return told, table


def _with_risk(
    told: PlanFacts, table: pa.Table, prepared: Prepared, first_day: date
) -> tuple[PlanFacts, pa.Table]:
    """Adds `risk`, a level of core.risk a user, as known before the period."""
    if not has_links(prepared.lake):
        return told, table.append_column("risk", pa.array(np.zeros(len(table), np.uint8)))
    found = find_risk(prepared, before=first_day, marks=first_day > prepared.last_day)
    table = table.append_column("risk", pa.array(found.levels_of(table["user_id"])))
    return replace(told, risk=found.told()), table


def full_months(first: date, last: date, months: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `months` that lie wholly between two days of the files, both counted."""
    starts = {month: date.fromisoformat(f"{month}-01") for month in months}
    return tuple(
        month
        for month, start in starts.items()
        if start >= first and (next_month(start) - start).days + start.toordinal() - 1 <= last.toordinal()
    )


def as_candidates(table: pa.Table) -> Candidates:
    """The rows of lake.facts.candidates as arrays, by keys of our own.

    Who is held out hangs on the keys for a quarter and longer: an engine's hash may change with the engine.
    """
    keys = user_keys([str(user) for user in table["user_id"].to_pylist()])
    order = np.argsort(keys, kind="stable")
    table = table.take(order).combine_chunks()

    def numbers(name: str, kind: Any, missing: int = 0) -> Any:
        return table[name].fill_null(pa.scalar(missing)).to_numpy().astype(kind, copy=False)

    return Candidates(
        user_ids=table["user_id"],
        keys=keys[order],
        segment=_positions(table["segment"], SEGMENTS),
        standing=_positions(table["standing"], USER_STATUSES),
        orders=numbers("orders", np.int64),
        orders_90=numbers("orders_90", np.int64),
        value=numbers("value", np.int64),
        value_squares=numbers("value_squares", np.float64),
        idle_days=numbers("idle_days", np.int64, NEVER),
        rewarded_days=numbers("rewarded_days", np.int64, NEVER),
        granted=numbers("granted", np.int64),
        drawn=numbers("drawn", np.int64),
        risk=numbers("risk", np.uint8),
        answer=_bytes(table, "answer"),
        answer_reason=_bytes(table, "answer_reason"),
    )


def _bytes(table: pa.Table, name: str) -> npt.NDArray[np.uint8]:
    """A column of small numbers; all 0 where there is none."""
    if name not in table.column_names:
        return np.zeros(table.num_rows, np.uint8)
    return np.asarray(table[name].to_numpy(), np.uint8)


def _positions(column: Any, names: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    """Each text's place in `names`."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    places = np.array([names.index(name) for name in encoded.dictionary.to_pylist()], np.uint8)
    return places[encoded.indices.to_numpy()] if len(places) else np.zeros(0, np.uint8)


def _gross(prepared: Prepared) -> bool:
    rows = prepared.orders
    return bool((rows.unknown_goods > 0).any().fill_null(False).to_pyarrow().as_py())
