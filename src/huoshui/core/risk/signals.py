"""What is told of a group beside its score, each as -log10 of the chance that as many by chance would show it.

They are evidence for whoever looks. Of them the score counts a step for registering within a week, and one for a marked
member; moments, recipients and uplines are links already.
"""

import numpy as np
from scipy.special import bdtrc

from huoshui.core.risk.linking import Ties
from huoshui.core.risk.members import Members
from huoshui.core.risk.values import LINK_KINDS, NEVER_S, SIGNALS, Flags, Floats, Ints, People, SignalCode

STRENGTH_MAX = 9.0
"""Chances below one in a billion are a model's, not the world's."""
BURST_MIN = 3
WEEK_S = 7 * 86_400
SPANS_S = (3_600, 86_400, WEEK_S)
HOUR_S = 3_600
TINY = 1e-300


def strengths(members: Members, ties: Ties, people: People) -> Floats:
    """(groups, SIGNALS), each from 0 to STRENGTH_MAX."""
    columns: dict[SignalCode, Floats] = {
        "burst_registered": burst(members, people.registered_s, SPANS_S),
        "one_recipient": _one_recipient(members, ties, people),
        "self_referral": _self_referral(members, people),
        "marked_member": _marked(members, people.marked),
    }
    return np.clip(np.column_stack([columns[name] for name in SIGNALS]), 0.0, STRENGTH_MAX)


def busiest_hour(members: Members, user: Ints, at_s: Ints) -> tuple[Ints, Ints]:
    """The most events of a group's members within an hour, and when that hour began (0 and NEVER_S without any).

    Events are rows of (user, time) in any order: rewards, orders, registrations. Both (groups,).
    """
    of_user = np.full(int(max(user.max(initial=0), members.user.max(initial=0))) + 1, -1, np.int64)
    of_user[members.user] = members.group
    known = of_user[user] >= 0
    group, at = of_user[user[known]], at_s[known]
    order = np.lexsort((at, group))
    group, at = group[order], at[order]
    inside = _until(group, at, HOUR_S) - np.arange(len(group))
    most, since = np.zeros(members.count, np.int64), np.full(members.count, NEVER_S, np.int64)
    best = np.lexsort((at, -inside, group))
    first = np.searchsorted(group[best], np.arange(members.count))
    there = np.flatnonzero(np.bincount(group, minlength=members.count))
    most[there], since[there] = inside[best][first[there]], at[best][first[there]]
    return most, since


def burst(members: Members, registered_s: Ints, spans_s: tuple[int, ...]) -> Floats:
    """BURST_MIN members or more registered within one of the spans, beside as many users drawn by chance (groups,).

    -log10 of the chance, bounded by the sum over all who could begin the span and over the spans tried.
    """
    told = np.sort(registered_s[registered_s != NEVER_S])
    known = registered_s[members.user] != NEVER_S
    group, at = members.group[known], registered_s[members.user][known]
    order = np.lexsort((at, group))
    group, at = group[order], at[order]
    size = np.bincount(group, minlength=members.count)[group]
    best = np.zeros(members.count)
    for span in spans_s:
        inside = _until(group, at, span) - np.arange(len(group))
        share = np.searchsorted(told, at + span, "right") - np.searchsorted(told, at, "left")
        # One member sets the span's beginning; the others fall into it, whichever of them begins it.
        tail = bdtrc(np.maximum(0, inside - 2), size - 1, np.minimum(1.0, share / max(1, len(told))))
        chance = np.where(inside >= BURST_MIN, np.minimum(1.0, tail * size * len(spans_s)), 1.0)
        np.maximum.at(best, group, -np.log10(np.maximum(TINY, chance)))
    return best


def _until(group: Ints, at: Ints, span: int) -> Ints:
    """For each row, sorted by group and time, the first row of another group or more than `span` later."""
    if not len(at):
        return np.zeros(0, np.int64)
    low = int(at.min())
    keys = group * (int(at.max()) - low + span + 1) + (at - low)
    return np.searchsorted(keys, keys + span, "right")


def _one_recipient(members: Members, ties: Ties, people: People) -> Floats:
    """So many members sent balance to one account, among users of whom some share sends at all."""
    rows = ties.kind[ties.value] == LINK_KINDS.index("recipient")
    by_user = np.argsort(ties.user[rows], kind="stable")
    user, value = ties.user[rows][by_user], ties.value[rows][by_user]
    first = np.searchsorted(user, members.user, "left")
    count = np.searchsorted(user, members.user, "right") - first
    group = np.repeat(members.group, count)
    at = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    most = np.zeros(members.count, np.int64)
    if len(at):
        width = len(ties.kind)
        pairs, sharing = np.unique(group * width + value[at], return_counts=True)
        np.maximum.at(most, pairs // width, sharing)
    sending = (1 + int((people.sent_fen > 0).sum())) / (1 + people.users)
    # One of them may be the recipient: of two only one has sent, and that is no pattern.
    return _rarity(np.where(most > 2, most - 1, 0), members.sizes, sending)


def _self_referral(members: Members, people: People) -> Floats:
    """So many members were brought in by another member."""
    rows = np.flatnonzero(people.upline[members.user] >= 0)
    width = people.users + 1
    there = np.sort(members.group * width + members.user)
    wanted = members.group[rows] * width + people.upline[members.user[rows]]
    inside = np.bincount(members.group[rows[np.isin(wanted, there)]], minlength=members.count)
    brought = int((people.upline >= 0).sum()) / max(1, people.users)
    return _rarity(inside, members.sizes, np.minimum(1.0, brought * members.sizes / max(1, people.users)))


def _marked(members: Members, marked: Flags) -> Floats:
    inside = np.bincount(members.group[marked[members.user]], minlength=members.count)
    return _rarity(inside, members.sizes, (1 + int(marked.sum())) / (1 + len(marked)))


def _rarity(count: Ints, size: Ints, chance: float | Floats) -> Floats:
    """-log10 of the chance of `count` or more of `size`."""
    tail = np.where(count > 0, bdtrc(np.maximum(0, count - 1), size, chance), 1.0)
    return -np.log10(np.maximum(TINY, tail))
