"""A proposal skips nothing: what is adopted was tried first."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.trials.proposals import NEXT, ProposalState, Step, step_to
from huoshui.core.trials.verdict import VerdictState

STATES: tuple[ProposalState, ...] = get_args(ProposalState)
VERDICTS: tuple[VerdictState, ...] = get_args(VerdictState)


@given(
    st.lists(
        st.tuples(st.sampled_from(STATES), st.sampled_from(["", "why"]), st.sampled_from([None, *VERDICTS])),
        max_size=40,
    )
)
def test_nothing_is_adopted_that_was_not_tried(
    wishes: list[tuple[ProposalState, str, VerdictState | None]],
) -> None:
    state: ProposalState = "submitted"
    been = [state]
    for wish, reason, verdict in wishes:
        step = step_to(state, wish, reason=reason, verdict=verdict)
        if isinstance(step, Step):
            state = step.after
            been.append(state)
    if "adopted" in been:
        first = [
            been.index(name) for name in ("screened", "costed", "voted", "pilot", "evaluated", "adopted")
        ]
        assert first == sorted(first)
    assert "closed" not in been[:-1]


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
