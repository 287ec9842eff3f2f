"""The shape of a curve: concave and monotone where the data do not speak against it, else monotone, else free.

Both shapes are cones with few generators (a kink, or a step, at each amount), so the nearest curve of that shape is a
least-squares problem with no coefficient below 0. Whether the data speak against a shape is told by the distance to it,
against its distribution where the shape is true (chi-bar-square; drawn, with a given seed).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from huoshui.core.uplift.normals import normals

Floats = npt.NDArray[np.float64]
Shape = Literal["concave", "monotone", "free"]
LEVEL = 0.05
"""A true shape is turned down once in twenty."""
DRAWS = 400


def shaped(values: Floats, covariance: Floats, amounts_fen: Sequence[int], shape: Shape) -> Floats:
    """The nearest curves of `shape` to `values` (draws, amounts), in the metric of `covariance`."""
    if shape == "free":
        return values
    half = _root(covariance)
    generators = _generators(amounts_fen, shape)
    system = half @ generators
    return np.stack([generators @ nnls(system, half @ row)[0] for row in values])


def fitting_shape(effect: Floats, covariance: Floats, amounts_fen: Sequence[int], seed: int) -> Shape:
    """The narrowest shape that the raw effects (segment, amount) do not speak against.

    Told on the mean of the segments, weighted by how surely each is known: a sum of curves of a shape has that shape.
    """
    if effect.shape[1] == 1:
        return "free"
    weight = 1 / np.trace(covariance, axis1=1, axis2=2)
    weight /= weight.sum()
    mean, noise = weight @ effect, np.einsum("s,sij->ij", weight**2, covariance)
    names: tuple[Shape, ...] = ("concave", "monotone")
    for shape in names:
        if _chance(mean, noise, amounts_fen, shape, seed) >= LEVEL:
            return shape
    return "free"


def _chance(mean: Floats, covariance: Floats, amounts_fen: Sequence[int], shape: Shape, seed: int) -> float:
    """How often data as far from `shape` come about where the nearest curve of it is true."""
    half = _root(covariance)
    system = half @ _generators(amounts_fen, shape)
    fitted, distance = nnls(system, half @ mean)
    errors = normals(seed, 0, DRAWS, len(mean))
    drawn = np.array([nnls(system, system @ fitted + error)[1] for error in errors])
    return float((drawn >= distance).mean())


def _generators(amounts_fen: Sequence[int], shape: Shape) -> Floats:
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
