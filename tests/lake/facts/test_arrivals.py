"""Arrivals by hour and grants by day, by hand: each person once an hour, unpaid orders too, events where there are."""

import csv
from datetime import date
from pathlib import Path

import ibis
import pytest

from huoshui.lake.engines import open_lake
from huoshui.lake.facts.arrivals import granted_days, hourly_arrivals
from huoshui.lake.intake import read_folder

ORDERS = (
    ("o1", "a", "2026-09-01 10:05:00", "10.00", "paid"),
    ("o2", "a", "2026-09-01 10:40:00", "10.00", "unpaid"),
    ("o3", "b", "2026-09-01 10:59:59", "10.00", "paid"),
    ("o4", "b", "2026-09-01 11:00:00", "10.00", "paid"),
    ("o5", "c", "2026-09-02 23:30:00", "10.00", "paid"),
)
EVENTS = (
    ("e1", "a", "", "2026-09-01 10:01:00", "product.viewed"),
    ("e2", "", "v1", "2026-09-01 10:02:00", "product.viewed"),
    ("e3", "d", "", "2026-09-02 00:30:00", "cart.added"),
)


def lake_of(folder: Path, *, events: bool):
    write(folder, "orders", "order_id,user_id,created_at,paid,status", ORDERS)
    if events:
        write(folder, "events", "event_id,user_id,visitor,at,type", EVENTS)
    work = folder / "work"
    intake = read_folder(folder, work=work, memory_bytes=400_000_000, language="zh")
    assert intake.rows_set_aside == 0
    return open_lake(intake.sources, work=work, memory_bytes=400_000_000)


def write(folder: Path, table: str, header: str, rows: tuple[tuple[str, ...], ...]) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (False, [(1, 10, 2), (1, 11, 1), (2, 23, 1)]),
        (True, [(1, 10, 3), (1, 11, 1), (2, 0, 1), (2, 23, 1)]),
    ],
)
def test_a_person_counts_once_an_hour_however_they_show(tmp_path, events, expected):
    lake = lake_of(tmp_path, events=events)
    try:
        rows = hourly_arrivals(lake).to_pyarrow().to_pylist()
    finally:
        lake.close()
    assert [(row["day"].day, row["hour"], row["arrivals"]) for row in rows] == expected


def test_grants_of_campaigns_alone_by_day_from_the_first():
    results = ibis.memtable(
        {
            "campaign_id": ["C1", "C1", None, "C2", "C1", "C1"],
            "abuser": [False, False, False, False, True, False],
            "at": [
                "2026-09-01 09:00:00", "2026-09-01 20:00:00", "2026-09-01 10:00:00", "2026-09-03 00:00:00",
                "2026-09-03 10:00:00", "2026-08-31 23:59:59",
            ],
            "fen": [500, 700, 900, 100, 100, 100],
            "spent": [100, 0, 0, 100, 0, 0],
            "expired": [0, 700, 0, 0, 0, 0],
        }
    )  # fmt: skip
    rows = granted_days(results.mutate(at=results.at.cast("timestamp")), first_day=date(2026, 9, 1))
    found = ibis.duckdb.connect().to_pyarrow(rows).to_pylist()
    assert [(r["day"].day, r["issued_fen"], r["spent_fen"], r["expired_fen"]) for r in found] == [
        (1, 1_200, 100, 700),
        (3, 100, 100, 0),
    ]
