"""What tests share: real data and a browser, where the machine has them, and a loud word where it has not."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count as counted
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from huoshui.base.errors import StoreError
from huoshui.store.embedded import Embedded
from huoshui.store.postgres import Store, open_store
from setup import BROWSERS, BROWSERS_MAC

ROOT = Path(__file__).resolve().parent.parent
NOT_RUN = "not run: "

# A busy machine is no defect of the code: no deadlines. A failing example prints how to run it again.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data: HUOSHUI_DATA, else ../shared/data beside the checkout."""
    folder = Path(os.environ.get("HUOSHUI_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"{NOT_RUN}no data (set HUOSHUI_DATA to its folder)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome on this machine."""
    for name in (*BROWSERS, *BROWSERS_MAC):  # the set-up looks for the same
        path = shutil.which(name)
        if path:
            return path
    pytest.skip(f"{NOT_RUN}no Chromium (`make test` says how to install it)")


@pytest.fixture(scope="session")
def server_place() -> str:
    """Where clusters of tests lie: in memory where there is room, for every disk is slow when others write.

    Never in pytest's own folder: as root the server runs as another account, which could not get in there.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > SERVER_PLACE_BYTES_MIN
    return str(memory) if roomy else tempfile.gettempdir()


SERVER_PLACE_BYTES_MIN = 4_000_000_000


@pytest.fixture(scope="session")
def server(server_place: str) -> Iterator[Store]:
    """Our own PostgreSQL, one for each worker of a run; its own database stays empty."""
    sweep(server_place)
    folder = Path(tempfile.mkdtemp(prefix=SERVER_PREFIX, dir=server_place))
    folder.chmod(0o755)
    # Another version than the wheel's: HUOSHUI_TEST_BINARIES=/usr/lib/postgresql/15/bin make test
    binaries = os.environ.get("HUOSHUI_TEST_BINARIES")
    embedded = Embedded(folder, binaries=Path(binaries) if binaries else None)
    embedded.join()
    store = open_store(make_conninfo("", **embedded.connection()), folder)
    yield store
    store.close()
    embedded.leave()
    shutil.rmtree(folder)


SERVER_PREFIX = "huoshui-server-"


def sweep(place: str) -> None:
    """End the servers of test runs that were killed, and take their folders away: those that nobody uses."""
    for folder in Path(place).glob(f"{SERVER_PREFIX}*"):
        left = Embedded(folder)
        if (folder / "store.json").exists():
            with suppress(StoreError, OSError):  # of another version, or another worker was quicker
                left.join()
                if left.leave():
                    shutil.rmtree(folder)


@pytest.fixture
def start_server(server_place: str) -> Iterator[Callable[[Path], Embedded]]:
    """Starts a server of other binaries; it is ended and taken away after the test, whatever comes of it."""
    started: list[Embedded] = []

    def start(binaries: Path) -> Embedded:
        folder = Path(tempfile.mkdtemp(prefix="huoshui-test-", dir=server_place))
        folder.chmod(0o755)
        started.append(Embedded(folder, binaries=binaries))
        started[-1].join()
        return started[-1]

    yield start
    for embedded in started:
        embedded.leave()
        shutil.rmtree(embedded.data_dir)


@pytest.fixture(scope="session")
def migrated(server: Store) -> str:
    """The name of a database with the whole schema and no rows, to be copied."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    template = open_store(server.dsn(database="migrated"), Path())
    template.migrate()
    template.close()
    return "migrated"


DATABASE_NUMBERS = counted(1)


@pytest.fixture
def database(server: Store, migrated: str) -> Iterator[str]:
    """The DSN of a fresh database with the whole schema; dropped afterwards, whoever is still in it."""
    name = f"test_{next(DATABASE_NUMBERS)}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(migrated)
        )
        connection.execute(words)
        yield server.dsn(database=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals what did not run, so that a green line is not taken for more than it is."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_RUN in reason:
            key = reason.partition(NOT_RUN)[2]
            reasons[key] = reasons.get(key, 0) + 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {count} tests: {reason}", red=True, bold=True)
