"""Fifths of buyers by last order and number of orders."""

from datetime import datetime

import numpy as np
import pyarrow as pa

from huoshui.lake.engines import Engine
from huoshui.lake.facts.orders import rfm_cells

BUYERS = 203


def cells(seed: int) -> list[dict[str, int]]:
    """Buyers who are all alike but in value, under keys drawn from `seed`."""
    people = pa.table(
        {
            "person": np.random.default_rng(seed).permutation(BUYERS),
            "first_kept_key": np.arange(BUYERS),
            "last_at": [datetime(2026, 7, 1)] * BUYERS,
            "orders": np.ones(BUYERS, np.int64),
            "price": np.ones(BUYERS, np.int64),
            "value": np.arange(BUYERS) ** 2,
        }
    )
    engine = Engine().connect()
    engine.con.register("people", people)
    return engine.to_pyarrow(rfm_cells(engine.table("people"))).to_pylist()


def test_guests_whose_keys_are_drawn_anew_fall_into_the_same_fifths():
    first = cells(1)
    assert first == cells(2)
    assert sum(cell["users"] for cell in first) == BUYERS
    assert {cell["recency"] for cell in first} == {1, 2, 3, 4, 5}
