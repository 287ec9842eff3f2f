"""What can only be said of all tables together: ids whose own table lacks them, and days without a single order."""

from datetime import date, timedelta
from itertools import pairwise

from ibis import _
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import person_key
from huoshui.lake.intake.values import Gap, Stubs

REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("orders", "user_id", "users"),
    ("orders", "product_id", "products"),
    ("orders", "agent_id", "agents"),
    ("balance_entries", "user_id", "users"),
    ("balance_entries", "order_id", "orders"),
    ("balance_entries", "campaign_id", "campaigns"),
    ("recharges", "user_id", "users"),
    ("refunds", "order_id", "orders"),
    ("commissions", "order_id", "orders"),
    ("commissions", "agent_id", "agents"),
    ("users", "upline_id", "users"),
    ("agents", "upline_id", "agents"),
    ("agent_prices", "product_id", "products"),
    ("assignments", "user_id", "users"),
    ("assignments", "campaign_id", "campaigns"),
    ("events", "user_id", "users"),
    ("events", "product_id", "products"),
)
"""Table, its column, and the table whose key that column names."""
KEYS = {
    "users": "user_id", "products": "product_id", "agents": "agent_id", "orders": "order_id",
    "campaigns": "campaign_id",
}  # fmt: skip
EXAMPLES = 5


def find_stubs(lake: Lake) -> tuple[Stubs, ...]:
    """Ids that rows name and their own table lacks, where that table is there at all."""
    found = []
    for table, column, target in REFERENCES:
        if not (lake.has(table, column) and lake.has(target)):
            continue
        key = KEYS[target]
        rows = lake.table(table)
        named = rows.select(id=rows[column], number=person_key(rows[column])).filter(_.id.notnull())
        known = _numbers(lake, target, key)
        if table == "users" and lake.has("agents"):
            # an upline may be a member or an agent
            known = known.union(_numbers(lake, "agents", "agent_id"))
        unknown = named.anti_join(known, "number").group_by("id").aggregate(rows=_.count())
        counted = unknown.aggregate(ids=_.count(), rows=_.rows.sum()).to_pyarrow().to_pylist()[0]
        if counted["ids"]:
            first = unknown.order_by("id").limit(EXAMPLES).to_pyarrow()["id"].to_pylist()
            found.append(Stubs(table, column, target, counted["ids"], int(counted["rows"]), tuple(first)))
    return tuple(found)


def _numbers(lake: Lake, table: str, key: str) -> IbisTable:
    """The keys of a table as numbers: millions of ids are looked up in a fraction of the memory."""
    rows = lake.table(table)
    return rows.select(number=person_key(rows[key]))


def find_gaps(lake: Lake) -> tuple[Gap, ...]:
    """Runs of days without any order, between the first order and the last."""
    if not lake.has("orders"):
        return ()
    orders = lake.table("orders")
    days: list[date] = (
        orders.select(day=orders.created_at.date()).distinct().order_by("day").to_pyarrow()["day"].to_pylist()
    )
    gaps = []
    for before, after in pairwise(days):
        missing = (after - before).days - 1
        if missing > 0:
            gaps.append(Gap(before + timedelta(days=1), after - timedelta(days=1), missing))
    return tuple(gaps)
