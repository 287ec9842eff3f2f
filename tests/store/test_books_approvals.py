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
