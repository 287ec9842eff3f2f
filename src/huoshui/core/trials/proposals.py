"""The life of a proposal: a change is proposed, screened, costed, voted on, tried, judged, and adopted or closed.

Nothing is skipped, so that nothing is adopted that was not tried on a part of the users first. A vote says what people
want and decides only whether it is tried; what it brings is for the trial to say. Votes are never rewarded by choice.
"""

from dataclasses import dataclass
from typing import Literal

from huoshui.core.trials.verdict import VerdictState

ProposalState = Literal["submitted", "screened", "costed", "voted", "pilot", "evaluated", "adopted", "closed"]
Refusal = Literal["no_such_step", "no_reason", "no_verdict", "not_shipped"]
NEXT: dict[ProposalState, tuple[ProposalState, ...]] = {
    "submitted": ("screened", "closed"),
    "screened": ("costed", "closed"),
    "costed": ("voted", "closed"),
    "voted": ("pilot", "closed"),
    "pilot": ("evaluated", "closed"),
    "evaluated": ("adopted", "pilot", "closed"),
    "adopted": ("closed",),
    "closed": (),
}
"""Where each state may lead. An evaluated proposal may be tried again, an adopted one be taken back."""
ENDS: tuple[VerdictState, ...] = ("ship", "roll_back", "inconclusive", "unhealthy")
"""Verdicts that end a pilot: one that still waits, or has no data, is not evaluated."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that may be taken: from, to, and why, as it is to be logged."""

    before: ProposalState
    after: ProposalState
    reason: str
    verdict: VerdictState | None


def step_to(
    before: ProposalState, after: ProposalState, *, reason: str = "", verdict: VerdictState | None = None
) -> Step | Refusal:
    """The step, or why it may not be taken.

    Closing needs a reason, evaluating a verdict that ends the pilot, and adopting the verdict `ship` or a reason to
    adopt without it.
    """
    if after not in NEXT[before]:
        return "no_such_step"
    if after == "closed" and not reason:
        return "no_reason"
    if after == "evaluated" and verdict not in ENDS:
        return "no_verdict"
    if after == "adopted" and verdict != "ship" and not reason:
        return "not_shipped"
    return Step(before, after, reason, verdict)
