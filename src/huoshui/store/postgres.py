"""The database: our own server or any by DSN, a pool of connections, and what goes wrong said in our own errors.

    store = open_store(None, data_dir)          our own server (store/embedded.py), started where it does not run
    store = open_store("postgresql://...", data_dir)
    store.migrate()
    with store.transaction() as connection: ...  commits at the end, rolls back on any error

Notes for those who write statements:
- After a bulk load run ANALYZE on its tables: the planner knows nothing of them until then.
- psycopg prepares a statement at its fifth run, and the server may then settle on a plan that ignores the values
  (one query fell from 30,000 to 3,000 a second): where EXPLAIN (GENERIC_PLAN) is bad, `SET LOCAL plan_cache_mode`.
- `store.transaction()` says errors as ours; with `store.pool` alone, psycopg's own come through.
- Time is the transaction's: read now() once and hand it to core.
"""

import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from huoshui.base.errors import (
    OutcomeUnknown,
    StoreBusy,
    StoreDenied,
    StoreError,
    StoreFault,
    StoreFull,
    StoreMismatch,
    StoreRefused,
    StoreUnavailable,
)
from huoshui.store.embedded import Embedded
from huoshui.store.migrate import apply_migrations
from huoshui.store.statements import statement

Connection = psycopg.Connection[Any]

# What the pool meets in the background reaches whoever asks it for a connection; nobody's terminal in between.
logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())

VERSION_MIN, VERSION_MAX = 15, 18
CONNECTIONS_MAX = 5
"""Of one process; a platform's four processes stay far below the server's 60."""
CONNECT_SECONDS_MAX = 10
WAIT_SECONDS_MAX = 10
"""For a free connection of the pool; whoever waits longer is told that the database is busy."""

WAITING_MAX = 200
"""Callers that wait for a connection at once; one more is told at once."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a server says of itself."""

    version_number: int
    version: str
    encoding: str
    standby: bool
    fsync: bool
    database: str
    started_at: datetime


class Store:
    """A database in use: `pool` gives connections, `transaction` one transaction."""

    def __init__(self, conninfo: Callable[[], str], embedded: Embedded | None) -> None:
        self.conninfo = conninfo
        self.embedded = embedded
        self.state = greet(conninfo())
        self.pool: ConnectionPool[Connection] = ConnectionPool(
            conninfo,
            min_size=1,
            max_size=CONNECTIONS_MAX,
            open=True,
            configure=settle,
            check=self.check,
            timeout=WAIT_SECONDS_MAX,
            max_waiting=WAITING_MAX,
        )

    def check(self, connection: Connection) -> None:
        """Before a connection is given out. One that is dead tells of a server that went: no other is tried then,
        for the pool would wait longer after each, and new ones are made at once.
        """
        try:
            self.pool.check_connection(connection)
        except psycopg.Error:
            self.pool.drain()
            raise

    def dsn(self, *, database: str | None = None) -> str:
        """The DSN of this database, password included, or of another one on the same server."""
        return make_conninfo(self.conninfo(), **({"dbname": database} if database else {}))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, committed at the end, rolled back on any error. Raises StoreError."""
        with self.connection() as connection:
            yield connection
            try:
                connection.commit()
            except psycopg.Error as error:
                raise told(error, committing=True) from error

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of the pool; every error of the database comes out as one of ours. Raises StoreError."""
        try:
            with self.pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            greet(self.conninfo())  # raises what is wrong, unless every connection is in use indeed
            raise StoreBusy(reason_zh="连接都在用", reason_en="every connection is in use") from error
        except psycopg.Error as error:
            raise told(error) from error

    def migrate(self) -> list[str]:
        """Bring the schema up to this program's; the names of the files applied. Raises StoreError."""
        with self.connection() as connection:
            return apply_migrations(connection)

    def close(self) -> bool:
        """Give every connection back; where we were our own server's last user it stops, which is told."""
        self.pool.close()
        return self.embedded.leave() if self.embedded else False


def open_store(dsn: str | None, data_dir: Path) -> Store:
    """The database named by `dsn`, or our own server with its cluster under `data_dir`.

    Raises StoreUnavailable, StoreDenied, StoreBusy, StoreMismatch or StoreLost.
    """
    if dsn is not None:
        conninfo = completed(dsn)
        return Store(lambda: conninfo, None)
    embedded = Embedded(data_dir)
    embedded.join()
    try:
        return Store(lambda: completed("", **embedded.connection(), sslmode="disable"), embedded)
    except BaseException:
        embedded.leave()
        raise


@dataclass(frozen=True, slots=True)
class Standing:
    """How the database stands, found out without starting anything: `version` and `place` where they are known."""

    state: Literal["none", "stopped", "running"]
    version: str
    place: str


