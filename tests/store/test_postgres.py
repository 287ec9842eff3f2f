"""The store on the real server: connecting, transactions, and what goes wrong in our own words."""

from pathlib import Path

from huoshui.store.postgres import open_store


def test_a_fresh_database_answers(database: str) -> None:
    store = open_store(database, Path())
    with store.transaction() as connection:
        assert connection.execute("SELECT count(*) > 0 FROM migration").fetchone() == (True,)
    assert store.migrate() == []
    store.close()


def test_another_fresh_database_is_another(database: str) -> None:
    store = open_store(database, Path())
    with store.transaction() as connection:
        assert connection.execute("SELECT current_database()").fetchone() != ("huoshui",)
    store.close()
