"""The measured runs, one a process: each tells what it took in CPU seconds, and how good its answer is.

one     one budget: the plain read, ours cold and warm, the curve, memory
program the same as a linear program in files, for the general solvers of peers.py
rows    27 rows or more, some of which bind, as a planner sets them
start   a first solve in a fresh process: import, compile, and both again from the cache
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import scipy.sparse

from _allocate.instances import a_day_later, offers_of, spend_at_edge_fen
from huoshui.core.allocate import Offers, solve_one_budget
from huoshui.core.allocate.kernels import hull_histogram

EDGE = 1.0
BUDGET_SHARE = 0.3
"""Of what would be spent down to the edge."""
CURVE_POINTS = 512
KIB = 1024
Told = dict[str, Any]


def run(name: str, *, family: str, users: int, repeat: int, folder: Path | None, segments: int) -> Told:
    """Do one run; its figures by name."""
    if folder is not None:
        return program(family, users, folder)
    if name == "rows":
        return rows(family, users, repeat, segments)
    return RUNS[name](family, users, repeat)


def one_budget(family: str, users: int, repeat: int) -> Told:
    """CPU seconds of ours against the plain read of the same data, and against general solvers."""
    solve_one_budget(offers_of(family, users=2_000), 10_000)  # compiled, or read from the cache
    before = _peak_bytes()
    offers = offers_of(family, users=users)
    data = offers.values_est.nbytes + offers.costs.nbytes
    full = spend_at_edge_fen(offers)
    budget = int(full * BUDGET_SHARE)
    _read(offers.values_est[:, :64], offers.costs[:, :64])
    limit, _ = _median(lambda: _read(offers.values_est, offers.costs), repeat)
    cold, plan = _median(lambda: solve_one_budget(offers, budget, edge_est=EDGE), repeat)
    memory = (_peak_bytes() - before) / data
    small, small_plan = _median(lambda: solve_one_budget(offers, full // 50, edge_est=EDGE), repeat)
    curve, _ = _median(lambda: _curve(offers), 1 if users > 1_000_000 else repeat)
    told: Told = {
        "limit": limit, "cold": cold, "gap": plan.certificate.gap, "passes": plan.passes, "memory": memory,
        "cold_small": small, "gap_small": small_plan.certificate.gap, "curve": curve,
        "value": plan.certificate.value_est - EDGE * plan.spent_fen,
    }  # fmt: skip
    later = a_day_later(offers)
    told["warm"], again = _median(
        lambda: solve_one_budget(later, int(budget * 1.005), edge_est=EDGE, warm_est=plan.price_est), repeat
    )
    told["gap_warm"], told["passes_warm"] = again.certificate.gap, again.passes
    return told


def program(family: str, users: int, folder: Path) -> Told:
    """The same problem as a linear program, into files: a column for each level that a user may get."""
    offers = offers_of(family, users=users)
    budget = int(spend_at_edge_fen(offers) * BUDGET_SHARE)
    option, user = np.nonzero(np.isfinite(offers.values_est))
    costs = offers.costs[option, user].astype(np.float64)
    gain = offers.values_est[option, user].astype(np.float64) - EDGE * costs
    columns = np.tile(np.arange(len(user)), 2)
    in_rows = np.concatenate([user, np.full(len(user), users)])
    matrix = scipy.sparse.csc_matrix(
        (np.concatenate([np.ones(len(user)), costs]), (in_rows, columns)), shape=(users + 1, len(user))
    )
    scipy.sparse.save_npz(folder / "matrix.npz", matrix, compressed=False)
    np.savez(folder / "vectors.npz", gain=gain, limits=np.append(np.ones(users), float(budget)))
    return {}


def rows(family: str, users: int, repeat: int, segments: int) -> Told:
    """2 x `segments` + 9 rows with the pot: budgets, returns, each segment's least and most spend, head counts."""
    from huoshui.core.allocate import Scope, at_least, at_most, return_at_least, solve

    def build(count: int) -> tuple[Offers, int, tuple[Any, ...]]:
        plain = offers_of(family, users=count)
        chance = np.random.default_rng(7)
        segment = chance.integers(0, segments, count, dtype=np.uint8)
        values = plain.values_est * (0.5 + segment / segments).astype(np.float32)
        names = tuple(f"s{s}" for s in range(segments))
        offers = Offers(plain.options, values, plain.costs, plain.keys, names, segment)
        free = solve_one_budget(offers, int(spend_at_edge_fen(offers) * BUDGET_SHARE), edge_est=EDGE)
        chosen = np.where(free.choice > 0, offers.costs[np.maximum(free.choice, 1) - 1, np.arange(count)], 0)
        by_segment = np.bincount(segment, chosen, segments)
        told = []
        for campaign in sorted({option.campaign for option in offers.options}):
            told.append(
                at_most(
                    offers, f"{campaign} at most", int(free.spent_fen * 0.45), of=Scope(campaign=campaign)
                )
            )
            told.append(return_at_least(offers, f"{campaign} return", 1.5, of=Scope(campaign=campaign)))
        mean = free.spent_fen / segments
        for s, name in enumerate(names):
            of = Scope(segment=name)
            told.append(at_most(offers, f"{name} at most", int(max(by_segment[s] * 0.9, mean * 0.7)), of=of))
            told.append(
                at_least(offers, f"{name} at least", int(min(by_segment[s] * 1.1, mean * 0.5)), of=of)
            )
        told.append(return_at_least(offers, "return of all", 1.8))
        heads = int((segment == 0).sum() * 0.5)
        told += [
            at_most(offers, f"{name} heads", heads, unit="users", of=Scope(segment=name))
            for name in names[:3]
        ]
        return offers, free.spent_fen, tuple(told)

    few, budget, rules = build(20_000)
    solve(few, budget_fen=budget, rows=rules, edge_est=EDGE)  # compiled
    offers, budget, rules = build(users)
    took, plan = _median(lambda: solve(offers, budget_fen=budget, rows=rules, edge_est=EDGE), min(repeat, 3))
    return {
        "cpu": took, "rows": len(rules) + 1, "passes": plan.passes, "gap": plan.certificate.gap,
        "violation": plan.certificate.violation, "binding": sum(row.price_est > 0 for row in plan.rows),
    }  # fmt: skip


