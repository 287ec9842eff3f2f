"""From rows to effects per user, where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_trials import drawn_trial, true_qini

from huoshui.base.errors import Text
from huoshui.core.uplift.rows import TrialRows
from huoshui.learn.models import fit, learn

UNSEEN = drawn_trial(900, 20_000)
SEVERAL = (200, 500, 1_000)
UNSEEN_SEVERAL = drawn_trial(901, 20_000, amounts=SEVERAL)


@pytest.fixture(scope="module")
def told():
    return learn(drawn_trial(1, 8_000).rows, seed=1)


def test_users_who_differ_are_told_apart(told):
    effects = told.model.effects(UNSEEN.rows.features)
    truth = UNSEEN.truth[:, 0]
    assert told.choice.state == "users_differ"
    assert true_qini(effects.effect_est[:, 0], truth) > 0.75 * true_qini(truth, truth)
    assert effects.effect_est.mean() == pytest.approx(0.08, abs=0.03)


def test_intervals_of_users_hold_the_truth_in_the_mean(told):
    models = [told.model, *(learn(drawn_trial(seed, 8_000).rows, seed=1).model for seed in (2, 3))]
    inside = []
    for model in models:
        effects = model.effects(UNSEEN.rows.features)
        inside.append((effects.low_est <= UNSEEN.truth) & (UNSEEN.truth <= effects.high_est))
    assert 0.85 < np.mean(inside) < 0.99


@pytest.mark.parametrize("name", ["logistic", "boosted"])
@pytest.mark.parametrize(("unseen", "amounts"), [(UNSEEN, (500,)), (UNSEEN_SEVERAL, SEVERAL)])
def test_each_learner_ranks_nearly_as_the_truth_does(name, unseen, amounts):
    learner = fit(name, drawn_trial(2, 12_000, amounts=amounts).rows, seed=1)
    effects = learner.effects(unseen.rows.features)
    for column, truth in zip(effects.T, unseen.truth.T, strict=True):
        assert true_qini(column, truth) > 0.6 * true_qini(truth, truth)


@pytest.mark.parametrize("name", ["logistic", "boosted"])
def test_errors_of_effects_are_of_the_right_size(name):
    """Fitted again on other rows, an effect moves by about its error."""
    fold = np.arange(4_000) % 5
    fits = [fit(name, drawn_trial(seed, 4_000).rows, seed=1, fold=fold) for seed in range(6)]
    features = UNSEEN.rows.features[:500]
    moved = np.std([one.effects(features) for one in fits], axis=0).mean()
    told = np.mean([one.errors(features) for one in fits])
    assert 0.5 < told / moved < 2.0


def test_values_are_learned_in_two_parts():
    trial, rng = drawn_trial(3, 12_000), np.random.default_rng(3)
    worth = np.rint(2_000 * np.exp(rng.normal(-0.3, 0.8, 12_000)))
    learner = fit("logistic", replace(trial.rows, outcome=trial.rows.outcome * worth), seed=1)
    effect = learner.effects(UNSEEN.rows.features)[:, 0]
    assert learner.sizes is not None
    assert true_qini(effect, UNSEEN.truth[:, 0]) > 0.8 * true_qini(UNSEEN.truth[:, 0], UNSEEN.truth[:, 0])
    assert effect.mean() == pytest.approx(0.08 * worth.mean(), rel=0.35)
    errors = learner.errors(UNSEEN.rows.features)
    assert (errors > 0).all()


def test_values_without_zeros_are_learned_by_least_squares():
    trial, rng = drawn_trial(4, 6_000), np.random.default_rng(4)
    lifted = 50 + rng.normal(size=6_000) + 10 * trial.truth[:, 0] * (trial.rows.amount_fen > 0)
    learner = fit("logistic", replace(trial.rows, outcome=lifted), seed=1)
    assert learner.sizes is None
    assert np.corrcoef(learner.effects(UNSEEN.rows.features)[:, 0], UNSEEN.truth[:, 0])[0, 1] > 0.95


def test_without_differences_everybody_gets_the_average():
    found = learn(drawn_trial(5, 4_000, apart=0.0).rows, seed=1)
    effects = found.model.effects(UNSEEN.rows.features)
    assert found.choice.state == "no_detectable_difference"
    assert found.model.learner_name == "average"
    assert np.ptp(effects.effect_est) == 0.0
    assert effects.low_est[0, 0] <= 0.08 <= effects.high_est[0, 0]
    assert found.model.reasons(UNSEEN.rows.features[:3], amount_fen=found.model.amounts_fen[0]) == ((),) * 3


def test_differences_too_small_to_detect_still_say_who_comes_first():
    found = learn(drawn_trial(2, 2_000).rows, seed=1)
    truth = UNSEEN.truth[:, 0]
    assert found.choice.state == "no_detectable_difference"
    assert np.ptp(found.model.effects(UNSEEN.rows.features).effect_est) == 0.0
    order = found.model.order(UNSEEN.rows.features)[:, 0]
    assert true_qini(order, truth) > 0.5 * true_qini(truth, truth)


def test_the_same_rows_and_seed_give_the_same_effects(told):
    again = learn(drawn_trial(1, 8_000).rows, seed=1)
    one, other = (found.model.effects(UNSEEN.rows.features) for found in (told, again))
    assert (one.effect_est == other.effect_est).all()
    assert (one.low_est == other.low_est).all()


def test_too_few_rows_give_no_effect_and_not_an_effect_of_nothing():
    few = drawn_trial(6, 4_000).rows.take(np.arange(30))
    found = learn(few, seed=1)
    assert found.choice.state == "too_few"
    assert np.isnan(found.model.effects(UNSEEN.rows.features).effect_est).all()
    assert (found.model.order(UNSEEN.rows.features) == 0).all()
    control = drawn_trial(6, 4_000).rows
    assert learn(control.take(control.control), seed=1).choice.state == "too_few"


def test_amounts_that_hardly_anybody_got_are_left_out():
    rows = drawn_trial(7, 3_000, amounts=SEVERAL).rows
    rare = np.flatnonzero(rows.amount_fen == 1_000)[20:]
    found = learn(rows.take(np.setdiff1d(np.arange(3_000), rare)), seed=1)
    assert found.model.amounts_fen == (200, 500)


def test_a_missing_feature_and_one_that_never_varies_do_no_harm():
    rows = drawn_trial(8, 8_000).rows
    features = rows.features.copy()
    features[::3, 0], features[:, 2], features[:, 3] = np.nan, 5.0, np.nan
    spoilt: TrialRows = replace(rows, features=features)
    for name in ("logistic", "boosted", "rule"):
        effects = fit(name, spoilt, seed=1).effects(features)
        assert np.isfinite(effects).all()
        assert np.corrcoef(effects[1::3, 0], rows.features[1::3, 0])[0, 1] > 0.5


def test_the_rule_finds_the_one_cut_that_matters():
    rng = np.random.default_rng(9)
    features = rng.normal(size=(8_000, 4)).astype(np.float32)
    treated = rng.random(8_000) < 0.5
    chance = 0.2 + 0.2 * treated * (features[:, 2] > 0.5)
    rows = TrialRows(
        ("a", "b", "c", "d"), features, np.where(treated, 500, 0), np.full(8_000, 0.5),
        (rng.random(8_000) < chance).astype(float),
    )  # fmt: skip
    rule = fit("rule", rows, seed=1)
    assert rule.feature == 2
    assert 0.2 < rule.cut < 0.8
    assert rule.effect_est[1, 0] == pytest.approx(0.2, abs=0.06)
    assert rule.effect_est[0, 0] == pytest.approx(0.0, abs=0.06)


def test_features_of_another_width_are_refused(told):
    with pytest.raises(ValueError, match="names"):
        told.model.effects(np.zeros((3, 2), np.float32))


def test_a_user_is_told_why_in_the_features_that_matter(told):
    features = UNSEEN.rows.features[:200]
    reasons = told.model.reasons(features, amount_fen=500)
    effects = told.model.effects(features, intervals=False).effect_est[:, 0]
    average = told.model.effects(told.model.mean_features[None], intervals=False).effect_est[0, 0]
    for user in np.argsort(-np.abs(features[:, 0]))[:20]:
        assert reasons[user][0].feature == "a"
        assert (reasons[user][0].direction == "raises") == (effects[user] > average)


def test_where_everybody_gets_the_average_there_is_no_reason_and_the_card_says_so():
    found = learn(drawn_trial(5, 4_000, apart=0.0).rows, seed=1)
    assert found.model.reasons(UNSEEN.rows.features[:3], amount_fen=500) == ((), (), ())
    card = found.card(period=("2026-07-01", "2026-08-31"), words={})
    assert card.features == ()
    assert card.learner == "average"


def test_the_card_names_the_features_that_divide_users(told):
    card = told.card(period=("2026-07-01", "2026-08-31"), words={"a": Text("甲", "the first")})
    assert card.features[0].words.en == "the first"
    assert card.features[0].bearing == "more_with_more"
    assert {one.name for one in card.choice.candidates} == {
        "logistic",
        "boosted",
        "rule",
        "propensity",
        "random",
    }
