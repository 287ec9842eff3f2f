"""The same features made anew from stored events whenever a user is asked about: by pandas, and by SQL on DuckDB.

Both count in windows by age without decay (which neither does better) and know last times; neither makes visits. So
they do less than the state does. Events lie sorted by user beforehand, in memory.
"""

import time
from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd

from huoshui.learn.potential import Asked, Events

WINDOWS_US = (600_000_000, 86_400_000_000, 14 * 86_400_000_000)
COUNTED = 5


def by_pandas(events: Events, asked: Asked) -> float:
    """CPU seconds a user: their rows by their place, then counts and last times by kind."""
    frame = _frame(events).sort_values(["user", "moment"], kind="stable", ignore_index=True)
    starts = np.searchsorted(frame["user"].to_numpy(), np.arange(int(frame["user"].max()) + 2))
    found = []

    def ask() -> None:
        for user, at in zip(asked.user.tolist(), asked.at_us.tolist(), strict=True):
            own = frame.iloc[starts[user] : starts[user + 1]]
            own = own[own["recorded"] <= at].drop_duplicates("key")
            age = at - own["moment"]
            row = [own["kind"][age <= window].value_counts() for window in WINDOWS_US]
            found.append((row, own.groupby("kind")["moment"].max()))

    return _seconds(ask) / len(asked)


def by_sql(events: Events, asked: Asked) -> float:
    """CPU seconds a user: all users asked about in one statement, the engine on one thread."""
    engine = duckdb.connect(config={"threads": 1})
    frame = _frame(events).sort_values(["user", "moment"], kind="stable", ignore_index=True)
    engine.execute("CREATE TABLE happened AS SELECT * FROM frame")
    moments = pd.DataFrame({"user": asked.user, "asked_at": asked.at_us})
    engine.execute("CREATE TABLE asked AS SELECT * FROM moments")
    counts = ", ".join(
        f"count(*) FILTER (kind = {kind} AND asked_at - moment <= {window}) AS c{kind}_{place}"
        for kind in range(COUNTED)
        for place, window in enumerate(WINDOWS_US)
    )
    lasts = ", ".join(f"max(moment) FILTER (kind = {kind}) AS l{kind}" for kind in range(COUNTED))
    text = f"""SELECT "user", {counts}, {lasts} FROM (SELECT DISTINCT "user", asked_at, key, kind, moment
               FROM asked JOIN happened USING ("user") WHERE recorded <= asked_at) GROUP BY ALL"""
    found = _seconds(lambda: engine.execute(text).fetchnumpy()) / len(asked)
    assert len(frame)
    assert len(moments)
    engine.close()
    return found


def _frame(events: Events) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "user": events.user,
            "moment": events.happened_us,
            "recorded": events.recorded_us,
            "kind": events.kind,
            "key": events.key,
        }
    )


def _seconds(ask: Callable[[], object]) -> float:
    begun = time.process_time()
    ask()
    return time.process_time() - begun
