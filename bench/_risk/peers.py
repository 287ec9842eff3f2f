"""Other ways to find rings, each a score a user: parts of the graph alone, the peel alone, forests, and with labels."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

from huoshui.core.risk import LINK_KINDS, LinkLimits, Links, People
from huoshui.core.risk.components import components
from huoshui.core.risk.habits import habits_of
from huoshui.core.risk.linking import Ties, ties_of
from huoshui.core.risk.peel import COMMON_USERS, WEIGHT_ONE, peel_levels

Floats = npt.NDArray[np.float64]
ADDRESSES_MAX = (60, 8)
"""Addresses with so many users tie: as one would have it who caps them, and as one who leaves out dorms as well."""


def all_ties(links: Links, addresses_max: int = 60) -> Ties:
    """Every value with 2 to 60 users, of addresses up to `addresses_max`."""
    ties = ties_of(links, LinkLimits(household_max=addresses_max))
    kept = (ties.kind != LINK_KINDS.index("address")) | (ties.holders <= addresses_max)
    rows = kept[ties.value]
    return replace(ties, user=ties.user[rows], value=ties.value[rows], first_s=ties.first_s[rows])


def by_components(ties: Ties) -> Floats:
    """The size of each user's connected part, 1 for who is alone."""
    part = components(ties.users, len(ties.kind), ties.user, ties.value)
    return np.bincount(part, minlength=ties.users)[part].astype(np.float64)


def by_peel(ties: Ties) -> Floats:
    """Each user's core in the graph weighed as FRAUDAR does."""
    weight = np.rint(WEIGHT_ONE / np.log(COMMON_USERS + ties.holders)).astype(np.int64)[ties.value]
    return peel_levels(ties.users, len(ties.kind), ties.user, ties.value, weight)[: ties.users].astype(
        np.float64
    )


def behaviour(people: People, as_of_s: int) -> Floats:
    """What users do, as a model takes it."""
    return np.column_stack(
        [
            habits_of(people),
            np.log1p(people.rewards),
            np.log1p(people.reward_fen),
            np.log1p(people.own_fen),
            np.log1p(people.orders),
            people.sent_fen > 0,
            (as_of_s - people.registered_s) / 86_400,
        ]
    )


def with_graph(table: Floats, ties: Ties) -> Floats:
    """Behaviour beside size of the part, core, and links by kind; and the same behaviours as means over the part."""
    part = components(ties.users, len(ties.kind), ties.user, ties.value)
    size = np.bincount(part, minlength=ties.users)
    kinds = [np.bincount(ties.user[ties.kind[ties.value] == k], minlength=ties.users) for k in range(6)]
    means = [
        (np.bincount(part, column, minlength=ties.users) / np.maximum(1, size))[part]
        for column in table[:, :5].T
    ]
    return np.column_stack([table, size[part], by_peel(ties), *kinds, *means])


def by_forest(table: Floats, seed: int) -> Floats:
    """IsolationForest: how alone a user is."""
    model = IsolationForest(n_estimators=200, random_state=seed, n_jobs=1).fit(table)
    return np.asarray(-model.score_samples(table))


def by_labels(table: Floats, ring: npt.NDArray[np.int64], known: npt.NDArray[np.bool_], seed: int) -> Floats:
    """Boosted trees told of the users `known`; whole rings are known or not. A score for everybody."""
    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.08, max_leaf_nodes=15, random_state=seed
    )
    model.fit(table[known], ring[known] >= 0)
    return np.asarray(model.predict_proba(table)[:, 1])
