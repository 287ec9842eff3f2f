"""Linked groups: accounts tied by what they share, where no single kind of signal holds anybody in.

A value ties those who have it unless too many do. What is left is the largest set of users in which everybody shares
values of two kinds at least with others of their own connected part (a core over kinds of links, found by taking out
who has fewer until nobody has): so nobody is ever in a group for one shared address, device or payer. The set is the
same in whatever order users are taken out, and nobody unrelated can change it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.risk.components import components, firm_components
from huoshui.core.risk.values import (
    LINK_KINDS,
    NEVER_S,
    USUAL_LIMITS,
    Flags,
    Groups,
    Hub,
    Ints,
    LinkKind,
    LinkLimits,
    Links,
)

KINDS_MIN = 2
"""Kinds of links that hold a user in a group."""
HUBS_TOLD_MAX = 100
ADDRESS = LINK_KINDS.index("address")
UPLINE = LINK_KINDS.index("upline")
MOMENT = LINK_KINDS.index("moment")
MOMENT_S = 3_600
MOMENT_SHARE_MAX = 0.01
"""Where more of all users than this registered within an hour (a great day of advertising), it ties nobody."""


@dataclass(frozen=True, slots=True)
class Ties:
    """Links that can tie: values numbered anew over all kinds (0..V-1), shared by two users at least and no hubs.

    `ties` (V,): whether the value joins people into one part; the others only count where something else has joined.
    """

    users: int
    user: Ints
    value: Ints
    first_s: Ints
    kind: Ints
    """(V,)"""
    holders: Ints
    """(V,)"""
    ties: Flags
    hubs: tuple[Hub, ...]
    not_identifying: tuple[LinkKind, ...]


def linked_groups(links: Links, registered_s: Ints, limits: LinkLimits = USUAL_LIMITS) -> Groups:
    """The linked groups of `links` among users who registered at `registered_s` (N,), NEVER_S where it is unknown."""
    return grouped(ties_of(links, limits), registered_s)


def ties_of(links: Links, limits: LinkLimits = USUAL_LIMITS) -> Ties:
    """The values that can tie, doubles merged, hubs and kinds that mark nobody left out and told."""
    order, alone = _told_twice(links)
    user, kind = links.user[order], links.kind[order].astype(np.int64)
    value, first = links.value[order], links.first_s[order]
    new_value = np.ones(len(order), np.bool_)
    new_value[1:] = (kind[1:] != kind[:-1]) | (value[1:] != value[:-1])
    new_row = new_value.copy()
    new_row[1:] |= user[1:] != user[:-1]
    number = (np.cumsum(new_value) - 1)[new_row]
    user, first = user[new_row], first[new_row]
    kinds, codes = kind[new_value], value[new_value]
    holders = np.bincount(number, minlength=len(kinds))
    vague = _not_identifying(kinds, holders, alone, limits)
    known = ~np.isin(kinds, [LINK_KINDS.index(name) for name in vague])
    hub = known & (holders > limits.shared_max)
    largest = np.flatnonzero(hub)[np.lexsort((codes[hub], kinds[hub], -holders[hub]))][:HUBS_TOLD_MAX]
    hubs = tuple(Hub(LINK_KINDS[int(kinds[at])], int(codes[at]), int(holders[at])) for at in largest)
    kept = known & ~hub & (holders >= 2)
    renumbered = np.cumsum(kept) - 1
    rows = kept[number]
    kinds, holders = kinds[kept], holders[kept]
    return Ties(
        users=links.users,
        user=user[rows],
        value=renumbered[number[rows]],
        first_s=first[rows],
        kind=kinds,
        holders=holders,
        ties=((kinds != ADDRESS) | (holders <= limits.household_max)) & (kinds != UPLINE),
        hubs=hubs,
        not_identifying=vague,
    )


def _told_twice(links: Links) -> tuple[Ints, Ints]:
    """Rows whose value some other row has too, by kind, value, user and time; and how many are alone, by kind.

    Most values are one user's own: only the others need be sorted any further.
    """
    by_value = np.argsort(links.value)
    value = links.value[by_value]
    same = np.zeros(len(value), np.bool_)
    same[1:] = value[1:] == value[:-1]
    same[:-1] |= same[1:]
    rows = by_value[same]
    order = np.lexsort((links.first_s[rows], links.user[rows], links.value[rows], links.kind[rows]))
    return rows[order], np.bincount(links.kind[by_value[~same]], minlength=len(LINK_KINDS))


def _not_identifying(kinds: Ints, holders: Ints, alone: Ints, limits: LinkLimits) -> tuple[LinkKind, ...]:
    """Kinds whose values are too few to mark a person; who sent whom balance, or brought in whom, always does.

    `alone`: values of each kind that one user has, beside those of `holders` (V,).
    """
    values = np.bincount(kinds, minlength=len(LINK_KINDS)) + alone
    users = np.bincount(kinds, holders, minlength=len(LINK_KINDS)) + alone
    few = (users >= limits.distinct_users_min) & (values < limits.distinct_share * users)
    return tuple(
        name
        for name, vague in zip(LINK_KINDS, few.tolist(), strict=True)
        if vague and name not in ("recipient", "upline")
    )


def grouped(ties: Ties, registered_s: Ints) -> Groups:
    """The largest set in which everybody is held by KINDS_MIN kinds, in its firm parts."""
    rare = _rare_moments(registered_s)
    inside = np.zeros(ties.users, np.bool_)
    inside[ties.user] = True
    rows = np.arange(len(ties.user))
    joins = rows[ties.ties[ties.value]]
    part = components(ties.users, len(ties.kind), ties.user[joins], ties.value[joins])
    while True:
        shared = _shared(ties, rows, part, registered_s, inside & rare)
        held = inside & (np.bitwise_count(shared) >= KINDS_MIN)
        rows = rows[held[ties.user[rows]]]
        firm = firm_components(ties.users, *_edges(ties, rows, part, registered_s, held & rare))
        if bool((held == inside).all()) and bool((firm[inside] == part[inside]).all()):
            break
        inside, part = held, firm
    return Groups(
        group=numbered(part, inside),
        kinds=np.where(inside, shared, np.uint8(0)),
        known_s=_known(ties, rows, part, inside, registered_s, shared),
        hubs=ties.hubs,
        not_identifying=ties.not_identifying,
    )


def _shared(ties: Ties, rows: Ints, part: Ints, registered_s: Ints, timed: Flags) -> npt.NDArray[np.uint8]:
    """A bit for each kind that each user shares with another of their part (N,)."""
    place, counts = _places(ties, rows, part)
    rows = rows[counts[place] >= 2]
    shared = np.zeros(ties.users, np.uint8)
    for number in range(len(LINK_KINDS)):
        shared[ties.user[rows[ties.kind[ties.value[rows]] == number]]] |= np.uint8(1 << number)
    users, _ = _moments(part, registered_s, timed)
    shared[users] |= np.uint8(1 << MOMENT)
    return shared


def _edges(ties: Ties, rows: Ints, part: Ints, registered_s: Ints, timed: Flags) -> tuple[int, Ints, Ints]:
    """Values within parts, moments among them: how many, and the edges of users to them."""
    place, counts = _places(ties, rows, part)
    shared = counts[place] >= 2
    users, moment = _moments(part, registered_s, timed)
    number = len(counts) + int(moment.max(initial=-1)) + 1
    return (
        number,
        np.concatenate([ties.user[rows[shared]], users]),
        np.concatenate([place[shared], len(counts) + moment]),
    )


def _rare_moments(registered_s: Ints) -> Flags:
    """Who registered at an hour when not too many others did."""
    known = np.flatnonzero(registered_s != NEVER_S)
    known = known[np.argsort(registered_s[known])]
    told = registered_s[known]
    near = np.searchsorted(told, told + MOMENT_S, "right") - np.searchsorted(told, told - MOMENT_S, "left")
    rare = np.zeros(len(registered_s), np.bool_)
    rare[known] = near <= max(2, MOMENT_SHARE_MAX * len(told))
    return rare


def _moments(part: Ints, registered_s: Ints, timed: Flags) -> tuple[Ints, Ints]:
    """Those `timed` whom another of their part registered within an hour of, and the number of the moment of each."""
    users = np.flatnonzero(timed)
    users = users[np.lexsort((registered_s[users], part[users]))]
    apart = np.ones(len(users), np.bool_)
    apart[1:] = (part[users][1:] != part[users][:-1]) | (np.diff(registered_s[users]) > MOMENT_S)
    moment = np.cumsum(apart) - 1
    together = np.bincount(moment)[moment] >= 2 if len(users) else apart
    return users[together], moment[together]


def _places(ties: Ties, rows: Ints, part: Ints) -> tuple[Ints, Ints]:
    """Each row's value within its part, numbered, and how many rows each has."""
    pairs = ties.value[rows] * (ties.users + 1) + part[ties.user[rows]]
    _, place, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    return place, counts


