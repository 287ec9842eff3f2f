"""Parts of a graph of users and values, compiled: what is connected, and what stays so without any single edge."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba as nb
import numpy as np

from huoshui.core.risk.values import Ints

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """Machine code on first use, kept on disk where there is a place."""
    try:
        return cast(_F, nb.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        # Neither the folder of the code nor the user's cache can be written: compiled anew in each process.
        return cast(_F, nb.njit(nogil=True)(function))


def components(users: int, values: int, user: Ints, value: Ints) -> Ints:
    """The part of each user (users,), called by the least of its users; a user without edges is one alone."""
    return _joined(users, values, user, value, np.zeros(len(user), np.bool_))


def firm_components(users: int, values: int, user: Ints, value: Ints) -> Ints:
    """The same for parts that stay connected when any one edge is taken away (2-edge-connected; Tarjan 1974)."""
    order = np.argsort(np.concatenate([user, users + value]), kind="stable")
    ends = np.concatenate([users + value, user])[order]
    starts = np.zeros(users + values + 1, np.int64)
    np.cumsum(np.bincount(np.concatenate([user, users + value]), minlength=users + values), out=starts[1:])
    edge = np.tile(np.arange(len(user)), 2)[order]
    return _joined(users, values, user, value, _bridges(starts, ends, edge, len(user)))


@compiled
def _joined(users: int, values: int, user: Ints, value: Ints, without: Any) -> Ints:
    """Union by least number, paths halved: users first, values after them."""
    above = np.arange(users + values)
    for row in range(len(user)):
        if without[row]:
            continue
        one, other = user[row], users + value[row]
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        while above[other] != other:
            above[other] = above[above[other]]
            other = above[other]
        if one < other:
            above[other] = one
        else:
            above[one] = other
    parts = np.empty(users, np.int64)
    for start in range(users):
        one = start
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        parts[start] = one
    return parts


@compiled
def _bridges(starts: Ints, ends: Ints, edge: Ints, edges: int) -> Any:
    """Which edges are the only way between their ends: by depth first, each node's earliest way back."""
    nodes = len(starts) - 1
    seen = np.full(nodes, -1, np.int64)
    back = np.zeros(nodes, np.int64)
    next_row = starts[:-1].copy()
    came_by = np.full(nodes, -1, np.int64)
    path = np.empty(nodes, np.int64)
    bridge = np.zeros(edges, np.bool_)
    count = 0
    for root in range(nodes):
        if seen[root] >= 0:
            continue
        seen[root] = back[root] = count
        count += 1
        path[0] = root
        depth = 0
        while depth >= 0:
            node = path[depth]
            if next_row[node] < starts[node + 1]:
                row = next_row[node]
                next_row[node] += 1
                if edge[row] == came_by[node]:
                    continue
                other = ends[row]
                if seen[other] < 0:
                    seen[other] = back[other] = count
                    count += 1
                    came_by[other] = edge[row]
                    depth += 1
                    path[depth] = other
                elif seen[other] < back[node]:
                    back[node] = seen[other]
            else:
                depth -= 1
                if depth >= 0:
                    above = path[depth]
                    if back[node] < back[above]:
                        back[above] = back[node]
                    if back[node] > seen[above]:
                        bridge[came_by[node]] = True
    return bridge
