"""How fast and how large a diagnosis is: ours, hand-written SQL, pandas, and the plain scan that none can beat.

    .venv/bin/python bench/diagnose.py              100 thousand and 1 million orders, in minutes
    .venv/bin/python bench/diagnose.py --full       5 and 10 million as well: an hour, 14 GB of memory, 5 GB of disk
    .venv/bin/python bench/diagnose.py --json       one JSON object a line, for machines

Every run is a process of its own that tells its seconds and its peak of memory; shown is the median. The data is
simulated and made once, under out/bench or --data. `--parts` lists what each step took.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from _diagnose.data import DiskTooSmall, data_of, orders_in
from _diagnose.runs import RUNS, Measured, clear, run
from _figures import Figure, tell

ROOT = Path(__file__).resolve().parent.parent
SIZES = (100_000, 1_000_000)
SIZE_FULL = 10_000_000
MEMORY_BYTES = {100_000: 1_000_000_000, 1_000_000: 1_000_000_000, SIZE_FULL: 4_000_000_000}
REPEAT = 3
PACKAGES = ("duckdb", "ibis-framework", "pandas")

RATIO_TO_SQL_MAX = 1.5
REPORT_SECONDS_MAX = 60.0
TIMES_FASTER_THAN_PANDAS = 10.0
SIZE_PANDAS = 5_000_000
"""The largest round size that pandas does in 24 GB: ten million orders would take 26."""
PANDAS_BYTES_AN_ORDER = 2_700


def main() -> int:
    """Measure what was asked for; 1 where a target is missed."""
    asked = _asked()
    if asked.run:
        print(run(asked.run, asked.folder, memory_bytes=asked.memory, threads=asked.threads))
        return 0
    sizes = (*SIZES, SIZE_PANDAS, SIZE_FULL) if asked.full else tuple(asked.sizes or SIZES)
    clear(asked.data) if asked.data.is_dir() else None
    figures: list[Figure] = []
    reports: list[tuple[int, Measured]] = []
    for size in sizes:
        try:
            folder = _data(size, asked.data)
        except DiskTooSmall as error:
            print(f"not run: {error}", file=sys.stderr)
            return 1
        runs = _runs(size, folder, asked)
        if asked.parts:
            _show_parts(runs)
        figures += _figures(orders_in(folder), size, runs)
        reports += [(orders_in(folder), runs["report"])] if "report" in runs else []
    figures += _growth(reports)
    return tell(figures, as_json=asked.json, packages=PACKAGES)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=lambda text: [int(float(size)) for size in text.split(",")])
    parser.add_argument("--full", action="store_true", help="5 and 10 million orders as well")
    parser.add_argument("--repeat", type=int, help=f"runs of each (default {REPEAT}; 1 at 10 million)")
    parser.add_argument("--only", type=lambda text: text.split(","), help="runs to make: " + ", ".join(RUNS))
    parser.add_argument(
        "--data", type=Path, default=ROOT / "out" / "bench", help="where the data lies or goes"
    )
    parser.add_argument("--threads", type=int, default=min(os.cpu_count() or 1, 64))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--parts", action="store_true", help="what each step took")
    # Hidden: one measured run, in the process that it is measured in.
    parser.add_argument("--run", choices=RUNS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--memory", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _data(size: int, cache: Path) -> Path:
    if not (cache / str(size)).is_dir():
        print(f"making the data of {size:,} orders in {cache} ...", file=sys.stderr)
    return data_of(size, cache)


def _runs(size: int, folder: Path, asked: argparse.Namespace) -> dict[str, Measured]:
    memory = MEMORY_BYTES.get(size, MEMORY_BYTES[SIZE_FULL])
    repeat = asked.repeat or (1 if size >= SIZE_PANDAS else REPEAT)
    names = [name for name in RUNS if name != "pandas" or _pandas_fits(size)]
    found = {}
    for name in names:
        if asked.only and name not in asked.only:
            continue
        print(f"{size:>10,} orders: {name}", file=sys.stderr)
        found[name] = _median([_child(name, folder, memory, asked.threads) for _ in range(repeat)])
    return found


def _pandas_fits(size: int) -> bool:
    return size * PANDAS_BYTES_AN_ORDER < os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _child(name: str, folder: Path, memory_bytes: int, threads: int) -> Measured:
    done = subprocess.run(
        [sys.executable, __file__, "--run", name, "--folder", str(folder), "--memory", str(memory_bytes),
         "--threads", str(threads)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{name} on {folder} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _median(runs: list[Measured]) -> Measured:
    parts = {part: statistics.median(run.parts[part] for run in runs) for part in runs[0].parts}
    return Measured(
        wall_s=statistics.median(run.wall_s for run in runs),
        cpu_s=statistics.median(run.cpu_s for run in runs),
        rss_bytes=round(statistics.median(run.rss_bytes for run in runs)),
        rows=runs[0].rows,
        parts=parts,
    )


def _figures(orders: int, size: int, runs: dict[str, Measured]) -> Iterator[Figure]:
    what = f"{orders:,} orders"
    ours, scan = runs.get("facts"), runs.get("scan")
    if ours is not None:
        for peer, name, promised in (
            ("sql", "hand-written SQL, one query a fact table", True),
            ("script", "the same SQL as one script, shared parts once", False),
        ):
            if peer in runs:
                yield _against(f"facts, {what}", ours, runs[peer], name, scan, cpu=False, promised=promised)
                yield _against(f"facts, {what}", ours, runs[peer], name, scan, cpu=True, promised=False)
        if "pandas" in runs:
            yield _against_pandas(what, ours, runs["pandas"], scan, promised=size == SIZE_PANDAS)
    if "report" in runs:
        yield from _of_report(what, size, runs["report"], scan)


def _against(
    figure: str, ours: Measured, peer: Measured, name: str, scan: Measured | None, *, cpu: bool, promised: bool
) -> Figure:  # fmt: skip
    def seconds(run: Measured) -> float:
        return run.cpu_s if cpu else run.wall_s

    ratio = seconds(ours) / seconds(peer)
    return Figure(
        figure, seconds(ours), seconds(peer), name, seconds(scan) if scan else None, ratio,
        f"ours / peer <= {RATIO_TO_SQL_MAX}" if promised else None,
        ratio <= RATIO_TO_SQL_MAX if promised else None, "CPU s" if cpu else "s",
    )  # fmt: skip


def _against_pandas(
    what: str, ours: Measured, peer: Measured, scan: Measured | None, *, promised: bool
) -> Figure:
    times = peer.wall_s / ours.wall_s
    return Figure(
        f"facts, {what}", ours.wall_s, peer.wall_s, "pandas as a user writes it, without the rows behind findings",
        scan.wall_s if scan else None, times, f"peer / ours >= {TIMES_FASTER_THAN_PANDAS:g}" if promised else None,
        times >= TIMES_FASTER_THAN_PANDAS if promised else None, "s",
    )  # fmt: skip


def _of_report(what: str, size: int, report: Measured, scan: Measured | None) -> Iterator[Figure]:
    limit = scan.wall_s if scan else None
    promised = size == SIZE_FULL
    yield Figure(
        f"whole report, {what}", report.wall_s, None, None, limit, None,
        f"<= {REPORT_SECONDS_MAX:g} s" if promised else None,
        report.wall_s <= REPORT_SECONDS_MAX if promised else None, "s",
    )  # fmt: skip
    yield Figure(
        f"whole report, {what}", report.cpu_s, None, None, scan.cpu_s if scan else None, None, None, None,
        "CPU s",
    )  # fmt: skip
    allowed = MEMORY_BYTES.get(size)
    yield Figure(
        f"whole report, {what}: peak memory of the process", report.rss_bytes / 1e6, None, None, None, None,
        f"<= {allowed / 1e6:g} MB (--memory {allowed // 1_000_000_000}GB)" if allowed else None,
        report.rss_bytes <= allowed if allowed else None, "MB",
    )  # fmt: skip


def _growth(reports: list[tuple[int, Measured]]) -> Iterator[Figure]:
    """Seconds a million orders; the ratio is to the size before, 1 when cost grows as the data does."""
    for (fewer, smaller), (orders, larger) in pairwise(reports):
        before, each = (run.wall_s / count * 1e6 for run, count in ((smaller, fewer), (larger, orders)))
        yield Figure(
            f"whole report a million orders, at {orders:,}", each, before, f"ours at {fewer:,} orders",
            None, each / before, None, None, "s",
        )  # fmt: skip


def _show_parts(runs: dict[str, Measured]) -> None:
    for name in ("report", "sql", "script", "scan"):
        unit = "s" if name == "report" else "CPU s"
        for part, seconds in runs[name].parts.items() if name in runs else ():
            print(f"    {name:8}{part:24}{seconds:9.3f} {unit}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
