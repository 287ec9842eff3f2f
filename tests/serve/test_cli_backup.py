"""backup and restore as one types them: the books come back whole, in an empty database alone."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from huoshui.base.clock import new_id, now_utc
from huoshui.serve.cli import main
from huoshui.store.embedded import Embedded
from huoshui.store.postgres import Store, open_store
from huoshui.store.statements import statement

Capture = pytest.CaptureFixture[str]
OTHER_BINARIES = sorted(path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture
def empty(server: Store) -> Iterator[str]:
    """The DSN of a database without anything in it."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
        yield server.dsn(database="restored")
        connection.execute("DROP DATABASE restored WITH (FORCE)")


def book(dsn: str, count: int) -> None:
    store = open_store(dsn, Path())
    ids = [new_id(now_utc()) for _ in range(count)]
    with store.transaction() as connection:
        given = {"subjects": ids, "kinds": [2] * count, "bodies": [b"record " + one.bytes for one in ids]}
        connection.execute(statement("append_leaves"), given)
    store.close()


def everything(dsn: str) -> dict[str, list[object]]:
    """Every row of every table."""
    with psycopg.connect(dsn) as connection:
        names = connection.execute("SELECT relname FROM pg_stat_user_tables ORDER BY 1").fetchall()
        return {
            name: sorted(map(str, connection.execute(f'SELECT * FROM "{name}"'.encode()).fetchall()))
            for (name,) in names
        }


def test_the_books_come_back_whole(
    database: str, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("HUOSHUI_HOME", str(tmp_path / "家 目录"))
    monkeypatch.setenv("HUOSHUI_DSN", database)
    book(database, 5)
    file = tmp_path / "备份 1.dump"
    assert main(["backup", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = everything(database)
    assert len(before["audit_leaves"]) == 5
    monkeypatch.setenv("HUOSHUI_DSN", empty)
    assert main(["restore", str(file), "--lang", "en"]) == 0
    assert "Restored" in capsys.readouterr().out
    assert everything(empty) == before
    book(empty, 2)
    assert main(["head", "--json"]) == 0
    assert main(["verify", "--json"]) == 0
    capsys.readouterr()
    assert main(["restore", str(file), "--json"]) == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "store_not_empty"
    assert len(everything(empty)["audit_leaves"]) == 7


@pytest.mark.parametrize("binaries", OTHER_BINARIES, ids=lambda path: path.parent.name)
def test_the_way_to_another_version(
    binaries: Path,
    empty: str,
    start_server: Callable[[Path], Embedded],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dsn = make_conninfo("", **start_server(binaries).connection())
    monkeypatch.setenv("HUOSHUI_HOME", str(tmp_path))
    monkeypatch.setenv("HUOSHUI_DSN", dsn)
    assert main(["backup", str(tmp_path / "empty.dump")]) == 0
    book(dsn, 5)
    assert main(["head"]) == 0
    assert main(["backup", str(tmp_path / "a.dump")]) == 0
    before = everything(dsn)
    monkeypatch.setenv("HUOSHUI_DSN", empty)
    assert main(["restore", str(tmp_path / "a.dump")]) == 0
    assert everything(empty) == before
    assert main(["head"]) == 0
    book(empty, 3)
    assert main(["verify"]) == 0


def test_a_backup_that_fails_leaves_the_old_one(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("HUOSHUI_HOME", str(tmp_path))
    monkeypatch.setenv("HUOSHUI_DSN", database)
    file = tmp_path / "a.dump"
    file.write_text("the old one")
    monkeypatch.setattr("huoshui.store.backup.client_program", lambda *_: "/bin/false")
    assert main(["backup", str(file)]) == 5
    assert file.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["a.dump"]
    assert main(["backup", str(tmp_path / "nowhere" / "a.dump")]) == 2


def test_a_torn_backup_is_not_restored_by_half(
    database: str, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUOSHUI_HOME", str(tmp_path))
    monkeypatch.setenv("HUOSHUI_DSN", database)
    file = tmp_path / "a.dump"
    book(database, 100)
    assert main(["backup", str(file)]) == 0
    monkeypatch.setenv("HUOSHUI_DSN", empty)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - 200])
    assert main(["restore", str(file)]) == 5
    assert everything(empty) == {}


def test_what_is_no_backup_changes_nothing(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("HUOSHUI_HOME", str(tmp_path))
    monkeypatch.setenv("HUOSHUI_DSN", empty)
    assert main(["restore", str(tmp_path / "nowhere")]) == 2
    (tmp_path / "torn.dump").write_bytes(os.urandom(1000))
    assert main(["restore", str(tmp_path / "torn.dump")]) == 5
    assert str(conninfo_to_dict(empty)["password"]) not in capsys.readouterr().out
    assert everything(empty) == {}
