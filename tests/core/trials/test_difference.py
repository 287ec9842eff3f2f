"""Treated less control: shifts, mirrors, what is known before, and the error of a small arm."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.trials.difference import difference
from huoshui.core.trials.sums import Sums, sums_of

arms = st.lists(
    st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(1, 5)), min_size=2, max_size=30
)


def _sums(rows: list[tuple[int, int, int]], *, shift: int = 0) -> Sums:
    y, x, m = (np.array([row[at] for row in rows], np.int64) for at in range(3))
    return sums_of(y + shift * m, before=x, size=m)


@given(arms, arms, st.integers(-(10**9), 10**9))
def test_a_constant_a_user_shifts_nothing(
    treated: list[tuple[int, int, int]], control: list[tuple[int, int, int]], shift: int
) -> None:
    plain = difference(_sums(treated), _sums(control))
    assert difference(_sums(treated, shift=shift), _sums(control, shift=shift)) == replace(
        plain, units=plain.units
    )


@given(arms, arms)
def test_arms_exchanged_mirror_the_answer(
    treated: list[tuple[int, int, int]], control: list[tuple[int, int, int]]
) -> None:
    there, back = (difference(*map(_sums, pair)) for pair in ((treated, control), (control, treated)))
    assert there.value_est == pytest.approx(-back.value_est, rel=1e-12, abs=1e-9)
    assert there.error_est == pytest.approx(back.error_est, rel=1e-12)
    assert there.slope_est == back.slope_est


def test_the_plain_error_is_the_textbook_one() -> None:
    rng = np.random.default_rng(1)
    y1, y0 = rng.integers(0, 1_000, 300), rng.integers(0, 1_000, 300)
    found = difference(sums_of(y1), sums_of(y0))
    assert found.value_est == pytest.approx(y1.mean() - y0.mean())
    textbook = np.sqrt(y1.var(ddof=1) / 300 + y0.var(ddof=1) / 300)
    assert found.error_est == pytest.approx(textbook, rel=0.003)
    assert found.error_est >= textbook * (1 - 1e-12)


def test_knowing_the_time_before_saves_what_its_correlation_says() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(1_000, 300, 40_000)
    y = 0.8 * x + rng.normal(0, 180, 40_000) + np.where(np.arange(40_000) % 2, 20, 0)
    own = np.arange(40_000) % 2 == 1
    whole = [np.rint(part).astype(np.int64) for part in (y, x)]
    found = difference(
        sums_of(whole[0][own], before=whole[1][own]), sums_of(whole[0][~own], before=whole[1][~own])
    )
    assert found.saved_est == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, abs=0.01)
    assert found.slope_est == pytest.approx(0.8, abs=0.01)
    assert abs(found.value_est - 20) < 4 * found.error_est < 8
    plain = difference(
        sums_of(whole[0][own], before=whole[1][own]),
        sums_of(whole[0][~own], before=whole[1][~own]),
        adjusted=False,
    )
    assert (plain.error_est, plain.slope_est) == (found.plain_error_est, 0.0)


def test_the_answer_scatters_as_its_error_says() -> None:
    """400 trials of 400 users: with what was known before and without."""
    rng = np.random.default_rng(7)
    sharp, plain = [], []
    for _ in range(400):
        x = rng.normal(1_000, 300, 400)
        y = np.rint(0.8 * x + rng.normal(0, 180, 400)).astype(np.int64)
        one, other = (
            sums_of(y[at], before=np.rint(x[at]).astype(np.int64)) for at in (slice(200), slice(200, 400))
        )
        sharp.append(difference(one, other))
        plain.append(difference(one, other, adjusted=False))
    for found in (sharp, plain):
        scatter = np.std([each.value_est for each in found])
        assert scatter == pytest.approx(np.mean([each.error_est for each in found]), rel=0.1)
    assert np.mean([each.saved_est for each in sharp]) == pytest.approx(0.64, abs=0.02)


def test_knowing_what_says_nothing_costs_nothing() -> None:
    rng = np.random.default_rng(3)
    y, x = rng.integers(0, 1_000, 4_000), rng.integers(0, 1_000, 4_000)
    found = difference(sums_of(y[:2_000], before=x[:2_000]), sums_of(y[2_000:], before=x[2_000:]))
    assert abs(found.saved_est) < 0.01


def test_a_small_arm_without_the_large_orders_is_not_called_a_loss() -> None:
    """Its own spread would say so: 100 users without a large order, against 10,000 of whom 1 in 100 has one."""
    control = np.array([100_000] * 100 + [10] * 5_000 + [0] * 4_900)
    treated = np.array([10] * 51 + [0] * 49)
    found = difference(sums_of(treated), sums_of(control))
    own = np.sqrt(treated.var(ddof=1) / 100 + control.var(ddof=1) / 10_000)
    assert found.value_est / own < -8
    assert -2 < found.value_est / found.error_est < 0


def test_too_few_units_have_no_answer() -> None:
    one, two = sums_of(np.array([5])), sums_of(np.array([5, 6]))
    found = difference(one, two)
    assert np.isnan([found.value_est, found.error_est, found.saved_est]).all()
    assert found.units == 3
