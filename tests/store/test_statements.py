"""Every SQL statement has one name, is used, and means something to the database."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from huoshui.store import statements as loader
from huoshui.store.postgres import Store
from huoshui.store.statements import QUERIES, statement, statements

SRC = Path(loader.__file__).parent.parent
NOT_PREPARED = ("create", "set", "lock", "drop", "copy", "truncate", "analyze", "do", "begin")


def loaded(folder: Path, monkeypatch: pytest.MonkeyPatch, **texts: str) -> dict[str, bytes]:
    for name, text in texts.items():
        (folder / f"{name}.sql").write_text(text)
    monkeypatch.setattr(loader, "QUERIES", folder)
    return loader.statements.__wrapped__()


def test_statements_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "-- what these are for\n\n-- name: one\n-- why\nSELECT 1;\n\n-- name: two\nSELECT\n 2\n"
    assert loaded(tmp_path, monkeypatch, a=text) == {"one": b"-- why\nSELECT 1;", "two": b"SELECT\n 2"}


@pytest.mark.parametrize(
    "texts",
    [
        {"a": "-- name: one\nSELECT 1\n", "b": "-- name: one\nSELECT 1\n"},
        {"a": "-- name: one\nSELECT 1\n-- name: one\nSELECT 2\n"},
        {"a": "SELECT 0\n-- name: one\nSELECT 1\n"},
        {"a": "-- name: one\n\n-- name: two\nSELECT 2\n"},
    ],
)
def test_a_name_twice_and_a_statement_without_one_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"[ab]\.sql"):
        loaded(tmp_path, monkeypatch, **texts)


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        statement("nowhere")


def test_every_statement_is_used() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SRC.rglob("*.py"))
    families = tuple(re.findall(r"""f["'](\w+_)\{""", source))
    unused = [name for name in statements() if not re.search(rf"""["']{name}["']""", source)]
    assert [name for name in unused if not name.startswith(families)] == []


def test_no_sql_in_python() -> None:
    """Statements live in .sql files; Python only names them."""
    words = re.compile(r"execute\w*\(\s*[fb]?[\"']", re.IGNORECASE)
    folders = ("store", "flow")
    found = [
        path.name
        for folder in folders
        for path in (SRC / folder).rglob("*.py")
        if words.search(path.read_text("utf-8"))
    ]
    assert found == []


def test_every_statement_means_something_to_the_database(database: str) -> None:
    """The server parses each against the schema: names of tables, columns and functions, types of values."""
    failed = []
    with psycopg.connect(database, autocommit=True) as connection:
        for name, text in statements().items():
            numbered = prepared(text.decode())
            if numbered is None:
                continue
            try:
                connection.execute(f"PREPARE it AS {numbered}".encode())
                connection.execute("DEALLOCATE it")
            except (errors.AmbiguousFunction, errors.IndeterminateDatatype, errors.AmbiguousParameter):
                continue  # the value's type comes with it at run time
            except psycopg.Error as error:
                failed.append(f"{name}: {error}")
    assert failed == []
    assert len(statements()) > len(list(QUERIES.glob("*.sql")))


def prepared(text: str) -> str | None:
    """A statement with $1, $2, ... for its values; None for what cannot be prepared."""
    plain = re.sub(r"--[^\n]*", "", text).strip().rstrip(";")
    if plain.lower().startswith(NOT_PREPARED) or ";" in plain:
        return None
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return re.sub(r"%\((\w+)\)[sbt]", number, plain).replace("%%", "%")


def test_the_session_keeps_its_bounds(server: Store) -> None:
    with server.transaction() as connection:
        bounds = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
        assert connection.execute(bounds).fetchone() == ("10s", "1min")
