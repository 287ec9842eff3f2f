"""The bench's hindsight is the linear program's optimum: on a month small enough to be written out and solved."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from _pacing.hindsight import ENDS, hindsight
from _pacing.world import LIMIT_HOURS, draw, uses_of

PLENTY = (10**12,) * 3


def whole_program(shop, month, *, floor: bool) -> float:
    """Value of the optimum, every arrival and level a variable, explorers fixed."""
    faces = np.array(shop.faces_fen, float)
    chance = month.explores
    levels = len(faces)
    drawn = np.flatnonzero(chance & (month.explored > 0))
    chosen = month.explored[drawn] - 1
    rows = np.flatnonzero(~chance)
    limit = LIMIT_HOURS if floor else 0

    def tied(hour, cost, face, end):
        return np.where(hour >= end, 0.0, np.where(hour + limit >= end, face, cost))

    matrix, bounds = [], []
    for end in ENDS if floor else ENDS[-1:]:
        fixed = tied(month.hour[drawn], month.mean_cost[drawn, chosen], faces[chosen], end).sum()
        weight = tied(month.hour[rows][:, None], month.mean_cost[rows], faces, end)
        matrix.append(weight.ravel())
        bounds.append(shop.budget_fen - fixed)
    use = uses_of(month)
    last = tied(month.hour[rows][:, None], month.mean_cost[rows], faces, ENDS[-1])
    fixed = tied(month.hour[drawn], month.mean_cost[drawn, chosen], faces[chosen], ENDS[-1])
    for one, least in ((1, shop.newcomers_fen), (2, shop.sale_fen)):
        matrix.append(-(last * (use[rows] == one)[:, None]).ravel())
        bounds.append(-(max(0.0, least - fixed[use[drawn] == one].sum())))
    once = csr_matrix(
        (
            np.ones(len(rows) * levels),
            (np.repeat(np.arange(len(rows)), levels), np.arange(len(rows) * levels)),
        )
    )
    from scipy.sparse import vstack

    found = linprog(
        -month.value[rows].ravel(),
        A_ub=vstack([csr_matrix(np.array(matrix)), once]),
        b_ub=np.r_[bounds, np.ones(len(rows))],
        bounds=(0, 1),
        method="highs",
    )
    assert found.status == 0
    return -found.fun + float(month.value[drawn, chosen].sum())


@pytest.mark.parametrize("floor", [True, False])
def test_hindsight_is_the_optimum_of_the_whole_program(floor):
    shop, month = draw(3, "growing", scale=0.004)
    shop = replace(shop, sale_fen=shop.sale_fen // 2)
    bound = hindsight(shop, month, had=PLENTY, floor=floor)
    best = whole_program(shop, month, floor=floor)
    assert best <= bound.value * (1 + 1e-9)
    assert bound.value <= best * 1.004
