"""Which database this installation uses: HUOSHUI_DSN names a server, else our own runs under HUOSHUI_HOME."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huoshui.store import backup, postgres
from huoshui.store.postgres import Standing, Store

HOME_OF_SYSTEM = Path("/var/lib/huoshui")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`dsn` of a server, or None for our own; `data_dir` holds our own, and what an installation keeps besides."""

    dsn: str | None
    data_dir: Path


def database_settings(environment: Mapping[str, str] = os.environ) -> DatabaseSettings:
    """From HUOSHUI_DSN and HUOSHUI_HOME; without the latter the account's own data folder, for root the system's."""
    told = environment.get("HUOSHUI_HOME")
    return DatabaseSettings(
        dsn=environment.get("HUOSHUI_DSN") or None,
        data_dir=Path(told).expanduser() if told else default_home(environment),
    )


def default_home(environment: Mapping[str, str]) -> Path:
    """Where data lies when nobody says otherwise."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return HOME_OF_SYSTEM
    own = environment.get("XDG_DATA_HOME")
    return (Path(own) if own else Path.home() / ".local" / "share") / "huoshui"


def open_database(settings: DatabaseSettings) -> Store:
    """The database, its schema up to date. Raises StoreError."""
    store = postgres.open_store(settings.dsn, settings.data_dir)
    try:
        store.migrate()
    except BaseException:
        store.close()
        raise
    return store


def back_up(settings: DatabaseSettings, file: Path) -> None:
    """The whole database into one file. Raises StoreError, CannotWrite."""
    store = open_database(settings)
    try:
        backup.dump(store, file)
    finally:
        store.close()


def restore(settings: DatabaseSettings, file: Path) -> Standing:
    """An empty database filled from a file, then brought up to this program's schema. Raises StoreError."""
    store = postgres.open_store(settings.dsn, settings.data_dir)
    try:
        backup.restore(store, file)
        store.migrate()
    finally:
        store.close()
    return database_standing(settings)


def database_standing(settings: DatabaseSettings) -> Standing:
    """How the database stands, without starting it. Raises StoreError."""
    return postgres.standing(settings.dsn, settings.data_dir)
