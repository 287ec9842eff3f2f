"""The books on a real server: a platform with a pot and a budget, and the invariants looked at after each test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
