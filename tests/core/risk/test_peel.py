"""Dense blocks: cores by the plain rule, half as dense as the densest at least, whatever is shared with everybody."""

from itertools import combinations
from math import log

import numpy as np
import pytest
from drawn_links import drawn_rows, links_of, partition
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.risk import LinkLimits
from huoshui.core.risk.linking import ties_of
from huoshui.core.risk.peel import dense_blocks, peel_levels

FEW = LinkLimits(distinct_share=0.0)
EDGES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(1, 9)),
    max_size=24,
    unique_by=lambda edge: edge[:2],
)


def plain_levels(edges):
    """Each node's core by taking away all below a height, height by height."""
    levels = [0] * 11
    for height in range(1, 100):
        left = set(range(11))
        while True:
            degree = {n: sum(w for u, v, w in edges if {u, 6 + v} <= left and n in (u, 6 + v)) for n in left}
            loose = {n for n in left if degree[n] < height}
            if not loose:
                break
            left -= loose
        for node in left:
            levels[node] = height
    return levels


@settings(max_examples=60, deadline=None)
@given(EDGES)
def test_cores_are_those_of_the_plain_rule(edges):
    user, value, weight = (np.array([edge[i] for edge in edges], np.int64) for i in range(3))
    assert peel_levels(6, 5, user, value, weight).tolist() == plain_levels(edges)


def densest(rows, users):
    """The most weight a node of any set of users with all values that two of them have."""
    holders = {}
    for user, kind, value in set(rows):
        holders.setdefault((kind, value), set()).add(user)
    best = 0.0
    for size in range(2, users + 1):
        for chosen in combinations(range(users), size):
            inside = {v: h & set(chosen) for v, h in holders.items() if len(h) >= 2}
            kept = {v: h for v, h in inside.items() if h}
            weight = {v: len(h) / log(5 + len(holders[v])) for v, h in kept.items()}
            for count in range(1, len(kept) + 1):
                for some in combinations(kept, count):
                    best = max(best, sum(weight[v] for v in some) / (size + count))
    return best


@settings(max_examples=25, deadline=None)
@given(drawn_rows(users=6, values=2, kinds=("device", "payment")))
def test_the_densest_core_is_half_as_dense_as_the_densest_set(rows):
    best = densest(rows, 6)
    found = dense_blocks(ties_of(links_of(rows, 6), FEW), np.full(6, -1))
    if best and len(found.density_est):
        assert found.density_est.max() >= best / 2 - 1e-6
        assert found.density_est.max() <= best + 1e-6


@settings(max_examples=40)
@given(drawn_rows(), st.permutations(range(9)))
def test_other_ids_make_the_same_blocks(rows, users):
    changed = [(users[user], kind, value) for user, kind, value in reversed(rows)]
    before = dense_blocks(ties_of(links_of(rows, 9), FEW), np.full(9, -1))
    after = dense_blocks(ties_of(links_of(changed, 9), FEW), np.full(9, -1))
    assert partition(after.block) == {frozenset(users[u] for u in block) for block in partition(before.block)}


def test_values_that_many_have_hide_nobody():
    """Five accounts on one device and one payer, each also at an address with seven others."""
    rows = [(user, kind, 1) for user in range(5) for kind in ("device", "payment")]
    rows += [(user, "address", user) for user in range(5)]
    rows += [(5 + 7 * home + other, "address", home) for home in range(5) for other in range(7)]
    found = dense_blocks(ties_of(links_of(rows, 40), FEW), np.full(40, -1))
    assert frozenset(range(5)) in partition(found.block)


def test_who_is_in_a_group_is_in_no_block():
    rows = [(user, "device", 1) for user in range(8)]
    outside = np.array([-1, -1, -1, -1, 0, 0, 0, 0])
    found = dense_blocks(ties_of(links_of(rows, 8), FEW), outside)
    assert partition(found.block) == {frozenset(range(4))}
    assert found.density_est == pytest.approx([4 / log(5 + 8) / 5], abs=1e-5)


def test_nobody_shares_anything():
    found = dense_blocks(ties_of(links_of([(0, "device", 1)], 3), FEW), np.full(3, -1))
    assert (found.block == -1).all()
    assert len(found.density_est) == 0
