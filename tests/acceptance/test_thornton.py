"""Real people and real money, drawn by lot: the product's curve and plan grant nothing that adds no response.

The table of it is printed by bench/thornton.py.
"""

from pathlib import Path

import pytest
import thornton
from thornton import Trial, arms_of, curve_of, offers_of, plans_at_every_budget

from huoshui.core.allocate.baselines import judge

CENT = 0.01


@pytest.fixture(scope="module")
def trial(data_folder: Path) -> Trial:
    if not (data_folder / "thornton_hiv").is_dir():
        pytest.skip("not run: no data of Thornton's trial in HUOSHUI_DATA")
    return thornton.read_trial(data_folder)


def test_trial_is_read_whole(trial: Trial) -> None:
    assert trial.people == 2_834
    control = trial.of(trial.level == 0)
    assert (control.people, int(control.came.sum())) == (623, 211)
    assert sorted(set(trial.level.tolist())) == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    cells = arms_of(trial)
    assert sum(cell.n for cell in cells) == trial.people
    paid = float((trial.dollars * trial.came).sum())
    assert sum(cell.spent_fen for cell in cells) == pytest.approx(paid * thornton.UNITS, abs=4)


def test_money_helps_less_and_less(trial: Trial) -> None:
    curve = curve_of(trial)
    assert curve.shape == "concave"
    values = [point.value_est / thornton.UNITS for point in curve.points]
    # A first half dollar doubles who comes (34 % -> 68 %); from 1.5 on the curve is flat.
    assert values[0] == pytest.approx(0.344, abs=0.01)
    assert values[2] == pytest.approx(0.525, abs=0.01)
    assert values[2:] == pytest.approx([values[2]] * 4, abs=1e-6)


@pytest.mark.parametrize("step", [0.5, 0.25, CENT])
def test_nothing_above_one_and_a_half_at_any_budget(data_folder: Path, trial: Trial, step: float) -> None:
    """Whatever the money: in half dollars, in quarters, and in the very amounts that were drawn."""
    fine = thornton.read_trial(data_folder, step=step)
    assert fine.people == trial.people
    offers = offers_of(curve_of(fine), fine.people)
    before, highest = -1.0, 0.0
    for plan, counts in plans_at_every_budget(offers, budgets=60):
        assert max(counts, default=0.0) <= thornton.HIGHEST_SEEN + CENT / 2
        assert plan.spent_fen <= plan.budget_fen
        value = judge(offers, plan.choice).value_est
        assert value >= before * (1 - 1e-9), "more money never brings less"
        before, highest = value, max(highest, *counts, 0.0)
    assert highest > 1.2, "with enough money the useful amounts are granted"


def test_no_uniform_amount_brings_more_for_its_money(trial: Trial) -> None:
    found = {figure.figure: figure for figure in thornton.figures_of(trial, splits=1)}
    for step in thornton.STEPS:
        line = found[f"responses a dollar, at the money of {step} for everyone"]
        assert line.met
        assert line.peer is not None
    two = found["responses a dollar, at the money of 2.0 for everyone"]
    assert two.ratio is not None
    assert two.ratio > 1.25, "a quarter of the money of 2 dollars for everyone buys nothing"
    assert found["dollars a person, at the money of 2.0 for everyone"].ratio == pytest.approx(0.75, abs=0.02)
