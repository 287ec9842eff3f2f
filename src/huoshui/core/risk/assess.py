"""From links and people to groups, scores, the line between them, and what follows: the whole of risk at one moment."""

import numpy as np
import numpy.typing as npt

from huoshui.core.risk.habits import oddity
from huoshui.core.risk.linking import grouped, ties_of
from huoshui.core.risk.members import Members, members_of
from huoshui.core.risk.peel import dense_blocks
from huoshui.core.risk.scoring import SIZE_MIN, STEP, beside, habits_of_groups, steps_of, threshold
from huoshui.core.risk.signals import strengths
from huoshui.core.risk.values import (
    LEVELS,
    USUAL_LIMITS,
    Flags,
    Floats,
    Ints,
    LinkLimits,
    Links,
    People,
    Risk,
    Threshold,
)

WATCH_HABITS = 2.0
"""Habits that one in a hundred groups of strangers has are worth a look."""
LINKED, WATCH, HIGH = (LEVELS.index(name) for name in ("linked", "watch", "high"))


def assess(links: Links, people: People, *, as_of_s: int, limits: LinkLimits = USUAL_LIMITS) -> Risk:
    """What is known of everybody at `as_of_s`, from links and people as they were before it.

    Raises ValueError where the two do not speak of the same users.
    """
    if links.users != people.users:
        raise ValueError(f"{links.users} users have links, {people.users} habits")
    ties = ties_of(links, limits)
    groups = grouped(ties, people.registered_s)
    members, others = members_of(groups.group), beside(ties, groups)
    odd = oddity(people, (groups.group < 0) & ~people.marked, as_of_s=as_of_s)
    habits, steps = habits_of_groups(members, odd), steps_of(groups, members, people)
    habits = np.where(members.sizes >= SIZE_MIN, habits, np.nan)
    line = threshold(habits, steps, habits_of_groups(others, odd))
    score = habits + STEP * steps
    level = _levels(habits, score, line, members.counts(people.marked) > 0)
    blocks = dense_blocks(ties, groups.group)
    block_members = members_of(blocks.block)
    block_habits = habits_of_groups(block_members, odd)
    return Risk(
        as_of_s=as_of_s,
        groups=groups,
        habits=habits,
        steps=steps,
        score=score,
        evidence=strengths(members, ties, people),
        threshold=line,
        level=level,
        given_fen=_given(members, people.reward_fen),
        block=blocks.block,
        density_est=blocks.density_est,
        block_habits=block_habits,
        user_level=_user_levels(groups.group, level, blocks.block, block_habits),
        oddity=odd,
    )


def _levels(habits: Floats, score: Floats, line: Threshold, marked: Flags) -> npt.NDArray[np.uint8]:
    level = np.full(len(score), LINKED, np.uint8)
    level[marked | (np.nan_to_num(habits) >= WATCH_HABITS)] = WATCH
    if line.score is not None:
        level[np.nan_to_num(score, nan=-1.0) >= line.score] = HIGH
    return level


def _user_levels(
    group: Ints, level: npt.NDArray[np.uint8], block: Ints, block_habits: Floats
) -> npt.NDArray[np.uint8]:
    found = np.zeros(len(group), np.uint8)
    found[group >= 0] = level[group[group >= 0]]
    watched = np.nan_to_num(block_habits) >= WATCH_HABITS
    # One kind may hold a block together: it is looked at, and never more.
    found[(block >= 0) & np.append(watched, False)[block]] = WATCH
    return found


def _given(members: Members, reward_fen: Ints) -> Ints:
    given = np.zeros(members.count, np.int64)
    np.add.at(given, members.group, reward_fen[members.user])
    return given
