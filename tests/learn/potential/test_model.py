"""The model ranks what can be ranked, its chances are right, and it says so when there is nothing to tell."""

import numpy as np
import pytest
from shoppers import DAY, START, shoppers

from huoshui.learn.potential import FEATURES, Asked, features_of, fit_potential, labels, occasions

HORIZON = DAY // 24


def rows_of(events, users=900, days=40):
    until = START + days * DAY
    asked = occasions(events, until_us=until)
    features, _ = features_of(events, asked, users=users)
    return features, labels(events, asked, until_us=until, horizon_us=HORIZON), asked


@pytest.fixture(scope="module")
def told():
    return rows_of(shoppers(1))


@pytest.fixture(scope="module")
def fitted(told):
    return fit_potential(*told, horizon_us=HORIZON)


def test_what_can_be_told_is_told_with_right_chances(fitted):
    judged = fitted.judged
    assert fitted.verdict == "useful"
    assert judged.auc.value > 0.68
    assert judged.auc_gain.low > 0
    assert judged.brier < judged.brier_base
    # A thousand rows set it right and a thousand judge it: both have errors of their own.
    assert judged.slope.value == pytest.approx(1, abs=0.35)
    assert judged.intercept.value == pytest.approx(0, abs=0.3)
    found = np.array([[each.said, each.found, each.rows] for each in judged.deciles])
    error = np.sqrt(found[:, 0] * (1 - found[:, 0]) / found[:, 2])
    assert (np.abs(found[:, 0] - found[:, 1]) < 4 * error).all()


def test_where_nothing_tells_nothing_is_claimed():
    fitted = fit_potential(*rows_of(shoppers(2, telling=False)), horizon_us=HORIZON)
    assert fitted.verdict == "no_better_than_base"
    assert fitted.judged.auc.low < 0.5


def test_silence_alone_is_beaten_or_the_verdict_says_so(told):
    """Labels made by the time since the last look alone: the model may rank, but no better than that."""
    features, label, asked = told
    silence = features[:, FEATURES.index("since_viewed")].astype(float)
    rng = np.random.default_rng(3)
    drawn = (rng.random(len(label)) < 1 / (1 + np.exp(-12 * (silence - np.median(silence))))).astype(np.int8)
    fitted = fit_potential(features, np.where(label < 0, label, drawn), asked, horizon_us=HORIZON)
    assert fitted.judged.auc.low > 0.5
    assert fitted.verdict == "no_better_than_silence"


def test_too_few_of_either_label_make_no_model(told):
    features, label, asked = told
    rare = label.copy()
    rare[np.flatnonzero(rare == 0)[200:]] = 1
    fitted = fit_potential(features, rare, asked, horizon_us=HORIZON)
    assert (fitted.verdict, fitted.model, fitted.judged) == ("too_few", None, None)
    none = fit_potential(features[:0], label[:0], Asked(asked.user[:0], asked.at_us[:0]), horizon_us=HORIZON)
    assert none.verdict == "too_few"


def test_a_fit_is_the_same_every_time_and_reads_no_row_of_the_last_days(told, fitted):
    features, label, asked = told
    again = fit_potential(*told, horizon_us=HORIZON)
    assert again.model.coefficients.tobytes() == fitted.model.coefficients.tobytes()
    known = asked.at_us[label >= 0]
    last = (asked.at_us > np.quantile(known, 0.8)) & (label >= 0)
    turned = fit_potential(
        features, np.where(last, 1 - label, label).astype(np.int8), asked, horizon_us=HORIZON
    )
    np.testing.assert_array_equal(turned.model.coefficients, fitted.model.coefficients)
    assert turned.judged.auc.value == pytest.approx(1 - fitted.judged.auc.value)
    assert turned.model.data_hash != fitted.model.data_hash


def test_no_row_is_fitted_on_whose_horizon_reaches_into_later_parts(told):
    whole = (told[1] >= 0).sum()
    short, long = (fit_potential(*told, horizon_us=horizon).rows for horizon in (HORIZON, 3 * DAY))
    assert short[2] == long[2]
    assert long[0] < short[0]
    assert sum(long) < sum(short) < whole


def test_reasons_add_up_to_the_odds_beside_the_mean_user(told, fitted):
    features, model = told[0][:50], fitted.model
    every = model.reasons(features, most=len(FEATURES))
    odds = np.log(model.chance(features) / (1 - model.chance(features)))
    mean = model.chance(model.mean[None].astype(np.float32))[0]
    moved = np.array([sum(size for _, size in row) for row in every])
    np.testing.assert_allclose(moved, odds - np.log(mean / (1 - mean)), atol=1e-4)
    for row in model.reasons(features):
        sizes = [abs(size) for _, size in row]
        assert len(row) == 3
        assert sizes == sorted(sizes, reverse=True)


def test_chances_follow_the_days_they_are_set_right_on(told):
    """Half of those who would have bought leave since the middle days: the last days' chances say so."""
    features, label, asked = told
    later = asked.at_us > np.quantile(asked.at_us[label >= 0], 0.6)
    lost = later & (label == 0) & (np.random.default_rng(4).random(len(label)) < 0.5)
    fitted = fit_potential(features, np.where(lost, 1, label).astype(np.int8), asked, horizon_us=HORIZON)
    said = sum(each.said * each.rows for each in fitted.judged.deciles) / fitted.judged.rows
    assert said == pytest.approx(fitted.judged.rate, abs=0.05)
