"""What can only be said of all tables together: ids whose own table lacks them, and days without a single order."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

import duckdb

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.lake.engines import AdoptedColumn, TableSource
from huoshui.lake.intake.values import Gap, Stubs

Sources = Mapping[str, TableSource]
Reference = tuple[str, str, str]

REFERENCES: tuple[Reference, ...] = (
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


def find_stubs(engine: duckdb.DuckDBPyConnection, sources: Sources) -> tuple[Stubs, ...]:
    """Ids that rows name and their own table lacks, where that table is there at all.

    All ids that name one table are looked up at once, as 64-bit hashes: half the work of texts and a fraction of
    the memory. Texts are read only of the columns that name somebody unknown.
    """
    found: dict[Reference, Stubs] = {}
    for known, references in _by_known(sources).items():
        keys = " UNION ALL ".join(
            f"SELECT hash(id) AS number FROM ({_ids(sources[name], KEYS[name])})" for name in known
        )
        named = " UNION ALL ".join(
            f"SELECT {place} AS place, hash(id) AS number FROM ({_ids(sources[table], column)})"
            for place, (table, column, _) in enumerate(references)
        )
        unknown = f"SELECT DISTINCT place FROM ({named}) ANTI JOIN ({keys}) USING (number)"
        for (place,) in engine.execute(unknown).fetchall():
            found[references[place]] = _stubs(engine, sources, references[place], keys)
    return tuple(found[reference] for reference in REFERENCES if reference in found)


def _by_known(sources: Sources) -> dict[tuple[str, ...], list[Reference]]:
    """The columns to look up, by the tables whose keys they may name."""
    groups: dict[tuple[str, ...], list[Reference]] = {}
    for reference in REFERENCES:
        table, column, target = reference
        if not (_has(sources, table, column) and _has(sources, target, KEYS[target])):
            continue
        # an upline may be a member or an agent
        either = table == "users" and _has(sources, "agents", "agent_id")
        groups.setdefault((target, "agents") if either else (target,), []).append(reference)
    return groups


def _stubs(engine: duckdb.DuckDBPyConnection, sources: Sources, reference: Reference, keys: str) -> Stubs:
    """The ids of one column that `keys` lacks: how many, in how many rows, the first few."""
    table, column, target = reference
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE unknown AS SELECT id, count(*) AS times "
        f"FROM (SELECT id, hash(id) AS number FROM ({_ids(sources[table], column)})) "
        f"ANTI JOIN ({keys}) USING (number) GROUP BY id"
    )
    ids, rows = engine.execute("SELECT count(*), sum(times) FROM unknown").fetchall()[0]
    first = engine.execute(f"SELECT id FROM unknown ORDER BY id LIMIT {EXAMPLES}").fetchall()
    engine.execute("DROP TABLE unknown")
    return Stubs(table, column, target, ids, int(rows), tuple(name for (name,) in first))


def find_gaps(engine: duckdb.DuckDBPyConnection, sources: Sources) -> tuple[Gap, ...]:
    """Runs of days without any order, between the first order and the last."""
    if not _has(sources, "orders", "created_at"):
        return ()
    column = _adopted(sources["orders"], "created_at")
    at = _quoted(column.name_in_file)
    if column.reading == "local_of_instant":
        at = f"timezone('{DEFAULT_ZONE}', {at})"
    query = f"SELECT DISTINCT {at}::DATE AS day FROM {_files(sources['orders'])} WHERE day IS NOT NULL ORDER BY day"
    days: list[date] = [day for (day,) in engine.execute(query).fetchall()]
    gaps = []
    for before, after in pairwise(days):
        missing = (after - before).days - 1
        if missing > 0:
            gaps.append(Gap(before + timedelta(days=1), after - timedelta(days=1), missing))
    return tuple(gaps)


def _has(sources: Sources, table: str, column: str) -> bool:
    return table in sources and sources[table].rows > 0 and column in sources[table].columns


def _ids(source: TableSource, column: str) -> str:
    """The filled cells of a column of ids, as texts: a shop's own file may hold numbers."""
    name = _quoted(_adopted(source, column).name_in_file)
    return f"SELECT {name}::VARCHAR AS id FROM {_files(source)} WHERE {name} IS NOT NULL"


def _adopted(source: TableSource, column: str) -> AdoptedColumn:
    return next((one for one in source.adopted if one.name == column), AdoptedColumn(column, column))


def _files(source: TableSource) -> str:
    paths = ", ".join("'" + str(path).replace("'", "''") + "'" for path in source.paths)
    return f"read_parquet([{paths}], union_by_name = true)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
