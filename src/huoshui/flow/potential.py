"""From a shop's files to the score of who is about to leave without buying: events, moments, labels, model."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.lake.engines import Lake
from huoshui.lake.facts.event_stream import event_stream
from huoshui.learn.potential import Events, Fitted, features_of, fit_potential, labels, occasions
from huoshui.learn.potential.events import HORIZON_US

ROWS_MAX = 400_000
"""Moments that a model is made from; more are thinned evenly over time."""


@dataclass(frozen=True, slots=True)
class History:
    """All events of the files. A user is a row; `people` (users,) holds their keys, `until_us` where the files end."""

    events: Events
    people: npt.NDArray[np.uint64]
    until_us: int

    @property
    def users(self) -> int:
        """How many."""
        return len(self.people)


def read_history(lake: Lake) -> History:
    """Every event of the files in the order of their time; empty without any."""
    table = event_stream(lake).to_pyarrow()
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    at = columns["at_us"].astype(np.int64)
    people, user = np.unique(columns["person"], return_inverse=True)
    events = Events.sorted(
        user=user.astype(np.int64),
        happened_us=at,
        recorded_us=at,
        kind=columns["kind"].astype(np.int64),
        price_fen=columns["price"].astype(np.int64),
        product=columns["product"].astype(np.int64),
        key=columns["key"].astype(np.int64),
    )
    return History(events, people, int(at.max(initial=0)))


def learn_potential(history: History, *, horizon_us: int = HORIZON_US) -> Fitted:
    """The model, what it is worth, or why there is none."""
    asked = occasions(history.events, until_us=history.until_us).thinned(ROWS_MAX)
    features, _ = features_of(history.events, asked, users=history.users)
    label = labels(history.events, asked, until_us=history.until_us, horizon_us=horizon_us)
    return fit_potential(features, label, asked, horizon_us=horizon_us)
