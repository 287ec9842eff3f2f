"""A simulated month, closed on a real server: to the fen, signed, sealed, and not changed by what comes later."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import sleep
from uuid import UUID

import psycopg
import pytest
from simulated_month import Platform, months_back

from huoshui.base.clock import local_time, new_id, now_utc
from huoshui.base.errors import BadOption
from huoshui.core.ledger import ApprovalSubject, Kind
from huoshui.core.ledger.period import USERS
from huoshui.core.ledger.three_way import Payment
from huoshui.flow import commands as ask
from huoshui.flow.closing import Outside, check, draft, export_books, export_period, month_of, sign, signed
from huoshui.flow.handlers import approvals
from huoshui.flow.handlers.money import sweep
from huoshui.store.postgres import Store, open_store
from huoshui.store.seals import Log


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    store = open_store(database, tmp_path)
    yield store
    store.close()


@pytest.fixture
def log(store: Store, tmp_path: Path) -> Log:
    return Log(store, tmp_path)


@pytest.fixture
def platform(store: Store) -> Platform:
    before, month = months_back(2)
    platform = Platform(store, seed=11)
    platform.fund(before.starts_at, 500_000)
    platform.live(before, steps=40)
    platform.live(month, steps=80)
    return platform


def test_month_closes_to_the_fen(platform: Platform, log: Log, store: Store) -> None:
    before, month = months_back(2)
    first = sign(store, log, before.period, name="财务甲")
    second = sign(store, log, month.period, name="财务乙")
    for closing in (first, second):
        assert closing.figures.off == ()
        assert closing.signed is not None
        assert check(store, closing.figures.close.period) == []
    assert second.figures.close.line("opening") == first.figures.close.line("closing")
    with psycopg.connect(store.dsn()) as connection:
        row = connection.execute(
            "select sum(principal_fen), sum(bonus_fen), sum(debt_fen) from wallets"
        ).fetchone()
    assert tuple(second.figures.close.closing()[USERS]) == row
    assert {line.code for line in second.figures.close.users} >= {"topped_up", "issued", "spent", "refunded"}
    assert signed(store, month.period) == second
    assert log.receipt(second.signed.id) is not None


def test_a_back_dated_fact_changes_nothing_signed_and_counts_in_the_next(
    platform: Platform, log: Log, store: Store
) -> None:
    before, month = months_back(2)
    first = sign(store, log, before.period, name="财务甲")
    expected = draft(store, month.period).figures.close
    top_up = ask.TopUp(
        id=new_id(now_utc()),
        happened_at=before.starts_at + timedelta(days=3),
        fen=777,
        user=platform.users[0],
    )
    (result,) = platform.book(top_up)
    assert result.ok
    assert draft(store, before.period) == first
    assert check(store, before.period) == []
    second = sign(store, log, month.period, name="财务甲").figures.close
    assert second.off == ()
    assert second.line("opening") == expected.line("opening")
    assert second.line("late").principal_fen == 777
    assert [(line.code, line.ops) for line in second.late] == [("topped_up", 1)]
    assert second.line("closing").principal_fen == expected.line("closing").principal_fen + 777


def test_a_fact_still_open_while_it_is_signed_is_not_in_it(
    platform: Platform, log: Log, store: Store
) -> None:
    """Its time is within the month and its transaction began before the close: the seal alone decides."""
    before, month = months_back(2)
    with psycopg.connect(store.dsn()) as slow:
        slow.execute("select pg_current_xact_id()")
        close = sign(store, log, before.period, name="财务甲")
        assert check(store, before.period) == []
    assert close.signed is not None
    platform.book(
        ask.TopUp(id=new_id(now_utc()), happened_at=before.starts_at, fen=5, user=platform.users[0])
    )
    assert check(store, before.period) == []
    assert sign(store, log, month.period, name="财务甲").figures.close.line("late").principal_fen == 5


def test_months_close_in_order_and_only_once_they_are_over(
    platform: Platform, log: Log, store: Store
) -> None:
    two_ago, before, month = months_back(3)
    this_month = month.next_day.strftime("%Y-%m")
    first = sign(store, log, before.period, name="财务甲")
    assert sign(store, log, before.period, name="somebody else") == first
    for period, said in (
        (two_ago.period, "order"),
        (this_month, "not over"),
        ("2026-13", "year and a month"),
    ):
        with pytest.raises(BadOption, match=said):
            sign(store, log, period, name="财务甲")
    with pytest.raises(BadOption, match="not signed"):
        check(store, month.period)
    assert signed(store, month.period) is None


def test_what_is_off_needs_a_reason(platform: Platform, log: Log, store: Store) -> None:
    _, month = months_back(2)
    bill = Outside(bill=[Payment("r-unknown", 100)])
    with pytest.raises(BadOption, match="reason"):
        sign(store, log, month.period, name="财务甲", outside=bill)
    closing = sign(store, log, month.period, name="财务甲", reason="通道次日结算", outside=bill)
    assert closing.signed is not None
    assert closing.signed.reason == "通道次日结算"
    assert closing.figures.payments is not None
    assert closing.figures.payments.counts["bill"] == 1
    assert {off.place for off in closing.figures.off} == {"paid_unnoticed", "not_settled"}
    assert signed(store, month.period) == closing


TAMPERINGS = [
    "update wallets set principal_fen = principal_fen + 1 where user_id = (select user_id from wallets limit 1)",
    "update accounts set bonus_fen = bonus_fen + 1 where kind = 'agent'",
    "update ops set principal_fen = principal_fen + 1 where id = (select id from ops where kind = 3 and code = 0 limit 1)",  # noqa: E501
    "delete from ops where id = (select id from ops where kind = 3 and code = 0 limit 1)",
    "delete from draws where op_id = (select op_id from draws limit 1)",
]


def test_a_spend_dated_before_its_grant_is_off_by_what_it_drew(store: Store) -> None:
    before, month = months_back(2)
    platform = Platform(store, seed=1)
    platform.fund(before.starts_at, 500)
    user, late = platform.users[0], month.starts_at + timedelta(days=1)
    expires = now_utc() + timedelta(days=9)
    grant = ask.Grant(
        id=new_id(now_utc()),
        happened_at=late,
        fen=100,
        user=user,
        campaign=platform.campaigns[0],
        expires_at=expires,
    )
    spend = ask.Spend(id=new_id(now_utc()), happened_at=before.starts_at, fen=30, user=user)
    assert all(result.ok for result in platform.book(grant, spend))
    off = draft(store, before.period).figures.off
    assert [(one.place, one.fen) for one in off if one.code == "lot_bounds"] == [("1", 30)]
    assert draft(store, month.period).figures.off == ()


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_shows_in_the_next_close(
    platform: Platform, log: Log, store: Store, tampering: str
) -> None:
    before, month = months_back(2)
    sign(store, log, before.period, name="财务甲")
    with psycopg.connect(store.dsn()) as connection:
        connection.execute(tampering)
    assert draft(store, month.period).figures.off != ()


def test_an_edited_op_of_a_signed_month_is_told_by_check(platform: Platform, log: Log, store: Store) -> None:
    before, _ = months_back(2)
    sign(store, log, before.period, name="财务甲")
    with psycopg.connect(store.dsn()) as connection:
        connection.execute(
            "update ops set principal_fen = principal_fen + 3"
            " where id = (select id from ops where kind = 3 and code = 0 and happened_at < %s limit 1)",
            (before.ends_at,),
        )
    assert ("users", "topped_up", 3) in {
        (off.code, off.place, off.fen) for off in check(store, before.period)
    }


def bean_check(lines: Iterator[str], file: Path) -> subprocess.CompletedProcess[str]:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("bean-check")), "--no-cache", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_bean_check_comes_to_the_same_balances(
    platform: Platform, log: Log, store: Store, tmp_path: Path
) -> None:
    before, month = months_back(2)
    sign(store, log, before.period, name="财务甲")
    late = ask.TopUp(id=new_id(now_utc()), happened_at=before.starts_at, fen=777, user=platform.users[0])
    platform.book(late)
    sign(store, log, month.period, name="财务甲")
    platform.book(replace(late, id=new_id(now_utc()), fen=31))
    for name, lines in (("whole", export_books(store)), ("month", export_period(store, month.period))):
        file = tmp_path / f"{name}.beancount"
        checked = bean_check(lines, file)
        assert checked.returncode == 0, checked.stderr[:2000]
        text = file.read_text("utf-8")
        assert text.count(" balance ") >= 3 * len(platform.users)
        assert ("#late" in text) == (name == "month")


def test_bean_check_refuses_a_wallet_that_was_edited(
    platform: Platform, store: Store, tmp_path: Path
) -> None:
    with psycopg.connect(store.dsn()) as connection:
        connection.execute("update wallets set principal_fen = principal_fen + 1")
    assert bean_check(export_books(store), tmp_path / "a.beancount").returncode != 0


def test_export_of_an_unsigned_month_is_refused(platform: Platform, store: Store) -> None:
    with pytest.raises(BadOption, match="not signed"):
        list(export_period(store, months_back(1)[0].period))


def test_liability_and_campaigns_by_plain_sql(platform: Platform, store: Store) -> None:
    _, month = months_back(2)
    close = draft(store, month.period).figures.close
    assert close.off == ()
    with psycopg.connect(store.dsn()) as connection:
        rows = connection.execute(
            "select campaign_id, sum(remaining_fen) from lots where open group by 1 order by 1"
        ).fetchall()
    held = {UUID(roll.campaign_id): roll.closing_fen for roll in close.campaigns if roll.closing_fen}
    assert held == dict(rows)
    assert sum(bucket.fen for bucket in close.liability) == sum(held.values()) > 0


def test_every_line_of_the_month_that_runs(store: Store) -> None:
    """Expiry, clawback, debt, reservations, late refunds: what no back-dating can show, in the month as it is now."""
    platform = Platform(store, seed=2)
    now = now_utc()
    month = month_of(local_time(now).strftime("%Y-%m"))
    platform.fund(now, 100_000)
    ann, bob = platform.users[:2]
    welcome = platform.campaigns[0]
    soon, far = now + timedelta(seconds=1.5), now + timedelta(days=60)
    give = partial(ask.Grant, campaign=welcome)
    short = give(id=new_id(now), fen=400, user=ann, expires_at=soon)
    spent = ask.Spend(id=new_id(now), fen=150, user=ann)
    reserve = ask.Reserve(
        id=new_id(now), fen=900, user=ann, campaign=welcome, expires_at=far, ends_at=far - timedelta(days=1)
    )
    wrong = give(id=new_id(now), fen=1_000, user=bob, expires_at=far)
    lost = ask.Spend(id=new_id(now), fen=700, user=bob)
    approval = asked(store, "clawback", wrong.id, 1_000)
    legacy = ask.Opening(id=new_id(now), fen=60, user=ann)
    for command in (
        short,
        spent,
        reserve,
        ask.Activate(id=new_id(now), reservation=reserve.id, fen=600),
        wrong,
        lost,
        ask.Clawback(id=new_id(now), lot=wrong.id, fen=1_000, approval=approval),
        give(id=new_id(now), fen=500, user=bob, expires_at=far),
        legacy,
    ):
        (result,) = platform.book(command)
        assert result.ok, (command, result)
    sleep(max(0.0, (soon - now_utc()).total_seconds() + 0.1))
    assert sweep(store)[Kind.EXPIRE] == 1
    (result,) = platform.book(ask.Refund(id=new_id(now), op=spent.id, fen=50))
    assert result.ok
    close = draft(store, month.period).figures.close
    assert close.off == ()
    assert {line.code: tuple(line.moved) for line in close.users} == {
        "opening": (0, 0, 0),
        "taken_over": (60, 0, 0),
        "issued": (0, 400 + 600 + 1_000 + 500, 0),
        "refunded": (0, 50, 0),
        "owed": (0, 0, 700),
        "spent": (0, -150 - 700, 0),
        "expired": (0, -250, 0),
        "clawed_back": (0, -300, 0),
        "paid_off": (0, -500, -500),
        "closing": (60, 650, 200),
    }
    (given,) = (roll for roll in close.campaigns if roll.campaign_id == str(welcome))
    assert given.closing_fen == 650
    assert [(one.subject, one.asked_by, one.agreed_by) for one in close.approvals] == [
        ("clawback", "ann", "bo")
    ]
    assert sum(bucket.fen for bucket in close.liability) == 650


def asked(store: Store, subject: ApprovalSubject, subject_id: UUID, fen: int) -> UUID:
    """An approval asked for by one and agreed to by another."""
    command = ask.AskApproval(
        id=new_id(now_utc()),
        subject=subject,
        subject_id=subject_id,
        fen_max=fen,
        old_fen=fen,
        new_fen=0,
        reason="发错了",
        by="ann",
    )
    return approvals.agree(store, approvals.ask(store, command).id, by="bo").id
