"""The schema grows by numbered files, `migrations/NNNN_name.sql`: each applied once, in one transaction, for ever.

Runners that race wait for one another at an advisory lock that a transaction holds, so that whoever is killed holds
nothing up. What was applied is remembered with the file's hash: a file that was changed afterwards is told, never
passed over. A file holds plain statements; it may not commit by itself.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from huoshui.base.errors import StoreFault, StoreMismatch
from huoshui.store.statements import statement

MIGRATIONS = Path(__file__).parent / "migrations"
NAME = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, text, and the hash by which it is known again."""

    number: int
    name: str
    text: bytes

    @property
    def sha256(self) -> str:
        """Of the text as it stands in the repository, whatever line ends a checkout gave it."""
        return hashlib.sha256(self.text).hexdigest()


def apply_migrations(connection: psycopg.Connection[Any], folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is new, each file in a transaction of its own; the names of the files applied.

    Raises StoreMismatch where a file was changed after it was applied, or the database is ahead of this program;
    StoreFault, with file and line, where a statement fails: that file is then rolled back whole.
    """
    files = migrations_in(folder)
    applied: list[str] = []
    while True:
        with connection.transaction():
            connection.execute(statement("migration_lock"))
            connection.execute(statement("migration_table"))
            known = dict(connection.execute(statement("migrations_applied")).fetchall())
            compare(files, known)
            waiting = [file for file in files if file.number not in known]
            if not waiting:
                return applied
            apply(connection, waiting[0])
        applied.append(waiting[0].name)


@cache
def migrations_in(folder: Path) -> list[Migration]:
    """The files in order. Raises ValueError for a name of another form, or a number missing or given twice."""
    files = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        found = NAME.fullmatch(path.name)
        if found is None or int(found[1]) != number:
            raise ValueError(f"{path.name}: file {number} of the schema is called {number:04}_name.sql")
        files.append(Migration(number, path.name, path.read_bytes().replace(b"\r\n", b"\n")))
    return files


def compare(files: list[Migration], known: dict[int, str]) -> None:
    """What was applied must be what we have. Raises StoreMismatch."""
    changed = [file.name for file in files if known.get(file.number, file.sha256) != file.sha256]
    if changed:
        names = ", ".join(changed)
        raise StoreMismatch(
            reason_zh=f"{names} 在用过之后被改了; 换回原来的文件, 改动写进新的编号",
            reason_en=f"{names}: changed after it was applied; put the old text back, and give the change a new number",
        )
    ahead = max(known, default=0)
    if ahead > len(files):
        raise StoreMismatch(
            reason_zh=f"数据库已经到第 {ahead} 步, 这个程序只到第 {len(files)} 步; 请用新的程序",
            reason_en=f"the database is at step {ahead}, this program knows {len(files)}; use the newer program",
        )


def apply(connection: psycopg.Connection[Any], file: Migration) -> None:
    """Run one file inside the transaction that is open, and remember it."""
    before = connection.execute(statement("transaction_id")).fetchone()
    try:
        connection.execute(file.text)
    except psycopg.errors.QueryCanceled:
        raise
    except psycopg.Error as error:
        place = error.diag.statement_position
        line = file.text.decode()[: int(place)].count("\n") + 1 if place else "?"
        detail = f"{file.name} line {line}: {error.diag.message_primary or error}"
        raise StoreFault(sqlstate=error.sqlstate or "-", detail=detail) from error
    open_still = connection.info.transaction_status == TransactionStatus.INTRANS
    if not open_still or connection.execute(statement("transaction_id")).fetchone() != before:
        raise StoreFault(sqlstate="-", detail=f"{file.name} ends the transaction by itself")
    row = {"number": file.number, "name": file.name, "sha256": file.sha256}
    connection.execute(statement("migration_done"), row)