def start(family: str, users: int, repeat: int) -> Told:  # noqa: ARG001 - one for all runs
    """Wall seconds of import and first solve with an empty cache, and with a full one."""
    told: Told = {}
    with tempfile.TemporaryDirectory() as cache:
        for state in ("compiled", "cached"):
            done = subprocess.run(
                [sys.executable, "-c", FIRST], capture_output=True, text=True, check=True,
                env={**os.environ, "NUMBA_CACHE_DIR": cache},
            )  # fmt: skip
            told[f"import_{state}"], told[f"first_{state}"] = map(float, done.stdout.split())
    return told


FIRST = """
import time
begun = time.perf_counter()
import numpy as np
from huoshui.core.allocate import Offers, Option, solve_one_budget
imported = time.perf_counter()
chance = np.random.default_rng(1)
costs = chance.integers(100, 900, (4, 3000), dtype=np.int32)
values = (costs * chance.uniform(0.5, 3, costs.shape)).astype(np.float32)
keys = chance.integers(0, 2**64, 3000, dtype=np.uint64)
solve_one_budget(Offers(tuple(Option("c", 100) for _ in range(4)), values, costs, keys), 100_000)
print(imported - begun, time.perf_counter() - imported)
"""

RUNS: dict[str, Callable[[str, int, int], Told]] = {"one": one_budget, "start": start}


def _curve(offers: Offers) -> None:
    """The whole curve of value by budget: every step of every hull, by efficiency."""
    edges = np.geomspace(EDGE, 100.0, CURVE_POINTS + 1)
    fen, users = np.zeros(CURVE_POINTS, np.int64), np.zeros(CURVE_POINTS, np.int64)
    hull_histogram(offers.values_est, offers.costs, edges, fen, np.zeros(CURVE_POINTS), users)


@numba.njit(cache=True, fastmath=True)
def _read(values, costs):  # type: ignore[no-untyped-def]
    """One plain pass over the data, which no method can do without: the limit."""
    total, sums = np.int64(0), 0.0
    for k in range(values.shape[0]):
        bits, part = np.int32(0), np.float32(0)
        for i in range(values.shape[1]):
            bits ^= costs[k, i]
            part += values[k, i]
        total += bits
        sums += part
    return total, sums


def _median(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """The median of CPU seconds, after one run that does not count, and the last answer."""
    found = work()
    taken = []
    for _ in range(repeat):
        begun = time.process_time()
        found = work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken), found


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * KIB
