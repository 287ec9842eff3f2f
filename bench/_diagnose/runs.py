"""The measured runs, one a process: each does its work once and tells seconds, CPU seconds and its peak of memory.

facts    ours: every fact table, from the adopted Parquet
report   ours: the command line as a user runs it, intake to the four files
sql      the peer: the hand-written queries one after the other, nothing shared between them
script   a stricter peer: the same SQL with what queries share kept in temporary tables
scan     the limit: one plain pass over every column that the facts read
pandas   the same facts as a user of pandas would write them, but for the rows behind findings
"""

import contextlib
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

KIB = 1024
READ_COLUMNS = {
    "assignments": "campaign_id user_id at arm amount probability",
    "balance_entries": "entry_id user_id at direction amount kind campaign_id",
    "commissions": "order_id agent_id level rate amount status",
    "events": "user_id visitor at type",
    "orders": (
        "order_id user_id guest_key created_at paid_at status product_id qty list_price paid balance_paid bonus_paid "
        "coupon level_discount promo_discount cost_of_goods payment_channel payment_fee source agent_id "
        "agent_commission site_fee"
    ),
    "recharges": "recharge_id user_id created_at paid_at status amount bonus fee payment_channel",
    "refunds": "order_id amount",
    "users": "user_id created_at status cum_recharge cum_spend",
}
"""What the facts read of this data; the small tables of rules weigh nothing."""


@dataclass(slots=True)
class Measured:
    """What one run took; `parts` are CPU seconds of its steps, where it has steps (of a report: seconds)."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    rss_bytes: int = 0
    rows: int = 0
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """What every run keeps to: the engine's memory (decimal bytes) and threads, and a folder of its own."""

    memory_bytes: int
    threads: int
    work: Path


def run(name: str, folder: Path, *, memory_bytes: int, threads: int) -> str:
    """Do the run `name` on `folder`; its measurement as one line of JSON."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"run-{name}-") as work:
        measured = RUNS[name](folder, Limits(memory_bytes, threads, Path(work)))
    measured.rss_bytes = peak_rss_bytes()
    return json.dumps(asdict(measured))


def peak_rss_bytes() -> int:
    """The most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * KIB


@contextlib.contextmanager
def clocked(measured: Measured, part: str | None = None) -> Iterator[None]:
    """Add what happens inside to `measured`, and its CPU seconds to the step `part`."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    spent = time.process_time() - cpu
    measured.wall_s += time.perf_counter() - wall
    measured.cpu_s += spent
    if part is not None:
        measured.parts[part] = spent


def _facts(folder: Path, limits: Limits) -> Measured:
    from huoshui.core.costs.assumptions import Assumptions
    from huoshui.flow.gathering import gather
    from huoshui.lake.engines import open_lake
    from huoshui.lake.intake import read_folder

    measured = Measured()
    intake = read_folder(
        folder, work=limits.work, memory_bytes=limits.memory_bytes, language="en", progress=None
    )
    adopted = {name for name, source in intake.sources.items() if source.adopted}
    if missing := {"orders", "balance_entries"} - adopted:
        raise RuntimeError(f"not adopted where they lie: {missing}")
    with clocked(measured):
        lake = open_lake(
            intake.sources, work=limits.work, memory_bytes=limits.memory_bytes, threads=limits.threads
        )
        facts = gather(lake, Assumptions(), step=lambda _: None)
        lake.close()
    measured.rows = facts.scope.orders
    return measured


def _report(folder: Path, limits: Limits) -> Measured:
    from huoshui.serve.cli import main

    measured = Measured()
    out = limits.work / "report"
    said = limits.work / "said.json"
    with said.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file), clocked(measured):
        status = main(
            ["diagnose", str(folder), "--out", str(out), "--memory", str(limits.memory_bytes), "--lang", "en",
             "--threads", str(limits.threads), "--json"]
        )  # fmt: skip
    if status not in (0, 4) or not (out / "report.html").is_file():
        raise RuntimeError(f"no report: exit code {status}, {said.read_text(encoding='utf-8')[:500]}")
    told = json.loads(said.read_text(encoding="utf-8"))
    measured.rows, measured.parts = told["rows"]["read"], told["seconds"]
    return measured


def _sql(folder: Path, limits: Limits) -> Measured:
    from _diagnose.statements import statements

    measured = Measured()
    engine = _engine(folder, limits)
    for statement in statements():
        with clocked(measured, statement.name):
            measured.rows += engine.sql(statement.sql).to_arrow_table().num_rows
    return measured


def _script(folder: Path, limits: Limits) -> Measured:
    from _diagnose.statements import script

    measured = Measured()
    engine = _engine(folder, limits)
    for name, sql in script():
        with clocked(measured, name):
            if sql.startswith("CREATE "):
                engine.execute(sql)
            else:
                measured.rows += engine.sql(sql).to_arrow_table().num_rows
    return measured


def _scan(folder: Path, limits: Limits) -> Measured:
    measured = Measured()
    engine = _engine(folder, limits)
    for table, columns in READ_COLUMNS.items():
        kinds = dict(engine.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall())
        sums = ", ".join(_touched(name, kinds[name]) for name in columns.split())
        with clocked(measured, table):
            engine.execute(f"SELECT {sums} FROM {table}").fetchall()
    return measured


def _touched(name: str, kind: str) -> str:
    """The cheapest thing that needs every value of a column (a count would be read off the file's statistics)."""
    column = f'"{name}"'
    if kind == "VARCHAR":
        return f"sum(strlen({column}))"
    if kind.startswith("TIMESTAMP"):
        return f"sum(epoch_us({column}))"
    return f"sum({column})"


def _engine(folder: Path, limits: Limits):  # type: ignore[no-untyped-def]
    import duckdb

    from _diagnose.statements import macros, views

    engine = duckdb.connect(
        str(limits.work / "peer.duckdb"),
        config={
            "memory_limit": f"{limits.memory_bytes // 1_000_000}MB",
            "threads": limits.threads,
            "temp_directory": str(limits.work / "spill"),
            "preserve_insertion_order": False,
        },
    )
    engine.execute(macros())
    engine.execute(views(folder))
    return engine


def _pandas(folder: Path, limits: Limits) -> Measured:  # noqa: ARG001
    from _diagnose.with_pandas import facts_with_pandas

    measured = Measured()
    with clocked(measured):
        tables = facts_with_pandas(folder)
    measured.rows = sum(len(table) for table in tables.values())
    return measured


def clear(path: Path) -> None:
    """Remove what a killed run may have left."""
    for left in path.glob("run-*"):
        shutil.rmtree(left)


RUNS: dict[str, Callable[[Path, Limits], Measured]] = {
    "facts": _facts,
    "report": _report,
    "sql": _sql,
    "script": _script,
    "scan": _scan,
    "pandas": _pandas,
}
