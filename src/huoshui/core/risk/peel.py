"""Dense blocks: accounts that share much, found by taking the loosest away again and again (FRAUDAR).

Hooi, Song, Beutel, Shah, Shin, Faloutsos: FRAUDAR, bounding graph fraud in the face of camouflage, KDD 2016: a user
cannot hide among values that many have, for those weigh little. Here the prefixes looked at are the weighted cores
alone: which nodes are in a core does not hang on the order of equals, so neither does the answer. A core holds the
densest set for some height, so the densest core is at least half as dense as the densest set (Charikar 2000).
"""

from dataclasses import dataclass

import numpy as np

from huoshui.core.risk.components import compiled, components
from huoshui.core.risk.linking import Ties, numbered
from huoshui.core.risk.values import Floats, Ints

COMMON_USERS = 5
"""A value of d users weighs 1 / ln(5 + d), as in the paper."""
WEIGHT_ONE = 1_000_000
"""Weights are whole numbers, so that sums are the same in any order."""
BLOCK_MIN = 4


@dataclass(frozen=True, slots=True)
class Blocks:
    """Dense blocks: `block` (N,) numbered by the first member's place, -1 outside; `density_est` (blocks,)."""

    block: Ints
    density_est: Floats


def dense_blocks(ties: Ties, outside: Ints) -> Blocks:
    """The densest core of each connected part of the users whose `outside` (N,) is below 0, of BLOCK_MIN at least."""
    rows = np.flatnonzero(ties.ties[ties.value] & (outside[ties.user] < 0))
    rows = rows[np.bincount(ties.value[rows], minlength=len(ties.kind))[ties.value[rows]] >= 2]
    users, user = np.unique(ties.user[rows], return_inverse=True)
    values, value = np.unique(ties.value[rows], return_inverse=True)
    if not len(rows):
        return Blocks(np.full(ties.users, -1, np.int64), np.zeros(0))
    weight = np.rint(WEIGHT_ONE / np.log(COMMON_USERS + ties.holders[values])).astype(np.int64)[value]
    level = peel_levels(len(users), len(values), user, value, weight)
    part = components(len(users), len(values), user, value)
    _, part = np.unique(part, return_inverse=True)
    of_value = np.zeros(len(values), np.int64)
    of_value[value] = part[user]
    least, density = _densest(
        np.concatenate([part, of_value]), level, part[user], user, len(users) + value, weight
    )
    edge_level = np.minimum(level[user], level[len(users) + value])
    kept = edge_level >= least[part[user]]
    block = components(len(users), len(values), user[kept], value[kept])
    inside = np.zeros(len(users), np.bool_)
    inside[user[kept]] = True
    inside &= np.bincount(block[inside], minlength=len(users))[block] >= BLOCK_MIN
    everyone = np.full(ties.users, -1, np.int64)
    everyone[users[inside]] = block[inside]
    found = numbered(everyone, everyone >= 0)
    densities = np.zeros(int(found.max(initial=-1)) + 1)
    densities[found[users[inside]]] = density[part[inside]]
    return Blocks(found, densities)


def _densest(
    part: Ints, level: Ints, edge_part: Ints, user: Ints, value: Ints, weight: Ints
) -> tuple[Ints, Floats]:
    """For each part the level whose core is densest (of equals the largest core), and its weight a node."""
    top = int(level.max()) + 1
    found, nodes = np.unique(part * top + (top - 1 - level), return_counts=True)
    edge_key = edge_part * top + (top - 1 - np.minimum(level[user], level[value]))
    weights = np.zeros(len(found), np.int64)
    np.add.at(weights, np.searchsorted(found, edge_key), weight)
    of = found // top
    starts = np.searchsorted(of, np.arange(int(of[-1]) + 1))
    whole, count = np.cumsum(weights), np.cumsum(nodes)
    whole -= (whole - weights)[starts][of]
    count -= (count - nodes)[starts][of]
    density = whole / count
    order = np.lexsort((found, density, of))
    last = order[np.searchsorted(of[order], np.arange(int(of[-1]) + 1), "right") - 1]
    return top - 1 - found[last] % top, density[last] / WEIGHT_ONE


def peel_levels(users: int, values: int, user: Ints, value: Ints, weight: Ints) -> Ints:
    """Each node's weighted core (users first, then values): the most that every node of some set with it has inside."""
    one, other = np.concatenate([user, users + value]), np.concatenate([users + value, user])
    order = np.argsort(one, kind="stable")
    starts = np.zeros(users + values + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=users + values), out=starts[1:])
    weights = np.concatenate([weight, weight])[order]
    degree = np.zeros(users + values, np.int64)
    np.add.at(degree, one[order], weights)
    return _levels(starts, other[order], weights, degree)


@compiled
def _levels(starts: Ints, ends: Ints, weight: Ints, degree: Ints) -> Ints:
    """The loosest node is taken away until none is left; `degree` is used up."""
    nodes = len(degree)
    heap = np.argsort(degree)
    place = np.empty(nodes, np.int64)
    for at in range(nodes):
        place[heap[at]] = at
    level = np.zeros(nodes, np.int64)
    highest = np.int64(0)
    for size in range(nodes - 1, -1, -1):
        node = heap[0]
        highest = max(highest, degree[node])
        level[node] = highest
        place[node] = -1
        if size:
            _sink(heap, place, degree, heap[size], size)
        for row in range(starts[node], starts[node + 1]):
            other = ends[row]
            if place[other] >= 0:
                degree[other] -= weight[row]
                _rise(heap, place, degree, other)
    return level


@compiled
def _sink(heap: Ints, place: Ints, degree: Ints, node: int, size: int) -> None:
    """Put `node` at the top of a heap of `size` and let it down to where it belongs."""
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and degree[heap[below + 1]] < degree[heap[below]]:
            below += 1
        if degree[heap[below]] >= degree[node]:
            break
        heap[at] = heap[below]
        place[heap[at]] = at
        at = below
    heap[at] = node
    place[node] = at


@compiled
def _rise(heap: Ints, place: Ints, degree: Ints, node: int) -> None:
    """Let a node whose degree fell up to where it belongs."""
    at = place[node]
    while at > 0:
        above = (at - 1) // 2
        if degree[heap[above]] <= degree[node]:
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = node
    place[node] = at
