"""How odd a group is, and how high a score must be: told by groups that share an address and nothing else.

People who live together are alike, so the chances of strangers say too little: where the line lies is told by the
shop's own innocents who live together (target and decoy, as in the search of spectra: Elias and Gygi 2007). No label
is used.
"""

import numpy as np
from scipy.special import gammaincc

from huoshui.core.risk.linking import ADDRESS, KINDS_MIN, Ties
from huoshui.core.risk.members import Members
from huoshui.core.risk.signals import WEEK_S, burst
from huoshui.core.risk.values import Floats, Groups, Ints, People, Threshold

STEP = 0.75
"""What each step of structure counts, as -log10 of a chance; set on simulated rings other than those of the figures."""
STEP_SIZES = (6, 10)
STEP_BURST = 2.0
"""Registered within a week as one group of strangers in a hundred is."""
STEPS_APART = 3
"""Groups with more steps are too few to tell how many of them are innocent: they are judged together."""
SIZE_MIN = 3
"""Two accounts are a couple."""
DECOYS_MIN = 30
FALSE_SHARE_MAX = 0.1
FALSE_SHARE_NEAR_MAX, NEAR = 0.5, 1.0
"""Of the groups just above the line (up to a power of ten) most are guilty too: clear rings do not pay for families."""
TINY = 1e-300


def habits_of_groups(members: Members, odd: Floats) -> Floats:
    """-log10 of the chance that so many strangers have habits so odd (groups,): a gamma variable (Fisher 1925)."""
    summed = np.bincount(members.group, odd[members.user], minlength=members.count)
    known = np.where(np.isnan(summed), 0.0, summed)
    chance = gammaincc(np.maximum(1, members.sizes), known)
    return np.where(np.isnan(summed), np.nan, -np.log10(np.maximum(TINY, chance)))


def steps_of(groups: Groups, members: Members, people: People) -> Ints:
    """Steps of structure (groups,): kinds beyond those needed, size, one week, and a member whom the shop marked."""
    kinds = np.zeros(members.count, np.uint8)
    np.bitwise_or.at(kinds, members.group, groups.kinds[members.user])
    steps = np.bitwise_count(kinds).astype(np.int64) - KINDS_MIN
    for size in STEP_SIZES:
        steps += members.sizes >= size
    steps += burst(members, people.registered_s, (WEEK_S,)) >= STEP_BURST
    return steps + (members.counts(people.marked) > 0)


def beside(ties: Ties, groups: Groups) -> Members:
    """Those who share an address, SIZE_MIN at least, and are in no linked group."""
    rows = (ties.kind[ties.value] == ADDRESS) & (groups.group[ties.user] < 0)
    value, user = ties.value[rows], ties.user[rows]
    kept = np.bincount(value, minlength=len(ties.kind))[value] >= SIZE_MIN
    value, user = value[kept], user[kept]
    order = np.lexsort((user, value))
    _, numbers = np.unique(value[order], return_inverse=True)
    return Members(int(numbers.max(initial=-1)) + 1, numbers, user[order])


def threshold(
    habits: Floats, steps: Ints, decoys: Floats, *, false_share_max: float = FALSE_SHARE_MAX
) -> Threshold:
    """The least score at and above which at most `false_share_max` of the groups are expected to be innocent.

    `habits` and `steps` (G,) of the groups, whose score is habits + STEP x steps; `decoys` (D,) are habits alone.
    Innocent groups of any number of steps are taken to have habits like the decoys.
    """
    decoys = np.sort(decoys[~np.isnan(decoys)])
    known = ~np.isnan(habits)
    habits, steps = habits[known], steps[known]
    if len(decoys) < DECOYS_MIN:
        return Threshold("too_few_beside", None, false_share_max, None, 0, len(decoys), 0)
    score = np.sort(habits + STEP * steps)
    innocent, near = np.zeros(len(score)), np.zeros(len(score))
    middle = decoys[len(decoys) // 2]
    for number in np.unique(steps):
        alike = np.minimum(steps, STEPS_APART) == min(number, STEPS_APART)
        # Storey 2002: nearly all of those in the lower half of what innocents show are innocent.
        share = min(1.0, 2.0 * (1 + int((habits[alike] <= middle).sum())) / int(alike.sum()))
        expected = share * int((steps == number).sum()) / (1 + len(decoys))
        below = np.searchsorted(decoys, score - STEP * number, "left")
        innocent += expected * (1 + len(decoys) - below)
        near += expected * (np.searchsorted(decoys, score + NEAR - STEP * number, "left") - below)
    share_at = innocent / (len(score) - np.arange(len(score)))
    share_near = near / (np.searchsorted(score, score + NEAR, "left") - np.arange(len(score)))
    # Going down from the top, the line never passes where most are innocent, however few those above it are.
    mostly_guilty = np.logical_and.accumulate((share_near <= FALSE_SHARE_NEAR_MAX)[::-1])[::-1]
    fits = np.flatnonzero((share_at <= false_share_max) & mostly_guilty)
    if not len(fits):
        return Threshold("none_stands_out", None, false_share_max, None, 0, len(decoys), 0)
    least = int(fits[0])
    return Threshold(
        "chosen",
        float(score[least]),
        false_share_max,
        float(share_at[least]),
        len(score) - least,
        len(decoys),
        int((decoys >= score[least]).sum()),
    )
