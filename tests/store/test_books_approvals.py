"""Maker and checker: new money, large grants by hand and clawbacks need a second person, once each."""

from dataclasses import replace
from uuid import UUID

import pytest
from ledger_platform import Platform, fresh

from huoshui.base.errors import NotAgreed
from huoshui.core.audit.leaves import Act
from huoshui.core.ledger import ApprovalSubject, Code, platform_account
from huoshui.flow.commands import AskApproval, Clawback, Transfer
from huoshui.flow.handlers import execute
from huoshui.flow.handlers.approvals import agree, ask
from huoshui.store import books
from huoshui.store.postgres import Store


@pytest.fixture
def strict(platform: Platform) -> Platform:
    platform.rules = replace(platform.rules, second_person=True)
    return platform


def asked(subject: ApprovalSubject, about: UUID, fen_max: int) -> AskApproval:
    return AskApproval(
        id=fresh(), subject=subject, subject_id=about, fen_max=fen_max, old_fen=0, new_fen=fen_max,
        reason="大促", by="财务甲",
    )  # fmt: skip


def approved(platform: Platform, subject: ApprovalSubject, about: UUID, fen_max: int) -> UUID:
    command = asked(subject, about, fen_max)
    ask(platform.store, command)
    assert agree(platform.store, command.id, by="财务乙").agreed_by == "财务乙"
    return command.id


def raise_pot(platform: Platform, fen: int, approval: UUID | None) -> Code:
    source = platform_account("source")
    return platform.ask(Transfer(id=fresh(), fen=fen, source=source, to=platform.pot, approval=approval)).code


def test_raising_a_pot_needs_an_agreement_that_covers_it_once(strict: Platform) -> None:
    command = asked("pot", strict.pot, 100)
    ask(strict.store, command)
    assert raise_pot(strict, 100, None) == Code.NEEDS_APPROVAL
    assert raise_pot(strict, 100, command.id) == Code.NEEDS_APPROVAL  # nobody agreed yet
    agree(strict.store, command.id, by="财务乙")
    assert raise_pot(strict, 101, command.id) == Code.NEEDS_APPROVAL
    assert raise_pot(strict, 100, approved(strict, "pot", strict.campaign, 100)) == Code.NEEDS_APPROVAL
    assert raise_pot(strict, 100, approved(strict, "grant", strict.pot, 100)) == Code.NEEDS_APPROVAL
    assert raise_pot(strict, 100, command.id) == Code.OK
    assert raise_pot(strict, 100, command.id) == Code.NEEDS_APPROVAL


def test_an_approval_covers_one_op_of_a_batch(strict: Platform) -> None:
    approval, source = approved(strict, "pot", strict.pot, 100), platform_account("source")
    twice = [Transfer(id=fresh(), fen=60, source=source, to=strict.pot, approval=approval) for _ in range(2)]
    codes = [result.code for result in execute(strict.store, twice, strict.rules)]
    assert codes == [Code.OK, Code.NEEDS_APPROVAL]


@pytest.mark.parametrize("together", [True, False])
def test_an_item_refused_for_another_reason_leaves_its_approval_to_the_next(
    strict: Platform, together: bool
) -> None:
    """Too much, about something else, not there, booked, used up: in one batch as one after the other."""
    user = fresh()
    first, second = (strict.grant(user, fen) for fen in (40, 40))
    assert all(strict.ask(one).ok for one in (first, second))
    approval = approved(strict, "clawback", first.id, 40)
    asks = [
        Clawback(id=fresh(), lot=lot, fen=fen, approval=approval)
        for lot, fen in ((first.id, 41), (second.id, 40), (first.id, 0), (first.id, 30), (first.id, 10))
    ]
    batches = [asks] if together else [[one] for one in asks]
    codes = [result.code for batch in batches for result in execute(strict.store, batch, strict.rules)]
    needs = Code.NEEDS_APPROVAL
    assert codes == [needs, needs, Code.BAD_AMOUNT, Code.OK, needs]


@pytest.mark.parametrize("together", [True, False])
def test_an_approval_of_a_group_that_fails_is_free_for_the_next(strict: Platform, together: bool) -> None:
    approval, source = approved(strict, "pot", strict.pot, 100), platform_account("source")

    def pour(fen: int, to: UUID, group: int) -> Transfer:
        return Transfer(id=fresh(), fen=fen, source=source, to=to, approval=approval, group=group)

    spent = Transfer(id=fresh(), fen=10**15, source=strict.campaign, to=strict.pot, group=1)
    asks = [
        [pour(60, strict.pot, 1), spent],
        [pour(60, strict.pot, 2), pour(40, strict.pot, 2)],
        [pour(100, strict.pot, 3)],
        [pour(1, strict.pot, 4)],
    ]
    batches = [[one for group in asks for one in group]] if together else asks
    codes = [result.code for batch in batches for result in execute(strict.store, batch, strict.rules)]
    needs, failed = Code.NEEDS_APPROVAL, Code.GROUP_FAILED
    assert codes == [failed, Code.INSUFFICIENT, failed, needs, Code.OK, needs]


def test_moves_inside_a_pot_and_rules_grants_need_nobody(strict: Platform) -> None:
    assert strict.ask(Transfer(id=fresh(), fen=5, source=strict.pot, to=strict.campaign)).ok
    assert strict.ask(strict.grant(fresh(), 60_000)).ok
    assert strict.ask(strict.grant(fresh(), 50_000, by_hand=True)).ok


def test_a_large_grant_by_hand_and_a_clawback_need_a_second_person(strict: Platform) -> None:
    user = fresh()
    assert strict.ask(strict.grant(user, 50_001, by_hand=True)).code == Code.NEEDS_APPROVAL
    approval = approved(strict, "grant", user, 60_000)
    grant = strict.grant(user, 60_000, by_hand=True, approval=approval)
    assert strict.ask(grant).ok
    assert strict.ask(Clawback(id=fresh(), lot=grant.id, fen=5)).code == Code.NEEDS_APPROVAL
    approval = approved(strict, "clawback", grant.id, 5)
    assert strict.ask(Clawback(id=fresh(), lot=grant.id, fen=5, approval=approval)).ok


def test_ones_own_asking_is_agreed_to_after_a_delay_alone(timed_store: Store) -> None:
    command = asked("pot", fresh(), 5)
    ask(timed_store, command)
    with pytest.raises(NotAgreed):
        agree(timed_store, command.id, by="财务甲")
    with timed_store.transaction() as connection:
        connection.execute("update ours.clock set now = now + interval '24 hours'")
    assert agree(timed_store, command.id, by="财务甲").self_approved
    assert agree(timed_store, command.id, by="财务甲").self_approved
    with pytest.raises(NotAgreed):
        agree(timed_store, command.id, by="财务乙")
    with pytest.raises(NotAgreed):
        agree(timed_store, fresh(), by="财务乙")
    with timed_store.transaction() as connection:
        leaves = connection.execute(
            "select count(*) from audit_leaves where kind = any (%s)",
            [[int(Act.APPROVAL_ASKED), int(Act.APPROVAL_GIVEN)]],
        ).fetchone()
        assert books.findings(connection) == []
    assert leaves == (2,)
