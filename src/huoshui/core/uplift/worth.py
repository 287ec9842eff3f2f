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


def own_worths(
    segment: npt.NDArray[np.uint8],
    orders: Ints,
    value: Ints,
    value_squares: Floats,
    kind: npt.NDArray[np.uint8] | None = None,
) -> Floats:
    """(N,): worth of a user's order over that of their segment, in few steps; 1 where nothing is known, never below 0.

    `value` and `value_squares` are sums over each user's `orders`, fen and fen squared. `kind`: users of a segment who
    answer alike; who answers more may buy cheaper, so a user's mean is drawn to that of their kind.
    """
    worths = np.ones(len(segment))
    kinds = np.zeros(len(segment), np.uint8) if kind is None else kind
    for code in np.unique(segment):
        own = np.flatnonzero((segment == code) & (orders > 0))
        if len(own) >= USERS_LEAST:
            sums = [column[own].astype(np.float64) for column in (orders, value, value_squares)]
            worths[own] = _shrunken(*sums, kind=np.unique(kinds[own], return_inverse=True)[1])
    return worths


def _shrunken(orders: Floats, value: Floats, squares: Floats, *, kind: npt.NDArray[np.intp]) -> Floats:
    """Of one segment; its classes at their means. A kind of few users has the mean of the segment."""
    count, users = orders.sum(), len(orders)
    mean = value.sum() / count
    if mean <= 0:
        return np.ones(users)
    enough = np.bincount(kind) >= USERS_LEAST
    of_kind = np.where(enough, np.bincount(kind, value) / np.bincount(kind, orders), mean)[kind]
    within = float((squares - value**2 / orders).clip(min=0).sum()) / max(1.0, count - users)
    between = float((orders * (value / orders - of_kind) ** 2).sum())
    between -= (users - max(1, int(enough.sum()))) * within
    between /= count - float((orders**2).sum()) / count
    worth = (of_kind / mean).clip(min=0)
    if between > 0:
        prior = within / between
        worth = ((value + prior * of_kind) / (orders + prior) / mean).clip(min=0)
    step = kind * (len(EDGES) + 1) + np.searchsorted(EDGES, worth)
    number = np.bincount(step)
    return np.asarray((np.bincount(step, worth) / np.maximum(1, number))[step])
