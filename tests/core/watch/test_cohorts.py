"""D by hand, its bound, and that what a cohort counts for stays an e-value: enumerated, not believed."""

from datetime import date
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from huoshui.core.trials.e_process import BETS
from huoshui.core.watch import GuardTerms, cohort_sums
from huoshui.core.watch.cohorts import added, incremental_most, incremental_unit
from huoshui.core.watch.evidence import no_process
from huoshui.core.watch.values import LadderRules

DAY = date(2026, 11, 1)
RAW = GuardTerms("c", 1.2, 3_000)
DRAWN = GuardTerms("c", 1.2, 3_000, treated_least=0.5, treated_most=0.95)


def test_raw_d_is_clipped_value_less_bar_times_cost():
    sums = cohort_sums(DAY, np.array([-50.0, 500, 9_999]), np.array([100.0, 100, 200]), RAW)
    d = np.array([0 - 120, 500 - 120, 3_000 - 240])
    assert sums.raw_d.total == pytest.approx(d.sum())
    assert sums.raw.logs == pytest.approx(np.log1p(-BETS * d[:, None] / 3_000).sum(axis=0))
    assert (sums.treated, sums.control, sums.value_fen, sums.cost_fen) == (3, 0, 3_500, 400)
    assert (sums.incremental.count, sums.incremental_d.n) == (0, 0)


def test_incremental_d_is_the_weighted_difference_less_the_bar():
    value, cost = np.array([500.0, 800, 300, 100]), np.array([100.0, 0, 50, 70])
    got, p = np.array([True, False, True, True]), np.array([0.95, 0.95, 0.5, np.nan])
    sums = cohort_sums(DAY, value, cost, DRAWN, treated=got, probability=p)
    d = np.array([(500 - 120) / 0.95, -800 / (1 - 0.95), (300 - 60) / 0.5])
    assert sums.incremental_d.total == pytest.approx(d.sum())
    assert (sums.incremental_d.n, sums.treated, sums.control) == (3, 3, 1)
    assert sums.incremental.logs == pytest.approx(
        np.log1p(-BETS * d[:, None] / incremental_unit(DRAWN)).sum(axis=0)
    )


def test_stakes_on_a_small_control_are_shares_of_more():
    """Of even arms of the largest D alone; never of less, whatever the probabilities."""
    even = GuardTerms("c", 1.0, 3_000, treated_least=0.5, treated_most=0.5)
    assert incremental_unit(even) == pytest.approx(incremental_most(even)) == pytest.approx(6_000)
    for most in (0.2, 0.9, 0.99):
        terms = GuardTerms("c", 1.0, 3_000, treated_least=0.2, treated_most=most)
        assert incremental_unit(terms) == pytest.approx(incremental_most(terms) / (4 * most * (1 - most)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, -500]), st.sampled_from([0, 700, 3_000]))
def test_no_d_is_above_its_bound_and_predictions_move_no_mean(seed, floor, predicted_most):
    terms = GuardTerms(
        "c",
        1.2,
        3_000,
        floor_fen=floor,
        treated_least=0.5,
        treated_most=0.9,
        predicted_most_fen=predicted_most,
    )
    rng = np.random.default_rng(seed)
    n = 50
    p = rng.choice([0.5, 0.9], n)
    value, paid = rng.normal(500, 3_000, n), rng.integers(0, 300, n).astype(float)
    predicted = rng.normal(0, 2_000, n)
    means = []
    for guess in (predicted, np.zeros(n)):
        # Each user once as treated and once as control, by their probabilities: the mean over the draw.
        parts = [
            cohort_sums(
                DAY, value, np.where(got, paid, 0.0), terms, treated=np.full(n, got), probability=p,
                predicted_fen=guess,
            )
            for got in (True, False)
        ]  # fmt: skip
        assert all(np.isfinite(part.incremental.logs).all() for part in parts)
        means.append(_mean_over_the_draw(value, paid, p, guess, terms))
    assert means[0] == pytest.approx(means[1])


