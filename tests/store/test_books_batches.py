"""What a batch must not change: which answers are given, what is burnt first, whether all is booked once and whole."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from ledger_platform import Platform, fresh, in_days

from huoshui.base.clock import new_id, now_utc
from huoshui.core.ledger import Code
from huoshui.flow.commands import Command, Grant, Result, Spend, TopUp, Withdraw
from huoshui.flow.handlers import execute, money


def codes(results: list[Result]) -> list[Code]:
    return [result.code for result in results]


def top_up(user: UUID, fen: int = 5, **more: object) -> TopUp:
    return TopUp(id=fresh(), user=user, fen=fen, **more)  # type: ignore[arg-type]


def of_another_day() -> UUID:
    return new_id(now_utc() - timedelta(days=3))


def test_many_new_users_in_many_kinds_are_no_race(platform: Platform) -> None:
    commands = [make(fresh(), 5) for _ in range(8) for make in (platform.grant, top_up)]
    assert all(result.ok for result in execute(platform.store, commands))


@pytest.mark.parametrize("kind", [Spend, Withdraw])
def test_whether_a_user_was_seen_before_changes_no_answer(platform: Platform, kind: type[TopUp]) -> None:
    """Wallets are made in a transaction before, also for a batch that fails: nobody may notice."""
    one, other = fresh(), fresh()
    together = execute(platform.store, [kind(id=fresh(), user=one, fen=5), platform.grant(one, 5)])
    apart = [platform.ask(kind(id=fresh(), user=other, fen=5)), platform.ask(platform.grant(other, 5))]
    assert codes(together) == codes(apart) == [Code.INSUFFICIENT, Code.OK]


@pytest.mark.parametrize("together", [True, False])
def test_lots_of_one_batch_burn_in_the_order_they_were_asked_for(platform: Platform, together: bool) -> None:
    user, expires = fresh(), in_days(3)
    ids = sorted((fresh() for _ in range(12)), reverse=True)
    grants = [
        Grant(id=identity, user=user, fen=10, campaign=platform.campaign, expires_at=expires)
        for identity in ids
    ]
    for batch in [grants] if together else [[grant] for grant in grants]:
        assert all(result.ok for result in execute(platform.store, batch))
    for burnt in range(1, 13):
        assert platform.ask(Spend(id=fresh(), user=user, fen=10)).bonus_fen == 10
        with platform.store.transaction() as connection:
            rows = connection.execute("select id from lots where user_id = %s and open", [user]).fetchall()
        assert {row[0] for row in rows} == set(ids[burnt:])


# --- groups ----------------------------------------------------------------------------------------------


def test_a_group_of_several_kinds_is_refused_whole(platform: Platform) -> None:
    user = fresh()
    group = [top_up(user, 5, group=1), Withdraw(id=fresh(), user=user, fen=50, group=1)]
    assert codes(execute(platform.store, group)) == [Code.BAD_TERMS] * 2
    assert codes(execute(platform.store, list(reversed(group)))) == [Code.BAD_TERMS] * 2


def test_a_group_that_does_not_stand_together_is_refused_whole(platform: Platform) -> None:
    user = fresh()
    commands = [top_up(user, 5, group=1), top_up(user, 5), top_up(user, 5, group=1)]
    assert codes(execute(platform.store, commands)) == [Code.BAD_TERMS, Code.OK, Code.BAD_TERMS]
    assert platform.wallet(user) == (5, 0, 0, 0, 0, 0)


def test_a_group_with_an_id_of_another_day_is_refused_whole(platform: Platform) -> None:
    user = fresh()
    group = [TopUp(id=of_another_day(), user=user, fen=5, group=1), top_up(user, 5, group=1)]
    assert codes(execute(platform.store, group)) == [Code.BAD_TIME, Code.GROUP_FAILED]


def test_a_group_whose_member_was_refused_before_is_refused_whole(platform: Platform) -> None:
    user = fresh()
    poor = Spend(id=fresh(), user=user, fen=5)
    assert platform.ask(poor).code == Code.INSUFFICIENT
    platform.ask(top_up(user, 100))
    group = [
        Spend(id=poor.id, user=user, fen=5, group=1),
        Spend(id=fresh(), user=user, fen=5, group=1),
        Spend(id=fresh(), user=user, fen=5, group=2),
    ]
    assert codes(execute(platform.store, group)) == [Code.INSUFFICIENT, Code.GROUP_FAILED, Code.OK]


Batches = list[list[Command]]


def leans_on_what_was_booked(platform: Platform, user: UUID) -> Batches:
    one = top_up(user, 5)
    return [[one], [replace(one, group=1), top_up(user, 7, group=1)]]


def leans_on_what_was_refused(platform: Platform, user: UUID) -> Batches:
    poor = Spend(id=fresh(), user=user, fen=50)
    return [
        [poor],
        [top_up(user, 100)],
        [replace(poor, group=1), Spend(id=fresh(), user=user, fen=5, group=1)],
    ]


def leans_on_another_op(platform: Platform, user: UUID) -> Batches:
    one = top_up(user, 5)
    return [[one], [top_up(user, 7, group=1), replace(one, fen=6, group=1)], [top_up(user, 9, group=2)]]


def leans_on_another_user(platform: Platform, user: UUID) -> Batches:
    one = top_up(user, 5)
    return [[one], [replace(one, user=fresh(), group=1), top_up(user, 7, group=1)]]


def leans_on_an_op_of_another_kind(platform: Platform, user: UUID) -> Batches:
    one = top_up(user, 5)
    return [
        [one],
        [Spend(id=one.id, user=user, fen=5, group=1), Spend(id=fresh(), user=user, fen=1, group=1)],
    ]


def leans_on_a_group_that_failed(platform: Platform, user: UUID) -> Batches:
    one = Spend(id=fresh(), user=user, fen=5, group=1)
    return [
        [top_up(user, 100)],
        [one, Spend(id=fresh(), user=user, fen=500, group=1)],
        [replace(one, group=2), Spend(id=fresh(), user=user, fen=7, group=2)],
        [Spend(id=fresh(), user=user, fen=9, group=3), Spend(id=fresh(), user=user, fen=11, group=3)],
    ]


def leans_on_a_group_that_leans(platform: Platform, user: UUID) -> Batches:
    one, two = top_up(user, 5), top_up(user, 7, group=1)
    return [[one], [replace(one, group=1), two], [top_up(user, 9, group=2), replace(two, group=2)]]


def leans_on_an_id_of_another_day(platform: Platform, user: UUID) -> Batches:
    early = TopUp(id=of_another_day(), user=user, fen=5)
    return [[early], [replace(early, group=1), top_up(user, 7, group=1)]]


def leans_on_a_key(platform: Platform, user: UUID) -> Batches:
    key = ("shop", f"order {user}")
    one, other = top_up(user, 5, request=key), top_up(user, 6, request=key, group=1)
    return [[one], [other, top_up(user, 7, group=1)]]


LEANING = [
    leans_on_what_was_booked, leans_on_what_was_refused, leans_on_another_op, leans_on_another_user,
    leans_on_an_op_of_another_kind, leans_on_a_group_that_failed, leans_on_a_group_that_leans,
    leans_on_an_id_of_another_day, leans_on_a_key,
]  # fmt: skip


@pytest.mark.parametrize("make", LEANING)
def test_a_group_with_an_id_of_the_same_batch_is_taken_as_if_it_came_later(
    platform: Platform, make: Callable[[Platform, UUID], Batches]
) -> None:
    one, other = fresh(), fresh()
    apart = [result for unit in make(platform, one) for result in execute(platform.store, unit)]
    together = execute(platform.store, [command for unit in make(platform, other) for command in unit])
    assert [(r.status, r.code, r.principal_fen) for r in together] == [
        (r.status, r.code, r.principal_fen) for r in apart
    ]
    assert platform.wallet(other) == platform.wallet(one)


def test_a_group_that_says_the_same_twice_is_booked_once(platform: Platform) -> None:
    user = fresh()
    one = top_up(user, 5, group=1)
    results = execute(platform.store, [one, one, top_up(user, 7, group=1)])
    assert [result.status for result in results] == ["accepted", "exists", "accepted"]
    assert platform.wallet(user) == (12, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_group_that_says_two_things_by_one_id_is_refused_whole(platform: Platform, place: int) -> None:
    user = fresh()
    group = [top_up(user, 5, group=1), top_up(user, 7, group=1)]
    said = group[0].id
    group.insert(place, replace(group[0], fen=6))
    results = execute(platform.store, [*group, top_up(user, 9)])
    assert codes(results) == [*[Code.GROUP_FAILED] * 3, Code.OK]
    statuses = [result.status for result in results if result.id == said]
    assert statuses == ["refused", "exists_with_different_fen"]
    assert platform.wallet(user) == (9, 0, 0, 0, 0, 0)


# --- numbers and keys that do not fit --------------------------------------------------------------------


@pytest.mark.parametrize("fen", [10**15 + 1, 2**63 - 1, 2**63, 2**80, -(2**80)])
def test_an_amount_past_every_bound_is_refused_alone(platform: Platform, fen: int) -> None:
    user = fresh()
    results = execute(platform.store, [top_up(user, fen), top_up(user, 3)])
    assert codes(results) == [Code.BAD_AMOUNT, Code.OK]


@pytest.mark.parametrize("number", [2**15, 2**16, 2**80, -(2**15) - 1])
@pytest.mark.parametrize("term", ["priority", "restriction"])
def test_a_term_that_does_not_fit_is_refused_not_cut(platform: Platform, term: str, number: int) -> None:
    """Cut to 16 bits, restriction 65,536 would be none."""
    user = fresh()
    results = execute(platform.store, [platform.grant(user, 5, **{term: number}), platform.grant(user, 7)])
    assert codes(results) == [Code.BAD_TERMS, Code.OK]
    assert platform.wallet(user) == (0, 7, 0, 0, 0, 7)


def test_no_key_is_kept_for_an_id_of_another_day(platform: Platform) -> None:
    user, key = fresh(), ("shop", "order-1")
    early = TopUp(id=of_another_day(), user=user, fen=5, request=key)
    for _ in range(2):
        assert platform.ask(early).code == Code.BAD_TIME
    good = top_up(user, 5, request=key)
    assert codes(execute(platform.store, [early, good])) == [Code.BAD_TIME, Code.OK]
    assert platform.ask(early).status == platform.ask(good).status == "exists"


# --- locks -----------------------------------------------------------------------------------------------


def test_mixed_batches_never_wait_for_each_other_in_a_ring(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts in the order of kinds would be locked crosswise: the server would have to break it, a second each."""
    users = [fresh() for _ in range(4)]
    execute(platform.store, [platform.grant(user, 100_000) for user in users])
    monkeypatch.setattr(money, "TRIES", 1)  # no second try: who is broken off is seen
    kinds: list[Callable[[UUID], Command]] = [
        lambda user: Spend(id=fresh(), user=user, fen=1),
        lambda user: top_up(user, 1),
        lambda user: platform.grant(user, 1),
    ]

    def write(number: int) -> None:
        user, turned = users[number], kinds[number % 3 :] + kinds[: number % 3]
        for _ in range(25):
            assert all(result.ok for result in execute(platform.store, [make(user) for make in turned]))

    with ThreadPoolExecutor(len(users)) as pool:
        assert list(pool.map(write, range(len(users)))) == [None] * len(users)
