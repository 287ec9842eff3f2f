"""Who gets no offers in a quarter, so that what offers bring in all can be measured. Entitlements stay untouched."""

import numpy as np

from huoshui.core.trials.draws import Flags, Keys, draws

HOLDOUT_SHARE = 0.05


def holdout(keys: Keys, *, seed: int, period: str, share: float = HOLDOUT_SHARE) -> Flags:
    """Who is held out in the quarter of `period` ('YYYY-MM').

    Users lie on a circle by their hash, and each quarter holds out the next arc: an exact share, a random one of all
    users, and nobody again until everybody has had a turn (20 quarters at 5 %). Arcs do not overlap: nobody goes
    without offers for longer than a quarter, quarters are samples of their own, and a margin of 90 days fits into one.
    """
    arc = int(share * 2.0**64)
    start = quarter_number(period) * arc % 2**64
    place = draws(keys, "holdout", seed=seed)
    return np.asarray(place - np.uint64(start) < np.uint64(arc))


def quarter_number(period: str) -> int:
    """Quarters since the year 0 of a month 'YYYY-MM'."""
    year, _, month = period.partition("-")
    return int(year) * 4 + (int(month) - 1) // 3
