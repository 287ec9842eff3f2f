"""What the books hold, simulated or real: marked once with the first data, said by every head, never to be lost."""

import shutil
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import psycopg
import pytest
from ledger_platform import fresh

from huoshui.base.clock import new_id, now_utc
from huoshui.core.audit.notes import Checkpoint
from huoshui.core.ledger import Code, DataKind
from huoshui.flow.commands import TopUp
from huoshui.flow.handlers import execute
from huoshui.store import books
from huoshui.store.log_check import check_log
from huoshui.store.migrate import MIGRATIONS, apply_migrations
from huoshui.store.postgres import Store, open_store, settle
from huoshui.store.seals import Log
from huoshui.store.signing import is_signed

MARK = "0004_mark.sql"


def held(store: Store) -> DataKind | None:
    with store.transaction() as connection:
        return books.data_held(connection)


def mark(store: Store, data: DataKind) -> DataKind:
    with store.transaction() as connection:
        return books.mark(connection, data)


def top_up(store: Store) -> None:
    assert execute(store, [TopUp(id=fresh(), user=fresh(), fen=5)])[0].ok


def test_the_first_booking_marks_the_books_as_real(books_store: Store) -> None:
    assert held(books_store) is None
    top_up(books_store)
    assert held(books_store) == "real"
    top_up(books_store)
    assert mark(books_store, "simulated") == "real"


def test_what_was_marked_before_stays_so_whatever_is_booked(books_store: Store) -> None:
    assert mark(books_store, "simulated") == "simulated"
    top_up(books_store)
    assert mark(books_store, "real") == held(books_store) == "simulated"


def test_a_booking_that_leaves_nothing_leaves_no_mark(books_store: Store) -> None:
    old = TopUp(id=new_id(now_utc() - timedelta(days=9)), user=fresh(), fen=5)
    assert execute(books_store, [old])[0].code == Code.BAD_TIME
    assert held(books_store) is None


def test_of_two_who_come_first_at_once_both_get_one_answer(books_store: Store) -> None:
    together, answers = Barrier(2), []

    def come(data: DataKind) -> None:
        together.wait()
        answers.append(mark(books_store, data))

    kinds: tuple[DataKind, ...] = ("simulated", "real")
    threads = [Thread(target=come, args=(data,)) for data in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [held(books_store)] * 2


@pytest.mark.parametrize("row", [True, False])
def test_there_is_one_mark(books_store: Store, row: bool) -> None:
    mark(books_store, "simulated")
    with psycopg.connect(books_store.dsn()) as connection, pytest.raises(psycopg.errors.IntegrityError):
        connection.execute("insert into books_mark values (%s, 'real', now())", [row])


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["SIM-E0001", "opening of SIM-U1"], "simulated"),
        (["opening of SIM-U1"], "simulated"),
        (["e1"], "real"),
        ([], None),
    ],
)
def test_books_from_before_the_mark_get_theirs(
    server: Store, tmp_path: Path, keys: list[str], expected: str | None
) -> None:
    for file in sorted(MIGRATIONS.glob("*.sql")):
        if file.name < MARK:
            shutil.copy(file, tmp_path)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE before")
    dsn = server.dsn(database="before")
    try:
        with psycopg.connect(dsn) as connection:
            settle(connection)
            apply_migrations(connection, tmp_path)
            for key in keys:
                connection.execute(OLD_OP, {"key": key, "id": fresh()})
            connection.commit()
        store = open_store(dsn, tmp_path)
        store.migrate()
        assert held(store) == expected
        store.close()
    finally:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("DROP DATABASE before WITH (FORCE)")


OLD_OP = """
with asked as (insert into requests values ('shop', %(key)s, %(id)s))
insert into ops values (%(id)s, %(id)s, %(id)s, null, 5, 5, 0, 0, now(), now(), 0, 3, 0)
"""


# --- heads ------------------------------------------------------------------------------------------------


@pytest.fixture
def log(books_store: Store, tmp_path: Path) -> Log:
    return Log(books_store, tmp_path / "keys")


def head(log: Log) -> Checkpoint:
    log.seal_all()
    note = log.head()
    assert note is not None
    assert is_signed(note, log.key.verifier)
    return Checkpoint.read(note.text)


def faults(log: Log) -> list[str]:
    return [fault.kind for fault in check_log(log).faults]


def test_heads_over_simulated_data_say_so_inside_of_what_is_signed(log: Log) -> None:
    mark(log.store, "simulated")
    top_up(log.store)
    said = head(log)
    assert said.simulated
    assert said.text().endswith("\nsimulated data 模拟数据\n")
    note = log.head()
    assert note is not None
    bare = note._replace(text=said._replace(simulated=False).text())
    assert not is_signed(bare, log.key.verifier)
    report = check_log(log)
    assert (report.simulated, report.faults) == (True, [])


def test_heads_over_real_data_have_the_three_lines_of_the_format(log: Log) -> None:
    top_up(log.store)
    assert head(log).text().count("\n") == 3
    assert not check_log(log).simulated


def test_a_log_that_was_sealed_before_its_mark_goes_on(log: Log) -> None:
    log.new_key()
    assert not head(log).simulated
    mark(log.store, "simulated")
    top_up(log.store)
    assert head(log).simulated
    assert faults(log) == []


def test_a_mark_taken_away_is_found(log: Log, database: str) -> None:
    mark(log.store, "simulated")
    top_up(log.store)
    head(log)
    with psycopg.connect(database) as connection:
        connection.execute("update books_mark set data = 'real'")
    assert faults(log) == ["mark"]
    top_up(log.store)
    assert not head(log).simulated
    assert faults(log) == ["mark"]


def test_a_head_without_the_label_it_was_signed_with_is_found(log: Log, database: str) -> None:
    mark(log.store, "simulated")
    top_up(log.store)
    head(log)
    with psycopg.connect(database) as connection:
        connection.execute("update audit_seals set simulated = false")
        connection.execute("update books_mark set data = 'real'")
    assert sorted(faults(log)) == ["mark", "signature"]
