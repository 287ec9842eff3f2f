"""The shape of a curve: concave and monotone, or monotone, or free, each as far as the data do not speak against it.

Both shapes are cones with few generators (a kink, or a step, at each amount), so the nearest curve of that shape is a
least-squares problem with no coefficient below 0. How far the data speak against a shape is told by the distance to it,
against its distribution where the shape is true (chi-bar-square; drawn, with a given seed). A shape that is nearly
turned down has next to no say, so that no single order more or less throws a curve from one shape to another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from huoshui.core.uplift.normals import normals

Floats = npt.NDArray[np.float64]
Shape = Literal["concave", "monotone", "free"]
SHAPES: tuple[Shape, ...] = ("concave", "monotone", "free")
LEVEL = 0.05
"""A curve is called by a shape unless data as far from it come about less often; a true one is turned down so often."""
DRAWS = 400
NEARLY = 1e-9
"""Distances no further apart are the same: a curve of the shape itself lies this near to it."""


def shaped(values: Floats, covariance: Floats, amounts_fen: Sequence[int], shape: Shape) -> Floats:
    """The nearest curves of `shape` to `values` (draws, amounts), in the metric of `covariance`."""
    if shape == "free":
        return values
    half = _root(covariance)
    generators = generators_of(amounts_fen, shape)
    system = half @ generators
    return np.stack([generators @ nnls(system, half @ row)[0] for row in values])


@dataclass(frozen=True, slots=True)
class ShapeTest:
    """How far data lie from each shape, and how far they would by chance alone, were it true.

    Told on the mean of the segments by `share` (segment,): a sum of curves of a shape has that shape. `half` makes
    distances count in standard errors; `by_chance` (2, draws) are the sorted distances, concave and monotone.
    """

    amounts_fen: tuple[int, ...]
    share: Floats
    half: Floats
    by_chance: Floats

    def chances(self, data: Floats) -> Floats:
        """(draws, 2) of `data` (draws, segment, amount): how often as far from concave, from monotone, by chance."""
        means = np.einsum("s,nsa->na", self.share, data)
        if len(self.amounts_fen) == 1:
            return np.zeros((len(data), 2))
        parts = []
        for shape, drawn in zip(SHAPES, self.by_chance, strict=False):
            distance = _distances(means, self.half, self.amounts_fen, shape)
            parts.append(1 - np.searchsorted(drawn, distance - NEARLY) / len(drawn))
        return np.stack(parts, axis=1)

    def weights(self, data: Floats) -> Floats:
        """(draws, 3): the say of each of SHAPES; what one shape leaves goes to the next wider.

        All of it where data of that shape lie as far from it every other time.
        """
        concave, monotone = (2 * self.chances(data).T).clip(max=1)
        rest = (1 - concave) * (1 - monotone)
        return np.stack([concave, (1 - concave) * monotone, rest], axis=1)

    def narrowest(self, effect: Floats) -> Shape:
        """The narrowest shape that the raw effects (segment, amount) do not speak against."""
        for shape, chance in zip(SHAPES, self.chances(effect[None])[0], strict=False):
            if chance >= LEVEL:
                return shape
        return "free"


def shape_test(effect: Floats, covariance: Floats, amounts_fen: Sequence[int], seed: int) -> ShapeTest:
    """The test for raw effects (segment, amount) with these errors; where a shape is true, it is the nearest curve."""
    share = 1 / np.trace(covariance, axis1=1, axis2=2)
    share /= share.sum()
    half = _root(np.einsum("s,sij->ij", share**2, covariance))
    amounts, by_chance = tuple(amounts_fen), np.zeros((2, DRAWS))
    if len(amounts) > 1:
        errors = normals(seed, 0, DRAWS, len(amounts))
        for row, shape in enumerate(SHAPES[:2]):
            system = half @ generators_of(amounts, shape)
            fitted = system @ nnls(system, half @ (share @ effect))[0]
            by_chance[row] = np.sort([nnls(system, fitted + error)[1] for error in errors])
    return ShapeTest(amounts, share, half, by_chance)


def _distances(means: Floats, half: Floats, amounts_fen: Sequence[int], shape: Shape) -> Floats:
    system = half @ generators_of(amounts_fen, shape)
    return np.array([nnls(system, half @ mean)[1] for mean in means])


def generators_of(amounts_fen: Sequence[int], shape: Shape) -> Floats:
    """(amount, generator): curves from 0 that every curve of the shape is a sum of, with no coefficient below 0."""
    amounts = np.array(amounts_fen, np.float64)
    if shape == "concave":
        return np.asarray(np.minimum(amounts[:, None], amounts[None, :]) / amounts[-1])
    return np.asarray(amounts[:, None] >= amounts[None, :], dtype=np.float64)


def _root(covariance: Floats) -> Floats:
    """R with R'R = the inverse of `covariance`: distances in it are counted in standard errors."""
    scale = float(np.trace(covariance)) / len(covariance)
    steady = covariance + np.eye(len(covariance)) * max(scale, 1e-12) * 1e-9
    return np.asarray(np.linalg.inv(np.linalg.cholesky(steady)))
