"""Why a user's effect differs from the average user's: parts that add up where features add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.base.errors import Text
from huoshui.core.uplift.model_card import feature_weights
from huoshui.core.uplift.reasons import contributions, reasons_of

NAMES = ("a", "b", "c")
AVERAGE = np.array([1.0, 2.0, 0.5], np.float32)
LINE = np.array([2.0, -1.0, 0.0])


def straight(features):
    return features.astype(float) @ LINE + 7.0


@given(st.lists(st.tuples(*[st.floats(-50, 50, width=32)] * 3), min_size=1, max_size=8))
def test_where_features_add_up_parts_are_exact_and_add_up(drawn):
    features = np.array(drawn, np.float32)
    parts = contributions(straight, features, AVERAGE)
    assert np.allclose(parts, (features - AVERAGE) * LINE, atol=1e-3)
    assert np.allclose(parts.sum(axis=1), straight(features) - straight(AVERAGE[None]), atol=1e-3)


def test_where_two_work_together_each_gets_half():
    features = np.array([[3.0, 5.0, 0.5]], np.float32)
    average = np.zeros(3, np.float32)
    parts = contributions(lambda own: own[:, 0].astype(float) * own[:, 1], features, average)
    assert parts[0].tolist() == pytest.approx([7.5, 7.5, 0.0])


def test_reasons_are_the_largest_parts_with_their_direction():
    features = np.array([[4.0, 9.0, 9.0], [1.0, 2.0, 0.5]], np.float32)
    found = reasons_of(NAMES, contributions(straight, features, AVERAGE), features, AVERAGE)
    assert [(one.feature, one.direction) for one in found[0]] == [("b", "lowers"), ("a", "raises")]
    assert found[0][0].size_est == pytest.approx(7.0)
    assert (found[0][1].value, found[0][1].average) == (4.0, 1.0)
    assert found[1] == ()


def test_the_features_of_a_card_are_those_that_divide_users_most_with_their_bearing():
    features = np.random.default_rng(1).normal(size=(5_000, 3)).astype(np.float32)
    words = {"a": Text("甲", "the first")}
    found = feature_weights(NAMES, straight, features, np.zeros(3, np.float32), words)
    assert [(one.feature, one.bearing) for one in found] == [("a", "more_with_more"), ("b", "less_with_more")]
    assert found[0].words.en == "the first"
    assert found[0].share_est == pytest.approx(2 / 3, abs=0.03)
    assert feature_weights(NAMES, lambda own: np.zeros(len(own)), features, features[0], words) == ()
