"""Who is in which arm of a trial: by a salted hash of the unit; anybody can draw it again and nobody can choose.

A unit is a user, or a group of linked users (a household, a ring): what one of a group gets, all may share, so that a
group split over two arms would compare people with themselves.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.draws import Flags, Keys, draws, fractions

Arms = npt.NDArray[np.int8]
OUTSIDE = -1
"""The arm of who is not in the trial."""


@dataclass(frozen=True, slots=True)
class Split:
    """How a trial is drawn. `weights` are whole numbers, control first: (1, 1) is half and half.

    `trial` is the salt, so that arms of two trials are independent. `share` of all units is in the trial at all; it may
    be raised while the trial runs, and nobody's arm changes. Weights may not change: that is another trial.
    """

    trial: str
    weights: tuple[int, ...]
    share: float = 1.0

    def __post_init__(self) -> None:
        if not self.trial or "|" in self.trial:
            raise ValueError(f"a trial has a name without '|': {self.trial!r}")
        if len(self.weights) < 2 or min(self.weights) < 1 or len(self.weights) > 127:
            raise ValueError(f"two to 127 arms, each of a weight above 0, are wanted: {self.weights}")
        if not 0 < self.share <= 1:
            raise ValueError(f"the share of units in a trial is above 0 and at most 1: {self.share}")

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """The share of each arm among the units of the trial; they add up to 1. The probability to be logged."""
        total = sum(self.weights)
        return tuple(Fraction(weight, total) for weight in self.weights)


def assign(split: Split, units: Keys, *, eligible: Flags | None = None) -> Arms:
    """The arm of each unit (N,), 0 the control, OUTSIDE for who is not drawn into the trial or not `eligible`.

    `eligible` holds what is known before the assignment (holdout, abusers, opted out), never what came after it.
    """
    entered = fractions(draws(units, f"trial {split.trial} enters", seed=0)) < split.share
    if eligible is not None:
        entered &= eligible
    ends = np.cumsum(split.weights) / sum(split.weights)
    drawn = fractions(draws(units, f"trial {split.trial} arm", seed=0))
    arms = np.searchsorted(ends[:-1], drawn, side="right")
    return np.where(entered, arms, OUTSIDE).astype(np.int8)


def unit_keys(users: Keys, group: npt.NDArray[np.int64]) -> Keys:
    """The key of each user's unit (N,): of linked users one key for all, the smallest of theirs.

    `group` (N,) numbers the groups, below 0 for who is linked to nobody. What the groups are called does not matter.
    Who joins a group after the draw keeps the arm that was logged: an arm is never drawn again for who has one.
    """
    keys = users.copy()
    linked = np.flatnonzero(group >= 0)
    _, place = np.unique(group[linked], return_inverse=True)
    if len(linked):
        least = np.full(int(place.max()) + 1, np.iinfo(np.uint64).max, np.uint64)
        np.minimum.at(least, place, users[linked])
        keys[linked] = least[place]
    return keys
