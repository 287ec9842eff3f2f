"""The bench of trials reads many trials at once: what it says of one must be what the product says."""

from dataclasses import asdict, replace
from datetime import timedelta

import numpy as np
import pytest
from _trials.guard_worlds import COST, FIRST, TERMS, drawn_terms, summed
from _trials.looks import (
    Data,
    Looked,
    Setting,
    drawn,
    drawn_sums,
    effect_for,
    estimated,
    estimates,
    first_crossing,
    looked,
)
from _trials.other_checks import sums_agree

from huoshui.core.watch import cohort_sums


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


@pytest.mark.parametrize("data", ["normal", "5 % conversion", "zero-inflated lognormal"])
def test_sums_drawn_by_their_laws_are_those_of_units(data: Data) -> None:
    """Estimates over their errors half way and at the end: same mean, same spread, and so are the errors."""
    setting = Setting(data, treated=0.3, units=6_000, looks=10, effect=0.2)
    runs = 1_500
    by_law, _ = estimated(*drawn_sums(setting, runs, np.random.default_rng(1)))
    by_unit, _ = estimates(*drawn(setting, runs, np.random.default_rng(2)), setting.looks)
    for look in (5, -1):
        for one, other in ((by_law.value, by_unit.value), (by_law.error**2, by_unit.error**2)):
            a, b = one[:, look], other[:, look]
            error = np.sqrt((a.var() + b.var()) / runs)
            assert a.mean() == pytest.approx(b.mean(), abs=4 * error)
        own, theirs = by_law.value[:, look].std(), by_unit.value[:, look].std()
        assert own == pytest.approx(theirs, rel=0.12)


@pytest.mark.parametrize("control", [None, 0.2])
def test_cohorts_summed_at_once_are_the_products(control: float | None) -> None:
    rng = np.random.default_rng(3)
    terms = TERMS if control is None else drawn_terms(control, bar=1.3)
    terms = replace(terms, week=(0.8, 0.8, 0.8, 0.8, 0.8, 1.5, 1.5))
    value = np.where(rng.random((9, 40)) < 0.3, rng.lognormal(8, 2, (9, 40)), 0.0)
    got = np.ones(value.shape, np.bool_) if control is None else rng.random(value.shape) > control
    for number, ours in enumerate(summed(value, got, terms, first=3)):
        drawn_by = None if control is None else np.full(40, 1 - control)
        theirs = cohort_sums(
            FIRST + timedelta(days=3 + number), value[number], np.where(got[number], COST, 0.0), terms,
            treated=got[number], probability=drawn_by,
        )  # fmt: skip
        for name in ("day", "treated", "control", "value_fen", "cost_fen"):
            assert getattr(ours, name) == getattr(theirs, name)
        for name in ("raw", "incremental"):
            assert getattr(ours, name).logs == pytest.approx(getattr(theirs, name).logs, abs=1e-9)
            assert getattr(ours, name).count == getattr(theirs, name).count
            assert asdict(getattr(ours, f"{name}_d")) == pytest.approx(asdict(getattr(theirs, f"{name}_d")))
