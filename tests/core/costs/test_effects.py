"""Effects: cells merge, weights cancel, CUPED does no harm, and the interval covers as often as it says."""

from dataclasses import fields, replace

import numpy as np
import pytest
from cost_rows import cell
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from huoshui.core.costs.effects import (
    USERS_MIN,
    Z_95,
    Arm,
    adjusted,
    anyway,
    arms_of,
    difference,
    slope,
    total_effect,
)
from huoshui.core.costs.facts import ArmMoments

VALUES = st.lists(st.integers(-50_000, 200_000), min_size=USERS_MIN, max_size=40)
USERS = st.lists(
    st.tuples(st.integers(-50_000, 200_000), st.integers(0, 90_000), st.sampled_from([1.0, 1.25, 2.0, 5.0])),
    min_size=2 * USERS_MIN,
    max_size=100,
)
TRIALS = 400


def joined(first: ArmMoments, second: ArmMoments) -> ArmMoments:
    """Two cells as one: field by field, as their docstring promises."""
    moments = [
        f.name for f in fields(ArmMoments) if f.name.startswith(("n", "sum_", "granted", "spent", "buyers"))
    ]
    return replace(first, **{name: getattr(first, name) + getattr(second, name) for name in moments})


def of(users: list[tuple[int, int, float]], **given: object) -> ArmMoments:
    """A cell of (value, value before, weight)."""
    value, before, weight = zip(*users, strict=True)
    return cell(value, before=before, weight=weight, **given)


@settings(max_examples=40)
@given(USERS, USERS, st.integers(1, 59))
def test_adding_cells_is_the_union_of_their_users(treated, control, cut):
    whole = arms_of([of(treated), of(control, control=True)])
    parts = [
        of(treated[:cut]),
        of(treated[cut:]),
        of(control[:cut], control=True),
        of(control[cut:], control=True),
    ]
    for base, arms in (arms_of(parts), arms_of([joined(*parts[:2]), joined(*parts[2:])])):
        assert whole[0] is not None
        assert base is not None
        expected, found = total_effect(whole[1], whole[0]), total_effect(arms, base)
        assert found.mean_est == pytest.approx(expected.mean_est, rel=1e-6, abs=1e-3)
        assert found.error_est == pytest.approx(expected.error_est, rel=1e-6, abs=1e-3)


@given(VALUES, VALUES, st.floats(0.5, 50))
def test_a_constant_weight_cancels(treated, control, weight):
    plain = Arm(0, False, (cell(treated),)), Arm(0, True, (cell(control, control=True),))
    heavy = (
        Arm(0, False, (cell(treated, weight=[weight] * len(treated)),)),
        Arm(0, True, (cell(control, weight=[weight] * len(control), control=True),)),
    )
    expected, found = total_effect([plain[0]], plain[1]), total_effect([heavy[0]], heavy[1])
    assert found.mean_est == pytest.approx(expected.mean_est, rel=1e-6, abs=1e-3)
    assert found.error_est == pytest.approx(expected.error_est, rel=1e-6, abs=1e-3)


@given(VALUES, VALUES)
def test_without_a_covariate_it_is_welch_and_nothing_else(treated, control):
    y, z = np.array(treated, dtype=float), np.array(control, dtype=float)
    found = difference(
        adjusted(Arm(0, False, (cell(y),)), 0.0), adjusted(Arm(0, True, (cell(z, control=True),)), 0.0)
    )
    assert found.mean_est == pytest.approx(y.mean() - z.mean(), abs=1e-3)
    welch = (y.var(ddof=1) / len(y) + z.var(ddof=1) / len(z)) ** 0.5
    assert found.error_est == pytest.approx(welch, rel=1e-6, abs=1e-3)


@given(VALUES, st.integers(1, 90_000))
def test_a_covariate_without_covariance_changes_nothing(values, before):
    # Every value once with x and once with -x: covariance is exactly nought.
    twice = [*values, *values]
    x = [before] * len(values) + [-before] * len(values)
    arms = [Arm(0, False, (cell(twice, before=x),)), Arm(0, True, (cell(twice, before=x, control=True),))]
    assert slope(arms) == pytest.approx(0.0, abs=1e-9)
    flat = [Arm(0, False, (cell(twice),)), Arm(0, True, (cell(twice, control=True),))]
    sharpened, plain = total_effect(arms[:1], arms[1]), total_effect(flat[:1], flat[1])
    assert sharpened.mean_est == pytest.approx(plain.mean_est, abs=1e-3)
    assert sharpened.error_est == pytest.approx(plain.error_est, rel=1e-6, abs=1e-3)


def test_the_slope_within_arms_is_not_fooled_by_arms_that_differ():
    rng = default_rng(5)
    x = rng.normal(0, 10, 4000)
    y = 3 * x + rng.normal(0, 5, 4000)
    arms = [
        Arm(0, False, (cell(y[:2000] + 700, before=x[:2000]),)),
        Arm(0, True, (cell(y[2000:], before=x[2000:], control=True),)),
    ]
    assert slope(arms) == pytest.approx(3.0, abs=0.05)
    effect = total_effect(arms[:1], arms[1])
    assert effect.mean_est / 2000 == pytest.approx(700, abs=4 * 5 * (2 / 2000) ** 0.5)
    assert effect.error_est < 0.3 * total_effect(*_without_covariate(y)).error_est


def _without_covariate(y: np.ndarray) -> tuple[list[Arm], Arm]:
    return [Arm(0, False, (cell(y[:2000] + 700),))], Arm(0, True, (cell(y[2000:], control=True),))


def shopping(rng: Generator, users: int) -> tuple[np.ndarray, np.ndarray]:
    """Values as shops see them: many nothing, a long tail, alike before and after."""
    keen = rng.gamma(0.7, 1.0, users)
    before, after = (rng.poisson(keen) * rng.gamma(2.0, 900.0, users) for _ in range(2))
    return after, before


