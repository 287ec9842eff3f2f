"""Draws are even, independent, the same for ever; a row is picked in proportion to its weight."""

from math import sqrt

import numpy as np
import pytest

from huoshui.core.trials.draws import draws, fractions, picked, user_keys

MONTH = "2026-12"
KEYS = [13736419768491869686, 7276987913104717786]
DRAWN = [15548524280921957718]


def test_keys_tell_ids_apart_and_do_not_depend_on_their_neighbours() -> None:
    ids = [f"U{number}" for number in range(200_000)]
    keys = user_keys(ids)
    assert len(np.unique(keys)) == len(ids)
    assert user_keys(ids[7:8])[0] == keys[7]
    assert user_keys(["U7", "x" * 300, "用户七", ""])[0] == keys[7]
    assert len(np.unique(user_keys(["ab", "ba", "a", "", "用", "户"]))) == 6


def test_keys_and_draws_are_the_same_in_every_version() -> None:
    """Stored plans are replayed: these numbers may never change."""
    assert user_keys(["U1001", "用户"]).tolist() == KEYS
    assert draws(user_keys(["U1001"]), "holdout", seed=1).tolist() == DRAWN


def test_draws_are_even_and_purposes_are_independent() -> None:
    keys = np.arange(400_000, dtype=np.uint64)  # the worst of keys: neighbours
    one = fractions(draws(keys, "one", seed=1, period=MONTH))
    two = fractions(draws(keys, "two", seed=1, period=MONTH))
    for drawn in (one, two):
        counts = np.histogram(drawn, bins=100, range=(0, 1))[0]
        chi2 = float(((counts - 4_000) ** 2 / 4_000).sum())
        assert chi2 < 160, "99 degrees of freedom: beyond 1 in 10,000"
    assert abs(float(np.corrcoef(one, two)[0, 1])) < 4 / sqrt(len(keys))
    assert not np.array_equal(one, fractions(draws(keys, "one", seed=2, period=MONTH)))
    assert not np.array_equal(one, fractions(draws(keys, "one", seed=1, period="2027-01")))


def test_a_row_is_picked_in_proportion_to_its_weight() -> None:
    keys = draws(np.arange(90_000, dtype=np.uint64), "row", seed=3)
    weights = np.repeat(np.array([[2.0], [0.0], [1.0], [0.0]]), len(keys), axis=1)
    rows = np.bincount(picked(keys, weights), minlength=4)
    assert rows[1] == rows[3] == 0
    assert rows[0] == pytest.approx(60_000, abs=4 * sqrt(20_000))
    full = np.array([2**64 - 1], np.uint64)
    assert picked(full, np.array([[1.0], [1.0], [0.0]])).tolist() == [1]
    assert picked(full, np.zeros((3, 1))).tolist() == [-1]
    assert picked(np.zeros(1, np.uint64), np.array([[0.0], [1.0]])).tolist() == [1], (
        "a weight of 0 is never drawn"
    )
