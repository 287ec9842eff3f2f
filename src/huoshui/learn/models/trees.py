"""Boosted trees as plain arrays, and their sum for each user, compiled.

Fitted by scikit-learn's HistGradientBoosting, then read out of it once: what is kept and shipped are numbers, so that
asking a model needs no library and loading one runs no code. Arrays from a file are checked before anything follows
an index.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numba as nb
import numpy as np
import numpy.typing as npt

from huoshui.core.uplift.rows import Floats

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Trees:
    """Nodes of all trees in one row of arrays; a tree's nodes stand together, a child behind its parent.

    At a node a value at most `threshold` goes left, a missing one where `missing_left` says; a leaf has no left (-1)
    and a `value`.
    """

    base: float
    columns: int
    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: Floats
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    missing_left: npt.NDArray[np.bool_]
    value: Floats

    def __post_init__(self) -> None:
        nodes = len(self.value)
        kinds: dict[str, npt.DTypeLike] = {
            "roots": np.int32,
            "feature": np.int32,
            "left": np.int32,
            "right": np.int32,
        }
        kinds |= {"threshold": np.float64, "value": np.float64, "missing_left": np.bool_}
        for name, kind in kinds.items():
            column = getattr(self, name)
            wanted = (len(self.roots),) if name == "roots" else (nodes,)
            if column.dtype != kind or column.shape != wanted:
                raise ValueError(
                    f"{name}: {np.dtype(kind)} {wanted} wanted, {column.dtype} {column.shape} found"
                )
        here, leaf = np.arange(nodes), self.left < 0
        inside = ~leaf
        if not ((self.roots >= 0) & (self.roots < nodes)).all():
            raise ValueError("a tree begins outside of its nodes")
        for child in (self.left[inside], self.right[inside]):
            if not ((child > here[inside]) & (child < nodes)).all():
                raise ValueError("a node leads back or outside")
        if not ((self.feature[inside] >= 0) & (self.feature[inside] < self.columns)).all():
            raise ValueError("a node asks for a feature that there is not")

    def sums(self, table: Floats) -> Floats:
        """(N,): the trees' sum for users with columns `table` (N, P)."""
        if table.shape[1] != self.columns:
            raise ValueError(f"{self.columns} columns wanted: {table.shape}")
        summed = np.full(len(table), self.base)
        _add(
            np.ascontiguousarray(table, np.float64), self.roots, self.feature, self.threshold, self.left,
            self.right, self.missing_left, self.value, summed,
        )  # fmt: skip
        return summed


def compiled(function: _F) -> _F:
    """Machine code on first use, kept on disk where there is a place."""
    try:
        return cast(_F, nb.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        # Neither the folder of the code nor the user's cache can be written: compiled anew in each process.
        return cast(_F, nb.njit(nogil=True)(function))


@compiled
def _add(
    table: Floats,
    roots: npt.NDArray[np.int32],
    feature: npt.NDArray[np.int32],
    threshold: Floats,
    left: npt.NDArray[np.int32],
    right: npt.NDArray[np.int32],
    missing_left: npt.NDArray[np.bool_],
    value: Floats,
    summed: Floats,
) -> None:
    for user in range(len(table)):
        for root in roots:
            node = root
            while left[node] >= 0:
                at = table[user, feature[node]]
                goes_left = missing_left[node] if np.isnan(at) else at <= threshold[node]
                node = left[node] if goes_left else right[node]
            summed[user] += value[node]
