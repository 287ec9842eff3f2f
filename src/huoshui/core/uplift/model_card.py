"""The card of a model: what it was learned from, how good it was on rows not seen, and when not to use it.

Form after Mitchell et al. (2019), "Model cards for model reporting": short, and never without the baselines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from huoshui.base.errors import Text
from huoshui.core.uplift.choice import Choice
from huoshui.core.uplift.deciles import EffectCalibration
from huoshui.core.uplift.reasons import Predict, contributions
from huoshui.core.uplift.rows import Features, Floats, TrialRows

Bearing = Literal["more_with_more", "less_with_more", "mixed"]
SAMPLE_USERS = 2_000
TOP_FEATURES = 5
BEARING_LEAST = 0.3
"""A correlation between value and part below this is no direction."""
ANSWERS_FEW = 200

NOT_FOR_OTHERS = Text(
    "不要用在和抽签人群不同的用户上: 没进过抽签的人, 这个模型没见过。",
    "Not for users unlike those drawn: who never was in the draw, this model has not seen.",
)
NOT_FOR_AMOUNTS = Text(
    "不要用来预测没试过的金额, 只有 {amounts} 分试过。",
    "Not for amounts never tried; tried were {amounts} fen.",
)
NOT_FOR_RANKING = Text(
    "不要按它给用户排序: 看不出用户之间的差别, 只有平均效果可用。",
    "Not for ranking users: no difference between them was detected; only the average effect can be used.",
)
NOT_FOR_SIZE = Text(
    "用户之间的差别没有预测的那么大, 已按实际观察缩小; 不要用缩小前的数。",
    "Users differ by less than was predicted; this was scaled to what was seen. Do not use the raw figures.",
)
NOT_FOR_LATER = Text(
    "季节、商品或价格变了就要重新学; 数据是 {first} 到 {last} 的。",
    "Learn anew when season, goods or prices change; the data are of {first} to {last}.",
)
NOT_FOR_FINE = Text(
    "有反应的用户只有 {answers} 个, 区间很宽; 只看大方向。",
    "Only {answers} users responded, so that intervals are wide: trust no more than the rough direction.",
)
NOT_AS_CAUSE = Text(
    "特征说明谁更有反应, 不说明为什么; 人为改变特征不会改变效果。",
    "Features tell who responds more, not why; changing a feature by hand does not change the effect.",
)
NOT_AT_ALL = Text("数据太少, 不能用。", "Too few data: not to be used.")


@dataclass(frozen=True, slots=True)
class FeatureWeight:
    """How much of what divides users a feature tells: its share of all parts, and which way it goes."""

    feature: str
    words: Text
    share_est: float
    bearing: Bearing


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All that a person should know before they act on a model."""

    learner: str
    data_hash: str
    first_day: str
    last_day: str
    rows: int
    units: int
    treated: int
    control: int
    responses: int
    """Rows whose outcome is not 0."""
    amounts_fen: tuple[int, ...]
    choice: Choice
    calibration: EffectCalibration
    features: tuple[FeatureWeight, ...]
    not_for: tuple[Text, ...]


def model_card(
    rows: TrialRows,
    choice: Choice,
    calibration: EffectCalibration,
    *,
    learner: str,
    period: tuple[str, str],
    features: tuple[FeatureWeight, ...],
) -> ModelCard:
    """The card. `period`: first and last day of the assignments, as texts. `features`: see `feature_weights`."""
    responses = int((rows.outcome != 0).sum())
    control = int(rows.control.sum())
    return ModelCard(
        learner=learner,
        data_hash=rows.data_hash,
        first_day=period[0],
        last_day=period[1],
        rows=rows.rows,
        units=rows.rows if rows.unit is None else len(np.unique(rows.unit)),
        treated=rows.rows - control,
        control=control,
        responses=responses,
        amounts_fen=rows.amounts_fen,
        choice=choice,
        calibration=calibration,
        features=features,
        not_for=_not_for(rows, choice, calibration, period, responses),
    )


def _not_for(
    rows: TrialRows,
    choice: Choice,
    calibration: EffectCalibration,
    period: tuple[str, str],
    responses: int,
) -> tuple[Text, ...]:
    if choice.state == "too_few":
        return (NOT_AT_ALL,)
    found = [
        NOT_FOR_OTHERS,
        NOT_FOR_AMOUNTS.filled(amounts=", ".join(map(str, rows.amounts_fen))),
        NOT_FOR_LATER.filled(first=period[0], last=period[1]),
    ]
    if choice.state == "no_detectable_difference":
        found.append(NOT_FOR_RANKING)
    else:
        found.append(NOT_AS_CAUSE)
        if calibration.state == "overstated":
            found.append(NOT_FOR_SIZE)
    if responses < ANSWERS_FEW:
        found.append(NOT_FOR_FINE.filled(answers=responses))
    return tuple(found)


def feature_weights(
    names: tuple[str, ...],
    predict: Predict,
    features: Features,
    average: Features,
    words: Mapping[str, Text],
    *,
    most: int = TOP_FEATURES,
) -> tuple[FeatureWeight, ...]:
    """The features that divide users most, by their mean part over some users evenly taken; none where none does."""
    step = max(1, len(features) // SAMPLE_USERS)
    sample = features[::step]
    parts = contributions(predict, sample, average)
    size = np.abs(parts).mean(axis=0)
    if not size.sum() > 0:
        return ()
    order = np.argsort(-size, kind="stable")[:most]
    return tuple(
        FeatureWeight(
            feature=names[at],
            words=words.get(names[at], Text(names[at], names[at])),
            share_est=float(size[at] / size.sum()),
            bearing=_bearing(sample[:, at].astype(np.float64), parts[:, at]),
        )
        for at in order.tolist()
        if size[at] > 0
    )


def _bearing(values: Floats, parts: Floats) -> Bearing:
    known = ~np.isnan(values)
    if known.sum() < 2 or values[known].std() <= 0 or parts[known].std() <= 0:
        return "mixed"
    rank = np.argsort(np.argsort(values[known], kind="stable"), kind="stable")
    along = float(np.corrcoef(rank, parts[known])[0, 1])
    if abs(along) < BEARING_LEAST:
        return "mixed"
    return "more_with_more" if along > 0 else "less_with_more"
