"""Rows of a trial refuse what would be read wrongly, and know what they hold."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_trials import drawn_trial

from huoshui.core.uplift.rows import Effects

ROWS = drawn_trial(1, 60, amounts=(200, 800)).rows


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("names", ("a", "b", "c"), "names"),
        ("names", ("a", "a", "c", "d"), "one name"),
        ("amount_fen", np.full(60, -5), "below 0"),
        ("amount_fen", np.zeros(59, np.int64), "amount_fen"),
        ("amount_fen", np.arange(60), "amounts"),
        ("probability", np.zeros(60), "probability"),
        ("probability", np.full(60, 1.5), "probability"),
        ("probability", np.full(60, np.nan), "probability"),
        ("outcome", np.full(60, np.nan), "no number"),
        ("features", np.full((60, 4), np.inf, np.float32), "infinite"),
        ("unit", np.zeros(3, np.uint64), "unit"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(field, value, words):
    with pytest.raises(ValueError, match=words):
        replace(ROWS, **{field: value})


def test_arms_are_numbered_by_their_amounts():
    assert ROWS.amounts_fen == (200, 800)
    assert (np.array((0, 200, 800))[ROWS.arm] == ROWS.amount_fen).all()
    assert (ROWS.control == (ROWS.arm == 0)).all()
    assert ROWS.binary
    assert not replace(ROWS, outcome=ROWS.outcome * 3).binary


def test_the_hash_tells_any_change_of_the_data():
    other = ROWS.outcome.copy()
    other[7] = 1 - other[7]
    assert ROWS.data_hash == replace(ROWS, outcome=ROWS.outcome.copy()).data_hash
    changed = [
        replace(ROWS, outcome=other),
        replace(ROWS, names=("a", "b", "c", "e")),
        replace(ROWS, unit=np.arange(60, dtype=np.uint64)),
        ROWS.take(np.arange(59)),
    ]
    assert len({ROWS.data_hash, *(one.data_hash for one in changed)}) == 5


def test_effects_are_of_rising_amounts_and_one_shape():
    table = np.zeros((3, 2))
    with pytest.raises(ValueError, match="rising"):
        Effects((800, 200), table, table, table)
    with pytest.raises(ValueError, match="wanted"):
        Effects((200, 800), table, table[:2], table)
    assert len(Effects((200, 800), table, table, table).take(np.array([2])).effect_est) == 1
