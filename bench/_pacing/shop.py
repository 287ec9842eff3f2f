"""All that an installation knows before the month and during it. Policies are given nothing else."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from huoshui.core.pacing import CalendarDay, History, Observed, Settlement

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
HOURS = 24
DAYS = 30
AUDIENCES = ("everyone", "newcomers")


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Arrivals of last month as the plan's model sees them: (N, K) value and expected cost, (N,) audience."""

    value_est: Floats
    cost_est: Floats
    audience: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """What stands in the shop's files and what its operator has written down."""

    history: History
    calendar: tuple[CalendarDay, ...]
    sample: Sample
    faces_fen: tuple[int, ...]
    budget_fen: int
    edge_est: float
    first_day: str
    settlement: Settlement
    explore_share: float
    newcomers_fen: int
    sale_fen: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a policy wants in the hour to come, by audience.

    `model_price_est`: taken of a level's value a fen of its expected cost, `face_price_est` a fen of its face; None:
    the highest level for everybody. `may_commit_fen` is the most face that may be granted, within the ledger's floor.
    """

    model_price_est: tuple[float, ...] | None
    may_commit_fen: tuple[int, ...]
    face_price_est: tuple[float, ...] = (0.0, 0.0)


class Policy(Protocol):
    """One way to pace a month."""

    name: str

    def ask(self) -> Asked:
        """For the hour to come."""

    def told(self, observed: Observed) -> None:
        """The hour just past."""
