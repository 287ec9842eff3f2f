"""Fits run on one thread: threads of OpenMP and BLAS that wait for one another spin, and take others' time with them.

On a machine at work two of them took five to ten times as long as one.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def on_one_thread(work: Callable[P, R]) -> Callable[P, R]:
    """The same work, with every thread pool of native libraries held to one thread meanwhile."""

    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            return work(*args, **kwargs)

    return alone
