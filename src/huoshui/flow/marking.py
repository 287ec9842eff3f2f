"""What the books hold, simulated or real data, and the refusal to put the other beside it."""

from huoshui.base.errors import SimulatedAndReal, Text
from huoshui.core.ledger import DataKind
from huoshui.store import books
from huoshui.store.postgres import Store

WORDS: dict[DataKind, Text] = {
    "simulated": Text("模拟数据", "simulated data"),
    "real": Text("真实数据", "real data"),
}


def books_hold(store: Store) -> DataKind | None:
    """What the books hold; None of books without any data yet."""
    with store.transaction() as connection:
        return books.data_held(connection)


def mark_books(store: Store, data: DataKind) -> None:
    """Let the books hold `data` from now on. Raises SimulatedAndReal where they hold the other."""
    with store.transaction() as connection:
        keep_apart(books.mark(connection, data), data)


def keep_apart(held: DataKind | None, data: DataKind | None) -> None:
    """Raise SimulatedAndReal where books and data are of two kinds; None is of neither."""
    if held is None or data is None or held == data:
        return
    raise SimulatedAndReal(
        reason_zh=f"账本里是{WORDS[held].zh}, 文件里是{WORDS[data].zh}",
        reason_en=f"the books hold {WORDS[held].en}, the files {WORDS[data].en}",
    )
