"""Partial pooling: what one segment shows, drawn to what the campaign shows elsewhere, as far as segments are alike.

Effects of segments are draws around the campaign's: normal, in worths of a buyer (so that segments whose orders are
worth more can be compared), or in these times the root of how often its users buy (who buy more may answer more). Which
of the two and how much segments differ is not known either: every spread on a grid has a say under each, by how well it
explains the data (restricted likelihood). Given the errors, everything is linear in the data, so that a thousand
re-drawn data sets cost little more than one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from huoshui.core.uplift.contrasts import Contrasts
from huoshui.core.uplift.shapes import SHAPES, Shape, ShapeTest, shaped

Floats = npt.NDArray[np.float64]
SPREADS = (0.0, 0.02, 0.04, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9, 1.4)
"""How far segments may lie from the campaign, in worths of a buyer."""
ALIKE = (0.6, 0.95)
"""How much of that distance all amounts of a segment share."""
STRENGTH_LEAST = 0.01
"""Least square of what a campaign may bring, in squared worths of a buyer."""


@dataclass(frozen=True, slots=True)
class _View:
    """One assumption on how much segments differ: linear in the data."""

    posterior: Floats
    """(D, D): data -> posterior mean."""
    covariance: Floats
    precision: Floats
    """(D, D): the data's quadratic form in the likelihood."""
    log_scale: float


@dataclass(frozen=True, slots=True)
class Pooling:
    """The views of one campaign; D = segments x amounts, segment by segment."""

    views: tuple[_View, ...]

    def means(self, data: Floats) -> tuple[Floats, Floats]:
        """Posterior means (draws, D) of `data` (draws, D), and the weight of each view (draws, views)."""
        likelihood = np.stack(
            [
                view.log_scale - 0.5 * np.einsum("nd,de,ne->n", data, view.precision, data)
                for view in self.views
            ],
            axis=1,
        )
        weight = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        means = np.stack([data @ view.posterior.T for view in self.views], axis=1)
        return np.einsum("nv,nvd->nd", weight, means), weight

    def posterior(self, data: Floats) -> tuple[Floats, Floats]:
        """Mean (D,) and covariance (D, D) of one data set (D,), over all views."""
        mean, weights = self.means(data[None, :])
        covariance = np.zeros((len(data), len(data)))
        for weight, view in zip(weights[0], self.views, strict=True):
            away = view.posterior @ data - mean[0]
            covariance += weight * (view.covariance + np.outer(away, away))
        return mean[0], covariance


