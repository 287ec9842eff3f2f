"""How fast and how good a plan is: ours, general solvers, and the plain read of the data that none can beat.

    .venv/bin/python bench/allocate.py              every family at 1 million users, one at 10 thousand to 10 million
    .venv/bin/python bench/allocate.py --full       all at 10 million too, and 133 rows: 4 GB
    .venv/bin/python bench/allocate.py --json       one JSON object a line, for machines

Times are CPU seconds, the median of five, each run in a process of its own. The families of instances stand in
bench/_allocate/instances.py; they were not chosen to suit us. The gap is certified by the dual bound.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from _figures import Figure, tell

ROOT = Path(__file__).resolve().parent.parent
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
FAMILY = "concave"
FAMILIES = ["concave", "step", "correlated", "ties", "alike", "barred", "sorted"]
FAMILIES_SIZE = 1_000_000
ROWS_SIZES = (10_000, 100_000, 1_000_000)
ROWS_SEGMENTS = 9
"""Segments of the instances with rows: two rows each, 27 in all."""
ROWS_FULL = ((10_000_000, 9), (1_000_000, 62))
"""What `--full` adds: users and segments; 62 make 133 rows."""
PEERS = {"highs": "HiGHS IPM", "pdlp": "OR-tools PDLP"}
PEERS_USERS_MAX = 100_000
"""General solvers are not asked beyond: at 1 million users neither ends within minutes."""
REPEAT = 5

LIMITS_COLD, LIMITS_WARM = 8.0, 4.0
GAP_MAX, GAP_USERS_MIN = 1e-6, 1_000_000
TIMES_FASTER_THAN_PEERS = 1000.0
MEMORY_TIMES_DATA_MAX = 2.0
ROWS_PASSES_MAX, ROWS_GAP_MAX, ROWS_SECONDS_MAX = 30, 5e-6, 6.0
ROWS_PROMISED = 1_000_000


def main() -> int:
    """Measure what was asked for; 1 where a target is missed."""
    asked = _asked()
    if asked.run:
        if asked.run in PEERS:
            told = import_module("_allocate.peers").solve_file(asked.run, asked.folder)
        else:
            measured = import_module("_allocate.runs").run
            told = measured(
                asked.run, family=asked.family, users=asked.users, repeat=asked.repeat, folder=asked.folder,
                segments=asked.segments,
            )  # fmt: skip
        print(json.dumps(told))
        return 0
    return tell(_figures(asked), as_json=asked.json, packages=("numpy", "numba", "highspy", "ortools"))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--sizes", type=lambda text: [int(float(size)) for size in text.split(",")], default=SIZES
    )
    parser.add_argument("--families", type=lambda text: text.split(","), default=FAMILIES)
    parser.add_argument("--full", action="store_true", help="every family at 10 million users, more rows")
    parser.add_argument("--repeat", type=int, default=REPEAT)
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="ours alone")
    parser.add_argument("--json", action="store_true")
    # Hidden: one measured run, in the process that it is measured in.
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--family", default=FAMILY, help=argparse.SUPPRESS)
    parser.add_argument("--users", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--segments", type=int, default=ROWS_SEGMENTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _figures(asked: argparse.Namespace) -> Iterator[Figure]:
    told = _child("start", FAMILY, 0, asked)
    for state, words in (("compiled", "nothing compiled yet"), ("cached", "compiled before")):
        yield Figure(f"import, {words}", told[f"import_{state}"], unit="s")
        yield Figure(f"first plan, {words}", told[f"first_{state}"], unit="s")
    for users in asked.sizes:
        every = users == FAMILIES_SIZE or (asked.full and users > FAMILIES_SIZE)
        for family in asked.families if every else [FAMILY]:
            told = _child("one", family, users, asked)
            yield from _one_budget(family, users, told)
            if asked.peers and users <= PEERS_USERS_MAX:
                yield from _peers(family, users, told, asked)
    sizes = [(size, ROWS_SEGMENTS) for size in ROWS_SIZES if size in asked.sizes]
    for users, segments in sizes + list(ROWS_FULL if asked.full else ()):
        yield from _rows(users, _child("rows", FAMILY, users, asked, segments=segments))


def _child(
    name: str,
    family: str,
    users: int,
    asked: argparse.Namespace,
    folder: str | None = None,
    segments: int = ROWS_SEGMENTS,
) -> dict[str, Any]:
    print(f"{name} {family} {users:,}", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, __file__, "--run", name, "--family", family, "--users", str(users),
         "--repeat", str(asked.repeat), "--segments", str(segments), *(["--folder", folder] if folder else [])],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{name} {family} {users} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _one_budget(family: str, users: int, told: dict[str, Any]) -> Iterator[Figure]:
    what, limit = f"one budget, {family}, {users:,} users", told["limit"]
    promised = users >= SIZES[-1]
    for name, words, most in (
        ("cold", "cold", LIMITS_COLD), ("cold_small", "cold, a small budget", LIMITS_COLD),
        ("warm", "warm", LIMITS_WARM),
    ):  # fmt: skip
        ratio = told[name] / limit
        yield Figure(
            f"{what}, {words}", told[name] * 1e3, unit="CPU ms", limit=limit * 1e3, ratio=ratio,
            target=f"ours / limit <= {most:g}" if promised else None, met=ratio <= most if promised else None,
        )  # fmt: skip
    gap = max(told["gap"], told["gap_warm"])
    certified = users >= GAP_USERS_MIN
    yield Figure(
        f"{what}, certified gap", gap, target=f"<= {GAP_MAX:g}" if certified else None,
        met=gap <= GAP_MAX if certified else None,
    )  # fmt: skip
    yield Figure(f"{what}, certified gap, a small budget", told["gap_small"])
    yield Figure(
        f"{what}, the whole curve",
        told["curve"] * 1e3,
        unit="CPU ms",
        limit=limit * 1e3,
        ratio=told["curve"] / limit,
    )
    if users >= GAP_USERS_MIN:
        yield Figure(
            f"{what}, memory / data", told["memory"], target=f"<= {MEMORY_TIMES_DATA_MAX:g}",
            met=told["memory"] <= MEMORY_TIMES_DATA_MAX,
        )  # fmt: skip


def _peers(family: str, users: int, told: dict[str, Any], asked: argparse.Namespace) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        _child("program", family, users, asked, folder)
        for peer, name in PEERS.items():
            found = _child(peer, family, users, asked, folder)
            yield _against(f"one budget, {family}, {users:,} users", name, told, found)


def _against(what: str, name: str, told: dict[str, Any], found: dict[str, Any]) -> Figure:
    ours = told["cold"]
    if not found:
        return Figure(what, ours * 1e3, unit="CPU ms", peer_name=f"{name}: no answer in time")
    times = found["cpu_s"] / ours
    over = f", overspent by {found['overspent']:.1e}" if found["overspent"] > 1e-9 else ""
    return Figure(
        what, ours * 1e3, unit="CPU ms", peer=found["cpu_s"] * 1e3, ratio=times,
        peer_name=f"{name}{over}; our value is {told['value'] / found['value_est'] - 1:+.1e} of its value",
        target=f"peer / ours >= {TIMES_FASTER_THAN_PEERS:g}", met=times >= TIMES_FASTER_THAN_PEERS,
    )  # fmt: skip


def _rows(users: int, told: dict[str, Any]) -> Iterator[Figure]:
    what = f"{told['rows']} rows ({told['binding']} bind), {users:,} users"
    promised = users >= ROWS_PROMISED
    seconds = ROWS_SECONDS_MAX * users / ROWS_PROMISED
    for words, name, unit, most in (
        ("CPU", "cpu", "CPU s", seconds), ("passes", "passes", "", ROWS_PASSES_MAX),
        ("certified gap", "gap", "", ROWS_GAP_MAX), ("violation", "violation", "", 0.0),
    ):  # fmt: skip
        yield Figure(
            f"{what}, {words}", told[name], unit=unit, target=f"<= {most:g}" if promised else None,
            met=told[name] <= most if promised else None,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
