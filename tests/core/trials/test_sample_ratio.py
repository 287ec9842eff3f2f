"""Arm sizes: the daily check is fair at any look, the single one is the exact chance, and what is broken is found."""

from fractions import Fraction
from itertools import product
from math import comb, exp, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.trials.sample_ratio import _log_e, sample_ratio

HALVES = (Fraction(1, 2), Fraction(1, 2))
weights = st.lists(st.integers(1, 9), min_size=2, max_size=4)


@given(weights, st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_one_unit_more_leaves_the_evidence_as_it_is_in_the_mean(split: list[int], counts: list[int]) -> None:
    shares = np.array(split) / sum(split)
    seen = np.array(counts[: len(split)], float)
    after = sum(
        share * exp(_log_e(seen + one, shares)) for share, one in zip(shares, np.eye(len(split)), strict=True)
    )
    assert after == pytest.approx(exp(_log_e(seen, shares)), rel=1e-7)


@given(st.integers(1, 9), st.integers(0, 19))
def test_few_units_have_the_exact_chance_of_two_tails(weight: int, seen: int) -> None:
    n, share = 19, Fraction(weight, 10)
    p = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    exact = min(Fraction(1), 2 * min(sum(p[: seen + 1]), sum(p[seen:])))
    assert sample_ratio((n - seen, seen), (1 - share, share)).p_value == pytest.approx(float(exact), rel=1e-9)


def test_few_units_in_three_arms_are_never_called_off_too_often() -> None:
    shares = (Fraction(1, 6), Fraction(2, 6), Fraction(3, 6))
    low = 0.0
    for way in product(range(3), repeat=6):
        counts = tuple(int(n) for n in np.bincount(way, minlength=3))
        if sample_ratio(counts, shares).p_value <= 0.05:
            low += float(prod(shares[arm] for arm in way))
    assert low <= 0.05


def test_many_units_have_the_chi_square() -> None:
    ratio = sample_ratio((49_500, 50_500), HALVES)
    assert ratio.p_value == pytest.approx(0.0015654, rel=1e-3)
    assert ratio.off_units_est == (-500.0, 500.0)


def test_one_look_is_sharper_than_looking_every_day() -> None:
    counts = (49_300, 50_700)
    assert sample_ratio(counts, HALVES).state == "agrees"
    assert sample_ratio(counts, HALVES, one_look=True).state == "broken"


def test_a_loss_of_three_in_a_hundred_is_found_within_a_month() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        control = treated = 0
        for _day in range(30):
            control, treated = (
                control + int(rng.binomial(10_000, 0.5)),
                treated + int(rng.binomial(10_000, 0.485)),
            )
        assert sample_ratio((control, treated), HALVES).state == "broken"


def test_healthy_arms_stay_healthy_at_every_look() -> None:
    rng = np.random.default_rng(4)
    for _ in range(30):
        treated = rng.binomial(500, 0.3, 60).cumsum()
        for day, count in enumerate(treated.tolist(), start=1):
            shares = (Fraction(7, 10), Fraction(3, 10))
            assert sample_ratio((500 * day - count, count), shares).state == "agrees"


def test_nobody_is_no_data_and_nonsense_an_error() -> None:
    empty = sample_ratio((0, 0), HALVES)
    assert empty.state == "no_data"
    assert np.isnan([empty.p_value, empty.p_always]).all()
    for counts, shares in (
        ((1, 2), (Fraction(1, 3),) * 3),
        ((1, 2), (Fraction(1, 3),) * 2),
        ((-1, 2), HALVES),
    ):
        with pytest.raises(ValueError):
            sample_ratio(counts, shares)
