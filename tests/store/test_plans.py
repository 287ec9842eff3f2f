"""The hot statements use their index, whether the server plans for the values it is given or for any values."""

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from huoshui.core.ledger import INVARIANTS
from huoshui.store.books import read
from huoshui.store.postgres import Store
from huoshui.store.statements import statement

ROWS = 60_000
BATCH = 500
PLACE = re.compile(rb"%\((\w+)\)s(?:::[\w\[\]]+)?")

FILLED = """
create function made(at bigint) returns uuid language sql immutable
    return ('019a0000-0000-7000-8000-' || lpad(to_hex(at), 12, '0'))::uuid;
create table filled as select at, made(at) as id, made((at * 7919) % {rows}) as other,
    now() + at * interval '1 minute' as later
    from generate_series(1::bigint, {rows}) as each (at);
insert into wallets (user_id) select id from filled;
insert into accounts (id, kind, name, floor_fen, opened_at) select id, 'campaign', 'x', 0, now() from filled limit 2000;
insert into ops select id, other, other, null, 1, 0, 1, 0, later, later, 0, 5, 0 from filled;
insert into lots select id, other, other, now(), later, now(), 1, (at % 2), 0, 0, 0, 0, at % 2 = 1 from filled;
insert into draws select id, other, 1, 0 from filled;
insert into holds select id, other, 0, 1, later, case when at % 50 > 0 then id end, 1, (at % 50 > 0)::int from filled;
insert into hold_parts select id, other, 1, 0 from filled;
insert into reservations select id, other, other, 1, later, now(), later, case when at % 50 > 0 then id end, 0, 0,
    (at % 50 > 0)::int from filled;
insert into undone select id, 1, 0 from filled where at % 3 = 0;
insert into requests select 'shop', at::text, id from filled;
insert into audit_leaves (place, subject, kind, body) select at, id, 1, 'x' from filled;
update audit_head set sealed_below = {rows} - 100;
analyze
"""

IDS, INTS, SMALL = "uuid[]", "bigint[]", "smallint[]"
ONE = ("bigint", "1")
HOT: dict[str, tuple[set[str], dict[str, tuple[str, str]]]] = {
    "lock_wallets": ({"wallets_pkey"}, {"users": (IDS, "ids")}),
    "open_lots": ({"lots_open"}, {"users": (IDS, "ids")}),
    "lots_by_id": ({"lots_pkey"}, {"lots": (IDS, "ids")}),
    "ops_by_id": ({"ops_pkey"}, {"ops": (IDS, "ids")}),
    "requests_by_key": ({"requests_pkey"}, {"sources": ("text[]", "words"), "keys": ("text[]", "words")}),
    "holds_by_id": ({"holds_pkey"}, {"holds": (IDS, "ids")}),
    "hold_parts": ({"hold_parts_pkey"}, {"holds": (IDS, "ids")}),
    "reservations_by_id": ({"reservations_pkey"}, {"reservations": (IDS, "ids")}),
    "spends_by_id": ({"ops_pkey", "undone_pkey"}, {"ops": (IDS, "ids")}),
    "draws_of": ({"draws_pkey"}, {"ops": (IDS, "ids")}),
    "granted_by_id": ({"lots_pkey", "undone_pkey"}, {"lots": (IDS, "ids")}),
    "update_lots": (
        {"lots_pkey"},
        {"id": (IDS, "ids"), "remaining": (INTS, "ints"), "held": (INTS, "ints"), "spent": (INTS, "ints")},
    ),
    "update_wallets": (
        {"wallets_pkey"},
        {"user": (IDS, "ids")}
        | dict.fromkeys(("principal", "bonus", "principal_held", "bonus_held", "debt"), (INTS, "ints")),
    ),
    "end_holds": ({"holds_pkey"}, {"id": (IDS, "ids"), "by": (IDS, "ids"), "state": (SMALL, "ints")}),
    "end_reservations": (
        {"reservations_pkey"},
        {"id": (IDS, "ids"), "by": (IDS, "ids"), "state": (SMALL, "ints")},
    ),
    "due_lots": ({"lots_due"}, {"limit": ONE}),
    "due_holds": ({"holds_due"}, {"limit": ONE}),
    "due_reservations": ({"reservations_due"}, {"limit": ONE}),
    "account": ({"accounts_pkey"}, {"id": ("uuid", "id")}),
    "wallet": ({"wallets_pkey"}, {"user": ("uuid", "id")}),
    "usable_bonus": ({"lots_open"}, {"user": ("uuid", "id")}),
    "is_anything_unsealed": ({"audit_leaves_order"}, {}),
    "bodies_between": (
        {"audit_leaves_order"},
        {"begin": ("bigint", "end"), "end": ("bigint", "end"), "leaves_max": ONE},
    ),
    "leaf_of": ({"audit_leaves_pkey"}, {"subject": ("uuid", "id")}),
    "logged_ops": ({"ops_pkey"}, {"ids": (IDS, "ids")}),
}
"""What each statement must find its rows by, and its parameters: their type and what they may be."""

