"""Every invariant is seen to fail: a row put wrong behind the books' back, and the rule that tells it by how much."""

import psycopg
import pytest
from ledger_platform import Platform, fresh, in_days
from psycopg import sql

from huoshui.core.ledger import INVARIANTS
from huoshui.flow.commands import Capture, Clawback, PlaceHold, Refund, Reserve, Spend, TopUp
from huoshui.store.postgres import Store

WRONG = [
    ("conservation", "update accounts set bonus_fen = bonus_fen + 5 where kind = 'campaign'"),
    ("accounts", "update accounts set bonus_fen = bonus_fen + 5 where kind = 'campaign'"),
    ("wallets", "update wallets set principal_fen = principal_fen + 5"),
    ("wallets", "update ops set credit_id = gen_random_uuid() where kind = 3"),
    ("wallet_lots", "update lots set remaining_fen = remaining_fen - 5 where remaining_fen = 90"),
    ("wallet_lots", "delete from lots where remaining_fen = 90"),
    ("lot_draws", "update draws set fen = fen + 5"),
    ("lot_spent", "update lots set spent_fen = spent_fen - 5 where spent_fen >= 5"),
    ("op_draws", "delete from draws where fen < 0"),
    ("lot_ops", "update lots set granted_fen = granted_fen + 5"),
    ("lot_ops", "update ops set kind = 1 where kind = 2"),
    ("held", "update wallets set bonus_held_fen = bonus_held_fen - 5"),
    ("held", "update lots set held_fen = held_fen - 5 where held_fen = 10"),
    ("ends", "update holds set state = 0, ended_by = null where state = 1"),
    ("ends", "delete from ops where kind = 7"),
    ("reserved", "update reservations set fen = fen + 5"),
    ("undone", "update undone set fen = fen + 5"),
    ("undone", "update undone set owed_fen = owed_fen + 1 where owed_fen < fen"),
    ("after_expiry", "update lots set effective_at = '2020-01-01', expires_at = '2021-01-01'"),
    ("leaves", "delete from ops where kind = 3"),
]


@pytest.fixture
def used(books_store: Store) -> Store:
    """Books in which everything happened once."""
    platform = Platform(books_store)
    user = fresh()
    grant, spend = platform.grant(user, 100), Spend(id=fresh(), user=user, fen=40)
    hold = PlaceHold(id=fresh(), user=user, fen=10, ends_at=in_days(1))
    captured = PlaceHold(id=fresh(), user=user, fen=10, ends_at=in_days(1))
    reserve = Reserve(
        id=fresh(), user=user, campaign=platform.campaign, fen=7, expires_at=in_days(9), ends_at=in_days(1)
    )
    clawed = platform.grant(user, 20, priority=9)
    for command in (
        TopUp(id=fresh(), user=user, fen=50),
        grant,
        spend,
        Refund(id=fresh(), op=spend.id, fen=20),
        captured,
        Capture(id=fresh(), hold=captured.id, fen=10),
        hold,
        reserve,
        clawed,
        Clawback(id=fresh(), lot=clawed.id, fen=5),
        platform.grant(fresh(), 90),
    ):
        assert platform.ask(command).ok
    assert platform.findings() == []
    return books_store


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_a_row_put_wrong_is_told(used: Store, name: str, wrong: str) -> None:
    with psycopg.connect(used.dsn(), autocommit=True) as connection:
        tables = ("accounts", "wallets", "lots", "ops", "draws", "holds", "reservations", "undone")
        for table in tables:  # as somebody would who gets around the CHECKs
            for (constraint,) in connection.execute(
                "select conname from pg_constraint where conrelid = %s::regclass and contype = 'c'", [table]
            ).fetchall():
                connection.execute(
                    sql.SQL("alter table {} drop constraint {}").format(
                        sql.Identifier(table), sql.Identifier(constraint)
                    )
                )
        connection.execute(wrong)
    found = Platform.findings_of(used)
    assert name in {finding.invariant.name for finding in found}
    assert all(finding.say("zh") and finding.say("en") for finding in found)


def test_every_invariant_was_seen_to_fail() -> None:
    assert {name for name, _ in WRONG} == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize(
    "wrong",
    [
        "update accounts set bonus_fen = -1 where kind = 'campaign'",
        "update wallets set bonus_held_fen = bonus_fen + 1",
        "update lots set remaining_fen = -1",
        "update lots set held_fen = remaining_fen + 1",
        "update lots set open = not open",
        "update ops set code = 3 where kind = 2",
        "update holds set state = 1 where ended_by is null",
        "update undone set fen = 0",
    ],
)
def test_the_database_itself_refuses_what_core_would(used: Store, wrong: str) -> None:
    with psycopg.connect(used.dsn()) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(wrong)
