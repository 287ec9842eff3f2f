"""A shop small enough to be recounted by hand: one campaign drawn half and half, one that nobody was drawn for."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from huoshui.core.costs.assumptions import Assumptions
from huoshui.flow.app import settings_for
from huoshui.flow.evaluating import EvaluationRun, run_evaluation

FIRST = datetime(2026, 5, 1)
DAYS = 120
WINDOW_DAYS, CAP_FEN, AMOUNT = 14, 6_000, 5
HEADS = {
    "orders": "order_id,user_id,created_at,status,paid,cost_of_goods",
    "users": "user_id,created_at,status,device_hash",
    "campaigns": "campaign_id,name,purpose,start,end,window_days,value_cap,bar",
    "balance_entries": "entry_id,user_id,at,direction,amount,kind,campaign_id",
    "assignments": "assignment_id,campaign_id,user_id,at,arm,amount,probability",
}
Rows = dict[str, list[tuple[Any, ...]]]


def shop(
    seed: int, users: int = 600, *, effect: float = 0.0, fades: int | None = None, treated: float = 0.5
) -> Rows:
    """Users order by chance; who is treated gets 5 yuan and `effect` more orders in the window, until day `fades`."""
    rng = np.random.default_rng(seed)
    rows: Rows = {name: [] for name in HEADS}
    rows["campaigns"] = [
        ("a", "A <b>", "retain", FIRST.isoformat(" "), "", WINDOW_DAYS, CAP_FEN / 100, 1.0),
        ("b", "B", "retain", FIRST.isoformat(" "), "", WINDOW_DAYS, CAP_FEN / 100, 1.0),
    ]
    for number in range(users):
        user = f"u{number}"
        rows["users"].append((user, "2026-01-01 00:00:00", "active", f"d{number}"))
        for _ in range(rng.poisson(2)):
            _order(rows, rng, user, FIRST + timedelta(days=float(rng.uniform(0, DAYS))))
        drawn = FIRST + timedelta(days=float(rng.uniform(5, DAYS - 2)))
        got = rng.random() < treated
        at = drawn.replace(microsecond=0).isoformat(" ")
        arm = ("treated", AMOUNT, treated) if got else ("control", 0, round(1 - treated, 2))
        rows["assignments"].append((f"s{number}", "a", user, at, *arm))
        if got:
            rows["balance_entries"].append((f"g{number}", user, at, "in", AMOUNT, "cashback", "a"))
            fresh = fades is None or drawn < FIRST + timedelta(days=fades)
            for _ in range(rng.poisson(effect) if fresh else 0):
                _order(rows, rng, user, drawn + timedelta(days=float(rng.uniform(0, WINDOW_DAYS))))
        if number % 3 == 0:
            late = (drawn + timedelta(days=1)).replace(microsecond=0).isoformat(" ")
            rows["balance_entries"].append((f"h{number}", user, late, "in", 2, "cashback", "b"))
    _order(rows, rng, "u0", FIRST + timedelta(days=DAYS, hours=-1))
    return rows


def _order(rows: Rows, rng: np.random.Generator, user: str, at: datetime) -> None:
    if at >= FIRST + timedelta(days=DAYS):
        return
    price = int(rng.integers(20, 90))
    when = at.replace(microsecond=0).isoformat(" ")
    rows["orders"].append((f"o{len(rows['orders'])}", user, when, "delivered", price, price // 2))


def evaluated(
    folder: Path, rows: Rows, *, without: tuple[str, ...] = (), drop: tuple[str, ...] = ()
) -> EvaluationRun:
    """What is found in these rows; tables in `without` and columns in `drop` are not written."""
    write(folder / "files", rows, without=without, drop=drop)
    settings = settings_for(work=folder / "work", language="zh", memory="400MB", threads=1)
    return run_evaluation(folder / "files", settings=settings, assumptions=Assumptions())


def write(place: Path, rows: Rows, *, without: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> None:
    """The files as CSV."""
    place.mkdir(parents=True)
    for name, head in HEADS.items():
        if name in without:
            continue
        columns = head.split(",")
        kept = [place for place, column in enumerate(columns) if f"{name}.{column}" not in drop]
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([columns[number] for number in kept])
        writer.writerows([[row[number] for number in kept] for row in rows[name]])
        (place / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
