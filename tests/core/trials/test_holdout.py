"""The holdout is an exact share, turns each quarter, and comes to everybody once."""

from math import sqrt

import numpy as np
import pytest

from huoshui.core.trials.draws import splitmix64
from huoshui.core.trials.holdout import holdout, quarter_number


def test_holdout_is_a_share_and_turns_each_quarter() -> None:
    keys = splitmix64(np.arange(100_000, dtype=np.uint64))
    months = [f"{year}-{month:02d}" for year in (2026, 2027) for month in (1, 4, 7, 10)]
    held = [holdout(keys, seed=5, period=month) for month in months]
    for flags in held:
        assert flags.sum() == pytest.approx(5_000, abs=4 * sqrt(4_750))
    assert int(np.sum(held, axis=0).max()) == 1, "nobody twice in two years"
    assert np.array_equal(holdout(keys, seed=5, period="2026-03"), held[0])
    assert not np.array_equal(holdout(keys, seed=6, period="2026-03"), held[0])
    assert quarter_number("2027-01") - quarter_number("2026-12") == 1


def test_after_twenty_quarters_everybody_was_held_out_once() -> None:
    keys = splitmix64(np.arange(5_000, dtype=np.uint64))
    months = [f"{2026 + quarter // 4}-{quarter % 4 * 3 + 1:02d}" for quarter in range(20)]
    times = np.sum([holdout(keys, seed=0, period=month) for month in months], axis=0)
    # The arc is rounded down, so the twenty of them leave out less than one in 10^17.
    assert times.min() == times.max() == 1
