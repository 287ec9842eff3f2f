"""The books on a real PostgreSQL: each path of money once, with the numbers by hand; retries, groups, refusals."""

import pytest
from ledger_platform import MILLION_YUAN, Platform, fresh, in_days

from huoshui.core.ledger import Code, Kind, platform_account
from huoshui.flow.commands import (
    Activate,
    Cancel,
    Capture,
    Clawback,
    Grant,
    LockTerm,
    Opening,
    PlaceHold,
    Refund,
    Release,
    Reserve,
    Spend,
    TopUp,
    Transfer,
    Unlock,
    Withdraw,
)
from huoshui.flow.handlers import execute


def test_a_grant_leaves_the_budget_and_can_be_spent(platform: Platform) -> None:
    user = fresh()
    grant = platform.grant(user, 500)
    assert platform.ask(grant).ok
    assert platform.wallet(user) == (0, 500, 0, 0, 0, 500)
    assert platform.budget() == MILLION_YUAN - 500


def test_the_budget_is_a_hard_stop_item_by_item(platform: Platform) -> None:
    users = [fresh() for _ in range(3)]
    over = (
        platform.grant(users[0], MILLION_YUAN - 100),
        platform.grant(users[1], 101),
        platform.grant(users[2], 100),
    )
    codes = [result.code for result in execute(platform.store, over)]
    assert codes == [Code.OK, Code.INSUFFICIENT, Code.OK]
    assert platform.budget() == 0


def test_bonus_pays_before_principal_and_in_the_order_of_burning(platform: Platform) -> None:
    user = fresh()
    late, soon, first = (
        platform.grant(user, 100, expires_at=in_days(20)),
        platform.grant(user, 100, expires_at=in_days(10)),
        platform.grant(user, 100, priority=-1),
    )
    execute(platform.store, [late, soon, first, TopUp(id=fresh(), user=user, fen=50)])
    spend = platform.ask(Spend(id=fresh(), user=user, fen=120))
    assert (spend.bonus_fen, spend.principal_fen) == (120, 0)
    assert platform.ask(Clawback(id=fresh(), lot=first.id, fen=100)).bonus_fen == 0  # all of it was spent
    rest = platform.ask(Spend(id=fresh(), user=user, fen=230))
    assert (rest.bonus_fen, rest.principal_fen) == (180, 50)
    assert platform.ask(Spend(id=fresh(), user=user, fen=1)).code == Code.INSUFFICIENT


def test_bonus_fen_max_and_restrictions_limit_what_bonus_pays(platform: Platform) -> None:
    user = fresh()
    execute(platform.store, [platform.grant(user, 100, restriction=7), TopUp(id=fresh(), user=user, fen=100)])
    outside = platform.ask(Spend(id=fresh(), user=user, fen=30))
    assert (outside.bonus_fen, outside.principal_fen) == (0, 30)
    inside = platform.ask(Spend(id=fresh(), user=user, fen=60, restriction=7, bonus_fen_max=20))
    assert (inside.bonus_fen, inside.principal_fen) == (20, 40)


@pytest.mark.parametrize("captured", [1, 60, 100, 130])
def test_a_capture_takes_bonus_first_and_frees_the_rest(platform: Platform, captured: int) -> None:
    user = fresh()
    execute(platform.store, [platform.grant(user, 100), TopUp(id=fresh(), user=user, fen=50)])
    hold = PlaceHold(id=fresh(), user=user, fen=130, ends_at=in_days(1))
    assert platform.ask(hold).ok
    assert (
        platform.ask(Spend(id=fresh(), user=user, fen=21)).code == Code.INSUFFICIENT
    )  # 20 of principal are free
    result = platform.ask(Capture(id=fresh(), hold=hold.id, fen=captured))
    assert (result.bonus_fen, result.principal_fen) == (min(captured, 100), max(captured - 100, 0))
    for again in (Capture(id=fresh(), hold=hold.id, fen=1), Release(id=fresh(), hold=hold.id)):
        assert platform.ask(again).code == Code.ENDED
    assert platform.ask(Spend(id=fresh(), user=user, fen=150 - captured)).ok


def test_more_than_is_held_is_not_captured(platform: Platform) -> None:
    user = fresh()
    execute(platform.store, [platform.grant(user, 100)])
    hold = PlaceHold(id=fresh(), user=user, fen=60, ends_at=in_days(1))
    platform.ask(hold)
    assert platform.ask(Capture(id=fresh(), hold=hold.id, fen=61)).code == Code.INSUFFICIENT
    assert platform.ask(Release(id=fresh(), hold=hold.id)).ok
    assert platform.wallet(user) == (0, 100, 0, 0, 0, 100)


