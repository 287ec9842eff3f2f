"""A proposal skips nothing: what is adopted was tried first."""

from collections.abc import Iterator
from itertools import product
from typing import get_args

import pytest

from huoshui.core.trials.proposals import NEXT, ProposalState, Step, step_to
from huoshui.core.trials.verdict import VerdictState

STATES: tuple[ProposalState, ...] = get_args(ProposalState)
VERDICTS: tuple[VerdictState, ...] = get_args(VerdictState)


def _taken(before: ProposalState, after: ProposalState, verdict: VerdictState | None) -> bool:
    return isinstance(step_to(before, after, reason="why", verdict=verdict), Step)


def _ways(been: tuple[ProposalState, ...]) -> Iterator[tuple[ProposalState, ...]]:
    """Every way on to adoption that passes no state twice."""
    if been[-1] == "adopted":
        yield been
        return
    for after in STATES:
        if after not in been and any(_taken(been[-1], after, verdict) for verdict in (None, *VERDICTS)):
            yield from _ways((*been, after))


def test_nothing_is_adopted_that_was_not_tried() -> None:
    whole = ("submitted", "screened", "costed", "voted", "pilot", "evaluated", "adopted")
    assert list(_ways(("submitted",))) == [whole]


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
def test_only_listed_steps_are_taken(before: ProposalState, after: ProposalState) -> None:
    step = step_to(before, after, reason="why", verdict="ship")
    assert isinstance(step, Step) == (after in NEXT[before])


def test_every_state_can_be_reached_and_all_but_the_last_left() -> None:
    reached = {"submitted"}
    for _ in STATES:
        reached |= {after for before in reached for after in NEXT[before]}  # type: ignore[index]
    assert reached == set(STATES)
    assert [state for state in STATES if not NEXT[state]] == ["closed"]


def test_steps_need_what_they_stand_on() -> None:
    assert step_to("costed", "closed") == "no_reason"
    assert step_to("pilot", "evaluated", verdict="waiting") == "no_verdict"
    assert step_to("pilot", "evaluated") == "no_verdict"
    assert step_to("evaluated", "adopted", verdict="inconclusive") == "not_shipped"
    assert isinstance(step_to("evaluated", "adopted", verdict="ship"), Step)
    assert isinstance(step_to("evaluated", "adopted", verdict="inconclusive", reason="a promise"), Step)
