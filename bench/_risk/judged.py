"""How a way of looking is judged: recall at a precision over all heights of its line, and who is hit."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def recall_at(score: Floats, guilty: Flags, precision: float = 0.9) -> float:
    """The most of the guilty that lie above a line with so precise a set above it; equals are never told apart."""
    order = np.argsort(-score, kind="stable")
    ranked, found = score[order], np.cumsum(guilty[order])
    ends = np.append(ranked[1:] != ranked[:-1], True)
    fits = ends & np.isfinite(ranked) & (found >= precision * np.arange(1, len(order) + 1))
    return float(found[fits].max(initial=0) / guilty.sum())


def precision_of(hit: Flags, guilty: Flags) -> float:
    """Of those hit, the share that is guilty; NaN where nobody is hit."""
    return float((hit & guilty).sum() / hit.sum()) if hit.any() else float("nan")
