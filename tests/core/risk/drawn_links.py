"""Small graphs of users and values, drawn or written by hand, and the same questions asked of them plainly."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from hypothesis import strategies as st

from huoshui.core.risk import LINK_KINDS, NEVER_S, LinkKind, Links, People

Row = tuple[int, LinkKind, int]
KINDS: tuple[LinkKind, ...] = ("device", "contact", "payment", "address", "recipient")


def links_of(rows: Iterable[tuple[int, str, int] | tuple[int, str, int, int]], users: int) -> Links:
    """Rows of user, kind, value and when first seen (0)."""
    full = [(*row, 0)[:4] for row in rows]
    columns = list(zip(*full, strict=True)) if full else [(), (), (), ()]
    return Links(
        users,
        np.array(columns[0], np.int64),
        np.array([LINK_KINDS.index(kind) for kind in columns[1]], np.uint8),
        np.array(columns[2], np.int64),
        np.array(columns[3], np.int64),
    )


def unknown_times(users: int) -> np.ndarray:
    return np.full(users, NEVER_S, np.int64)


@st.composite
def drawn_rows(draw, users: int = 9, values: int = 4, kinds: tuple[str, ...] = KINDS) -> list[Row]:
    """Rows of a few users and values, so that many share some."""
    row = st.tuples(st.integers(0, users - 1), st.sampled_from(kinds), st.integers(0, values - 1))
    return draw(st.lists(row, max_size=36))


def partition(group: Iterable[int]) -> set[frozenset[int]]:
    """The groups as sets of users."""
    found = defaultdict(set)
    for user, number in enumerate(group):
        if number >= 0:
            found[int(number)].add(user)
    return {frozenset(members) for members in found.values()}


def plain_parts(nodes: set, edges: set[tuple]) -> list[set]:
    """Connected parts, by flooding."""
    near = defaultdict(set)
    for one, other in edges:
        near[one].add(other)
        near[other].add(one)
    left, parts = set(nodes), []
    while left:
        part, wave = set(), {left.pop()}
        while wave:
            node = wave.pop()
            part.add(node)
            wave |= near[node] - part
        left -= part
        parts.append(part)
    return parts


def plain_groups(rows: Iterable[Row], users: int, household: int = 8, most: int = 60) -> set[frozenset[int]]:
    """Linked groups by the words of the contract, user by user and edge by edge; without times."""
    edges = {(user, (kind, value)) for user, kind, value in rows}
    holders = defaultdict(set)
    for user, value in edges:
        holders[value].add(user)
    edges = {(user, value) for user, value in edges if 2 <= len(holders[value]) <= most}
    joins = {v for v in holders if v[0] != "upline" and (v[0] != "address" or len(holders[v]) <= household)}
    parts = [
        part & set(range(users))
        for part in plain_parts(set(range(users)), {e for e in edges if e[1] in joins})
    ]
    while True:
        kept = []
        for part in parts:
            inside = {(user, value) for user, value in edges if user in part}
            count = defaultdict(set)
            for user, value in inside:
                count[value].add(user)
            inside = {(user, value) for user, value in inside if len(count[value]) >= 2}
            held = {user for user in part if len({value[0] for who, value in inside if who == user}) >= 2}
            kept += firm(held, {(user, value) for user, value in inside if user in held})
        kept = [part for part in kept if part]
        if sorted(map(sorted, kept)) == sorted(map(sorted, parts)):
            return {frozenset(part) for part in parts}
        parts = kept


def firm(users: set[int], edges: set[tuple]) -> list[set[int]]:
    """Parts without the edges that are the only way between their ends; users alone."""
    nodes = users | {value for _, value in edges}
    count = len(plain_parts(nodes, edges))
    bridges = {edge for edge in edges if len(plain_parts(nodes, edges - {edge})) > count}
    return [part & users for part in plain_parts(nodes, edges - bridges)]


def plain_people(users: int, **columns) -> People:
    """People who did nothing, but for what is told."""
    usual = {name: np.zeros(users, np.int64) for name in People.__dataclass_fields__}
    usual |= {
        "registered_s": unknown_times(users),
        "days_seen": np.ones(users, np.int64),
        "marked": np.zeros(users, np.bool_),
        "upline": np.full(users, -1, np.int64),
    }
    return People(**{**usual, **columns})