@dataclass(frozen=True, slots=True)
class Response:
    """What one campaign brings by segment and amount, in fen a user, and how it was told.

    `mean` (D,) and `covariance` (D, D) are the posterior; `cost_est` (segment, amount) is the expected fen of cost.
    """

    contrasts: Contrasts
    pooling: Pooling
    shapes: ShapeTest
    mean: Floats
    covariance: Floats
    cost_est: Floats
    known: npt.NDArray[np.bool_] = field(repr=False)
    """(segment,): whether the data tell anything there; where not, nothing is planned."""
    value_est: Floats = field(init=False)
    """(segment, amount): the posterior mean drawn to the shapes, which is what plans are made on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value_est", self.refitted(self.contrasts.effect.reshape(1, -1))[0])

    @property
    def campaign_id(self) -> str:
        """The campaign it is of."""
        return self.contrasts.campaign_id

    @property
    def shape(self) -> Shape:
        """What the curve may be called: the narrowest shape that the data do not speak against."""
        return self.shapes.narrowest(self.contrasts.effect)

    def refitted(self, data: Floats) -> Floats:
        """`value_est` as it would be of other data: (draws, D) -> (draws, segment, amount)."""
        means, _ = self.pooling.means(data)
        weights = self.shapes.weights(self._by_segment(data))
        parts = [
            weights[:, place, None, None] * self._drawn_to(shape, means)
            for place, shape in enumerate(SHAPES)
            if weights[:, place].any()
        ]
        return np.asarray(sum(parts))

    def truths(self, means: Floats) -> Floats:
        """What may be true, of draws from the posterior (draws, D): each shape is that of its share of the draws."""
        weights = self.shapes.weights(self.contrasts.effect[None])[0]
        ends = np.rint(np.cumsum(weights) * len(means)).astype(np.int64)
        parts = np.split(means, ends[:-1])
        return np.concatenate(
            [self._drawn_to(shape, part) for shape, part in zip(SHAPES, parts, strict=True) if len(part)]
        )

    def _by_segment(self, rows: Floats) -> Floats:
        return rows.reshape(len(rows), *self.contrasts.effect.shape)

    def _drawn_to(self, shape: Shape, means: Floats) -> Floats:
        """The nearest curves of one shape: (draws, D) -> (draws, segment, amount)."""
        rows, columns = self.contrasts.effect.shape
        values = self._by_segment(means)
        if shape == "free":
            return values
        parts = [
            shaped(values[:, row], block, self.contrasts.amounts_fen, shape)
            for row, block in enumerate(_blocks(self.covariance, rows, columns))
        ]
        return np.stack(parts, axis=1)


def strength(all_contrasts: Sequence[Contrasts]) -> float:
    """How much campaigns bring, give or take: root mean square of their true means, in worths of a buyer.

    What campaigns were measured to bring, less what chance adds to its square.
    """
    squares = []
    for contrasts in all_contrasts:
        scale = contrasts.worth_fen[:, None]
        weight = np.linalg.inv(contrasts.covariance) * (scale * contrasts.worth_fen[:, None])[:, :, None]
        total = float(weight.sum())
        mean = float(np.einsum("sij,sj->", weight, contrasts.effect / scale)) / total
        squares.append(mean**2 - 1 / total)
    return float(np.sqrt(max(STRENGTH_LEAST, float(np.mean(squares)) if squares else 0.0)))


def pool(contrasts: Contrasts, strength_est: float) -> Pooling:
    """The linear maps of every view of how much segments differ.

    A campaign's mean is a draw around nothing, as wide as `strength_est`: of several noisy campaigns the best looks
    better than it is.
    """
    columns = len(contrasts.amounts_fen)
    views = []
    for scale in _scales(contrasts):
        for spread in SPREADS:
            for alike in ALIKE if columns > 1 and spread > 0 else ALIKE[:1]:
                profile = spread**2 * (alike * np.ones((columns, columns)) + (1 - alike) * np.eye(columns))
                views.append(_view(contrasts, scale, profile, strength_est))
    return Pooling(tuple(views))


def _scales(contrasts: Contrasts) -> tuple[Floats, Floats]:
    """Two measures (segment,) in which segments may be alike, equally long as the data weigh them."""
    worth, often = contrasts.worth_fen, contrasts.worth_fen * np.sqrt(contrasts.rate)
    weight = 1 / np.trace(contrasts.covariance, axis1=1, axis2=2)
    return worth, often * np.sqrt((weight @ worth**2) / (weight @ often**2))


def _view(contrasts: Contrasts, scale: Floats, profile: Floats, strength_est: float) -> _View:
    rows, columns = contrasts.effect.shape
    size = rows * columns
    noise, prior, design = np.zeros((size, size)), np.zeros((size, size)), np.zeros((size, columns))
    for row in range(rows):
        own = slice(row * columns, (row + 1) * columns)
        noise[own, own] = contrasts.covariance[row]
        prior[own, own] = profile * scale[row] ** 2
        design[own] = np.eye(columns) * scale[row]
    total = noise + prior
    weight = np.linalg.inv(total)
    around = strength_est**2 * (ALIKE[0] * np.ones((columns, columns)) + (1 - ALIKE[0]) * np.eye(columns))
    centre = np.linalg.inv(design.T @ weight @ design + np.linalg.inv(around))
    to_centre = centre @ design.T @ weight
    shrunk = prior @ weight
    rest = (np.eye(size) - shrunk) @ design
    precision = weight - weight @ design @ to_centre
    log_scale = -0.5 * float(np.linalg.slogdet(total)[1] - np.linalg.slogdet(centre)[1])
    return _View(
        posterior=shrunk + rest @ to_centre,
        covariance=prior - shrunk @ prior + rest @ centre @ rest.T,
        precision=(precision + precision.T) / 2,
        log_scale=log_scale,
    )


def _blocks(covariance: Floats, rows: int, columns: int) -> list[Floats]:
    return [
        covariance[row * columns : (row + 1) * columns, row * columns : (row + 1) * columns]
        for row in range(rows)
    ]
