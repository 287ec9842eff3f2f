"""The guard of one campaign, a day at a time: cohorts that have matured, young ones, breakers, and what a person says.

`guard_day` is the whole of it: a state, what is known on a day, and the terms in; the next state and the proposed
actions out. A state is a plain value (record.py writes it), so one run equals the same run cut anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from huoshui.core.watch.cohorts import CohortSums, added
from huoshui.core.watch.evidence import Seen, nothing_seen
from huoshui.core.watch.ladder import step
from huoshui.core.watch.margins import Guardrail
from huoshui.core.watch.values import (
    Action,
    Breach,
    GuardTerms,
    Ladder,
    Numbers,
    Order,
    WarningCode,
)
from huoshui.core.watch.young import YoungSignal


@dataclass(frozen=True, slots=True, eq=False)
class GuardState:
    """Where the guard of a campaign stands.

    `begun`: cohorts granted before it do not count (None: all do). `judged_until`: the last cohort judged; what comes
    for it or an earlier one is late, and counted in `late_users`.
    """

    ladder: Ladder
    seen: Seen
    begun: date | None = None
    judged_until: date | None = None
    late_users: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class DayFacts:
    """What is known on a day. `cohorts`: those that are not judged yet, at age W; one may come in several parts.

    `values_until`: the last day up to which the value feed is complete; None: nothing was ever received.
    """

    cohorts: Sequence[CohortSums] = ()
    values_until: date | None = None
    young: YoungSignal | None = None
    guardrail: Guardrail | None = None
    breaches: tuple[Breach, ...] = ()
    order: Order | None = None


def new_guard(begun: date | None = None) -> GuardState:
    """A guard that has seen nothing; with `begun`, one that reads cohorts granted from that day on."""
    return GuardState(Ladder(), nothing_seen(), begun)


def guard_day(
    state: GuardState, facts: DayFacts, day: date, terms: GuardTerms
) -> tuple[GuardState, tuple[Action, ...]]:
    """One day. Cohorts whose window the feed does not cover yet wait: they are to be given again."""
    state = _judged(state, facts, terms)
    late = None if facts.values_until is None else max(0, (day - facts.values_until).days - 1)
    evidence = replace(
        state.seen.evidence(terms),
        young_rung="watch" if facts.young is None else facts.young.rung,
        warnings=_warnings(facts),
        breaches=facts.breaches,
        values_late_days=late,
    )
    ladder, actions = step(state.ladder, evidence, day, terms, facts.order)
    state = replace(state, ladder=ladder)
    if any(_begins_anew(action) for action in actions):
        state = replace(state, seen=state.seen.anew(), begun=day, judged_until=None)
    return state, actions


def _judged(state: GuardState, facts: DayFacts, terms: GuardTerms) -> GuardState:
    """The cohorts that are ready, one after the other."""
    for cohort in added(facts.cohorts):
        if state.begun is not None and cohort.day < state.begun:
            continue
        if state.judged_until is not None and cohort.day <= state.judged_until:
            state = replace(state, late_users=state.late_users + cohort.treated + cohort.control)
            continue
        ready = cohort.day + timedelta(days=terms.window_days)
        if facts.values_until is not None and ready <= facts.values_until:
            state = replace(state, seen=state.seen.after(cohort, terms), judged_until=cohort.day)
    return state


def _warnings(facts: DayFacts) -> tuple[tuple[WarningCode, Numbers], ...]:
    warnings: list[tuple[WarningCode, Numbers]] = []
    young, rail = facts.young, facts.guardrail
    if young is not None and young.state in ("warn", "slow", "slower"):
        assert young.z_est is not None
        assert young.return_est is not None
        told: Numbers = (
            ("young_return_est", young.return_est),
            ("z_est", young.z_est),
            ("young_users", young.users),
        )
        warnings.append(("young_cohorts", told))
    if rail is not None and rail.state == "harm":
        warnings.append(("margin_harm", rail.numbers))
    if rail is not None and rail.state == "pulled_forward":
        warnings.append(("pulled_forward", rail.numbers))
    return tuple(warnings)


def _begins_anew(action: Action) -> bool:
    """A person has led a paused campaign back: what was seen before has had its say."""
    return action.kind in ("resume", "undo") and action.rung_before == "paused" != action.rung_after