def test_a_term_lock_ends_by_unlock_alone(platform: Platform) -> None:
    user = fresh()
    platform.ask(TopUp(id=fresh(), user=user, fen=100))
    lock = LockTerm(id=fresh(), user=user, fen=100, bonus_fen_max=0, ends_at=in_days(90))
    assert platform.ask(lock).principal_fen == 100
    assert platform.ask(Withdraw(id=fresh(), user=user, fen=1)).code == Code.INSUFFICIENT
    assert platform.ask(Capture(id=fresh(), hold=lock.id, fen=1)).code == Code.UNKNOWN
    assert platform.ask(Unlock(id=fresh(), hold=lock.id)).ok
    assert platform.ask(Withdraw(id=fresh(), user=user, fen=100)).ok


def test_a_reservation_is_activated_in_part_once(platform: Platform) -> None:
    user = fresh()
    reserve = Reserve(
        id=fresh(), user=user, campaign=platform.campaign, fen=70, expires_at=in_days(9), ends_at=in_days(1)
    )
    assert platform.ask(reserve).ok
    assert (platform.budget(), platform.wallet(user)) == (MILLION_YUAN - 70, (0, 0, 0, 0, 0, 0))
    assert platform.ask(Activate(id=fresh(), reservation=reserve.id, fen=71)).code == Code.INSUFFICIENT
    assert platform.ask(Activate(id=fresh(), reservation=reserve.id, fen=60)).ok
    assert (platform.budget(), platform.wallet(user)) == (MILLION_YUAN - 60, (0, 60, 0, 0, 0, 60))
    assert platform.ask(Cancel(id=fresh(), reservation=reserve.id)).code == Code.ENDED


def test_refunds_walk_the_draws_backwards(platform: Platform) -> None:
    user = fresh()
    soon, late = platform.grant(user, 100, expires_at=in_days(1)), platform.grant(user, 100)
    execute(platform.store, [soon, late, TopUp(id=fresh(), user=user, fen=30)])
    spend = Spend(id=fresh(), user=user, fen=230)
    platform.ask(spend)
    first = platform.ask(Refund(id=fresh(), op=spend.id, fen=80))
    assert (first.principal_fen, first.bonus_fen) == (30, 50)
    second = platform.ask(Refund(id=fresh(), op=spend.id, fen=60))
    assert (second.principal_fen, second.bonus_fen) == (0, 60)
    assert platform.ask(Refund(id=fresh(), op=spend.id, fen=91)).code == Code.INSUFFICIENT
    assert platform.ask(Clawback(id=fresh(), lot=late.id, fen=100)).bonus_fen == 100
    assert platform.ask(Clawback(id=fresh(), lot=soon.id, fen=100)).bonus_fen == 10


def test_a_clawback_books_what_was_spent_as_debt_and_later_grants_pay_it(platform: Platform) -> None:
    user = fresh()
    grant = platform.grant(user, 100)
    platform.ask(grant)
    platform.ask(Spend(id=fresh(), user=user, fen=70))
    assert platform.ask(Clawback(id=fresh(), lot=grant.id, fen=100)).bonus_fen == 30
    assert platform.wallet(user) == (0, 0, 0, 0, 70, 0)
    assert platform.ask(Clawback(id=fresh(), lot=grant.id, fen=100)).code == Code.INSUFFICIENT
    execute(platform.store, [platform.grant(user, 40), platform.grant(user, 50)])
    assert platform.wallet(user) == (0, 20, 0, 0, 0, 20)
    assert platform.bonus(platform_account("debt")) == 70


def test_a_refund_after_a_clawback_pays_the_debt_first(platform: Platform) -> None:
    user = fresh()
    grant, spend = platform.grant(user, 100), Spend(id=fresh(), user=user, fen=70)
    for command in (grant, spend, Clawback(id=fresh(), lot=grant.id, fen=100)):
        assert platform.ask(command).ok
    assert platform.ask(Refund(id=fresh(), op=spend.id, fen=70)).bonus_fen == 70
    assert platform.wallet(user) == (0, 0, 0, 0, 0, 0)


def test_clawbacks_of_a_lot_never_come_to_more_than_was_granted(platform: Platform) -> None:
    user = fresh()
    grant, spend = platform.grant(user, 100), Spend(id=fresh(), user=user, fen=100)
    for command in (grant, spend, Clawback(id=fresh(), lot=grant.id, fen=100), platform.grant(user, 100)):
        assert platform.ask(command).ok
    assert platform.wallet(user) == (0, 0, 0, 0, 0, 0)
    assert platform.ask(Refund(id=fresh(), op=spend.id, fen=100)).bonus_fen == 100
    assert platform.ask(Clawback(id=fresh(), lot=grant.id, fen=1)).code == Code.INSUFFICIENT
    assert platform.wallet(user) == (0, 100, 0, 0, 0, 100)


