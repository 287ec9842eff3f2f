"""One server for ours and the peers: its processor time over all its processes, pgbench TPC-B, and COPY."""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psycopg

from huoshui.store.embedded import binaries_of_wheel
from huoshui.store.postgres import Store, open_store

TICKS = os.sysconf("SC_CLK_TCK")
CLIENTS = 8
SCALE = 10
"""A million accounts of pgbench, so that its clients seldom wait for each other."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What so many operations took: processor time of the server's processes, and time on the wall."""

    operations: int
    processor_us: float
    wall_us: float

    @property
    def each_us(self) -> float:
        """Processor time of one."""
        return self.processor_us / self.operations

    @property
    def wall_each_us(self) -> float:
        """Time on the wall of one."""
        return self.wall_us / self.operations


@contextmanager
def bench_store(dsn: str | None) -> Iterator[Store]:
    """A database with the schema: on our own server in a folder on disk, or by DSN."""
    with tempfile.TemporaryDirectory(prefix="huoshui-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        store = open_store(dsn, Path(folder))
        try:
            store.migrate()
            yield store
        finally:
            store.close()


def postmaster(store: Store) -> int:
    """The process id of the server; it must run on this machine."""
    with store.transaction() as connection:
        row = connection.execute("show data_directory").fetchone()
    assert row is not None
    return int((Path(row[0]) / "postmaster.pid").read_text().split("\n")[0])


def processor_ticks(server: int) -> int:
    """User and system time of the server, its processes and those that have ended."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.read_text().rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked, and is in its parent's sums
        cells = fields.split()
        pid, parent = int(name.split(" ", 1)[0]), int(cells[1])
        if pid == server:
            total += sum(map(int, cells[11:15]))
        elif parent == server:
            total += int(cells[11]) + int(cells[12])
    return total


def measured(store: Store, operations: int, work: Callable[[], None]) -> Cost:
    """What `work` costs the server, and how long it takes."""
    server = postmaster(store)
    ticks, begin = processor_ticks(server), perf_counter()
    work()
    wall = perf_counter() - begin
    return Cost(operations, (processor_ticks(server) - ticks) / TICKS * 1e6, wall * 1e6)


def pgbench_made(store: Store) -> None:
    """The tables of pgbench."""
    _pgbench(store, "-i", "-q", "-s", str(SCALE))


def tpc_b(store: Store, seconds: int) -> Cost:
    """Pgbench's TPC-B-like transactions with prepared statements, of eight clients."""
    server = postmaster(store)
    ticks, begin = processor_ticks(server), perf_counter()
    told = _pgbench(store, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds))
    wall = perf_counter() - begin
    done = re.search(r"actually processed: (\d+)", told)
    assert done, told
    return Cost(int(done[1]), (processor_ticks(server) - ticks) / TICKS * 1e6, wall * 1e6)


def _pgbench(store: Store, *options: str) -> str:
    told = subprocess.run(
        [str(binaries_of_wheel() / "pgbench"), *options, store.dsn()],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


def copied(store: Store, rows: int, tables: tuple[str, ...]) -> Cost:
    """COPY of `rows` rows into tables of the same shape, with the same indexes: the floor for any way to write them."""
    with psycopg.connect(store.dsn(), autocommit=True) as connection:
        texts = []
        for table in tables:
            connection.execute(f"drop table if exists {table}_copied")  # type: ignore[arg-type]
            connection.execute(f"create table {table}_copied (like {table} including all)")  # type: ignore[arg-type]
            select = f"copy (select * from {table} order by id desc limit {rows}) to stdout"
            with connection.cursor().copy(select) as out:  # type: ignore[arg-type]
                texts.append(b"".join(bytes(block) for block in out))

        def work() -> None:
            for table, text in zip(tables, texts, strict=True):
                with connection.cursor().copy(f"copy {table}_copied from stdin") as into:  # type: ignore[arg-type]
                    into.write(text)

        return measured(store, rows, work)
