"""Histories drawn by hypothesis: late, ahead of their time, sent twice, at one and the same moment."""

import numpy as np
from hypothesis import strategies as st
from plain_definition import Event

from huoshui.learn.potential import Events

SECOND = 1_000_000
USERS = 3
START = 20_000 * 86_400 * SECOND
STEPS_S = (0, 1, 20, 300, 1_799, 1_800, 1_801, 4_000, 90_000, 900_000)
DELAYS_S = (0, 0, 0, 0, 5, 600, 3_000, 86_399, 86_400, 86_401, -30)
"""Recorded so long after it happened; below nothing: a clock that runs ahead."""


@st.composite
def histories(draw, most=40):
    """A list of plain events in the order of their recording."""
    count = draw(st.integers(0, most))
    recorded, found = START + draw(st.integers(0, 86_400)) * SECOND, []
    for number in range(count):
        recorded += draw(st.sampled_from(STEPS_S)) * SECOND
        event = Event(
            user=draw(st.integers(0, USERS - 1)),
            happened=recorded - draw(st.sampled_from(DELAYS_S)) * SECOND,
            recorded=recorded,
            kind=draw(st.integers(0, 5)),
            price=draw(st.sampled_from((0, 990, 2_500, 100_000))),
            product=draw(st.integers(-1, 2)),
            key=number + 1,
        )
        if found and draw(st.integers(0, 4)) == 0:  # an earlier one once more
            event = found[draw(st.integers(max(0, len(found) - 12), len(found) - 1))]._replace(
                recorded=recorded
            )
        found.append(event)
    return found


def as_events(found):
    columns = np.array(found, np.int64).reshape(len(found), 7)
    user, happened, recorded, kind, price, product, key = columns.T
    return Events(*map(np.ascontiguousarray, (user, happened, recorded, kind, price, product, key)))
