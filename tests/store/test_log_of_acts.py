"""The log of closes and approvals: each has its leaf, and one changed, taken out or slipped in is found."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_platform import Platform, fresh

from huoshui.base.clock import now_utc
from huoshui.flow.closing import sign
from huoshui.flow.commands import AskApproval
from huoshui.flow.handlers.approvals import agree, ask
from huoshui.store.log_check import check_log
from huoshui.store.seals import Log

LAST_MONTH = (now_utc().date().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


@pytest.fixture
def log(platform: Platform, tmp_path: Path) -> Log:
    """A closed month, an approval that was given, one that waits; sealed."""
    log = Log(platform.store, tmp_path / "keys")
    given = AskApproval(
        id=fresh(),
        subject="pot",
        subject_id=platform.pot,
        fen_max=9,
        old_fen=0,
        new_fen=9,
        reason="大促",
        by="甲",
    )
    for one in (given, replace(given, id=fresh())):
        ask(platform.store, one)
    agree(platform.store, given.id, by="乙")
    sign(platform.store, log, LAST_MONTH, name="财务甲")
    assert check_log(log).faults == []
    return log


def kinds(log: Log) -> list[str]:
    return [fault.kind for fault in check_log(log).faults]


@pytest.mark.parametrize(
    "change",
    [
        *(f"update approvals set {column} = {column} + 1" for column in ("fen_max", "old_fen", "new_fen")),
        "update approvals set subject = 'grant'",
        "update approvals set subject_id = gen_random_uuid()",
        "update approvals set reason = 'x'",
        "update approvals set asked_by = '丙'",
        "update approvals set asked_at = asked_at - interval '1 microsecond'",
        "update approvals set agreed_by = '丙'",
        "update approvals set agreed_at = agreed_at - interval '1 microsecond'",
        "update closes set figures = replace(figures, '2', '3')",
        "update closes set signed_by = '丙'",
        "update closes set reason = 'x'",
        "update closes set signed_at = signed_at + interval '1 microsecond'",
        "update closes set size = size + 1",
        "update closes set root = sha256('x')",
    ],
)
@pytest.mark.parametrize("sealed", [True, False])
def test_one_that_was_edited_is_found(log: Log, change: str, sealed: bool) -> None:
    where = "where agreed_by is not null" if "approvals" in change else ""
    if not sealed:
        with log.store.transaction() as connection:
            connection.execute("truncate audit_tiles, audit_cosignatures, audit_seals")
            connection.execute("update audit_head set size = 0, sealed_below = 0, peaks = ''")
        log.forget_remembered()
        assert kinds(log) == []
    with log.store.transaction() as connection:
        connection.execute(f"{change} {where}")
    assert kinds(log) == ["act_edited"]


def test_one_that_was_taken_out_is_found(log: Log) -> None:
    with log.store.transaction() as connection:
        connection.execute("delete from approvals")
        connection.execute("delete from closes")
    assert kinds(log) == ["act_deleted"] * 4


def test_an_agreement_that_was_taken_back_is_found(log: Log) -> None:
    with log.store.transaction() as connection:
        connection.execute("update approvals set agreed_by = null, agreed_at = null")
    assert kinds(log) == ["act_deleted"]


def test_one_that_was_slipped_in_is_found(log: Log) -> None:
    with log.store.transaction() as connection:
        connection.execute("update approvals set agreed_by = '乙', agreed_at = now() where agreed_by is null")
    assert kinds(log) == ["act_unlogged"]
    with log.store.transaction() as connection:
        connection.execute(
            "insert into closes select '2020-01', gen_random_uuid(), '2020-01-01', '2020-02-01', size, sealed_below,"
            " root, figures, signed_by, reason, signed_at from closes"
        )
    assert sorted(kinds(log)) == ["act_unlogged"] * 2