def standing(dsn: str | None, data_dir: Path) -> Standing:
    """Whether the database runs, its version, and where it is. Raises StoreError where it cannot be used."""
    if dsn is not None:
        state = greet(completed(dsn))
        host = conninfo_to_dict(dsn).get("host") or "localhost"
        return Standing("running", state.version, f"{state.database} @ {host}")
    embedded = Embedded(data_dir)
    if not embedded.made():
        return Standing("none", embedded.version(), str(embedded.home()))
    running = embedded.running()
    if running is None or not running.ready:
        return Standing("stopped", embedded.version_of_data(), str(embedded.home()))
    state = greet(completed("", **embedded.keywords(running), sslmode="disable"))
    return Standing("running", state.version, str(embedded.home()))


def completed(dsn: str, **keywords: str) -> str:
    """`dsn` with our name and a bound on waiting, where it does not say otherwise. Raises StoreUnavailable."""
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise StoreUnavailable(
            reason_zh="HUOSHUI_DSN 写得不对, 要像 postgresql://用户:密码@主机:5432/库名",
            reason_en="HUOSHUI_DSN cannot be read; write postgresql://user:password@host:5432/database",
        ) from error
    ours = {"application_name": "huoshui", "connect_timeout": str(CONNECT_SECONDS_MAX)}
    return make_conninfo("", **{**ours, **keywords, **given})


def greet(conninfo: str) -> ServerState:
    """Connect once and see whether this server will do. Raises StoreError."""
    try:
        with psycopg.connect(conninfo, row_factory=class_row(ServerState)) as connection:
            state = connection.execute(statement("server_state")).fetchone()
    except psycopg.Error as error:
        raise told(error) from error
    if state is None:
        raise StoreUnavailable(reason_zh="它什么都不回答", reason_en="it does not answer")
    major = state.version_number // 10_000
    if not VERSION_MIN <= major <= VERSION_MAX:
        raise StoreMismatch(
            reason_zh=f"服务器是 PostgreSQL {state.version}, 支持 {VERSION_MIN} 到 {VERSION_MAX}",
            reason_en=f"the server is PostgreSQL {state.version}; {VERSION_MIN} to {VERSION_MAX} will do",
        )
    if state.encoding != "UTF8":
        raise StoreMismatch(
            reason_zh=f"数据库 {state.database} 的编码是 {state.encoding}, 要 UTF8",
            reason_en=f"the database {state.database} is encoded in {state.encoding}; UTF8 is needed",
        )
    if state.standby:
        raise StoreUnavailable(reason_zh="这是只读的备机", reason_en="it is a read-only standby")
    return state


def settle(connection: Connection) -> None:
    """A new connection keeps UTC, and waits for locks and statements within bounds."""
    connection.execute(statement("session_settings"))
    connection.commit()


def told(error: psycopg.Error, *, committing: bool = False) -> StoreError:
    """One of our errors for what psycopg, its pool or the server says."""
    if committing and (error.sqlstate is None or error.sqlstate[:2] in ("08", "57")):
        return OutcomeUnknown()
    words = (error.diag.message_primary or str(error)).strip().split("\n")[0]
    reason = {"reason_zh": words, "reason_en": words}
    if isinstance(error, TooManyRequests):
        return StoreBusy(reason_zh="等着用它的太多了", reason_en="too many are waiting for it")
    if isinstance(error, PoolClosed):
        return StoreUnavailable(**reason)
    state = error.sqlstate
    if state is None and not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return StoreFault(sqlstate="-", detail=words)
    if state is None:
        return next((kind for form, kind in AT_THE_DOOR if form.search(words)), StoreUnavailable)(**reason)
    for states, kind in KINDS:
        if state.startswith(states):
            return kind(**reason)
    if state.startswith("23"):
        return StoreRefused(constraint=error.diag.constraint_name or words)
    return StoreFault(sqlstate=state, detail=words)


AT_THE_DOOR: tuple[tuple[re.Pattern[str], type[StoreError]], ...] = (
    (
        re.compile("authentication failed|no password supplied|pg_hba.conf|not permitted to log in"),
        StoreDenied,
    ),
    (re.compile("too many (clients|connections)|remaining connection slots"), StoreFull),
)
"""Who is turned away while connecting gets words alone, no SQLSTATE."""

KINDS: tuple[tuple[tuple[str, ...], type[StoreError]], ...] = (
    (("40001", "40P01", "55P03", "57014", "25P03", "55006"), StoreBusy),
    (("53",), StoreFull),
    (("28", "42501"), StoreDenied),
    (("08", "57P", "3D000", "25006"), StoreUnavailable),
)
"""Beginnings of SQLSTATE: 40 rolled back for others' sake, 55P03 lock not got, 57014 cut off by a time limit,
53 resources, 28 sign-in, 08 and 57P the connection, 3D000 no such database, 25006 read-only."""
