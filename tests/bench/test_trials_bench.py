"""The bench of trials reads many trials at once: what it says of one must be what the product says."""

import numpy as np
import pytest
from _trials.looks import Looked, Setting, effect_for, first_crossing, looked
from _trials.other_checks import sums_agree


def test_the_bench_and_the_product_say_the_same() -> None:
    figure = sums_agree(5)
    assert figure.met
    assert figure.ours < 1e-9


def test_the_first_look_outside_decides() -> None:
    value = np.array([[0.0, 3.0, -9.0], [0.0, -1.0, -5.0], [1.0, 1.0, 1.0]])
    looks = Looked(np.ones((3, 3)), value, np.array([[1.0] * 3, [1.0] * 3, [np.inf] * 3]))
    more, less, end = first_crossing(looks, np.full((3, 3), 2.0))
    assert more.tolist() == [True, False, False]
    assert less.tolist() == [False, True, False]
    assert end == pytest.approx([2 / 3, 1.0, 1.0])


def test_an_effect_is_as_many_errors_of_the_end_as_asked() -> None:
    for data in ("normal", "5 % conversion", "zero-inflated lognormal"):
        setting = Setting(data, treated=0.2, units=4_000, looks=4)
        wanted = Setting(data, treated=0.2, units=4_000, looks=4, effect=effect_for(setting, 3.0))
        ends = [part.value[:, -1] / part.error[:, -1] for _, part in looked(wanted, 400, 1)]
        assert np.median(np.concatenate(ends)) == pytest.approx(3.0, abs=0.3)
