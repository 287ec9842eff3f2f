"""Rows of a trial, one a user assigned by chance, and effects predicted for users.

Shapes: N users, F features, K amounts above 0. Row-wise, for learners read users; a plan's matrix is the transpose.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Features = npt.NDArray[np.float32]
Amounts = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
AMOUNTS_MOST = 12
"""Amounts of one campaign beside each other; a curve with more of them is no list of levels."""


@dataclass(frozen=True, slots=True)
class TrialRows:
    """Users drawn into an arm by chance, what was known of them before, and what came of it.

    `features` (N, F): as of the assignment; NaN where unknown, never infinite. `names` (F,): the features' names.
    `amount_fen` (N,): the amount of the arm a user got, 0 for control. `probability` (N,): of that arm, above 0.
    `outcome` (N,): an answer (0 or 1) or a value in fen. `unit` (N,): users drawn together share a number; None: each
    was drawn alone.
    """

    names: tuple[str, ...]
    features: Features
    amount_fen: Amounts
    probability: Floats
    outcome: Floats
    unit: Keys | None = None

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or self.features.shape[1] != len(self.names):
            raise ValueError(f"features {self.features.shape} of {len(self.names)} names")
        wanted = (len(self.features),)
        columns = {"amount_fen": self.amount_fen, "probability": self.probability, "outcome": self.outcome}
        columns |= {"unit": self.unit} if self.unit is not None else {}
        for name, column in columns.items():
            if column.shape != wanted:
                raise ValueError(f"{wanted} wanted: {name} {column.shape}")
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"two features of one name: {self.names}")
        if np.isinf(self.features).any():
            raise ValueError("an infinite feature; unknown is NaN")
        if not np.isfinite(self.outcome).all():
            raise ValueError("an outcome that is no number; rows without one stay out")
        if len(self.amount_fen) and int(self.amount_fen.min()) < 0:
            raise ValueError(f"an amount below 0: {int(self.amount_fen.min())}")
        if not ((self.probability > 0) & (self.probability <= 1)).all():
            raise ValueError("a probability outside of 0 (not in) to 1")
        if len(self.amounts_fen) > AMOUNTS_MOST:
            raise ValueError(f"{len(self.amounts_fen)} amounts, at most {AMOUNTS_MOST}")

    @property
    def rows(self) -> int:
        """N."""
        return len(self.amount_fen)

    @property
    def amounts_fen(self) -> tuple[int, ...]:
        """The amounts above 0 that were tried, rising."""
        return tuple(int(amount) for amount in np.unique(self.amount_fen) if amount > 0)

    @property
    def control(self) -> Flags:
        """(N,): who got nothing."""
        return np.asarray(self.amount_fen == 0)

    @property
    def binary(self) -> bool:
        """Whether the outcome is an answer: nothing but 0 and 1."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())

    @property
    def arm(self) -> Rows:
        """(N,): 0 for control, k for the k-th amount."""
        return np.searchsorted(np.array((0, *self.amounts_fen)), self.amount_fen)

    @property
    def data_hash(self) -> str:
        """SHA-256 of all of it, in the order of the rows: what a model was learned from."""
        digest = sha256("\n".join(self.names).encode())
        for column in (self.features, self.amount_fen, self.probability, self.outcome, self.unit):
            if column is not None:
                digest.update(f"|{column.dtype.str}{column.shape}|".encode())
                digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def take(self, rows: Rows | Flags) -> "TrialRows":
        """Some of the users."""
        return TrialRows(
            names=self.names,
            features=self.features[rows],
            amount_fen=self.amount_fen[rows],
            probability=self.probability[rows],
            outcome=self.outcome[rows],
            unit=None if self.unit is None else self.unit[rows],
        )


@dataclass(frozen=True, slots=True)
class Effects:
    """What each amount is expected to bring a user beyond nothing, with the ends of its 95 % interval.

    `effect_est`, `low_est`, `high_est` (N, K), in the unit of the outcome; the ends are NaN where a learner tells none.
    """

    amounts_fen: tuple[int, ...]
    effect_est: Floats
    low_est: Floats
    high_est: Floats

    def __post_init__(self) -> None:
        shape = (len(self.effect_est), len(self.amounts_fen))
        for table in (self.effect_est, self.low_est, self.high_est):
            if table.shape != shape:
                raise ValueError(f"{shape} wanted: {table.shape}")
        if list(self.amounts_fen) != sorted(set(self.amounts_fen)) or min(self.amounts_fen, default=1) <= 0:
            raise ValueError(f"rising amounts above 0 wanted: {self.amounts_fen}")

    def take(self, rows: Rows | Flags) -> "Effects":
        """Some of the users."""
        return Effects(self.amounts_fen, self.effect_est[rows], self.low_est[rows], self.high_est[rows])
