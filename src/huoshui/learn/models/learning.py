"""From rows drawn by chance to effects per user: every learner judged on rows it has not seen, one taken, put right.

told = learn(rows, seed=1)
told.model.effects(features)          -> Effects, with intervals; the average for everyone where nothing else is told
told.model.order(features)            -> whom first where not everybody can be given, also where nothing else is told
told.choice, told.calibration         -> why, and how far predictions came true
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from huoshui.base.errors import Text
from huoshui.core.costs.effects import USERS_MIN
from huoshui.core.uplift.choice import Choice, choose, folds_of
from huoshui.core.uplift.deciles import (
    Correction,
    EffectCalibration,
    average_alone,
    correction,
    effect_calibration,
    unknown,
)
from huoshui.core.uplift.model_card import FeatureWeight, ModelCard, feature_weights, model_card
from huoshui.core.uplift.qini import too_few
from huoshui.core.uplift.reasons import Predict, Reason, contributions, reasons_of
from huoshui.core.uplift.rows import Effects, Features, Flags, Floats, Rows, TrialRows
from huoshui.learn.models.arms import ArmsLearner, fit_arms
from huoshui.learn.models.beside import (
    PropensityLearner,
    RandomLearner,
    RuleLearner,
    fit_propensity,
    fit_rule,
)
from huoshui.learn.models.boosted import BoostedLearner, fit_boosted
from huoshui.learn.models.one_thread import on_one_thread

Learner = ArmsLearner | BoostedLearner | RuleLearner | PropensityLearner | RandomLearner
FOLDS = 5
CHOOSABLE = ("logistic", "boosted")
BESIDE = ("rule", "propensity", "random")


@dataclass(frozen=True, slots=True)
class EffectModel:
    """What a plan asks: effects per user, and whom first where not everybody can be given.

    Where differences are not `believed` everybody has the average effect; `learner`, if any, then only tells the order.
    """

    names: tuple[str, ...]
    amounts_fen: tuple[int, ...]
    learner_name: str
    learner: Learner | None
    correction: Correction
    mean_features: Features
    """(F,): of the users learned from; reasons compare with them."""
    data_hash: str
    believed: bool

    def effects(self, features: Features, *, intervals: bool = True) -> Effects:
        """Of users with these features (N, F), in the order of `names`; `intervals` off: their ends are NaN, sooner."""
        if features.ndim != 2 or features.shape[1] != len(self.names):
            raise ValueError(f"features {features.shape} of {len(self.names)} names")
        wide = (len(features), len(self.amounts_fen))
        if self.learner is None or not self.believed:
            return self.correction.applied(self.amounts_fen, np.zeros(wide), np.zeros(wide))
        errors = self.learner.errors(features) if intervals else np.full(wide, np.nan)
        return self.correction.applied(self.amounts_fen, self.learner.effects(features), errors)

    def order(self, features: Features) -> Floats:
        """(N, K): higher first; equal where nothing tells.

        Users whose differences are not detectable need not be alike, and somebody must come first: whom the learner
        that did best on rows not seen puts there. If they are alike that costs nothing.
        """
        if self.learner is None:
            return np.zeros((len(features), len(self.amounts_fen)))
        return self.learner.effects(features)

    def predict(self, amount_fen: int) -> Predict:
        """Effects (N,) of one amount, without intervals."""
        at = self.amounts_fen.index(amount_fen)
        return lambda features: self.effects(features, intervals=False).effect_est[:, at]

    def reasons(
        self, features: Features, *, amount_fen: int, most: int = 3
    ) -> tuple[tuple[Reason, ...], ...]:
        """Of each user, why the effect of an amount differs from the average user's; empty where it does not."""
        if not self.believed:
            return ((),) * len(features)
        parts = contributions(self.predict(amount_fen), features, self.mean_features)
        return reasons_of(self.names, parts, features, self.mean_features, most=most)


@dataclass(frozen=True, slots=True)
class Learned:
    """A model and how it was come by. `rows`: those learned from; `apart` by learner: scores of rows not seen."""

    model: EffectModel
    choice: Choice
    calibration: EffectCalibration
    rows: TrialRows
    fold: Rows
    apart: Mapping[str, Floats]
    expected_est: Floats

    def card(self, *, period: tuple[str, str], words: Mapping[str, Text]) -> ModelCard:
        """The model's card. `period`: first and last day of the assignments; `words`: what the features are called."""
        weights: tuple[FeatureWeight, ...] = ()
        if self.model.believed:
            weights = feature_weights(
                self.rows.names,
                self.model.predict(self.rows.amounts_fen[-1]),
                self.rows.features,
                self.model.mean_features,
                words,
            )
        return model_card(
            self.rows,
            self.choice,
            self.calibration,
            learner=self.model.learner_name,
            period=period,
            features=weights,
        )


