"""Do the books hold? Every invariant, on the live database."""

from huoshui.core.ledger import INVARIANTS, Finding
from huoshui.flow.database import DatabaseSettings
from huoshui.store import books
from huoshui.store.postgres import open_store


def books_findings(settings: DatabaseSettings) -> tuple[int, list[Finding]]:
    """How many rules were checked, and where one is broken. The database must be running. Raises StoreError."""
    store = open_store(settings.dsn, settings.data_dir)
    try:
        with store.transaction() as connection:
            return len(INVARIANTS), books.findings(connection)
    finally:
        store.close()
