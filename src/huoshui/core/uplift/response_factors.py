"""How much more, or less, a user answers than others of their segment, learned from all campaigns at once.

Campaigns differ in what they bring and to whom; who answers at all, they share. So one factor a user is learned from
the rows of every campaign: effect = what the campaign's amount brings the segment x (1 + features x weights). Features
are taken within the segment, for what segments differ in stands in the curves already. The weights are drawn to nothing
as far as the rows do not speak for them (ridge, its strength by the evidence of the rows: MacKay 1992), and the
factor is believed only where it foretells rows that it has not seen (docs/spec/learned_values.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import Text
from huoshui.core.trials.draws import draws
from huoshui.core.uplift.row_effects import Estimate, error_of, row_effects
from huoshui.core.uplift.rows import Floats, Keys, Rows, TrialRows

FactorState = Literal["users_differ", "no_detectable_difference", "too_few"]
FOLDS = 5
Z_MOST = 3.0
"""A feature counts at most so many spreads from its segment's mean: one odd user must not bend the weights."""
SPREAD_LEAST = 1e-6
ROWS_LEAST = 200
"""Rows of trials: fewer tell nothing of who answers."""
RIDGE = 10.0
"""Rows' worth of nothing that the expectation of an outcome is drawn by, a feature."""
NOISE_LEAST = 1e-3
"""Row effects scatter by at least this share of their square."""
ALIKE_MOST = 1e-6
"""Effects of two amounts are never taken to be the same but for this share of their variance."""
STRENGTHS = (0.0, *(float(step) for step in np.geomspace(1e-4, 1.0, 17)))
"""Variances of a weight that have a say; 0 is that nobody differs."""
FACTOR_LEAST, FACTOR_MOST = 0.2, 3.0
KINDS = 12
"""Users of a segment fall into so many kinds by their factor: equal users are solved and told together."""
SLOPE_BEFORE = Estimate(1.0, 0.5)
"""What is thought of the slope before any data."""

REASONS: dict[FactorState, Text] = {
    "users_differ": Text(
        "同一群里的人反应不一样, 而且看得出来: 没参与学习的人里, 预测高的确实反应更多。",
        "Users of one segment answer differently, and detectably so: among users not learned from, those expected to "
        "answer more did.",
    ),
    "no_detectable_difference": Text(
        "看不出同一群里谁反应更多: 每个人按本群的平均算。",
        "No detectable difference between users of one segment: everybody counts with the segment's average.",
    ),
    "too_few": Text(
        "随机分过组、到期的人太少, 还学不了。",
        "Too few users were assigned by chance and have passed their window: nothing can be learned yet.",
    ),
}


@dataclass(frozen=True, slots=True)
class CampaignRows:
    """The rows of one campaign with each user's segment (N,); `rows.unit` names the user."""

    campaign_id: str
    rows: TrialRows
    segment: npt.NDArray[np.intp]

    @property
    def unit(self) -> Keys:
        """(N,): the user of a row."""
        assert self.rows.unit is not None
        return self.rows.unit

    def take(self, own: npt.NDArray[np.bool_]) -> "CampaignRows":
        """Some of the rows."""
        return CampaignRows(self.campaign_id, self.rows.take(own), self.segment[own])


@dataclass(frozen=True, slots=True)
class FactorModel:
    """The weights of the features (F,), within segments; `centre` (S, F) and `spread` (F,) are those learned from."""

    names: tuple[str, ...]
    centre: Floats
    spread: Floats
    weights: Floats

    def foretold(self, features: npt.NDArray[np.float32], segment: npt.NDArray[np.intp]) -> Floats:
        """(N,): how far each user's factor lies from 1, by the centres learned from."""
        return np.asarray(within(features, self.centre[segment], self.spread) @ self.weights)