def fit(name: str, rows: TrialRows, *, seed: int, fold: Rows | None = None) -> Learner:
    """One learner by name."""
    fits: dict[str, Callable[[], Learner]] = {
        "logistic": lambda: fit_arms(rows),
        "boosted": lambda: fit_boosted(rows, seed=seed, fold=fold),
        "rule": lambda: fit_rule(rows),
        "propensity": lambda: fit_propensity(rows),
        "random": lambda: RandomLearner(rows.amounts_fen, seed),
    }
    return fits[name]()


@on_one_thread
def learn(rows: TrialRows, *, seed: int = 0, folds: int = FOLDS) -> Learned:
    """Every learner cross-fitted, the best taken if users differ, its effects put right by what was observed."""
    rows = _tried(rows)
    if too_few(rows) is not None:
        return _nothing_told(rows)
    fold = folds_of(rows, folds, seed=seed)
    apart, expected = _cross_fitted(rows, fold, seed)
    choice = choose(rows, fold=fold, apart=apart, choosable=CHOOSABLE, expected_est=expected)
    taken = choice.chosen or CHOOSABLE[0]
    calibration = effect_calibration(rows, apart[taken], expected_est=expected, part=fold)
    learner = fit(taken, rows, seed=seed, fold=fold) if choice.deciding.value_est > 0 else None
    if learner is not None and choice.state == "users_differ":
        put_right = correction(
            rows, learner.effects(rows.features), calibration=calibration, expected_est=expected
        )
        model = _model(rows, taken, learner, put_right, believed=True)
    else:
        put_right = average_alone(rows, expected_est=expected)
        model = _model(rows, "average", learner, put_right, believed=False)
    return Learned(model, choice, calibration, rows, fold, apart, expected)


def _model(
    rows: TrialRows, name: str, learner: Learner | None, put_right: Correction, *, believed: bool
) -> EffectModel:
    mean = mean_features(rows.features)
    return EffectModel(rows.names, rows.amounts_fen, name, learner, put_right, mean, rows.data_hash, believed)


def mean_features(features: Features) -> Features:
    """(F,): the mean of what is known; NaN where nothing is."""
    known = np.isfinite(features)
    sums = np.where(known, features, 0.0).sum(axis=0, dtype=np.float64)
    users = known.sum(axis=0)
    return np.where(users > 0, sums / np.maximum(users, 1), np.nan).astype(np.float32)


def _nothing_told(rows: TrialRows) -> Learned:
    """Too few rows for anything: no effect is known, which is not an effect of 0."""
    wide = (rows.rows, len(rows.amounts_fen))
    fold = np.zeros(rows.rows, np.intp)
    choice = choose(rows, fold=fold, apart={}, choosable=CHOOSABLE)
    calibration = effect_calibration(rows, np.zeros(wide))
    model = _model(rows, "unknown", None, unknown(wide[1]), believed=False)
    return Learned(model, choice, calibration, rows, fold, {}, np.full((wide[0], wide[1] + 1), np.nan))


def _tried(rows: TrialRows) -> TrialRows:
    """Without amounts that too few users got: a fold of them would be empty."""
    amounts, users = np.unique(rows.amount_fen, return_counts=True)
    kept: Flags = np.isin(rows.amount_fen, amounts[(users >= USERS_MIN) | (amounts == 0)])
    return rows if kept.all() else rows.take(kept)


def _cross_fitted(rows: TrialRows, fold: Rows, seed: int) -> tuple[dict[str, Floats], Floats]:
    """Of each fold, by learners of all others: every learner's scores, and the outcomes expected in each arm."""
    wide = (rows.rows, len(rows.amounts_fen))
    apart = {name: np.zeros(wide) for name in (*CHOOSABLE, *BESIDE)}
    expected = np.zeros((rows.rows, wide[1] + 1))
    for number in np.unique(fold):
        own = np.flatnonzero(fold == number)
        features, others = rows.features[own], rows.take(fold != number)
        for name, table in apart.items():
            learner = fit(name, others, seed=seed + int(number))
            table[own] = learner.effects(features)
            if isinstance(learner, ArmsLearner):
                expected[own] = learner.expected(features)
    return apart, expected
