"""Linked groups: two kinds of links at least, no single link that holds, and the same groups in whatever order."""

import numpy as np
import pytest
from drawn_links import drawn_rows, links_of, partition, plain_groups, unknown_times
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.risk import LINK_KINDS, NEVER_S, LinkLimits, linked_groups

FEW = LinkLimits(distinct_share=0.0)
HOUR = 3_600


def groups(rows, users, limits=FEW):
    return linked_groups(links_of(rows, users), unknown_times(users), limits)


@settings(max_examples=100)
@given(drawn_rows())
def test_the_groups_are_those_of_the_contract(rows):
    assert partition(groups(rows, 9).group) == plain_groups(rows, 9)


@settings(max_examples=60)
@given(drawn_rows(users=12, values=2))
def test_large_addresses_count_only_among_those_tied_otherwise(rows):
    limits = LinkLimits(household_max=3, shared_max=6, distinct_share=0.0)
    assert partition(groups(rows, 12, limits).group) == plain_groups(rows, 12, household=3, most=6)


@pytest.mark.parametrize("kind", LINK_KINDS[:-1])
@given(data=st.data())
@settings(max_examples=30)
def test_one_kind_of_signal_links_nobody(kind, data):
    rows = data.draw(drawn_rows(users=6, values=3, kinds=(kind,)))
    assert (groups(rows, 6).group == -1).all()


@settings(max_examples=60)
@given(drawn_rows(), st.permutations(range(9)), st.permutations(range(4)))
def test_other_ids_and_another_order_make_the_same_groups(rows, users, values):
    changed = [(users[user], kind, values[value]) for user, kind, value in reversed(rows)]
    found = {frozenset(users[user] for user in members) for members in partition(groups(rows, 9).group)}
    assert partition(groups(changed, 9).group) == found


@settings(max_examples=60)
@given(drawn_rows())
def test_somebody_unrelated_changes_nothing(rows):
    before, after = groups(rows, 9), groups([*rows, (9, "device", 99), (9, "address", 99)], 10)
    assert (after.group[:9] == before.group).all()
    assert (after.kinds[:9] == before.kinds).all()
    assert (after.known_s[:9] == before.known_s).all()
    assert after.group[9] == -1


@pytest.mark.parametrize(("count", "linked"), [(60, True), (61, False)])
def test_sixty_one_at_one_address_are_no_link(count, linked):
    """With one payer beside it: the address is the second kind, unless too many have it."""
    rows = [(user, "address", 1) for user in range(count)]
    rows += [(user, "payment", 1) for user in range(5)]
    found = groups(rows, count)
    assert partition(found.group) == ({frozenset(range(5))} if linked else set())
    assert [(hub.kind, hub.users) for hub in found.hubs] == ([] if linked else [("address", 61)])


def test_a_phone_handed_on_does_not_join_two_families():
    first = [(user, kind, 1) for user in (0, 1, 2) for kind in ("address", "device")]
    second = [(user, kind, 2) for user in (3, 4, 5) for kind in ("address", "device")]
    handed_on = [(2, "device", 3), (3, "device", 3)]
    assert partition(groups(first + second + handed_on, 6).group) == {
        frozenset((0, 1, 2)),
        frozenset((3, 4, 5)),
    }
    same_payer = [(1, "payment", 7), (4, "payment", 7)]
    assert len(partition(groups(first + second + handed_on + same_payer, 6).group)) == 1


def test_a_column_of_device_models_marks_nobody():
    rows = [(user, "device", user % 2) for user in range(40)]
    rows += [(user, "address", user // 2) for user in range(40)]
    found = groups(rows, 40, LinkLimits())
    assert found.not_identifying == ("device",)
    assert (found.group == -1).all()


def test_the_same_hour_is_a_second_kind_where_few_registered_in_it():
    rows = [(user, "device", 1) for user in range(3)]
    apart = np.arange(1_000, dtype=np.int64) * 10 * HOUR
    together = apart.copy()
    together[:3] = (0, 1_800, 3_600)
    assert (linked_groups(links_of(rows, 1_000), apart, FEW).group == -1).all()
    found = linked_groups(links_of(rows, 1_000), together, FEW)
    assert partition(found.group) == {frozenset((0, 1, 2))}
    crowd = together.copy()
    crowd[3:40] = 1_000
    assert (linked_groups(links_of(rows, 1_000), crowd, FEW).group == -1).all()


def test_a_member_is_known_when_the_second_kind_comes_to_be_shared():
    rows = [
        (0, "device", 1, 10), (1, "device", 1, 20), (2, "device", 1, 30),
        (0, "payment", 1, 40), (1, "payment", 1, 50), (2, "payment", 1, 5),
    ]  # fmt: skip
    found = groups([*rows, (3, "device", 9, 0)], 4)
    # Device: 0 and 1 from 20 on, 2 from 30. Payer: 2 had it first, shared from 40; 1 from 50.
    assert found.known_s.tolist() == [40, 50, 40, NEVER_S]
    assert [int(bits) for bits in found.kinds] == [0b101, 0b101, 0b101, 0]


def test_limits_that_make_no_sense_are_refused():
    with pytest.raises(ValueError):
        LinkLimits(household_max=61)
    with pytest.raises(ValueError):
        LinkLimits(distinct_share=2.0)


@pytest.mark.parametrize(("count", "together"), [(8, True), (9, False)])
def test_a_dorm_joins_nobody_and_a_household_does(count, together):
    """Two couples with a device each at one address: both signals hold each couple, the address may join the two."""
    rows = [(user, "address", 1) for user in range(count)]
    rows += [(0, "device", 1), (1, "device", 1), (2, "device", 2), (3, "device", 2)]
    found = {frozenset((0, 1, 2, 3))} if together else {frozenset((0, 1)), frozenset((2, 3))}
    assert partition(groups(rows, count).group) == found
