"""How fast and how large a plan is: from Parquet files to the written list, workbook and record.

    .venv/bin/python bench/plan.py              1 million users, some 3 million orders, 12 levels, 27 rules
    .venv/bin/python bench/plan.py --users 1e5 --json

One process of its own tells its seconds and its peak of memory. The data is simulated and made once, under out/bench or
--data. Without --bare there are 27 rules: budgets, minimums and maximums of segments, head counts, returns.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from _figures import Figure, tell
from _plan.data import PERIOD, data_of

from huoshui.core.allocate.plan_values import PeriodPlan
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import SEGMENTS, Segment
from huoshui.flow.app import settings_for
from huoshui.flow.planning import PlanRules, run_plan, write_plan

ROOT = Path(__file__).resolve().parent.parent
USERS = 1_000_000
SECONDS_MAX = 60.0
BYTES_MAX = 2_000_000_000
MEMORY = "1500MB"
BUDGET_PER_USER_FEN = 3_000
KIB = 1024
STAGES = (
    "orders", "people", "balance", "campaigns", "candidates", "learn", "curves", "solve", "calibrate", "beside",
    "write",
)  # fmt: skip
SERVED: tuple[Segment, ...] = ("high_value", "low_frequency", "regular", "newcomer")
"""Segments that some campaign of this young shop has a curve for."""


def main() -> int:
    """Measure; 1 where a target is missed."""
    asked = _asked()
    users = int(asked.users)
    folder = data_of(users, asked.data)
    if asked.run:
        print(json.dumps(_measured(folder, users, threads=asked.threads, bare=asked.bare)))
        return 0
    command = [sys.executable, __file__, "--run", "--users", str(users), "--data", str(asked.data)]
    command += ["--threads", str(asked.threads), *(["--bare"] if asked.bare else [])]
    told = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    )
    return tell(
        _figures(told, users), as_json=asked.json, packages=("duckdb", "ibis-framework", "numba", "highspy")
    )


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--users", type=float, default=USERS)
    parser.add_argument("--data", type=Path, default=ROOT / "out" / "bench")
    parser.add_argument("--threads", type=int, default=min(os.cpu_count() or 1, 64))
    parser.add_argument("--bare", action="store_true", help="only the rules of the campaigns table")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(folder: Path, users: int, *, threads: int, bare: bool) -> dict[str, object]:
    parts: dict[str, float] = {}
    began, cpu = time.perf_counter(), time.process_time()
    last = ["intake", cpu]

    def step(code: str, _done: int, _total: int) -> None:
        now = time.process_time()
        parts[str(last[0])] = parts.get(str(last[0]), 0.0) + now - float(last[1])
        # A file being read tells its name: all of that is the intake.
        last[:] = [code if code in STAGES else "intake", now]

    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="run-plan-") as work:
        settings = settings_for(work=Path(work) / "work", language="zh", memory=MEMORY, threads=threads)
        run = run_plan(
            folder,
            settings=settings,
            assumptions=Assumptions(),
            period=PERIOD,
            budget_fen=users * BUDGET_PER_USER_FEN,
            rows=None if bare else _rules(users),
            progress=step,
        )
        step("write", 0, 0)
        write_plan(run, Path(work) / "out", settings=settings)
        step("end", 0, 0)
    return {
        "wall_s": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu,
        "rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB,
        "parts": parts,
        **_about(run.plan),
    }


def _about(plan: PeriodPlan) -> dict[str, float]:
    return {
        "users": plan.scope.users,
        "with_level": plan.scope.users_with_level,
        "rules": len(plan.rules),
        "binding": sum(rule.binds for rule in plan.rules),
        "gap": plan.solved.gap,
        "violation": plan.solved.violation,
        "passes": plan.solved.passes,
    }


def _rules(users: int) -> PlanRules:
    """Rules of every kind, some of which bind: 27 rows with the pot's."""
    campaigns = [f"SIM-C0{number}" for number in (2, 3, 4, 5, 6, 8)]
    return PlanRules(
        campaign_budget_fen=dict.fromkeys(campaigns, users * 3),
        campaign_users_max=dict.fromkeys(campaigns[2:], users // 25),
        segment_minimum_fen=dict.fromkeys(SERVED, users // 200),
        segment_maximum_fen=dict.fromkeys(SEGMENTS, users * 2),
        campaign_return_floor={
            "SIM-C04": Fraction(13, 10),
            "SIM-C05": Fraction(13, 10),
            "SIM-C06": Fraction(6, 5),
        },
        return_floor=Fraction(11, 10),
        open_to_all=frozenset(campaigns),
    )


def _figures(told: dict[str, float], users: int) -> list[Figure]:
    def figure(name: str, value: float, unit: str, most: float | None = None) -> Figure:
        target = None if most is None else f"<= {most:g}"
        met = None if most is None else value <= most
        return Figure(f"plan {users:.0e} users: {name}", value, target=target, met=met, unit=unit)

    at_full_size = users >= USERS
    figures = [
        figure("files to written plan", told["wall_s"], "s", SECONDS_MAX if at_full_size else None),
        figure("files to written plan, CPU", told["cpu_s"], "CPU s"),
        figure("peak of memory", told["rss_bytes"] / 1e9, "GB", BYTES_MAX / 1e9 if at_full_size else None),
        figure("users with a level", told["with_level"], "users"),
        figure("rules", told["rules"], "rows"),
        figure("rules that bind", told["binding"], "rows"),
        figure("gap", told["gap"], ""),
        figure("violation", told["violation"], "", 0.0),
        figure("passes", told["passes"], ""),
    ]
    parts = dict(told["parts"])  # type: ignore[call-overload]
    return figures + [figure(f"of it {name}", seconds, "CPU s") for name, seconds in parts.items()]


if __name__ == "__main__":
    sys.exit(main())
