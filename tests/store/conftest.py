"""The books on a real server: a platform with a pot and a budget, and the invariants looked at after each test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from huoshui.store.postgres import Store, open_store

sys.path.insert(0, str(Path(__file__).parent))

from ledger_platform import Platform


@pytest.fixture
def books_store(database: str) -> Iterator[Store]:
    """A fresh database with the whole schema."""
    store = open_store(database, Path())
    yield store
    store.close()


@pytest.fixture
def platform(books_store: Store) -> Iterator[Platform]:
    """A pot of 10 million yuan, a campaign with one million; every invariant holds at the end of the test."""
    made = Platform(books_store)
    yield made
    assert [finding.say("en") for finding in made.findings()] == []


# The books read the time by clock_timestamp(): a schema before pg_catalog stands in for the machine's clock.
OUR_CLOCK = """
create schema ours;
create table ours.clock as select timestamptz '2026-01-01 00:00:00Z' as now;
create function ours.clock_timestamp() returns timestamptz language sql stable as 'select now from ours.clock';
"""


@pytest.fixture
def timed_store(database: str) -> Iterator[Store]:
    """A database whose clock stands still until it is set."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(OUR_CLOCK)
        name = sql.Identifier(connection.info.dbname)
        connection.execute(
            sql.SQL("alter database {} set search_path = ours, pg_catalog, public").format(name)
        )
    store = open_store(database, Path())
    yield store
    store.close()


TICKING = """
create sequence ours.ticks;
create or replace function ours.clock_timestamp() returns timestamptz language sql volatile as
    'select now + nextval(''ours.ticks'') * interval ''50 microseconds'' from ours.clock';
"""


@pytest.fixture
def ticking_store(timed_store: Store) -> Store:
    """Between two readings its time goes on, by less than anything lives: no two batches are of one instant."""
    with timed_store.transaction() as connection:
        connection.execute(TICKING)
    return timed_store
