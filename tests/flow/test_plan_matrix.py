"""The matrix of a plan: own worths move users about their curve, and never move the curve."""

import numpy as np
import pytest

from huoshui.core.allocate.values import Option
from huoshui.core.costs.facts import CampaignTerms
from huoshui.core.costs.values import SEGMENTS
from huoshui.flow.planning.facts import Candidates
from huoshui.flow.planning.matrix import Cells, offers_of

USERS = 4_000


@pytest.fixture
def people():
    """Two segments; odd users have dear orders, and a third of all were in the campaign's draw."""
    rng = np.random.default_rng(1)
    orders = rng.integers(0, 6, USERS)
    price = np.where(np.arange(USERS) % 2, 3_000, 1_000)
    gain = [np.rint(price[user] * rng.uniform(0.7, 1.3, orders[user])) for user in range(USERS)]
    nothing = np.zeros(USERS, np.int64)
    return Candidates(
        user_ids=None,
        keys=np.arange(USERS, dtype=np.uint64),
        segment=rng.choice([SEGMENTS.index("regular"), SEGMENTS.index("dormant")], USERS).astype(np.uint8),
        standing=nothing.astype(np.uint8),
        orders=orders,
        orders_90=orders,
        value=np.array([part.sum() for part in gain], np.int64),
        value_squares=np.array([(part**2).sum() for part in gain]),
        idle_days=nothing,
        rewarded_days=nothing,
        granted=nothing,
        drawn=(rng.random(USERS) < np.where(np.arange(USERS) % 2, 0.5, 0.2)).astype(np.int64),
        risk=np.zeros(USERS, np.uint8),
        answer=np.zeros(USERS, np.uint8),
        answer_reason=np.zeros(USERS, np.uint8),
    )


def cells_with(values):
    shape = (1, len(SEGMENTS))
    value, cost = np.full(shape, np.nan), np.full(shape, np.nan)
    for segment, fen in values.items():
        value[0, SEGMENTS.index(segment)], cost[0, SEGMENTS.index(segment)] = fen, 200.0
    terms = {"c": CampaignTerms("c", "c", "retain", None, None, None, 1.0, 14, None)}
    users = np.zeros(shape, np.int64)
    nothing: dict = {}
    return Cells(
        (Option("c", 500),), value, value, value, cost, users, (), (), terms, nothing, nothing, ("c",),
        frozenset(),
    )  # fmt: skip


def test_who_buys_dear_is_worth_more_and_the_curve_stays_the_mean_of_those_it_speaks_for(people):
    offers = offers_of(cells_with({"regular": 600.0, "dormant": -300.0}), people)
    values = offers.values_est[0]
    drawn = people.drawn == 1
    assert (np.isfinite(values) == drawn).all()
    for segment, fen in (("regular", 600.0), ("dormant", -300.0)):
        own = drawn & (people.segment == SEGMENTS.index(segment))
        assert values[own].mean() == pytest.approx(fen, rel=1e-4)
        dear = own & (np.arange(USERS) % 2 == 1) & (people.orders >= 3)
        cheap = own & (np.arange(USERS) % 2 == 0) & (people.orders >= 3)
        assert values[dear].mean() / values[cheap].mean() > 2
    assert (offers.costs[0] == 200).all()


def test_a_segment_without_a_curve_is_offered_nothing(people):
    values = offers_of(cells_with({"regular": 600.0}), people).values_est[0]
    assert not np.isfinite(values[people.segment == SEGMENTS.index("dormant")]).any()
