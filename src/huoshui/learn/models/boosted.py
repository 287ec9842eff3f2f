"""The boosted learner: trees on the features and the amount, of which more never counts as less (an S-learner).

Regularised hard: few leaves, many users in each; with a library's defaults such a learner falls below ranking by
propensity. The leaves grow with the root of the users.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import expit, logit

from huoshui.core.uplift.rows import Features, Floats, Rows, TrialRows
from huoshui.learn.models.one_thread import on_one_thread
from huoshui.learn.models.trees import Trees

TREES = 100
RATE = 0.05
LEAVES = 7
L2 = 1.0
LEAF_USERS, AT_USERS = 200, 32_000
LEAF_USERS_LEAST = 20
OUTLIER_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class BoostedLearner:
    """Effects by boosted trees; `others`: the same fitted without one fold each, which tell how sure an effect is."""

    amounts_fen: tuple[int, ...]
    answers: bool
    trees: Trees
    others: tuple[Trees, ...]

    def expected(self, features: Features) -> Floats:
        """(N, K + 1): the outcome expected in each arm, control first."""
        return self._heights(self.trees, features)

    def effects(self, features: Features) -> Floats:
        """(N, K)."""
        return self._effects(self.trees, features)

    def errors(self, features: Features) -> Floats:
        """(N, K): standard errors by leaving out a fold at a time (jackknife); NaN without such fits."""
        if len(self.others) < 2:
            return np.full((len(features), len(self.amounts_fen)), np.nan)
        folds = len(self.others)
        found = np.stack([self._effects(trees, features) for trees in self.others])
        return np.asarray(np.sqrt((folds - 1) * found.var(axis=0)))

    def _effects(self, trees: Trees, features: Features) -> Floats:
        heights = self._heights(trees, features)
        return np.asarray(heights[:, 1:] - heights[:, :1])

    def _heights(self, trees: Trees, features: Features) -> Floats:
        table = np.concatenate([features.astype(np.float64), np.zeros((len(features), 1))], axis=1)
        heights = np.empty((len(features), len(self.amounts_fen) + 1))
        for arm in range(heights.shape[1]):
            table[:, -1] = arm
            heights[:, arm] = trees.sums(table)
        return np.asarray(expit(heights) if self.answers else heights)


def fit_boosted(rows: TrialRows, *, seed: int, fold: Rows | None = None) -> BoostedLearner:
    """From rows drawn by chance; with `fold` (N,) also once without each fold, every arm being in every fold."""
    others: tuple[Trees, ...] = ()
    if fold is not None:
        others = tuple(fit_trees(rows.take(fold != one), seed=seed) for one in np.unique(fold))
    return BoostedLearner(rows.amounts_fen, rows.binary, fit_trees(rows, seed=seed), others)


@on_one_thread
def fit_trees(rows: TrialRows, *, seed: int) -> Trees:
    """Trees on the features and, last, the arm: its number stands for the amount, for only the order counts."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    if rows.outcome.min() == rows.outcome.max():
        return _nothing_but(rows)
    table = np.concatenate([rows.features, rows.arm[:, None].astype(np.float32)], axis=1)
    # A column of which nothing is known cannot be cut into bins.
    table[:, np.isnan(table).all(axis=0)] = 0.0
    terms = {
        "max_iter": TREES,
        "learning_rate": RATE,
        "max_leaf_nodes": LEAVES,
        "min_samples_leaf": max(LEAF_USERS_LEAST, round(LEAF_USERS * sqrt(rows.rows / AT_USERS))),
        "l2_regularization": L2,
        "early_stopping": False,
        "monotonic_cst": [0] * rows.features.shape[1] + [1],
        "random_state": seed,
    }
    outcome = rows.outcome
    if not rows.binary:
        low, high = np.quantile(outcome[outcome != 0], (OUTLIER_SHARE, 1 - OUTLIER_SHARE))
        outcome = outcome.clip(min(low, 0), max(high, 0))
    made = HistGradientBoostingClassifier if rows.binary else HistGradientBoostingRegressor
    return _read_out(made(**terms).fit(table, outcome), table.shape[1])


def _read_out(model: Any, columns: int) -> Trees:
    """The fitted nodes, all trees in one; scikit-learn has no public way, so a test holds our sums against its own."""
    tables = [trees[0].nodes for trees in model._predictors]
    begins = np.cumsum([0, *(len(nodes) for nodes in tables)])[:-1]
    nodes = np.concatenate(tables)
    leaf = nodes["is_leaf"].astype(bool)
    shift = np.repeat(begins, [len(own) for own in tables])
    return Trees(
        base=float(np.ravel(model._baseline_prediction)[0]),
        columns=columns,
        roots=begins.astype(np.int32),
        feature=np.where(leaf, -1, nodes["feature_idx"]).astype(np.int32),
        threshold=np.where(leaf, 0.0, nodes["num_threshold"]).astype(np.float64),
        left=np.where(leaf, -1, nodes["left"] + shift).astype(np.int32),
        right=np.where(leaf, -1, nodes["right"] + shift).astype(np.int32),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        value=nodes["value"].astype(np.float64),
    )


def _nothing_but(rows: TrialRows) -> Trees:
    """Where all had the same outcome: one leaf, that outcome (an answer's chance kept off its ends)."""
    alike = float(rows.outcome[0])
    base = logit(min(max(alike, 1e-6), 1 - 1e-6)) if rows.binary else alike
    index, number = np.full(1, -1, np.int32), np.zeros(1)
    return Trees(
        float(base), rows.features.shape[1] + 1, np.zeros(1, np.int32), index, number, index, index,
        np.zeros(1, np.bool_), number,
    )  # fmt: skip
