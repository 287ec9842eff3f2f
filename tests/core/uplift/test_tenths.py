"""Tenths of a ranking: they add up to everybody, know no outcome, and the users needed find what they promise to."""

from dataclasses import replace

import numpy as np
import pytest

from huoshui.core.uplift.rows import TrialRows
from huoshui.core.uplift.tenths import DIFFERENCE_SHARE, LEARNED_TIMES, tenth_returns, users_needed


def rows_of(seed: int, users: int = 5_000, *, average: float = 300.0, differ: float = 0.8):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=users)
    arm = rng.integers(0, 3, users)
    amount = np.array([0, 500, 1_000])[arm]
    effect = np.array([0.0, 1.0, 1.6])[arm] * average * (1 + differ * score)
    rows = TrialRows(
        names=("x",),
        features=score[:, None].astype(np.float32),
        amount_fen=amount,
        probability=np.full(users, 1 / 3),
        outcome=rng.normal(2_000.0, 800.0, users) + effect,
    )
    return rows, score


def test_tenths_add_up_to_everybody_and_the_best_comes_first():
    rows, score = rows_of(1)
    told = tenth_returns(rows, score, np.array([100.0, 300.0]))
    everybody, tenths = told[0], told[1:]
    assert [one.tenth for one in told] == list(range(11))
    assert sum(one.users for one in tenths) == everybody.users == rows.rows
    assert np.mean([one.value.value_est for one in tenths]) == pytest.approx(everybody.value.value_est)
    assert tenths[0].value.low_est > everybody.value.value_est > tenths[-1].value.high_est
    assert everybody.cost_fen_est == pytest.approx(200.0, rel=0.05)
    assert everybody.each.value_est == pytest.approx(1.3 * 300 / 200, rel=0.15)


def test_intervals_of_tenths_hold_what_is_true():
    held = []
    for seed in range(60):
        rows, score = rows_of(seed, 2_000)
        best = tenth_returns(rows, score, np.array([100.0, 300.0]))[1]
        truth = 1.3 * 300 * (1 + 0.8 * np.sort(score)[-200:].mean())
        held.append(best.value.low_est <= truth <= best.value.high_est)
    assert 0.85 <= np.mean(held) <= 1.0


def test_models_of_different_parts_are_ranked_apart():
    rows, score = rows_of(2)
    part = np.arange(rows.rows) % 2
    moved = score + 100.0 * part
    apart = tenth_returns(rows, moved, np.array([100.0, 300.0]), part=part)
    assert apart[1].value.value_est == pytest.approx(
        tenth_returns(rows, score, np.array([100.0, 300.0]), part=part)[1].value.value_est
    )


def test_what_costs_nothing_has_no_return():
    rows, score = rows_of(3, 200)
    assert np.isnan(tenth_returns(rows, score, np.zeros(2))[0].each.value_est)


def test_so_many_users_find_the_difference_in_four_of_five_tries():
    rows, _ = rows_of(4, 4_000, average=100.0, differ=0.0)
    needed = users_needed(rows, least_effect_est=0.0)
    assert needed is not None
    found = []
    for seed in range(150):
        own, score = rows_of(seed + 10, needed // LEARNED_TIMES, average=100.0, differ=DIFFERENCE_SHARE)
        told = tenth_returns(own, score, np.array([100.0, 300.0]))
        # The slope on the true score, as the most that a model could find.
        centred = score - score.mean()
        effect = np.array([one.value.value_est for one in told[1:]])
        order = np.argsort(-score)
        place = np.empty(len(score), np.intp)
        place[order] = np.arange(len(score)) * 10 // len(score)
        slope = float((centred * effect[place]).mean() / centred.var())
        found.append(slope)
    assert np.mean(found) / np.std(found) == pytest.approx(2.8, abs=0.7)


def test_without_an_effect_worth_anything_nobody_can_tell_how_many():
    rows, _ = rows_of(5, 500)
    flat = replace(rows, outcome=np.zeros(rows.rows))
    assert users_needed(flat, least_effect_est=0.0) is None
    assert users_needed(rows, least_effect_est=1e6) == 1
