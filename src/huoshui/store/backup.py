"""A copy of the whole database in one file, by PostgreSQL's own pg_dump, and back again into an empty one.

The same way leads from one version of PostgreSQL to the next. The log's signing key is no part of the database: it lies
in the installation's `keys`.
"""

import os
import secrets
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from huoshui.base.errors import CannotWrite, StoreFault, StoreNotEmpty, StoreUnavailable
from huoshui.store.embedded import WHEEL, binaries_of_wheel
from huoshui.store.postgres import Store
from huoshui.store.statements import statement

SYSTEM_BINARIES = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep the programs of each version."""


def dump(store: Store, file: Path) -> None:
    """Write `file`, whole or not at all, readable by its owner alone: everything committed at one moment.

    Raises CannotWrite, StoreUnavailable, StoreFault.
    """
    building = file.with_name(f"{file.name}.new-{secrets.token_hex(4)}")
    try:
        os.close(os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise CannotWrite(file=file) from error
    try:
        run("pg_dump", store, "--format=custom", f"--file={building}", "--no-owner", "--no-privileges")
        with building.open("rb") as written:
            os.fsync(written.fileno())
        building.replace(file)
    finally:
        building.unlink(missing_ok=True)


def restore(store: Store, file: Path) -> None:
    """Fill an empty database from `file`, in one transaction. Raises StoreNotEmpty, StoreUnavailable, StoreFault."""
    with store.transaction() as connection:
        if connection.execute(statement("any_table")).fetchone():
            raise StoreNotEmpty(database=store.state.database)
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    run("pg_restore", store, *options, str(file))
    with store.transaction() as connection:
        connection.execute(statement("count_rows_anew"))


def run(program: str, store: Store, *options: str) -> None:
    """One of PostgreSQL's programs on this database; the password goes by the environment, never by a command line."""
    keywords = {name: str(value) for name, value in conninfo_to_dict(store.dsn()).items()}
    password = keywords.pop("password", None)
    environment = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    major = store.state.version_number // 10_000
    at = f"--dbname={make_conninfo('', **keywords)}"
    command = [client_program(program, major), "--no-password", at, *options]
    told = subprocess.run(command, env=environment, capture_output=True, check=False)
    if told.returncode:
        words = " | ".join(told.stderr.decode("utf-8", "replace").strip().split("\n")[-3:])
        raise StoreFault(sqlstate="-", detail=words)


def client_program(name: str, major: int) -> str:
    """Of the server's own version where there is one: an older server does not take what a newer pg_restore says.

    Else the wheel's, else whatever the system has: a newer pg_dump reads every older server. Raises StoreUnavailable.
    """
    of_system = SYSTEM_BINARIES / str(major) / "bin" / name
    if find_spec(WHEEL) and version(WHEEL).split(".")[0] != str(major) and of_system.exists():
        return str(of_system)
    try:
        return str(binaries_of_wheel() / name)
    except StoreUnavailable:
        found = of_system if of_system.exists() else shutil.which(name)
        if found is None:
            raise
        return str(found)
