"""What an order of a user is worth beside those of their segment, as far as their own orders tell.

An answer is orders added, and a user's added orders are like their others: dear baskets stay dear, and who buys from
an agent leaves the agent's share each time. The mean of a few orders is mostly chance, so it is drawn to the segment's
mean as far as orders of one user differ (both variances from the sums, by the analysis of variance: empirical Bayes).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EDGES = (0.6, 0.75, 0.9, 1.1, 1.35, 1.7)
"""Between them users count as equal: some hundred kinds of users are solved and told faster than a million."""
USERS_LEAST = 30
"""Of a segment, with orders: fewer do not tell how far users lie apart."""


def own_worths(segment: npt.NDArray[np.uint8], orders: Ints, value: Ints, value_squares: Floats) -> Floats:
    """(N,): worth of a user's order over that of their segment, in few steps; 1 where nothing is known, never below 0.

    `value` and `value_squares` are sums over each user's `orders`, fen and fen squared.
    """
    worths = np.ones(len(segment))
    for code in np.unique(segment):
        own = np.flatnonzero((segment == code) & (orders > 0))
        if len(own) >= USERS_LEAST:
            parts = (column[own].astype(np.float64) for column in (orders, value, value_squares))
            worths[own] = _shrunken(*parts)
    return worths


def _shrunken(orders: Floats, value: Floats, squares: Floats) -> Floats:
    """Of one segment; its classes at their means."""
    count, users = orders.sum(), len(orders)
    mean = value.sum() / count
    within = float((squares - value**2 / orders).clip(min=0).sum()) / max(1.0, count - users)
    between = float((orders * (value / orders - mean) ** 2).sum()) - (users - 1) * within
    between /= count - float((orders**2).sum()) / count
    if mean <= 0 or between <= 0:
        return np.ones(users)
    prior = within / between
    worth = ((value + prior * mean) / (orders + prior) / mean).clip(min=0)
    step = np.searchsorted(EDGES, worth)
    number = np.bincount(step, minlength=len(EDGES) + 1)
    return np.asarray((np.bincount(step, worth, minlength=len(number)) / np.maximum(1, number))[step])
