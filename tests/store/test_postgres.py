"""The store on the real server: transactions, sign-in, versions, and what goes wrong in our own words."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from huoshui.base.errors import (
    HuoshuiError,
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
from huoshui.store import postgres
from huoshui.store.postgres import CONNECTIONS_MAX, WAITING_MAX, Connection, Store, open_store, standing


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = open_store(database, Path())
    yield store
    store.close()


def run(store: Store, words: bytes) -> object:
    with store.transaction() as connection:
        cursor = connection.execute(words)
        return cursor.fetchone() if cursor.description else None


Step = bytes | Callable[[Connection], object]


def steps(store: Store, *taken: Step) -> None:
    """One transaction of statements and of what is called in between."""
    with store.transaction() as connection:
        for step in taken:
            if isinstance(step, bytes):
                connection.execute(step)
            else:
                step(connection)


def test_a_fresh_database_has_the_schema_and_keeps_utc(store: Store) -> None:
    assert run(store, b"SELECT count(*) > 0 FROM migration") == (True,)
    assert run(store, b"SELECT current_setting('TimeZone')") == ("UTC",)
    assert store.migrate() == []


def test_a_transaction_is_whole_or_not_there(store: Store) -> None:
    run(store, b"CREATE TABLE kept (n int PRIMARY KEY)")
    with pytest.raises(ZeroDivisionError):
        steps(store, b"INSERT INTO kept VALUES (1)", lambda connection: 1 / 0)
    assert run(store, b"SELECT count(*) FROM kept") == (0,)
    with store.transaction() as connection:
        connection.execute("INSERT INTO kept VALUES (1)")
    assert run(store, b"SELECT count(*) FROM kept") == (1,)


FAILURES: list[tuple[bytes, type[StoreError]]] = [
    (b"INSERT INTO kept VALUES (1), (1)", StoreRefused),
    (b"INSERT INTO kept VALUES (-1)", StoreRefused),
    (b"SELECT nothing", StoreFault),
    (b"SELECT 1 / 0", StoreFault),
    (b"SELECT nowhere FROM nobody", StoreFault),
    (b"SET LOCAL statement_timeout = 10; SELECT pg_sleep(1)", StoreBusy),
    (b"SET TRANSACTION READ ONLY; INSERT INTO kept VALUES (3)", StoreUnavailable),
    (b"SET LOCAL ROLE pg_read_all_stats; SELECT n FROM kept", StoreDenied),
]


@pytest.mark.parametrize(("words", "kind"), FAILURES)
def test_a_failing_statement_is_told_in_both_languages(
    store: Store, words: bytes, kind: type[StoreError]
) -> None:
    run(store, b"CREATE TABLE kept (n int PRIMARY KEY CONSTRAINT n_is_positive CHECK (n > 0))")
    with pytest.raises(kind) as caught:
        run(store, words)
    assert type(caught.value) is kind
    assert caught.value.say("zh") != caught.value.say("en")
    assert caught.value.exit_status == 5
    if kind is StoreRefused:
        assert caught.value.data["constraint"] in ("kept_pkey", "n_is_positive")
    assert run(store, b"SELECT count(*) FROM kept") == (0,)


def test_a_value_that_psycopg_cannot_send_is_a_fault_of_ours(store: Store) -> None:
    with pytest.raises(StoreFault):
        steps(store, lambda connection: connection.execute("SELECT %s", [object()]))


def test_a_check_at_the_commit_is_told_too(store: Store) -> None:
    run(store, b"CREATE TABLE kept (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(StoreRefused, match="kept_n_key"):
        steps(store, b"INSERT INTO kept VALUES (1), (1)")


def test_two_that_wait_for_each_other_are_told_to_try_again(store: Store) -> None:
    run(store, b"CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)")
    first_holds = threading.Barrier(2)
    told: list[StoreError] = []

    def take(one: int, other: int) -> None:
        try:
            with store.transaction() as connection:
                connection.execute("SET LOCAL deadlock_timeout = '50ms'")
                connection.execute("SELECT n FROM kept WHERE n = %s FOR UPDATE", [one])
                first_holds.wait()
                connection.execute("SELECT n FROM kept WHERE n = %s FOR UPDATE", [other])
        except StoreError as error:
            told.append(error)

    threads = [threading.Thread(target=take, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in told] == [StoreBusy]
    assert told[0].retry


def test_a_lock_that_is_not_given_back_is_told(store: Store) -> None:
    run(store, b"CREATE TABLE kept (n int)")
    with store.transaction() as holder:
        holder.execute("LOCK TABLE kept")
        with pytest.raises(StoreBusy):
            steps(store, b"SET LOCAL lock_timeout = '20ms'", b"LOCK TABLE kept")


def test_rows_changed_meanwhile_are_told_to_a_serializable_transaction(store: Store) -> None:
    run(store, b"CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    with pytest.raises(StoreBusy):
        steps(
            store,
            b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            b"SELECT n FROM kept",
            lambda _: run(store, b"UPDATE kept SET n = 2"),
            b"UPDATE kept SET n = 3",
        )


def test_a_connection_lost_before_the_commit_wrote_nothing(store: Store) -> None:
    run(store, b"CREATE TABLE kept (n int)")
    with pytest.raises(StoreUnavailable):
        steps(store, b"INSERT INTO kept VALUES (1)", partial(cut, store), b"INSERT INTO kept VALUES (2)")
    assert run(store, b"SELECT count(*) FROM kept") == (0,)


def test_a_connection_lost_in_the_commit_leaves_the_outcome_unknown(store: Store) -> None:
    run(store, b"CREATE TABLE kept (n int)")
    with pytest.raises(OutcomeUnknown):
        steps(store, b"INSERT INTO kept VALUES (1)", partial(cut, store))
    assert run(store, b"SELECT count(*) FROM kept") in ((0,), (1,))


def cut(store: Store, connection: Connection) -> None:
    """End a connection at the server's side."""
    with psycopg.connect(store.dsn(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])