def numbered(part: Ints, inside: Flags) -> Ints:
    """Parts numbered by their first member's place; -1 outside."""
    group = np.full(len(part), -1, np.int64)
    members = np.flatnonzero(inside)
    if len(members):
        found, first, numbers = np.unique(part[members], return_index=True, return_inverse=True)
        rank = np.empty(len(found), np.int64)
        rank[np.argsort(first, kind="stable")] = np.arange(len(found))
        group[members] = rank[numbers]
    return group


def _known(
    ties: Ties, rows: Ints, part: Ints, inside: Flags, registered_s: Ints, shared: npt.NDArray[np.uint8]
) -> Ints:
    """When each member came to share a second kind with others of the group (a moment: an hour after registering)."""
    place, counts = _places(ties, rows, part)
    rows, place = rows[counts[place] >= 2], place[counts[place] >= 2]
    if not len(rows):
        return np.full(ties.users, NEVER_S, np.int64)
    order = np.lexsort((ties.first_s[rows], place))
    rows, place = rows[order], place[order]
    starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
    second = ties.first_s[rows[starts + 1]]
    # The first to have a value shares it when the second comes; everybody else from when they have it.
    since = np.maximum(ties.first_s[rows], np.repeat(second, np.diff(np.r_[starts, len(rows)])))
    by_kind = np.full((KINDS_MIN, ties.users), NEVER_S, np.int64)
    for number in range(len(LINK_KINDS)):
        own = ties.kind[ties.value[rows]] == number
        first = np.full(ties.users, NEVER_S, np.int64)
        np.minimum.at(first, ties.user[rows[own]], since[own])
        by_kind = np.sort(np.vstack([by_kind, first]), axis=0)[:KINDS_MIN]
    moment = np.where(
        shared & (1 << MOMENT), np.minimum(registered_s, NEVER_S - MOMENT_S) + MOMENT_S, NEVER_S
    )
    return np.where(inside, np.sort(np.vstack([by_kind, moment]), axis=0)[KINDS_MIN - 1], NEVER_S)
