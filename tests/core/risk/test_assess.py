"""The whole of risk on a small platform with one ring: who is left out, who never is, and that ids do not matter."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_links import partition, plain_people

from huoshui.core.risk import LEVELS, Links, People, assess
from huoshui.core.risk.values import LINK_KINDS

USERS, DAY = 1_500, 86_400
RING = np.arange(40, 50)
FAMILY = np.arange(50, 55)
ONE_DEVICE = np.arange(60, 70)
AS_OF = 1_000 * DAY


def platform() -> tuple[Links, People]:
    """A ring and a family share device and payer, ten users a device alone, 60 households an address."""
    rng = np.random.default_rng(7)
    rows = [
        np.column_stack([np.arange(USERS), np.full(USERS, kind), np.arange(USERS) + 10_000])
        for kind in (0, 2, 3)
    ]

    def share(users: np.ndarray, kind: str, value: int) -> None:
        rows.append(
            np.column_stack([users, np.full(len(users), LINK_KINDS.index(kind)), np.full(len(users), value)])
        )

    for users, value in ((RING, 1), (FAMILY, 2)):
        share(users, "device", value)
        share(users, "payment", value)
    share(ONE_DEVICE, "device", 3)
    for home in range(60):
        share(np.arange(1_000 + 4 * home, 1_004 + 4 * home), "address", 100 + home)
    hunts = rng.random(USERS) < 0.1
    hunts[RING] = hunts[ONE_DEVICE] = True
    hunts[FAMILY] = False
    people = plain_people(
        USERS,
        registered_s=rng.integers(0, 900, USERS) * DAY + rng.integers(0, DAY, USERS),
        days_seen=np.full(USERS, 90),
        rewards=rng.poisson(np.where(hunts, 12, 1)),
        reward_fen=rng.poisson(np.where(hunts, 5_000, 300)),
        own_fen=rng.poisson(np.where(hunts, 200, 9_000)),
        orders=np.full(USERS, 5),
        bonus_orders=rng.binomial(5, np.where(hunts, 0.9, 0.1)),
        cash_like_orders=rng.binomial(5, np.where(hunts, 0.5, 0.1)),
    )
    table = np.concatenate(rows).astype(np.int64)
    return Links(
        USERS, table[:, 0], table[:, 1].astype(np.uint8), table[:, 2], np.zeros(len(table), np.int64)
    ), people


@pytest.fixture(scope="module")
def found():
    return assess(*platform(), as_of_s=AS_OF)


def level(risk, users) -> set[str]:
    return {LEVELS[number] for number in risk.user_level[users]}


def test_the_ring_is_left_out_and_nobody_else(found):
    assert found.threshold.state == "chosen"
    assert np.flatnonzero(found.excluded).tolist() == RING.tolist()


def test_a_family_with_a_tablet_and_a_payer_is_one_unit_and_no_more(found):
    assert level(found, FAMILY) == {"linked"}
    assert partition(found.groups.group) == {frozenset(RING.tolist()), frozenset(FAMILY.tolist())}


def test_one_shared_device_is_looked_at_and_never_left_out(found):
    """Ten users who all live on rewards and share one device: a dense block."""
    assert level(found, ONE_DEVICE) == {"watch"}


def test_bargain_hunters_alone_have_no_level_and_households_are_watched_at_most(found):
    alone = np.setdiff1d(np.arange(1_000), np.concatenate([RING, FAMILY, ONE_DEVICE]))
    assert (found.oddity[alone] > np.log(10)).sum() > 80
    assert level(found, alone) == {"none"}
    assert level(found, np.arange(1_000, 1_240)) <= {"none", "watch"}
    assert (found.user_level[1_000:1_240] > 0).mean() < 0.1


def test_what_was_given_to_a_group_is_the_sum_of_its_members(found):
    _, people = platform()
    group = found.groups.group[RING[0]]
    assert found.given_fen[group] == people.reward_fen[RING].sum()
    assert found.groups_of("high").tolist() == [group]


def test_without_the_shared_payer_nobody_is_left_out():
    links, people = platform()
    kept = links.kind != LINK_KINDS.index("payment")
    one = replace(
        links,
        user=links.user[kept],
        kind=links.kind[kept],
        value=links.value[kept],
        first_s=links.first_s[kept],
    )
    assert not assess(one, people, as_of_s=AS_OF).excluded.any()


def test_other_ids_leave_out_the_same_users(found):
    links, people = platform()
    place = np.random.default_rng(1).permutation(USERS)
    back = np.argsort(place)
    moved = People(**{name: getattr(people, name)[back] for name in People.__dataclass_fields__})
    again = assess(replace(links, user=place[links.user]), moved, as_of_s=AS_OF)
    assert (again.user_level[place] == found.user_level).all()
    assert again.threshold == found.threshold


def test_somebody_unrelated_changes_no_level(found):
    links, people = platform()
    more = {
        name: np.append(getattr(people, name), getattr(people, name)[0])
        for name in People.__dataclass_fields__
    }
    again = assess(replace(links, users=USERS + 1), People(**more), as_of_s=AS_OF)
    assert (again.user_level[:-1] == found.user_level).all()
    assert again.user_level[-1] == 0


def test_a_mark_of_the_shop_makes_a_family_watched():
    links, people = platform()
    marked = np.arange(USERS) == FAMILY[0]
    assert level(assess(links, replace(people, marked=marked), as_of_s=AS_OF), FAMILY) == {"watch"}


def test_links_and_people_of_different_users_are_refused():
    links, people = platform()
    with pytest.raises(ValueError, match="1501"):
        assess(replace(links, users=USERS + 1), people, as_of_s=AS_OF)


def test_nobody_at_all():
    empty = np.zeros(0, np.int64)
    risk = assess(Links(0, empty, empty.astype(np.uint8), empty, empty), plain_people(0), as_of_s=0)
    assert (risk.groups.count, len(risk.user_level), risk.threshold.state) == (0, 0, "too_few_beside")
