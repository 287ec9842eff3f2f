"""Do the books hold? Every invariant, on the live database; and whether what they hold is simulated."""

from typing import NamedTuple

from huoshui.core.ledger import INVARIANTS, DataKind, Finding
from huoshui.flow.database import DatabaseSettings
from huoshui.store import books
from huoshui.store.postgres import open_store


class BooksStanding(NamedTuple):
    """How many rules were checked, where one is broken, and what the books hold."""

    rules: int
    broken: list[Finding]
    data: DataKind | None


def books_standing(settings: DatabaseSettings) -> BooksStanding:
    """How the books stand. The database must be running. Raises StoreError."""
    store = open_store(settings.dsn, settings.data_dir)
    try:
        with store.transaction() as connection:
            return BooksStanding(len(INVARIANTS), books.findings(connection), books.data_held(connection))
    finally:
        store.close()