VALUES = {
    "ids": [f"019a0000-0000-7000-8000-{at * 97 % ROWS:012x}" for at in range(1, BATCH + 1)],
    "ints": [0] * BATCH,
    "words": [str(at) for at in range(BATCH)],
    "id": "019a0000-0000-7000-8000-000000000001",
    "end": ROWS - 100,
    "1": 1,
}


@pytest.fixture(scope="module")
def books(server: Store, migrated: str) -> Iterator[psycopg.Connection[Any]]:
    """Books with rows enough that reading a whole table would cost more than looking up a batch in it."""
    name = sql.Identifier("plans")
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(migrated)))
        with psycopg.connect(server.dsn(database="plans"), autocommit=True) as inside:
            inside.execute(FILLED.format(rows=ROWS).encode())
            yield inside
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def indexes_used(connection: psycopg.Connection[Any], name: str, *, any_values: bool) -> set[str]:
    """The indexes of a statement's plan, planned for given values or once for any."""
    parameters = HOT[name][1]
    order = list(parameters)
    text = PLACE.sub(lambda found: b"$%d" % (1 + order.index(found[1].decode())), statement(name)).rstrip(
        b";\n "
    )
    types = ", ".join(parameters[at][0] for at in order)
    given = [None if any_values else VALUES[parameters[at][1]] for at in order]
    execute = sql.SQL("explain (format json) execute hot")
    if given:
        words = [
            sql.SQL("{}::" + parameters[at][0]).format(sql.Literal(value))
            for at, value in zip(order, given, strict=True)
        ]
        execute += sql.SQL(" ({})").format(sql.SQL(", ").join(words))
    with connection.transaction(force_rollback=True):
        connection.execute(
            f"set plan_cache_mode = force_{'generic' if any_values else 'custom'}_plan".encode()
        )
        connection.execute(b"deallocate all")
        connection.execute(f"prepare hot{f' ({types})' if types else ''} as ".encode() + text)
        row = connection.execute(execute).fetchone()
    assert row is not None
    return set(re.findall(r'"Index Name": "(\w+)"', json.dumps(row[0])))


@pytest.mark.parametrize("any_values", [False, True], ids=["for values", "for any"])
@pytest.mark.parametrize("name", HOT)
def test_a_hot_statement_finds_its_rows_by_index(
    books: psycopg.Connection[Any], name: str, any_values: bool
) -> None:
    assert HOT[name][0] <= indexes_used(books, name, any_values=any_values)


@pytest.mark.parametrize(
    "index", ["lots_open", "lots_due", "holds_due", "reservations_due", "audit_leaves_order"]
)
def test_losing_an_index_is_seen(books: psycopg.Connection[Any], index: str) -> None:
    users = [name for name, (indexes, _) in HOT.items() if index in indexes]
    with books.transaction(force_rollback=True):
        books.execute(sql.SQL("drop index {}").format(sql.Identifier(index)))
        for name in users:
            assert not HOT[name][0] <= indexes_used(books, name, any_values=False)
    assert users


def looked_up_one_by_one(plan: dict[str, Any]) -> list[str]:
    """The tables that a plan reads again for each row of another."""
    parts = plan.get("Plans", [])
    again = tables_of(parts[1]) if plan["Node Type"] == "Nested Loop" else []
    return again + [table for part in parts for table in looked_up_one_by_one(part)]


def tables_of(plan: dict[str, Any]) -> list[str]:
    own = [plan["Relation Name"]] if "Relation Name" in plan else []
    return own + [table for part in plan.get("Plans", []) for table in tables_of(part)]


@pytest.mark.parametrize("invariant", [invariant.name for invariant in INVARIANTS])
def test_a_rule_is_checked_over_whole_tables_though_nobody_analysed_them(
    books_store: Store, invariant: str
) -> None:
    """After a crash the server has no statistics, and takes every table for a small one."""
    with books_store.transaction() as connection:
        read(connection, "before_checks")
        row = connection.execute(b"explain (format json) " + statement(f"check_{invariant}")).fetchone()
    assert row is not None
    assert looked_up_one_by_one(row[0][0]["Plan"]) == []
