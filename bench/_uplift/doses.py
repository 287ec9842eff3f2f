"""Curves of a million users at eight amounts: how long it takes, beside a general solver user by user."""

import time
from collections.abc import Iterator

import numpy as np
from _figures import Figure
from scipy.optimize import nnls

from huoshui.core.uplift import Effects, fit_doses
from huoshui.core.uplift.shapes import generators_of

AMOUNTS = (100, 200, 300, 500, 800, 1_200, 2_000, 3_000)
USERS = {"quick": 100_000, "default": 1_000_000, "full": 1_000_000}
PEER_USERS = 2_000
SECONDS_MOST = 5.0


def dose_figures(*, size: str) -> Iterator[Figure]:
    """CPU seconds for all users."""
    users = USERS[size]
    rng = np.random.default_rng(1)
    height = rng.gamma(2.0, 50.0, users)[:, None]
    table = height * (1 - np.exp(-np.array(AMOUNTS) / rng.gamma(2.0, 400.0, users)[:, None]))
    table += rng.normal(0, 25.0, table.shape)
    effects = Effects(AMOUNTS, table, table - 50, table + 50)
    fit_doses(effects.take(np.arange(10)))
    begun = time.process_time()
    doses = fit_doses(effects)
    ours = time.process_time() - begun
    system = generators_of(AMOUNTS, "concave")
    begun = time.process_time()
    exact = np.array([system @ nnls(system, row)[0] for row in table[:PEER_USERS]])
    theirs = (time.process_time() - begun) * users / PEER_USERS
    apart = float(np.abs(exact - doses.effect_est[:PEER_USERS]).max())
    begun = time.process_time()
    table.sum()
    read = time.process_time() - begun
    yield Figure(
        f"curves of {users:,} users at {len(AMOUNTS)} amounts", ours, theirs, "scipy nnls user by user, scaled up",
        read, theirs / ours, f"<= {SECONDS_MOST} s", ours <= SECONDS_MOST, "CPU s; ratio: peer / ours",
    )  # fmt: skip
    yield Figure("largest difference from the general solver's curves", apart, unit="fen")