def test_a_clawback_leaves_what_is_held(platform: Platform) -> None:
    user = fresh()
    grant, hold = platform.grant(user, 100), PlaceHold(id=fresh(), user=user, fen=60, ends_at=in_days(1))
    assert all(platform.ask(command).ok for command in (grant, hold))
    assert platform.ask(Clawback(id=fresh(), lot=grant.id, fen=80)).bonus_fen == 40
    assert platform.wallet(user) == (0, 60, 0, 60, 0, 0)
    assert platform.ask(Clawback(id=fresh(), lot=grant.id, fen=1)).code == Code.INSUFFICIENT
    assert platform.ask(Capture(id=fresh(), hold=hold.id, fen=60)).bonus_fen == 60


def test_the_same_id_gives_the_first_answer(platform: Platform) -> None:
    user = fresh()
    grant = platform.grant(user, 100)
    poor = Spend(id=fresh(), user=user, fen=500)
    assert [result.status for result in execute(platform.store, [grant, grant])] == ["accepted", "exists"]
    assert platform.ask(poor).status == "refused"
    platform.ask(platform.grant(user, 1000))
    again = platform.ask(poor)
    assert (again.status, again.code) == ("failed_before", Code.INSUFFICIENT)
    other = Grant(id=grant.id, user=user, fen=101, campaign=platform.campaign, expires_at=grant.expires_at)
    assert platform.ask(other).status == "exists_with_different_fen"
    other = Grant(id=grant.id, user=fresh(), fen=100, campaign=platform.campaign, expires_at=grant.expires_at)
    assert platform.ask(other).status == "exists_with_different_terms"
    assert platform.ask(TopUp(id=grant.id, user=user, fen=100)).status == "exists_with_different_kind"
    assert platform.wallet(user) == (0, 1100, 0, 0, 0, 1100)


def test_a_callers_own_key_stands_for_one_op(platform: Platform) -> None:
    user = fresh()
    asked = [TopUp(id=fresh(), user=user, fen=5, request=("shop", "order-1")) for _ in range(3)]
    both = execute(platform.store, asked[:2])
    assert [result.status for result in both] == ["accepted", "exists"]
    assert platform.ask(asked[2]).status == "exists"
    assert {result.id for result in both} == {platform.ask(asked[2]).id}
    assert platform.wallet(user) == (5, 0, 0, 0, 0, 0)


def test_a_group_is_taken_whole_or_not_at_all(platform: Platform) -> None:
    users = [fresh() for _ in range(4)]
    rest = MILLION_YUAN - 250
    commands = [
        platform.grant(users[0], rest),
        platform.grant(users[1], 200, group=1),
        platform.grant(users[2], 100, group=1),
        platform.grant(users[3], 250),
    ]
    codes = [result.code for result in execute(platform.store, commands)]
    assert codes == [Code.OK, Code.GROUP_FAILED, Code.INSUFFICIENT, Code.OK]


def test_refusals_keep_their_code_and_move_nothing(platform: Platform) -> None:
    user = fresh()
    codes = [
        platform.ask(command).code
        for command in (
            platform.grant(user, 0),
            platform.grant(user, -5),
            platform.grant(user, 5, campaign=fresh()),
            platform.grant(user, 5, expires_at=in_days(-1)),
            platform.grant(user, 5, effective_at=in_days(2), expires_at=in_days(1)),
            Spend(id=fresh(), user=fresh(), fen=5),
            Withdraw(id=fresh(), user=fresh(), fen=5),
            Capture(id=fresh(), hold=fresh(), fen=5),
            Refund(id=fresh(), op=fresh(), fen=5),
            Transfer(id=fresh(), fen=1, source=platform.campaign, to=platform.campaign),
        )
    ]
    assert codes == [
        Code.BAD_AMOUNT,
        Code.BAD_AMOUNT,
        Code.UNKNOWN,
        Code.BAD_TERMS,
        Code.BAD_TERMS,
        Code.INSUFFICIENT,
        Code.INSUFFICIENT,
        Code.UNKNOWN,
        Code.UNKNOWN,
        Code.BAD_TERMS,
    ]
    assert platform.budget() == MILLION_YUAN


def test_an_opening_balance_is_principal(platform: Platform) -> None:
    user = fresh()
    assert platform.ask(Opening(id=fresh(), user=user, fen=88)).ok
    assert platform.wallet(user) == (88, 0, 0, 0, 0, 0)
    assert Kind.OPENING == 23, "numbers of kinds are stored for good"