def test_connections_lost_while_idle_are_not_given_out(store: Store) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(store.transaction()) for _ in range(CONNECTIONS_MAX)]
        pids = [connection.info.backend_pid for connection in connections]
    with psycopg.connect(store.dsn(), autocommit=True) as other:
        for pid in pids:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    for _ in range(CONNECTIONS_MAX):
        assert run(store, b"SELECT 1") == (1,)


def test_the_pool_is_bounded_and_says_so(store: Store) -> None:
    store.pool.timeout = 0.1
    with ExitStack() as stack:
        for _ in range(CONNECTIONS_MAX):
            stack.enter_context(store.transaction())
        with pytest.raises(StoreBusy, match="every connection"):
            run(store, b"SELECT 1")


def test_those_who_wait_are_bounded_too(store: Store) -> None:
    assert store.pool.max_waiting == WAITING_MAX
    store.pool.max_waiting = 1
    told: list[StoreError] = []

    def ask() -> None:
        try:
            run(store, b"SELECT 1")
        except StoreError as error:
            told.append(error)

    with ExitStack() as stack:
        for _ in range(CONNECTIONS_MAX):
            stack.enter_context(store.transaction())
        waiting = [threading.Thread(target=ask) for _ in range(3)]
        for thread in waiting:
            thread.start()
        while len(told) < 2:
            assert any(thread.is_alive() for thread in waiting)
    for thread in waiting:
        thread.join()
    assert [(type(error), "too many" in str(error)) for error in told] == [(StoreBusy, True)] * 2


def test_an_owner_without_further_rights_is_enough(server: Store) -> None:
    """Of a database by DSN: no superuser, no right that an operator would have to grant."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE ROLE shop LOGIN PASSWORD 'shop'")
        connection.execute("CREATE DATABASE shop OWNER shop")
    store = open_store(make_conninfo(server.dsn(database="shop"), user="shop", password="shop"), Path())
    assert store.migrate() != []
    assert run(store, b"SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == (False,)
    store.close()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("DROP DATABASE shop WITH (FORCE)")
        connection.execute("DROP ROLE shop")


def test_a_pool_without_a_server_says_why(
    store: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A connection that is still being made would be there in spite of all.
    store.pool.wait()
    monkeypatch.setattr(store.pool, "conninfo", "host=127.0.0.1 port=1")
    monkeypatch.setattr(store, "conninfo", lambda: "host=127.0.0.1 port=1")
    monkeypatch.setattr(store.pool, "timeout", 0.2)
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database() AND backend_type = 'client backend'"
        )
    with pytest.raises(StoreUnavailable, match="port 1"):
        run(store, b"SELECT 1")


def test_wrong_dsns_are_told_without_the_password(server: Store) -> None:
    given = conninfo_to_dict(server.dsn())
    wrong = [
        ({**given, "password": "secret-word"}, StoreDenied),
        ({**given, "dbname": "nowhere"}, StoreUnavailable),
        ({**given, "host": "127.0.0.1", "port": "1"}, StoreUnavailable),
    ]
    for keywords, kind in wrong:
        dsn = make_conninfo("", **{k: str(v) for k, v in keywords.items()})
        for attempt in (lambda dsn=dsn: open_store(dsn, Path()), lambda dsn=dsn: standing(dsn, Path())):
            with pytest.raises(kind) as caught:
                attempt()
            assert str(keywords["password"]) not in caught.value.say("zh") + caught.value.say("en")
    with pytest.raises(StoreUnavailable) as caught_dsn:
        open_store("postgresql://a:secret-word@:::", Path())
    assert "secret-word" not in caught_dsn.value.say("zh")


def test_too_many_connections_are_told(database: str, server: Store) -> None:
    name = str(conninfo_to_dict(database)["dbname"])
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest' CONNECTION LIMIT 0")
    dsn = make_conninfo(server.dsn(database=name), user="guest", password="guest")
    with pytest.raises(StoreFull):
        open_store(dsn, Path())
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("DROP ROLE guest")


def test_an_old_server_and_another_encoding_are_told(server: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreMismatch, match="LATIN1"):
        open_store(server.dsn(database="latin"), Path())
    monkeypatch.setattr(postgres, "VERSION_MIN", 99)
    with pytest.raises(StoreMismatch, match="99 to"):
        open_store(server.dsn(), Path())
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("DROP DATABASE latin")


def test_a_server_by_dsn_is_never_stopped(server: Store) -> None:
    store = open_store(server.dsn(), Path())
    assert not store.close()
    assert run(server, b"SELECT 1") == (1,)
    assert standing(server.dsn(), Path()).state == "running"


def test_every_error_of_the_store_has_its_own_code() -> None:
    kinds = [StoreError, *StoreError.__subclasses__()]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(issubclass(kind, HuoshuiError) and kind.text.zh != kind.text.en for kind in kinds)
