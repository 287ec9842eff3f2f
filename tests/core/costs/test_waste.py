"""Waste in six kinds, each in fen a month, each told or said to be missing; the flat point of a response."""

import numpy as np
import pytest
from cost_rows import amount_row, cell, facts, grants_row, orders_row, outcome, scope, terms
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.outcomes import campaign_outcomes
from huoshui.core.costs.values import AgentTake, AmountOutcome, DrainLoop, Waste
from huoshui.core.costs.waste import flat_amount, flat_waste, per_month, waste


def by_kind(found: tuple[Waste, ...]) -> dict[str, float | int | None]:
    return {item.kind: item.figure.value for item in found}


def test_a_month_is_thirty_days_of_the_span():
    assert per_month(facts(scope=scope(days=60)), 1_000) == 500.0
    assert per_month(facts(scope=scope(days=15)), 1_000) == 2_000.0


def test_all_six_kinds_by_hand():
    # 60 days: half of each sum a month.
    made = facts(
        grants=[
            grants_row(issued_fen=9_000, spent_fen=6_000, never_back_fen=1_000, never_back_known_fen=4_000),
            grants_row(issued_fen=9_000, spent_fen=2_000, abuser=True),
        ],
        orders=[
            orders_row(abuser=True, price_fen=4_000, bonus_fen=2_000, bonus_fee_fen=40, bonus_agent_fen=160)
        ],
    )
    tried = outcome(
        spent_fen=8_000,
        anyway_share_est=0.75,
        amounts=(
            amount_row(amount_fen=500, n=10, cost_per_user_est=500.0, value_per_user_est=300.0),
            amount_row(amount_fen=900, n=10, cost_per_user_est=900.0, value_per_user_est=310.0),
        ),
    )
    layers = (AgentTake(2, None, 1, 100_000, 9_000, 0, 0, 0.04, 5_000), AgentTake(1, None, 1, 9, 9, 0, 0))
    loop = DrainLoop(3, 4, 700, 300, 2_000, 0.9)
    assert by_kind(waste(made, (tried,), layers, loop)) == {
        "anyway": 3_000,  # 8,000 x 3/4
        "flat": 2_000,  # 10 users x (900 - 500)
        "never_back": 1_000,  # a quarter of what can be known, of 8,000 spent
        "abuse": 1_100,  # 2,000 spent, 200 of fees and agents on what it paid
        "layer": 2_500,
        "drain_loop": 500,  # discount and commission
    }


def test_what_the_files_cannot_tell_is_missing_with_what_would_tell():
    found = waste(facts(scope=scope(tables=("orders",))), (outcome(),), (), None)
    assert by_kind(found) == dict.fromkeys(("anyway", "flat", "never_back", "abuse", "layer", "drain_loop"))
    assert all(item.figure.marking == "missing" and item.figure.needs for item in found)


STEPS = [500, 1_000, 1_500]


def amounts(values: list[float], half: float) -> tuple[AmountOutcome, ...]:
    """Amounts that cost what they say and bring `values`, each give or take `half`."""
    return tuple(
        amount_row(
            amount_fen=amount,
            n=100,
            cost_per_user_est=float(amount),
            value_per_user_est=value,
            low_est=value - half,
            high_est=value + half,
        )
        for amount, value in zip(STEPS, values, strict=True)
    )


@pytest.mark.parametrize(
    ("values", "half", "flat"),
    [
        ([800, 1_500, 2_200], 100, None),  # still rising
        ([800, 1_500, 1_520], 100, 1_000),  # nothing beyond 10 yuan
        ([800, 820, 790], 100, 500),  # nothing beyond 5 yuan
        ([800, 820, 1_600], 100, None),  # a step at 15: 10 does nothing, but 15 does
        ([800, 1_500, 1_400], 100, 1_000),  # beyond 10 it falls
        ([800, 1_500, 1_520], 400, None),  # too blunt: the last step may well pay its 5 yuan
        ([800, 1_050, 1_300], 100, None),  # half a yuan back for each: poor, but not flat
    ],
)
def test_the_flat_point(values, half, flat):
    found = flat_amount(outcome(amounts=amounts(values, half)))
    assert (None if found is None else found.amount_fen) == flat


def test_beyond_the_flat_point_the_extra_cost_is_wasted_and_only_that():
    flat = outcome(amounts=amounts([800, 820, 790], 100))
    assert flat_waste(flat) == 100 * 500 + 100 * 1_000
    assert flat_waste(outcome(amounts=amounts([800, 1_500, 2_200], 100))) == 0.0
    assert flat_waste(outcome()) == 0.0


@pytest.mark.parametrize("users", [200, 1_000])
def test_a_response_that_pays_at_every_step_is_hardly_ever_called_flat(users):
    """1.2 back for each yuan, spread five times an amount: a small trial must not cry waste."""
    rng = np.random.default_rng(users)
    cried = 0
    for _ in range(200):
        arms = [cell(rng.normal(1_000, 2_500, users), control=True)]
        arms += [
            cell(rng.normal(1_000 + 1.2 * a, 2_500, users), amount_fen=a, spent_fen=a * users) for a in STEPS
        ]
        (found,) = campaign_outcomes(facts(arms=arms, campaigns=[terms()]), Assumptions())
        cried += flat_amount(found) is not None
    assert cried <= 6


@given(st.lists(st.floats(-1_000, 5_000), min_size=3, max_size=3), st.floats(0, 1_000))
def test_nothing_is_flat_beyond_the_highest_amount_and_waste_is_never_negative(values, half):
    tried = outcome(amounts=amounts(values, half))
    found = flat_amount(tried)
    assert found is None or found.amount_fen < STEPS[-1]
    assert flat_waste(tried) >= 0
    assert (flat_waste(tried) > 0) == (found is not None)
