"""Equal users are counted together, and only equal ones: a hash that cannot tell two apart would search for ever."""

from itertools import product

import numpy as np
import pytest

from huoshui.core.allocate import Offers, Option, Scope, at_least, solve
from huoshui.core.allocate.relax import Impossible
from huoshui.core.allocate.row_kernels import Users, fingerprints


def test_every_difference_between_two_users_shows() -> None:
    kinds = list(product(range(3), range(4), range(4), range(8)))  # segment, choice, yesterday's choice, cost
    users = len(kinds)
    segment, choice, previous, cost = (np.array(column) for column in zip(*kinds, strict=True))
    prints = np.empty(users, np.uint64)
    values = np.full((1, users), 2.0, np.float32)
    fingerprints(
        Users(values, cost[None, :].astype(np.int32), segment.astype(np.uint8), previous.astype(np.int8)),
        values.view(np.int32),
        choice.astype(np.int8),
        np.arange(users),
        1,
        prints,
    )
    assert len(np.unique(prints)) == users


def test_choice_and_cost_are_not_mistaken_for_each_other() -> None:
    """It never ended: of equal value, one user has choice 0 and cost 1, the other choice 1 and cost 0."""
    values = np.array([[8, -np.inf, 2, 2]], np.float32)
    offers = Offers(
        (Option("a", 1),), values, np.array([[2, 5, 0, 1]], np.int32), np.arange(4, dtype=np.uint64)
    )
    rule = at_least(offers, "spend", 2, of=Scope(campaign="a"))
    with pytest.raises(Impossible) as error:
        solve(offers, budget_fen=1, rows=[rule], edge_est=0.5, exact=True)
    assert error.value.relaxation.loosenings
