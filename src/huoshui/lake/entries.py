"""The shop's balance entries, user by user in the order in which they happened."""

from collections.abc import Iterator

from ibis import _

from huoshui.core.ledger.mirror import Entry
from huoshui.lake.engines import Lake

ROWS_AT_ONCE = 50_000


def shop_entries(lake: Lake) -> Iterator[Entry]:
    """Every entry; entries of one second stand in the order of their numbers (10 comes after 9)."""
    entries = lake.table("balance_entries").select(
        "entry_id",
        "user_id",
        "at",
        _.direction == "in",
        "amount",
        "kind",
        "order_id",
        "balance_after",
        "campaign_id",
        length=_.entry_id.length(),
    )
    ordered = entries.order_by(["at", "length", "entry_id"]).drop("length")
    for batch in ordered.to_pyarrow().to_batches(max_chunksize=ROWS_AT_ONCE):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield Entry(*row)