def _mean_over_the_draw(value, paid, p, predicted, terms):
    total = 0.0
    for number in range(len(value)):
        for got, chance in ((True, p[number]), (False, 1 - p[number])):
            one = slice(number, number + 1)
            sums = cohort_sums(
                DAY, value[one], paid[one] * got, terms, treated=np.array([got]), probability=p[one],
                predicted_fen=predicted[one],
            )  # fmt: skip
            total += chance * sums.incremental_d.total
    return total


def test_at_the_bar_the_wealth_of_every_stake_keeps_its_mean_over_all_outcomes():
    """Three users of two days, values 0 or 240 with a return just at the bar: all 64 outcomes, exactly weighted."""
    terms = GuardTerms("c", 1.0, 240)
    rules = LadderRules(day_factor_max=1.05)
    chance = {0.0: Fraction(1, 2), 240.0: Fraction(1, 2)}
    plain, capped, e = np.zeros(len(BETS)), np.zeros(len(BETS)), 0.0
    for outcome in product(chance, repeat=6):
        weight = float(np.prod([float(chance[value]) for value in outcome]))
        process = no_process()
        free = np.zeros(len(BETS))
        for values in (outcome[:3], outcome[3:]):
            cohort = cohort_sums(DAY, np.array(values), np.full(3, 120.0), terms)
            free = free + cohort.raw.logs
            process = process.after(
                cohort.raw, cohort.raw_d, rules, unit_fen=240, expected_fen=12.0, unseen_most=3.0
            )
        plain += weight * np.exp(free)
        capped += weight * np.exp(process.wealth.logs)
        e += weight * float(process.wealth.e)
    assert plain == pytest.approx(np.ones(len(BETS)))
    assert (capped <= 1 + 1e-12).all()
    assert capped.min() < 0.99
    assert e <= 1


@given(
    arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 5_000)),
    st.integers(0, 30),
    st.randoms(use_true_random=False),
)
def test_parts_of_a_day_add_up_in_any_order(values, cut, shuffled):
    cost = np.full(len(values), 100.0)
    whole = cohort_sums(DAY, values, cost, RAW)
    order = list(range(len(values)))
    shuffled.shuffle(order)
    parts = [
        cohort_sums(DAY, values[own], cost[own], RAW)
        for own in (np.array(order[:cut], np.intp), np.array(order[cut:], np.intp))
    ]
    for pieces in (parts, parts[::-1]):
        (merged,) = added(pieces)
        assert merged.raw.logs == pytest.approx(whole.raw.logs, abs=1e-9)
        assert (merged.treated, merged.cost_fen) == (whole.treated, whole.cost_fen)
        assert merged.raw_d.total == pytest.approx(whole.raw_d.total, abs=1e-6)


def test_what_is_missing_or_impossible_is_an_error_and_not_a_zero():
    one = np.array([100.0])
    with pytest.raises(ValueError, match="missing"):
        cohort_sums(DAY, np.array([np.nan]), one, RAW)
    with pytest.raises(ValueError, match="missing"):
        cohort_sums(DAY, one, np.array([np.nan]), RAW)
    with pytest.raises(ValueError, match="at least 0"):
        cohort_sums(DAY, one, -one, RAW)
    with pytest.raises(ValueError, match="outside the range"):
        cohort_sums(DAY, one, one, DRAWN, probability=np.array([0.4]))
    with pytest.raises(ValueError, match="control costs nothing"):
        cohort_sums(DAY, one, one, DRAWN, treated=np.array([False]), probability=np.array([0.5]))
    with pytest.raises(ValueError, match="different days"):
        cohort_sums(DAY, one, one, RAW) + cohort_sums(date(2026, 11, 2), one, one, RAW)
    with pytest.raises(ValueError, match="a value's cap"):
        GuardTerms("c", 1.0, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        GuardTerms("c", 1.0, 100, treated_least=0.5, treated_most=1.0)
