"""The schema by numbered files: applied once however many race, in order, whole or not at all, never changed."""

import threading
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from huoshui.base.errors import StoreFault, StoreMismatch
from huoshui.store.embedded import Embedded
from huoshui.store.migrate import MIGRATIONS, apply_migrations, migrations_in
from huoshui.store.postgres import Store, open_store, settle

RACERS = 4
OTHER_BINARIES = sorted(path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture
def empty(server: Store) -> Iterator[str]:
    """The DSN of a database without schema."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty")
        yield server.dsn(database="empty")
        connection.execute("DROP DATABASE empty WITH (FORCE)")


def files(folder: Path, **texts: str) -> Path:
    """A folder of migrations; `s0001_a` becomes 0001_a.sql."""
    for name, text in texts.items():
        (folder / f"{name[1:]}.sql").write_text(text)
    migrations_in.cache_clear()
    return folder


def applied(dsn: str, folder: Path) -> list[str]:
    with psycopg.connect(dsn) as connection:
        settle(connection)
        return apply_migrations(connection, folder)


def rows(dsn: str, words: bytes) -> list[object]:
    with psycopg.connect(dsn) as connection:
        return list(connection.execute(words).fetchall())


def test_our_own_files_apply_once_and_in_order(empty: str) -> None:
    store = open_store(empty, Path())
    names = [path.name for path in sorted(MIGRATIONS.glob("*.sql"))]
    assert store.migrate() == names
    assert store.migrate() == []
    assert rows(empty, b"SELECT name FROM migration ORDER BY number") == [(name,) for name in names]
    store.close()


def test_racing_runners_apply_each_file_once(empty: str, tmp_path: Path) -> None:
    texts = {f"s{n:04}_step": f"CREATE TABLE t{n} (); SELECT pg_sleep(0.01)" for n in range(1, 9)}
    folder = files(tmp_path, **texts)
    together = threading.Barrier(RACERS)
    done: list[list[str]] = []

    def race() -> None:
        together.wait()
        done.append(applied(empty, folder))

    threads = [threading.Thread(target=race) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == RACERS
    assert sorted(chain.from_iterable(done)) == [f"{n:04}_step.sql" for n in range(1, 9)]


def test_a_later_program_applies_only_what_is_new(empty: str, tmp_path: Path) -> None:
    files(tmp_path, s0001_a="CREATE TABLE a ()")
    assert applied(empty, tmp_path) == ["0001_a.sql"]
    files(tmp_path, s0002_b="CREATE TABLE b ()", s0003_c="ALTER TABLE b ADD n int")
    assert applied(empty, tmp_path) == ["0002_b.sql", "0003_c.sql"]


def test_a_changed_file_is_told_and_nothing_applied(empty: str, tmp_path: Path) -> None:
    applied(empty, files(tmp_path, s0001_a="CREATE TABLE a ()"))
    files(tmp_path, s0001_a="CREATE TABLE a (n int)", s0002_b="CREATE TABLE b ()")
    with pytest.raises(StoreMismatch, match=r"0001_a\.sql"):
        applied(empty, tmp_path)
    assert rows(empty, b"SELECT to_regclass('b')") == [(None,)]


def test_line_ends_are_no_change(empty: str, tmp_path: Path) -> None:
    applied(empty, files(tmp_path, s0001_a="CREATE TABLE a\n ()\n"))
    (tmp_path / "0001_a.sql").write_bytes(b"CREATE TABLE a\r\n ()\r\n")
    migrations_in.cache_clear()
    assert applied(empty, tmp_path) == []


def test_a_database_ahead_of_the_program_is_told(empty: str, tmp_path: Path) -> None:
    applied(empty, files(tmp_path, s0001_a="CREATE TABLE a ()", s0002_b="CREATE TABLE b ()"))
    (tmp_path / "0002_b.sql").unlink()
    migrations_in.cache_clear()
    with pytest.raises(StoreMismatch, match="step 2") as caught:
        applied(empty, tmp_path)
    assert "新的程序" in caught.value.say("zh")


def test_a_failing_file_is_rolled_back_whole_and_told_with_its_line(empty: str, tmp_path: Path) -> None:
    files(
        tmp_path,
        s0001_a="CREATE TABLE a ()",
        s0002_b="CREATE TABLE b ();\n\nALTER TABLE nowhere\nADD n int;",
        s0003_c="CREATE TABLE c ()",
    )
    with pytest.raises(StoreFault, match=r"0002_b\.sql.*nowhere"):
        applied(empty, tmp_path)
    assert rows(empty, b"SELECT to_regclass('a'), to_regclass('b'), to_regclass('c')") == [("a", None, None)]
    files(tmp_path, s0002_b="CREATE TABLE b ();\nSELECT nothing;")
    with pytest.raises(StoreFault, match=r"0002_b\.sql line 2"):
        applied(empty, tmp_path)
    files(tmp_path, s0002_b="CREATE TABLE b ();")
    assert applied(empty, tmp_path) == ["0002_b.sql", "0003_c.sql"]


@pytest.mark.parametrize(
    "text", ["CREATE TABLE b (); COMMIT", "COMMIT; BEGIN; CREATE TABLE b ()", "ROLLBACK"]
)
def test_a_file_that_ends_the_transaction_by_itself_is_told(empty: str, tmp_path: Path, text: str) -> None:
    with pytest.raises(StoreFault, match="by itself"):
        applied(empty, files(tmp_path, s0001_a=text))


def test_a_killed_runner_holds_nobody_up(empty: str, tmp_path: Path) -> None:
    slow = files(tmp_path, s0001_a="CREATE TABLE a (); SELECT pg_sleep(60)")
    failed: list[Exception] = []

    def run() -> None:
        try:
            applied(empty, slow)
        except (psycopg.Error, StoreFault) as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    runner = b"FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    while not rows(empty, b"SELECT pid " + runner):
        assert thread.is_alive()
    rows(empty, b"SELECT pg_terminate_backend(pid, 5000) " + runner)
    thread.join()
    assert len(failed) == 1
    assert applied(empty, files(tmp_path, s0001_a="CREATE TABLE a ()")) == ["0001_a.sql"]


@pytest.mark.parametrize("name", ["1_a", "0002_a", "0001_A", "0001-a"])
def test_misnamed_files_are_told(tmp_path: Path, name: str) -> None:
    files(tmp_path, **{f"s{name}": "SELECT 1"})
    with pytest.raises(ValueError, match="0001_name"):
        migrations_in(tmp_path)


@pytest.mark.parametrize("binaries", OTHER_BINARIES, ids=lambda path: path.parent.name)
def test_our_files_apply_on_the_systems_postgres(
    binaries: Path, start_server: Callable[[Path], Embedded]
) -> None:
    """An older server by DSN, as an operator may have it; 15 is the oldest that will do."""
    server = start_server(binaries)
    store = open_store(make_conninfo("", **server.connection()), server.data_dir)
    assert store.state.version.startswith(binaries.parent.name)
    assert store.migrate() == [path.name for path in sorted(MIGRATIONS.glob("*.sql"))]
    store.close()
    assert server.leave()
    with pytest.raises(StoreMismatch, match=f"PostgreSQL {binaries.parent.name}"):
        Embedded(server.data_dir).join()
