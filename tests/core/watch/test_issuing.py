"""Lowering a share only ever takes people out; the trickle lies inside and is drawn fairly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.trials.draws import user_keys
from huoshui.core.watch import issue

KEYS = user_keys([f"u{number}" for number in range(4_000)])
shares = st.floats(0, 1)


@given(shares, shares, shares)
def test_who_is_out_stays_out_when_the_share_falls(one, other, part):
    high, low = max(one, other), min(one, other)
    before = issue(KEYS, "c", share=high)
    after = issue(KEYS, "c", share=low, trickle_share=part * low)
    assert not (after.may & ~before.may).any()
    assert not (after.trickle & ~before.may).any()


def test_shares_are_what_they_say_and_half_of_the_trickle_is_control():
    issued = issue(KEYS, "c", share=0.25, trickle_share=0.08)
    assert issued.trickle.mean() == pytest.approx(0.08, abs=0.015)
    assert (issued.may | issued.trickle).mean() == pytest.approx(0.25, abs=0.025)
    assert not (issued.trickle & issue(KEYS, "c", share=0.17).may).any()
    assert issued.may[issued.trickle].mean() == pytest.approx(0.5, abs=0.1)
    assert (issued.probability_est[issued.trickle] == 0.5).all()
    assert np.isnan(issued.probability_est[~issued.trickle]).all()


def test_campaigns_draw_apart_and_a_replay_draws_the_same():
    one, other = issue(KEYS, "a", share=0.5), issue(KEYS, "b", share=0.5)
    assert (one.may & other.may).mean() == pytest.approx(0.25, abs=0.03)
    assert (one.may == issue(KEYS, "a", share=0.5).may).all()


def test_a_trickle_larger_than_its_share_is_refused():
    with pytest.raises(ValueError, match="within its share"):
        issue(KEYS, "c", share=0.05, trickle_share=0.08)
