"""Our facts as rows by the names of the hand-written statements, so that the two can be held against each other."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from huoshui.core.costs.facts import Facts
from huoshui.core.costs.values import RowTable

Rows = list[dict[str, Any]]


def rows_by_statement(facts: Facts) -> dict[str, Rows]:
    """Every fact table of `facts`, under the name of the statement that computes the same."""
    return {
        "abuse_rows": _behind(facts.rows["abuse"]),
        "agent_sums": _rows(facts.agents),
        "arm_moments": _rows(facts.arms),
        "balance_flows": [{"top_up_fen": facts.top_up_fen, "transfer_fen": facts.transfer_fen}],
        "campaign_days": _rows(facts.campaign_days),
        "campaign_rows": [
            {"campaign_id": code.removeprefix("campaign:"), **row}
            for code, table in facts.rows.items()
            if code.startswith("campaign:")
            for row in _behind(table, total=False)
        ],
        "channel_sums": _rows(facts.channels),
        "cohort_cells": _rows(facts.cohorts),
        "day_issues": _rows(facts.days),
        "drain_loop_rows": _behind(facts.rows["drain_loop"]),
        # What the loop adds to commissions is a query of its own.
        "drain_commission": [_only(facts.drain, ("excess_commission_fen",))],
        "drain_sums": [_without(row, "excess_commission_fen") for row in _rows([facts.drain])],
        "funnel": [dict(facts.funnel)],
        "grant_sums": _rows(facts.grants),
        "handed_on_expired": [_only(facts, ("handed_on_expired_fen",))],
        "manual_rows": _behind(facts.rows["manual_adjust"]),
        # The days of a month come from the calendar, not from a query.
        "month_sums": [_without(row, "days") for row in _rows(facts.months)],
        "never_back_rows": _behind(facts.rows["never_back"]),
        "order_sums": _rows(facts.orders),
        "rfm_cells": _rows(facts.rfm),
        "scope": [_only(facts.scope, ("first_day", "last_day", "orders", "users", "simulated"))],
        "segment_sums": _rows(facts.segments),
        # What benefits and codes cost is an answer, not a query.
        "unit_cost_sums": [_without(row, "extras_fen") for row in _rows(facts.unit_costs)],
    }


def differences(ours: Rows, theirs: Rows, key: tuple[str, ...]) -> list[str]:
    """Where two tables differ, in words: rows by `key`, whole numbers equal, floats to 1e-9 of their size."""
    left, right = _by_key(ours, key), _by_key(theirs, key)
    found = [f"{name} only in ours" for name in left.keys() - right.keys()]
    found += [f"{name} only in the hand-written" for name in right.keys() - left.keys()]
    for name in left.keys() & right.keys():
        a, b = left[name], right[name]
        found += [f"{name}: columns {a.keys() ^ b.keys()}"] if a.keys() != b.keys() else []
        found += [
            f"{name} {column}: {a[column]!r} != {b[column]!r}"
            for column in a.keys() & b.keys()
            if not _same(a[column], b[column])
        ]
    return sorted(found)


def _by_key(rows: Rows, key: tuple[str, ...]) -> Mapping[tuple[str, ...], dict[str, Any]]:
    keyed = {tuple(str(row[name]) for name in key): row for row in rows}
    if len(keyed) != len(rows):
        raise ValueError(f"{key} does not tell the rows apart")
    return keyed


def _same(a: object, b: object) -> bool:
    if isinstance(a, float) and b is not None:
        return abs(a - float(b)) <= 1e-9 * max(abs(a), 1.0)  # type: ignore[arg-type]
    if isinstance(a, str) or isinstance(b, str):
        return str(a) == str(b)
    return a == b


def _rows(rows: Iterable[Any]) -> Rows:
    return [asdict(row) if len(fields(row)) else {} for row in rows]


def _only(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _behind(table: RowTable, *, total: bool = True) -> Rows:
    told = {"total": table.total_rows} if total else {}
    return [dict(zip(table.columns, row, strict=True)) | told for row in table.rows]
