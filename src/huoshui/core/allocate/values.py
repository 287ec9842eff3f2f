"""What the allocation works on and what it returns, as values.

Shapes: N users, K options (a level of a campaign; nothing is always possible and has no column). Amounts are fen. A
matrix is (K, N): one row an option, so that a pass reads memory in order.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import Text

Matrix = npt.NDArray[np.float32]
Costs = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Choices = npt.NDArray[np.int8]
RowKind = Literal["at_most", "at_least", "share", "return"]
OPTIONS_MAX = 127
"""A choice is one signed byte; 0 is nothing."""


@dataclass(frozen=True, slots=True)
class Option:
    """One level of one campaign; `amount_fen` is its face value."""

    campaign: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Offers:
    """What each user may be offered, and what that is expected to bring and to cost.

    `values_est` (K, N): expected incremental value in the window, fen; -inf or NaN: not allowed for this user.
    `costs` (K, N): expected cost in whole fen, at least 0, so that every sum is exact.
    `keys` (N,): a hash of the user id; it breaks ties and decides nothing else. `segment` (N,): position in `segments`.
    """

    options: tuple[Option, ...]
    values_est: Matrix
    costs: Costs
    keys: npt.NDArray[np.uint64]
    segments: tuple[str, ...] = ("all",)
    segment: npt.NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.options), len(self.keys))
        if self.values_est.shape != shape or self.costs.shape != shape:
            raise ValueError(f"{shape} wanted: values {self.values_est.shape}, costs {self.costs.shape}")
        if self.values_est.dtype != np.float32 or self.costs.dtype != np.int32:
            raise TypeError(f"float32 and int32 wanted: {self.values_est.dtype}, {self.costs.dtype}")
        if not 0 < len(self.options) <= OPTIONS_MAX:
            raise ValueError(f"1 to {OPTIONS_MAX} options wanted: {len(self.options)}")
        if self.segment is None and len(self.segments) != 1:
            raise ValueError("several segments, and no column that tells them apart")
        if self.costs.size and int(self.costs.min()) < 0:
            raise ValueError(f"a cost below 0: {int(self.costs.min())}")

    @property
    def users(self) -> int:
        """N."""
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Row:
    """One rule over many users: sum of (cost, value, count) coefficients over what is chosen, at most `limit`.

    Each table is (K, S): what a choice of option k by a user of segment s adds to the row, a unit of its cost, of its
    value, or of itself. `words` name the rule (zh, en) where a person reads of it. `kind` says how to read the limit:
    an `at_least` row is stored with its signs turned; a `share` or a `return` has its bar in the tables and limit 0.
    """

    code: str
    limit: float
    of_cost: npt.NDArray[np.float64]
    of_value: npt.NDArray[np.float64]
    of_count: npt.NDArray[np.float64]
    words: Text | None = None
    kind: RowKind = "at_most"


@dataclass(frozen=True, slots=True)
class RowResult:
    """A row after the solve: `used` is exact, `price_est` the value of loosening its limit by one."""

    code: str
    used: float
    limit: float
    price_est: float

    @property
    def slack(self) -> float:
        """What is left; below 0 the row is violated."""
        return self.limit - self.used


@dataclass(frozen=True, slots=True)
class Certificate:
    """How far the plan can be from the best.

    `value_est` is the plan's value. `bound_est` bounds value less edge x cost of every plan under the same limits, with
    edge x this plan's cost added to both. So a plan that spends more, below the edge, can bring more value than it.
    """

    value_est: float
    bound_est: float
    violation: float = 0.0
    """The largest violation of a row, as a share of its limit; 0 when all hold."""

    @property
    def gap(self) -> float:
        """(bound - value) / bound; 0 where the bound is 0."""
        return (self.bound_est - self.value_est) / abs(self.bound_est) if self.bound_est else 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Choices and the prices that explain them.

    `choice` (N,): 0 for nothing, else option number + 1. `price_est`: the value of the last fen, at least the edge.
    `spent_fen` is the exact sum of the chosen costs, `face_fen` that of their amounts.
    """

    choice: Choices
    price_est: float
    edge_est: float
    budget_fen: int
    spent_fen: int
    face_fen: int
    certificate: Certificate
    rows: tuple[RowResult, ...] = ()
    passes: int = 0
    """Passes over all users that the solve took."""

    @property
    def unspent_fen(self) -> int:
        """What the budget holds and no user is worth at this edge."""
        return self.budget_fen - self.spent_fen

    @property
    def prices(self) -> dict[str, float]:
        """Price of each row by its code, "budget" the pot's beyond the edge: where the next solve may start."""
        return {"budget": self.price_est - self.edge_est, **{row.code: row.price_est for row in self.rows}}


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a budget would bring at its best: where the curve's slope is `price_est`."""

    price_est: float
    spent_fen: int
    value_est: float
    users: int