@pytest.mark.parametrize("amounts", [(500,), (500, 1000, 2000)])
def test_the_interval_covers_the_truth_in_95_of_100_trials(amounts):
    """Trials with a known effect; the users drawn anew each time, 1 in 5 a control."""
    rng = default_rng(20_260_701)
    covered = 0
    for _ in range(TRIALS):
        after, before = shopping(rng, 3_000)
        arm = rng.choice([0, *amounts], size=len(after), p=[0.2, *[0.8 / len(amounts)] * len(amounts)])
        cells = [cell(after[arm == 0], before=before[arm == 0], control=True)]
        cells += [cell(after[arm == a] + 0.6 * a, before=before[arm == a], amount_fen=a) for a in amounts]
        control, arms = arms_of(cells)
        assert control is not None
        effect = total_effect(arms, control)
        truth = sum(0.6 * a * int((arm == a).sum()) for a in amounts)
        covered += effect.low_est <= truth <= effect.high_est
    assert 0.92 <= covered / TRIALS <= 0.98, covered / TRIALS


def test_the_interval_covers_when_keen_users_are_treated_more_often():
    """Treatment by known probability, higher for those who bought before: weights take the bias out."""
    rng = default_rng(7)
    covered, naive = 0, 0.0
    for _ in range(TRIALS):
        after, before = shopping(rng, 3_000)
        chance = np.where(before > 0, 0.8, 0.4)
        treated = rng.random(len(after)) < chance
        cells = [
            cell(after[treated] + 300, before=before[treated], weight=1 / chance[treated]),
            cell(after[~treated], before=before[~treated], weight=1 / (1 - chance[~treated]), control=True),
        ]
        control, arms = arms_of(cells)
        assert control is not None
        effect = total_effect(arms, control)
        covered += effect.low_est <= 300 * arms[0].n <= effect.high_est
        naive += (after[treated] + 300).mean() - after[~treated].mean()
    assert 0.92 <= covered / TRIALS <= 0.98, covered / TRIALS
    assert naive / TRIALS > 500, "the plain difference must be wrong here, or the test shows nothing"


def test_small_arms_say_nothing():
    few, many = [1.0] * (USERS_MIN - 1), [1.0] * USERS_MIN
    assert arms_of([cell(few, control=True), cell(many)])[0] is None
    control, arms = arms_of([cell(many, control=True), cell(few)])
    assert control is not None
    assert arms == []
    control, arms = arms_of(
        [cell(many, control=True), cell(many, amount_fen=700), cell(many, amount_fen=300)]
    )
    assert [arm.amount_fen for arm in arms] == [300, 700]


def test_amounts_that_differ_user_by_user_are_one_arm_under_their_mean():
    control = cell([0] * USERS_MIN, control=True)
    treated = [cell([300], amount_fen=100 + i) for i in range(USERS_MIN + 1)]
    _, arms = arms_of([control, *treated, cell([500] * USERS_MIN, amount_fen=900)])
    assert [(arm.amount_fen, arm.n) for arm in arms] == [
        (100 + USERS_MIN // 2, USERS_MIN + 1),
        (900, USERS_MIN),
    ]
    assert arms[0].mean("y") == 300


def test_the_interval_of_who_would_have_anyway_by_hand():
    """200 of 1,000 rewarded ordered, 150 without: 75 %; Fieller's ends solve (.15 - .2 R)^2 = z^2 (v + R^2 u)."""
    treated = Arm(500, False, (cell([1.0] * 1_000, buyers=200),))
    control = Arm(0, True, (cell([1.0] * 1_000, control=True, buyers=150),))
    found = anyway([treated], control)
    assert found is not None
    low, mean, high = found
    assert mean == pytest.approx(0.75)
    u, v = 0.2 * 0.8 / 999, 0.15 * 0.85 / 999
    for end in (low, high):
        assert (0.15 - 0.2 * end) ** 2 == pytest.approx(Z_95**2 * (v + end**2 * u))
    assert low < 0.75 < high < 1.0


def test_one_belongs_to_the_interval_exactly_where_the_difference_may_be_none():
    rng = np.random.default_rng(5)
    seen = set()
    for _ in range(200):
        here, there = (int(n) for n in rng.integers(100, 180, 2))
        arms = [Arm(500, False, (cell([1.0] * 900, buyers=here),))]
        control = Arm(0, True, (cell([1.0] * 400, control=True, buyers=there * 400 // 900),))
        found = anyway(arms, control)
        assert found is not None
        p, q = here / 900, there * 400 // 900 / 400
        none = abs(p - q) <= Z_95 * (p * (1 - p) / 899 + q * (1 - q) / 399) ** 0.5
        assert (found[0] <= 1 <= found[2]) == none
        seen.add(none)
    assert seen == {True, False}


def test_the_interval_of_who_would_have_anyway_holds_in_95_of_100_trials_also_with_unequal_weights():
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(300):
        arms = []
        for control in (False, True):
            chance = rng.choice([0.2, 0.8], 3_000)
            buys = rng.random(3_000) < (0.1 if control else 0.16)
            into = rng.random(3_000) < (1 - chance if control else chance)
            w = 1 / (1 - chance if control else chance)[into]
            b = buys[into].astype(float)
            row = cell(b, weight=w, control=control, sum_wb=(w * b).sum(), sum_w2b=(w * w * b).sum())
            arms.append(Arm(0 if control else 500, control, (row,)))
        found = anyway([arms[0]], arms[1])
        assert found is not None
        held += found[0] <= 0.1 / 0.16 <= found[2]
    assert 0.92 <= held / 300 <= 0.98, held
