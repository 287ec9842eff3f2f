"""The peers of bench/diagnose.py compute the same facts as ours, row by row: else the comparison would be unfair."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from _diagnose.ours import Rows, differences, rows_by_statement
from _diagnose.statements import Statement, macros, script, statements, views
from _diagnose.with_pandas import facts_with_pandas

from huoshui.core.costs.assumptions import Assumptions
from huoshui.flow.gathering import gather
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    write_canonical(make_world(1, users=2_500, months=8, start=date(2026, 3, 1)), out, format="parquet")
    return out


@pytest.fixture(scope="module")
def ours(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    work = tmp_path_factory.mktemp("work")
    intake = read_folder(folder, work=work, memory_bytes=500_000_000, language="en", progress=None)
    lake = open_lake(intake.sources, work=work, memory_bytes=500_000_000, threads=2)
    facts = gather(lake, Assumptions(), step=lambda code: None)
    lake.close()
    return rows_by_statement(facts)


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(macros())
    connection.execute(views(folder))
    yield connection
    connection.close()


def test_every_fact_table_of_ours_has_its_statement(ours: dict[str, Rows]) -> None:
    assert sorted(ours) == sorted(statement.name for statement in statements())


def test_the_world_fills_every_fact_table(ours: dict[str, Rows]) -> None:
    assert [name for name, rows in ours.items() if not rows] == []


@pytest.mark.parametrize("statement", statements(), ids=lambda statement: statement.name)
def test_hand_written_sql_gives_our_rows(
    statement: Statement, ours: dict[str, Rows], engine: duckdb.DuckDBPyConnection
) -> None:
    found = engine.sql(statement.sql).to_arrow_table().to_pylist()
    assert differences(ours[statement.name], found, statement.key)[:5] == []


def test_the_script_gives_the_same_rows(ours: dict[str, Rows], folder: Path) -> None:
    keys = {statement.name: statement.key for statement in statements()}
    found: dict[str, list[str]] = {}
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(macros())
        connection.execute(views(folder))
        for name, sql in script():
            if sql.startswith("CREATE "):
                connection.execute(sql)
            else:
                rows = connection.sql(sql).to_arrow_table().to_pylist()
                found[name] = differences(ours[name], rows, keys[name])[:5]
    assert found == {name: [] for name in keys}


@pytest.fixture(scope="module")
def with_pandas(folder: Path) -> dict[str, pd.DataFrame]:
    return facts_with_pandas(folder)


FEN = (
    "price",
    "paid",
    "refund",
    "goods",
    "fee",
    "platform_cut",
    "agent",
    "value",
    "bonus_agent",
    "bonus_fee",
)
PANDAS_NAMES: dict[str, dict[str, str]] = {
    "order_sums": {name: f"{name}_fen" for name in FEN}
    | {"balance_paid": "principal_fen", "bonus_paid": "bonus_fen", "site_cost": "site_fee_fen"}
    | {"bonus_site_fee": "bonus_site_fee_fen", "bonus_cut": "bonus_platform_cut_fen"},
    "agent_sums": {"price": "price_fen", "amount": "take_fen", "gap": "gap_fen"},
    "month_sums": {
        "new": "new_buyers",
        "repeat": "repeat_buyers",
        "price": "price_fen",
        "value": "value_fen",
    },
    "channel_sums": {},
    "funnel": {},
    "grant_sums": {"fen": "issued_fen", "spent": "spent_fen", "expired": "expired_fen", "open": "open_fen"}
    | {"never_back": "never_back_fen", "never_back_known": "never_back_known_fen"},
    "arm_moments": {"amount": "amount_fen", "w": "sum_w", "fen": "granted_fen", "spent": "spent_fen"}
    | {"open": "open_fen"}
    | {name: f"sum_{name}" for name in ("wy", "w2", "w2y", "w2y2", "wx", "w2x", "w2x2", "w2xy")},
    "campaign_days": {"at": "day", "fen": "issued_fen"},
    "unit_cost_sums": {"unit_kind": "kind", "fen": "granted_fen", "spent": "spent_fen", "open": "open_fen"}
    | {"users": "users_rewarded"},
    "segment_sums": {"fen": "granted_fen", "spent": "spent_fen"},
    "drain_sums": {},
}
"""The tables of the pandas peer and how their columns are called with us; those of no name with us are left out."""


@pytest.mark.parametrize("name", PANDAS_NAMES)
def test_pandas_gives_our_rows(
    name: str, with_pandas: dict[str, pd.DataFrame], ours: dict[str, Rows]
) -> None:
    key = next(statement.key for statement in statements() if statement.name == name)
    table = with_pandas[name].rename(columns=PANDAS_NAMES[name])
    shared = [column for column in table.columns if column in ours[name][0]]
    assert len(shared) > len(key)
    table = _merged(table[shared], key) if name == "unit_cost_sums" else table[shared]
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    if name == "arm_moments":
        # Cells where nobody's window has passed: the peer has no row for them.
        ours = {name: [row for row in ours[name] if row["n"]]}
    if name == "unit_cost_sums":
        # Cells that hold nothing but fees, which the peer leaves out.
        told = [column for column in shared if column not in key]
        ours = {name: [row for row in ours[name] if any(row[column] for column in told)]}
    assert differences([_only(row, set(shared)) for row in ours[name]], rows, key)[:5] == []


def _merged(table: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Rewards and first orders of one cell in one row."""
    missing = [column for column in key if column not in table]
    return table.groupby(list(key), dropna=False).sum().reset_index() if not missing else table


def test_pandas_has_our_cohorts(with_pandas: dict[str, pd.DataFrame], ours: dict[str, Rows]) -> None:
    table = with_pandas["cohort_cells"]
    number = table["first"] - 1
    months = (number // 12).astype(str) + "-" + (number % 12 + 1).astype(str).str.zfill(2)
    table = table.assign(month=months, value_fen=table.value)[["month", "offset", "users", "value_fen"]]
    assert differences(ours["cohort_cells"], table.to_dict("records"), ("month", "offset"))[:5] == []


def test_a_fen_too_much_is_seen() -> None:
    row: dict[str, Any] = {"month": "2026-03", "users": 2, "value": 1.5}
    assert differences([row], [dict(row)], ("month",)) == []
    assert differences([row], [{**row, "users": 3}], ("month",)) == ["('2026-03',) users: 2 != 3"]
    assert differences([row], [{**row, "value": 1.5 + 1e-7}], ("month",)) != []
    assert differences([row], [], ("month",)) == ["('2026-03',) only in ours"]
    with pytest.raises(ValueError, match="tell the rows apart"):
        differences([row, row], [row], ("month",))


def _only(row: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in names}
