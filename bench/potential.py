"""Who is about to leave without buying: how fast the live score is, and how good, where the truth is known.

    .venv/bin/python bench/potential.py              100,000 users
    .venv/bin/python bench/potential.py --quick      5,000
    .venv/bin/python bench/potential.py --full       a million
    .venv/bin/python bench/potential.py --json       one JSON object a line, for machines

One core. Speed: ours moves a row of state on by each event and reads it; the peers make the same figures anew from
stored events for each user asked about; the limit is one read of the rows. Quality: on a drawn shop whose chances are
known (bench/_potential/shop.py) and on the simulated platform, on the last days, which no fit has seen; beside it a
boosted model on the same rows, silence alone, and the true chances. Contract: docs/spec/potential.md.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _figures import Figure, tell
from _potential.recomputed import by_pandas, by_sql
from _potential.shop import Shop, drawn_shop
from sklearn.ensemble import HistGradientBoostingClassifier

from huoshui.flow.potential import learn_potential, read_history
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder
from huoshui.learn.potential import (
    Asked,
    Fitted,
    State,
    features_of,
    fit_potential,
    labels,
    occasions,
)
from huoshui.learn.potential.events import DAY, HOUR, MINUTE
from huoshui.learn.potential.judged import auc_of
from huoshui.learn.potential.model import PARTS
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

USERS = {"quick": 5_000, "default": 100_000, "full": 1_000_000}
FITTED_USERS = {"quick": 5_000, "default": 30_000, "full": 30_000}
WORLD_USERS = {"quick": 1_000, "default": 10_000, "full": 30_000}
PEER_USERS = {"quick": 100, "default": 500, "full": 500}
BATCH = 1_000
REPEAT = 5
USERS_A_SECOND_LEAST = 5_000.0
SEEDS = (101, 102, 103)
HORIZON_US = HOUR


def main() -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", dest="size", action="store_const", const="quick", default="default")
    sizes.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    return tell(
        _figures(asked.size),
        as_json=asked.json,
        packages=("numpy", "numba", "scikit-learn", "pandas", "duckdb"),
    )


def _figures(size: str) -> Iterator[Figure]:
    seeds = SEEDS[:1] if size == "quick" else SEEDS
    told = [_fitted(drawn_shop(seed, users=FITTED_USERS[size])) for seed in seeds]
    yield from _speed(drawn_shop(1, users=USERS[size]), told[0][0], size)
    yield from _quality(told)
    yield from _on_platform(WORLD_USERS[size])


# --- speed -----------------------------------------------------------------------------------------------


def _speed(shop: Shop, fitted: Fitted, size: str) -> Iterator[Figure]:
    assert fitted.model is not None
    model, events, what = fitted.model, shop.events, f"{shop.users:,} users, {len(shop.events):,} events"
    _warm(shop)
    state = State(shop.users)
    batches = [events.cut(start, start + BATCH) for start in range(0, len(events), BATCH)]
    took = _seconds(lambda: [state.take(batch) for batch in batches])
    yield Figure(
        f"{what}: events a second, batches of {BATCH:,}", len(events) / took, unit="1/CPU s",
        limit=len(events) / _seconds(lambda: [batch.key.sum() + batch.happened_us.sum() for batch in batches]),
    )  # fmt: skip
    now = int(events.recorded_us[-1])
    order = np.random.default_rng(2).permutation(shop.users)
    groups = [
        Asked(own, np.full(len(own), now)) for own in np.array_split(order, max(1, shop.users // BATCH))
    ]

    def score() -> None:
        for group in groups:
            model.chance(state.features(group))

    ours = min(_seconds(score) for _ in range(REPEAT)) / shop.users
    limit = min(
        _seconds(lambda: [state.rows[group.user].sum() + state.levels[group.user].sum() for group in groups])
        for _ in range(REPEAT)
    ) / shop.users  # fmt: skip
    few = Asked(order[: PEER_USERS[size]], np.full(PEER_USERS[size], now))
    many = Asked(order[:BATCH], np.full(min(BATCH, shop.users), now))
    for name, peer in (
        ("pandas for each user, events by user in memory", by_pandas(events, few)),
        (f"SQL on DuckDB, {BATCH:,} users a statement", by_sql(events, many)),
    ):
        yield Figure(
            f"{what}: users scored a second, batches of {BATCH:,}", 1 / ours, 1 / peer, name, 1 / limit,
            peer / ours, f">= {USERS_A_SECOND_LEAST:g} a second", 1 / ours >= USERS_A_SECOND_LEAST, "1/CPU s",
        )  # fmt: skip
    one = [Asked(order[place : place + 1], np.array([now])) for place in range(1_000)]
    took = _seconds(lambda: [model.chance(state.features(each)) for each in one]) / len(one)
    yield Figure(f"{what}: one user at a time", took * 1e6, unit="CPU us")
    yield Figure(
        f"{what}: state a user", (state.rows.nbytes + state.levels.nbytes) / shop.users, unit="bytes"
    )


def _warm(shop: Shop) -> None:
    """Compile, or read what was compiled, before anything is timed."""
    state = State(shop.users)
    state.take(shop.events.cut(0, 10))
    state.features(Asked(np.zeros(1, np.int64), np.array([int(shop.events.recorded_us[-1])])))


# --- quality ---------------------------------------------------------------------------------------------


def _fitted(shop: Shop) -> tuple[Fitted, float, float]:
    """Ours, and on the same last rows the AUC of a boosted model and of the true chances."""
    asked = occasions(shop.events, until_us=shop.until_us)
    features, _ = features_of(shop.events, asked, users=shop.users)
    label = labels(shop.events, asked, until_us=shop.until_us, horizon_us=HORIZON_US)
    fitted = fit_potential(features, label, asked, horizon_us=HORIZON_US)
    known = label >= 0
    cut = int(np.quantile(asked.at_us[known], PARTS[1]))
    early, last = known & (asked.at_us + HORIZON_US <= cut), known & (asked.at_us > cut)
    boosted = HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=100, random_state=1
    ).fit(features[early], label[early])
    peer, _ = auc_of(boosted.predict_proba(features[last])[:, 1], label[last].astype(np.int64))
    own = Asked(asked.user[last], asked.at_us[last])
    limit, _ = auc_of(-shop.true_chance(own), label[last].astype(np.int64))
    return fitted, peer, limit


def _quality(told: list[tuple[Fitted, float, float]]) -> Iterator[Figure]:
    for number, (fitted, peer, limit) in enumerate(told, 1):
        yield from _judged(f"drawn shop {number}", fitted, peer, limit)


def _judged(what: str, fitted: Fitted, peer: float | None, limit: float | None) -> Iterator[Figure]:
    found = fitted.judged
    if found is None:
        print(f"{what}: {fitted.verdict}, rows {fitted.rows}", file=sys.stderr)
        return
    words = f"{what} ({found.rows:,} moments, {found.rate:.0%} leave, {fitted.verdict})"
    yield Figure(
        f"{words}: AUC {found.auc.low:.3f} to {found.auc.high:.3f}", found.auc.value, peer,
        "boosted trees on the same features, early and middle days" if peer else None, limit,
        None if peer is None else found.auc.value / peer, None, None, "AUC",
    )  # fmt: skip
    yield Figure(
        f"{what}: AUC beyond silence {found.auc_gain.low:+.3f} to {found.auc_gain.high:+.3f}", found.auc.value,
        found.auc_silence, "time since the last look alone", None, None, "> silence" if limit else None,
        found.auc.value > found.auc_silence if limit else None, "AUC",
    )  # fmt: skip
    yield Figure(
        f"{what}: Brier score", found.brier, found.brier_base, "the base rate for everyone", None,
        found.brier / found.brier_base, "< base rate" if limit else None,
        found.brier < found.brier_base if limit else None, "",
    )  # fmt: skip
    worst = max(abs(each.said - each.found) for each in found.deciles)
    yield Figure(
        f"{what}: slope {found.slope.low:.2f} to {found.slope.high:.2f}, worst decile off by",
        worst,
        unit="share",
    )


def _on_platform(users: int) -> Iterator[Figure]:
    """From the files of the simulated platform, where looking tells little by its making."""
    with tempfile.TemporaryDirectory() as place:
        folder, work = Path(place) / "files", Path(place) / "work"
        write_canonical(make_world(7, users=users), folder, format="parquet")
        intake = read_folder(folder, work=work, memory_bytes=10**9, language="en")
        lake = open_lake(intake.sources, work=work, memory_bytes=10**9, threads=1)
        history = read_history(lake)
        lake.close()
    for horizon, words in ((30 * MINUTE, "30 min"), (DAY, "24 h")):
        fitted = learn_potential(history, horizon_us=horizon)
        yield from _judged(f"simulated platform of {users:,}, {words}", fitted, None, None)


def _seconds(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main())
