"""A PostgreSQL of our own on a real disk, and the processor time that all of its processes take."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from huoshui.store.embedded import Embedded, binaries_of_wheel
from huoshui.store.postgres import Store, open_store

SQL = Path(__file__).resolve().parent.parent / "sql" / "ledger"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True, slots=True)
class Took:
    """What a piece of work took: CPU seconds of all the server's processes and of this one, and seconds."""

    ops: int
    server_s: float
    client_s: float
    wall_s: float

    @property
    def server_us(self) -> float:
        """CPU microseconds of the server for each op."""
        return self.server_s / self.ops * 1e6

    @property
    def both_us(self) -> float:
        """CPU microseconds of server and client for each op."""
        return (self.server_s + self.client_s) / self.ops * 1e6

    @property
    def wall_us(self) -> float:
        """Microseconds by the clock on the wall for each op."""
        return self.wall_s / self.ops * 1e6


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: who connects to it and which of its processes began all others."""

    store: Store
    keywords: dict[str, str]
    binaries: Path
    postmaster: int
    folder: Path

    def cpu_s(self) -> float:
        """CPU seconds of every process it ever had."""
        family: list[int] = []
        seconds = 0.0
        while family != (
            now := _family(self.postmaster)
        ):  # one that ends meanwhile would be missed, or counted twice
            family = now
            seconds = sum(_seconds(pid, ended=pid == self.postmaster) for pid in family)
        return seconds

    @contextlib.contextmanager
    def clocked(self, took: list[Took], ops: int) -> Iterator[None]:
        """Append what happens inside to `took`, as the work of `ops` ops."""
        server, client, wall = self.cpu_s(), time.process_time(), time.perf_counter()
        yield
        client, wall = time.process_time() - client, time.perf_counter() - wall
        took.append(Took(ops, self.cpu_s() - server, client, wall))

    def run(self, name: str, **given: object) -> list[tuple[object, ...]]:
        """Run a statement of sql/ledger; its rows, if it has any."""
        with self.store.transaction() as connection:
            cursor = connection.execute(statement(name), given or None)
            return cursor.fetchall() if cursor.description else []

    def number(self, name: str, **given: object) -> int:
        """The one number a statement answers with."""
        return int(str(self.run(name, **given)[0][0]))


def statement(name: str) -> bytes:
    """A statement of sql/ledger."""
    return (SQL / f"{name}.sql").read_bytes()


@contextlib.contextmanager
def running(place: Path | None, binaries: Path | None) -> Iterator[Server]:
    """A fresh server with the whole schema in a folder of its own under `place`; both are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="huoshui-bench-", dir=place))
    folder.chmod(0o755)
    embedded = Embedded(folder, binaries=binaries)
    try:
        embedded.join()
        keywords = embedded.connection()
        store = open_store(make_conninfo("", **keywords), folder)
        try:
            store.migrate()
            yield _server(store, keywords, binaries or binaries_of_wheel(), folder)
        finally:
            store.close()
    finally:
        embedded.leave()
        shutil.rmtree(folder)


def _server(store: Store, keywords: dict[str, str], binaries: Path, folder: Path) -> Server:
    with store.transaction() as connection:
        backend = connection.info.backend_pid
        row = connection.execute(statement("durable")).fetchone()
    if row != tuple(DURABLE.values()):
        raise RuntimeError(f"the server is not durable: {dict(zip(DURABLE, row or (), strict=False))}")
    return Server(store, keywords, binaries, _parent(backend), folder)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _seconds(pid: int, *, ended: bool) -> float:
    """User and system time of a process, and of its children that have ended."""
    try:
        ticks = _stat(pid)[11:15]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, ticks if ended else ticks[:2])) / TICKS_A_SECOND


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]
