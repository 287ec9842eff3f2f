"""The nearest curve of a shape for each user, compiled. A curve is a sum of a few generators, none taken less than not
at all (non-negative least squares, Lawson and Hanson 1974). Which generators are in use is a pattern of bits; for each
pattern the solution is one small matrix, made beforehand, so that a user costs some hundred multiplications.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba as nb
import numpy as np

from huoshui.core.uplift.rows import Floats

_F = TypeVar("_F", bound=Callable[..., Any])
ROUNDS = 8
"""Rounds a generator: the method ends long before; a bound for what rounding could keep alive."""


def compiled(function: _F) -> _F:
    """Machine code on first use, kept on disk where there is a place."""
    try:
        return cast(_F, nb.njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:
        # Neither the folder of the code nor the user's cache can be written: compiled anew in each process.
        return cast(_F, nb.njit(nogil=True, error_model="numpy")(function))


@compiled
def nearest(targets: Floats, solutions: Floats, squares: Floats, fitted: Floats, slack: float) -> None:
    """Coefficients of each user into `fitted` (N, K).

    `targets` (N, K): generators' products with the user's effects. `solutions` (2^K, K, K): targets to coefficients by
    pattern. `squares` (K, K): generators' products with each other. A gain below `slack` x the largest target is none.
    """
    users, amounts = targets.shape
    wanted = np.empty(amounts)
    for user in range(users):
        target, now = targets[user], fitted[user]
        now[:] = 0.0
        least = slack * np.abs(target).max()
        pattern = 0
        for _ in range(ROUNDS * amounts):
            entering = _entering(target, now, squares, pattern, least)
            if entering < 0:
                break
            pattern |= 1 << entering
            settled = False
            while not settled:
                pattern, settled = _moved(target, now, wanted, solutions[pattern], pattern)


@compiled
def _entering(target: Floats, now: Floats, squares: Floats, pattern: int, least: float) -> int:
    """The generator out of use of which a little more would gain most; -1 where none would gain."""
    entering, gain = -1, least
    for at in range(len(target)):
        if not pattern >> at & 1:
            more = target[at] - np.dot(squares[at], now)
            if more > gain:
                entering, gain = at, more
    return entering


@compiled
def _moved(target: Floats, now: Floats, wanted: Floats, solution: Floats, pattern: int) -> tuple[int, bool]:
    """`now` moved to the best of its pattern, or as far as none falls below 0: that one goes out of use."""
    share, leaving = 1.0, -1
    for at in range(len(target)):
        wanted[at] = np.dot(solution[at], target)
        if pattern >> at & 1 and wanted[at] <= 0.0:
            reach = now[at] / (now[at] - wanted[at]) if now[at] > 0.0 else 0.0
            if reach < share:
                share, leaving = reach, at
    for at in range(len(target)):
        if pattern >> at & 1:
            now[at] = max(0.0, now[at] + share * (wanted[at] - now[at]))
    if leaving < 0:
        return pattern, True
    now[leaving] = 0.0
    return pattern & ~(1 << leaving), False
