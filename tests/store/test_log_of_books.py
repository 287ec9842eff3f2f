"""The log of real bookings: every op has its leaf, and an op changed in the books is found."""

from pathlib import Path

import pytest
from ledger_platform import Platform, fresh, in_days

from huoshui.core.ledger import Kind
from huoshui.flow.commands import Clawback, PlaceHold, Refund, Spend, TopUp
from huoshui.flow.handlers import execute
from huoshui.store.log_check import check_log
from huoshui.store.seals import Log
from huoshui.store.statements import statement


@pytest.fixture
def log(platform: Platform, tmp_path: Path) -> Log:
    """Everything that moves money, once; sealed."""
    user, other = fresh(), fresh()
    grants = [platform.grant(user, 500), platform.grant(other, 700)]
    execute(platform.store, grants)
    spend = Spend(id=fresh(), user=user, fen=300)
    execute(platform.store, [TopUp(id=fresh(), user=user, fen=1_000), spend])
    execute(platform.store, [Spend(id=fresh(), user=user, fen=9_999_999)])  # refused
    execute(platform.store, [Spend(id=fresh(), user=fresh(), fen=1)])  # a user nobody knows
    execute(platform.store, [PlaceHold(id=fresh(), user=other, fen=100, ends_at=in_days(1))])
    execute(platform.store, [Refund(id=fresh(), op=spend.id, fen=100)])
    execute(platform.store, [Clawback(id=fresh(), lot=grants[1].id, fen=650)])
    log = Log(platform.store, tmp_path / "keys")
    log.seal_all()
    return log


def clear(platform: Platform) -> None:
    """Leave nothing that the invariants would find: the tampering was ours."""
    tables = "ops, draws, lots, wallets, accounts, holds, hold_parts, undone, audit_leaves"
    with platform.store.transaction() as connection:
        connection.execute(f"truncate {tables} cascade")


def test_what_was_booked_is_what_was_logged(log: Log, platform: Platform) -> None:
    report = check_log(log)
    assert report.faults == []
    with log.rows() as rows:
        assert rows.execute("select count(*) from ops").fetchone() == (report.leaves,)


def test_no_user_stands_in_the_log(log: Log, platform: Platform) -> None:
    with log.rows() as rows:
        users = [user.bytes for (user,) in rows.execute("select user_id from wallets").fetchall()]
        bodies = b"".join(body for (body,) in rows.execute("select body from audit_leaves").fetchall())
        asked = [
            user.bytes for (user,) in rows.execute("select debit_id from ops where code <> 0").fetchall()
        ]
    assert len(users) == 2
    assert asked
    assert [user for user in (*users, *asked) if user in bodies] == []


CHANGES = {
    "principal_fen": "principal_fen = principal_fen + 1",
    "bonus_fen": "bonus_fen = bonus_fen + 1",
    "happened_at": "happened_at = happened_at - interval '1 microsecond'",
    "recorded_at": "recorded_at = recorded_at - interval '1 day'",
    "credit_id": "credit_id = gen_random_uuid()",
    "debit_id": "debit_id = gen_random_uuid()",
    "ref_id": "ref_id = gen_random_uuid()",
    "kind": f"kind = {Kind.TOP_UP.value}",
    "asked_fen": "asked_fen = asked_fen + 1",
}


@pytest.mark.parametrize("column", CHANGES)
def test_an_op_changed_in_the_books_is_found(log: Log, platform: Platform, column: str) -> None:
    with platform.store.transaction() as connection:
        grant = {"kind": Kind.GRANT.value}
        where = "where id = (select min(id::text)::uuid from ops where kind = %(kind)s)"
        connection.execute(f"update ops set {CHANGES[column]} {where}", grant)
    faults = check_log(log).faults
    assert [fault.kind for fault in faults] == ["op_edited"]
    assert column.removesuffix("_id").removesuffix("_at")[:4] in faults[0].detail
    clear(platform)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("terms", "expires_at = expires_at + interval '1 day'"),
        ("terms", "effective_at = effective_at - interval '1 day'"),
        ("terms", "restriction = 7"),
        ("priority", "priority = 9"),
    ],
)
def test_a_lot_with_other_terms_than_its_grant_is_found(
    log: Log, platform: Platform, column: str, change: str
) -> None:
    with platform.store.transaction() as connection:
        connection.execute(f"update lots set {change} where id = (select min(id::text)::uuid from lots)")
    faults = check_log(log).faults
    assert [fault.kind for fault in faults] == ["op_edited"]
    assert faults[0].detail.split()[1:] == [column]


def test_an_op_taken_out_of_the_books_is_found(log: Log, platform: Platform) -> None:
    with platform.store.transaction() as connection:
        connection.execute("delete from ops where kind = %(kind)s", {"kind": Kind.TOP_UP.value})
    assert [fault.kind for fault in check_log(log).faults] == ["op_deleted"]
    clear(platform)


def test_an_op_slipped_into_the_books_is_found(log: Log, platform: Platform) -> None:
    with platform.store.transaction() as connection:
        connection.execute(
            "insert into ops select gen_random_uuid(), debit_id, credit_id, ref_id, asked_fen, principal_fen, "
            "bonus_fen, debt_fen, happened_at, recorded_at, body, kind, code from ops limit 1"
        )
    assert [fault.kind for fault in check_log(log).faults] == ["op_unlogged"]
    clear(platform)


def test_the_query_of_ops_without_a_leaf_reads_no_op_twice(log: Log) -> None:
    with log.rows() as rows:
        plan = rows.execute(b"explain " + statement("unlogged_ops"), {"ops_max": 10}).fetchall()
    assert any("Anti Join" in line for (line,) in plan)
