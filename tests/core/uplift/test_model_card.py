"""The card of a model says what it was learned from, how good it was, and when not to use it."""

import numpy as np
import pytest
from drawn_trials import drawn_trial

from huoshui.core.uplift import model_card as cards
from huoshui.core.uplift.choice import choose, folds_of
from huoshui.core.uplift.deciles import effect_calibration

PERIOD = ("2026-07-01", "2026-08-31")


def card_of(trial, score):
    fold = folds_of(trial.rows, 5, seed=0)
    choice = choose(trial.rows, fold=fold, apart={"good": score}, choosable=("good",))
    calibration = effect_calibration(trial.rows, score)
    return cards.model_card(trial.rows, choice, calibration, learner="good", period=PERIOD, features=())


def templates(card):
    """Which of the warnings stand on a card, whatever they were filled with."""
    every = [name for name in dir(cards) if name.startswith("NOT_")]
    starts = {name: getattr(cards, name).en.split("{")[0] for name in every}
    return {name for name in every if any(one.en.startswith(starts[name]) for one in card.not_for)}


def test_a_card_tells_what_the_model_was_learned_from():
    trial = drawn_trial(1, 20_000, household=2)
    card = card_of(trial, trial.truth)
    assert (card.rows, card.units) == (20_000, 10_000)
    assert card.treated + card.control == 20_000
    assert card.responses == int(trial.rows.outcome.sum())
    assert card.data_hash == trial.rows.data_hash
    assert (card.first_day, card.last_day) == PERIOD
    assert card.choice.state == "users_differ"


def test_what_it_is_not_for_hangs_on_what_was_found():
    trial = drawn_trial(2, 20_000)
    always = {"NOT_FOR_OTHERS", "NOT_FOR_AMOUNTS", "NOT_FOR_LATER"}
    assert templates(card_of(trial, trial.truth)) == always | {"NOT_AS_CAUSE"}
    assert templates(card_of(trial, 4 * trial.truth)) == always | {"NOT_AS_CAUSE", "NOT_FOR_SIZE"}
    chance = np.random.default_rng(1).normal(size=trial.truth.shape)
    assert templates(card_of(trial, chance)) == always | {"NOT_FOR_RANKING"}
    few = drawn_trial(3, 200)
    assert "NOT_FOR_FINE" in templates(card_of(few, few.truth))
    fewer = drawn_trial(4, 40)
    assert templates(card_of(fewer, fewer.truth)) == {"NOT_AT_ALL"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_warning_can_be_said_whole(language):
    trial = drawn_trial(5, 400, amounts=(200, 800))
    card = card_of(trial, trial.truth)
    for text in card.not_for:
        said = text.say(language)
        assert "{" not in said
        assert said
    assert any("200, 800" in text.say(language) for text in card.not_for)
    assert any(PERIOD[0] in text.say(language) for text in card.not_for)