@dataclass(frozen=True, slots=True)
class Scores:
    """How far each user's factor lies from 1 (N,), and the feature that moved it most to its side.

    `reason`: 0 for none, 2 x feature + 1 where they have more of it than others of their segment, + 2 where less.
    """

    score: Floats
    reason: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of who answers: the model, whether it may be believed, and by how much.

    `forward`: the slope of what came on what was foretold, for users whom the model had not seen nor seen learners of
    (each part of the users is foretold from the parts before it). `slope`: the same across all parts, which moves less
    but looks surer than it is; `believed` is it drawn to what is thought before. `by_campaign`: `slope`, one campaign
    each. `model` is None where there is nothing to learn from.
    """

    state: FactorState
    reason: Text
    model: FactorModel | None
    forward: Estimate
    slope: Estimate
    believed_est: float
    by_campaign: tuple[tuple[str, Estimate], ...]
    rows: int
    users: int

    @property
    def used(self) -> bool:
        """Whether a plan may be made on it."""
        return self.state == "users_differ" and self.believed_est > 0


UNKNOWN = Estimate(float("nan"), float("nan"))


def learn_factors(parts: Sequence[CampaignRows], *, segments: int, seed: int = 0) -> Learned:
    """Learn from the rows of all campaigns; `segments` is how many there are."""
    users = len(np.unique(np.concatenate([part.unit for part in parts]))) if parts else 0
    count = sum(part.rows.rows for part in parts)
    if users < ROWS_LEAST:
        return Learned("too_few", REASONS["too_few"], None, UNKNOWN, UNKNOWN, 0.0, (), count, users)
    folds = [(draws(part.unit, "parts", seed=seed) % np.uint64(FOLDS)).astype(np.intp) for part in parts]
    sheets = [_sheet(part, fold, segments) for part, fold in zip(parts, folds, strict=True)]
    apart = [np.zeros(part.rows.rows) for part in parts]
    forward = [np.full(part.rows.rows, np.nan) for part in parts]
    for number in range(FOLDS):
        for scores, chosen in (
            (apart, [fold != number for fold in folds]),
            (forward, [fold < number for fold in folds]),
        ):
            if not any(own.any() for own in chosen):
                continue
            model = _fitted(parts, sheets, chosen, segments)
            for part, fold, found in zip(parts, folds, scores, strict=True):
                own = fold == number
                found[own] = model.foretold(part.rows.features[own], part.segment[own])
    model = _fitted(parts, sheets, [np.ones(len(fold), np.bool_) for fold in folds], segments)
    seen = [np.isfinite(scores) for scores in forward]
    ahead = _slope(parts, sheets, forward, seen)
    slope = _slope(parts, sheets, apart, [np.ones(len(fold), np.bool_) for fold in folds])
    state: FactorState = "users_differ" if ahead.low_est > 0 else "no_detectable_difference"
    return Learned(
        state=state,
        reason=REASONS[state],
        model=model,
        forward=ahead,
        slope=slope,
        believed_est=_believed(slope),
        by_campaign=tuple(
            (part.campaign_id, _slope([part], [sheet], [score], [np.ones(len(score), np.bool_)]))
            for part, sheet, score in zip(parts, sheets, apart, strict=True)
        ),
        rows=count,
        users=users,
    )


def scores(
    model: FactorModel,
    column: Callable[[int], npt.NDArray[np.float32]],
    segment: npt.NDArray[np.intp],
) -> Scores:
    """How far each user's factor lies from 1, feature by feature: `column` gives one of them for all users (N,).

    Features are taken within the segments of these users: were they all shifted since, nothing moves. What is unknown
    lies at the mean.
    """
    total = np.zeros(len(segment))
    size = int(segment.max(initial=0)) + 1
    best = {sign: np.zeros(len(segment)) for sign in (1, -1)}
    reason = {sign: np.zeros(len(segment), np.uint8) for sign in (1, -1)}
    for place, weight in enumerate(model.weights.tolist()):
        own = column(place).astype(np.float64)
        known = np.isfinite(own)
        own[~known] = 0.0
        users = np.bincount(segment, known, minlength=size)
        centre = np.bincount(segment, own, minlength=size) / np.maximum(1, users)
        z = ((own - centre[segment]) / model.spread[place]).clip(-Z_MOST, Z_MOST)
        z[~known] = 0.0
        part = weight * z
        total += part
        told = (2 * place + np.where(z > 0, 1, 2)).astype(np.uint8)
        for sign in (1, -1):
            more = sign * part > best[sign]
            best[sign][more] = np.abs(part[more])
            reason[sign][more] = told[more]
    return Scores(total, np.where(total >= 0, reason[1], reason[-1]))


def factors(
    learned: Learned, score: Floats, segment: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Each user's kind (N,) and each kind's factor; kinds of all segments are numbered on, kind 0 has the factor 1.

    The mean factor of a segment is 1.
    """
    kind, table = np.zeros(len(segment), np.uint8), [1.0]
    if not learned.used:
        return kind, np.array(table)
    for code in np.unique(segment):
        own = np.flatnonzero(segment == code)
        factor = (1 + learned.believed_est * score[own]).clip(FACTOR_LEAST, FACTOR_MOST)
        factor /= factor.mean()
        step = np.minimum(KINDS - 1, np.argsort(np.argsort(factor, kind="stable")) * KINDS // len(own))
        users = np.bincount(step, minlength=KINDS)
        means = np.bincount(step, factor, minlength=KINDS) / np.maximum(1, users)
        kind[own] = len(table) + step
        table.extend(means.tolist())
    return kind, np.array(table)


def within(features: npt.NDArray[np.float32], centre: Floats, spread: Floats) -> Floats:
    """Features as distances from their segment's mean, in spreads; what is unknown lies at the mean."""
    z = (features - centre) / spread
    return np.asarray(np.nan_to_num(z, nan=0.0).clip(-Z_MOST, Z_MOST))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What does not change from fold to fold: the row effects (N, K), and the inverse of their covariance (K, K).

    One control serves all amounts, so a row's effects move together: counted apart, four amounts would look like up to
    four times the rows, and the weights would be drawn to nothing by too little.
    """

    effects: Floats
    precision: Floats


def _sheet(part: CampaignRows, fold: Rows, segments: int) -> _Sheet:
    effects = row_effects(part.rows, expected_outcomes(part.rows, fold, part.segment, segments))
    apart = effects - effects.mean(axis=0)
    covariance = apart.T @ apart / max(1, len(apart))
    least = ALIKE_MOST * np.trace(covariance) / len(covariance) + 1e-12
    return _Sheet(effects, np.linalg.inv(covariance + least * np.eye(len(covariance))))


def expected_outcomes(rows: TrialRows, fold: Rows, segment: npt.NDArray[np.intp], segments: int) -> Floats:
    """(N, K + 1): the outcome expected in each arm by a ridge line fitted on the other folds: what past orders tell."""
    known = np.eye(segments)[segment][:, :-1]
    centre, spread = _mean_and_spread(rows.features)
    z = np.concatenate([within(rows.features, centre, spread), known], axis=1)
    arms = len(rows.amounts_fen) + 1
    table = np.empty((rows.rows, arms))
    for number in np.unique(fold):
        own, others = fold == number, fold != number
        arm, outcome = rows.arm[others], rows.outcome[others]
        users = np.maximum(1, np.bincount(arm, minlength=arms))
        means = np.bincount(arm, outcome, minlength=arms) / users
        centre = z[others].mean(axis=0)
        seen = z[others] - centre
        line = np.linalg.solve(seen.T @ seen + RIDGE * np.eye(seen.shape[1]), seen.T @ (outcome - means[arm]))
        table[own] = means + ((z[own] - centre) @ line)[:, None]
    return table


def _fitted(
    parts: Sequence[CampaignRows],
    sheets: Sequence[_Sheet],
    chosen: Sequence[npt.NDArray[np.bool_]],
    segments: int,
) -> FactorModel:
    """The weights from the chosen rows of each campaign."""
    names = parts[0].rows.names
    centre, spread = _within_of(parts, chosen, segments)
    inner, outer = np.zeros((len(names), len(names))), np.zeros(len(names))
    for part, sheet, own in zip(parts, sheets, chosen, strict=True):
        if not own.any():
            continue
        segment = part.segment[own]
        base = segment_effects(sheet.effects[own], segment, segments)[segment]
        z = within(part.rows.features[own], centre[segment], spread)
        say = base @ sheet.precision
        inner += (z * (say * base).sum(axis=1)[:, None]).T @ z
        outer += z.T @ (say * (sheet.effects[own] - base)).sum(axis=1)
    return FactorModel(names, centre, spread, _weights(inner, outer))


def _within_of(
    parts: Sequence[CampaignRows], chosen: Sequence[npt.NDArray[np.bool_]], segments: int
) -> tuple[Floats, Floats]:
    """Mean of each feature by segment (S, F), and its spread within segments (F,), over all campaigns."""
    features = np.concatenate([part.rows.features[own] for part, own in zip(parts, chosen, strict=True)])
    segment = np.concatenate([part.segment[own] for part, own in zip(parts, chosen, strict=True)])
    centre = np.tile(_mean_and_spread(features)[0], (segments, 1))
    squares, count = np.zeros(features.shape[1]), np.zeros(features.shape[1])
    for code in np.unique(segment):
        own = features[segment == code]
        known = (~np.isnan(own)).sum(axis=0)
        mean, spread = _mean_and_spread(own)
        centre[code] = np.where(known > 0, mean, centre[code])
        squares += known * spread**2
        count += known
    return centre, np.sqrt(squares / np.maximum(1, count)) + SPREAD_LEAST


def _mean_and_spread(features: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Of what is known of each feature (F,); 0 and next to nothing where nothing is."""
    known = ~np.isnan(features)
    users = np.maximum(1, known.sum(axis=0))
    mean = np.where(known, features, 0).sum(axis=0, dtype=np.float64) / users
    squares = np.where(known, (features - mean) ** 2, 0).sum(axis=0)
    return mean, np.sqrt(squares / users) + SPREAD_LEAST


def segment_effects(effects: Floats, segment: npt.NDArray[np.intp], segments: int) -> Floats:
    """(S, K): mean row effect of each segment, drawn to that of all, and to nothing where it may be chance.

    What is nothing has no factor: there its rows must not speak of who answers. Nor may what is below nothing: who is
    put off is not who answers.
    """
    users = np.bincount(segment, minlength=segments).astype(np.float64)
    table = np.zeros((segments, effects.shape[1]))
    for column, one in enumerate(effects.T):
        # One row shows no spread of its own: it may be anything, as far from 0 as it lies.
        variance = max(float(one.var()), NOISE_LEAST * float((one**2).mean()), 1e-12)
        mean, error = one.mean(), variance / max(1, len(one))
        sums = np.bincount(segment, one, minlength=segments)
        means = np.divide(sums, users, out=np.full(segments, mean), where=users > 0)
        noise = variance / np.maximum(1.0, users)
        seen = users > 0
        between = max(0.0, float((users * ((means - mean) ** 2 - noise))[seen].sum() / max(1.0, users.sum())))
        drawn = mean + (means - mean) * between / (between + noise)
        left = noise * between / (between + noise) + error
        table[:, column] = drawn * (1 - left / np.maximum(drawn**2, left))
    return table.clip(min=0)


def _weights(inner: Floats, outer: Floats) -> Floats:
    """The ridge line whose strength the rows speak for most, over a grid of variances by their evidence."""
    values, vectors = np.linalg.eigh(inner)
    values = values.clip(min=0)
    turned = vectors.T @ outer
    evidence, lines = [], []
    for strength in STRENGTHS:
        evidence.append(
            float(
                (
                    0.5 * strength * turned**2 / (1 + strength * values) - 0.5 * np.log1p(strength * values)
                ).sum()
            )
        )
        lines.append(vectors @ (strength * turned / (1 + strength * values)))
    say = np.exp(np.array(evidence) - max(evidence))
    return np.asarray(say / say.sum() @ np.stack(lines))


def _slope(
    parts: Sequence[CampaignRows],
    sheets: Sequence[_Sheet],
    scores: Sequence[Floats],
    chosen: Sequence[npt.NDArray[np.bool_]],
) -> Estimate:
    """Observed on foretold differences within segments, of all campaigns together; its error by user."""
    above, below, moved, unit = 0.0, 0.0, [], []
    for part, sheet, score, own in zip(parts, sheets, scores, chosen, strict=True):
        if not own.any():
            continue
        segment, effects = part.segment[own], sheet.effects[own]
        size = int(segment.max()) + 1
        base = segment_effects(effects, segment, size)
        users = np.maximum(1, np.bincount(segment, minlength=size))
        apart = score[own] - (np.bincount(segment, score[own], minlength=size) / users)[segment]
        told = apart[:, None] * base[segment]
        means = np.stack([np.bincount(segment, one, minlength=size) / users for one in effects.T], axis=1)
        left = effects - means[segment]
        say = told @ sheet.precision
        above += float((say * left).sum())
        below += float((say * told).sum())
        moved.append((say, told, left))
        unit.append(part.unit[own])
    if below <= 0:
        return UNKNOWN
    slope = above / below
    influence = np.concatenate([(say * (left - slope * told)).sum(axis=1) for say, told, left in moved])
    return Estimate(slope, error_of(influence, np.concatenate(unit)) * len(influence) / below)


def _believed(slope: Estimate) -> float:
    """The slope drawn to what is thought before; between 0 and 1, for no difference is made larger than foretold."""
    if not np.isfinite(slope.value_est) or slope.error_est <= 0:
        return 0.0
    seen, before = slope.error_est**-2, SLOPE_BEFORE.error_est**-2
    mean = (seen * slope.value_est + before * SLOPE_BEFORE.value_est) / (seen + before)
    return float(min(1.0, max(0.0, mean)))
