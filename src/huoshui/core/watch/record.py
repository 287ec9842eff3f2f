"""A guard's state as plain values, and back, to the last bit: what is stored overnight. And actions, as logged."""

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np

from huoshui.core.trials.e_process import Drift, Wealth
from huoshui.core.watch.evidence import DaySpread, Process, Seen
from huoshui.core.watch.guard import GuardState
from huoshui.core.watch.values import Action, Ladder, Limit

Record = dict[str, Any]
"""Texts, numbers, lists and None alone: any format that keeps a float's every digit can hold it."""


def state_record(state: GuardState) -> Record:
    """A state as plain values."""
    told = _plain(state)
    assert isinstance(told, dict)
    return told


def action_record(action: Action) -> Record:
    """An action as plain values, as it is logged."""
    told = _plain(action)
    assert isinstance(told, dict)
    return told


def state_of(record: Record) -> GuardState:
    """The state that `state_record` wrote."""
    ladder, seen = record["ladder"], record["seen"]
    return GuardState(
        ladder=Ladder(
            **{
                **ladder,
                "stepped_on": _day(ladder["stepped_on"]),
                "quiet_until": _day(ladder["quiet_until"]),
                "day": _day(ladder["day"]),
                "limits": tuple(Limit(**limit) for limit in ladder["limits"]),
                "waived": tuple(Limit(**limit) for limit in ladder["waived"]),
                "warned": tuple(ladder["warned"]),
            }
        ),
        seen=Seen(
            **{
                **seen,
                "raw": _process(seen["raw"]),
                "incremental": _process(seen["incremental"]),
                "drift_day": _day(seen["drift_day"]),
                "first_day": _day(seen["first_day"]),
                "last_day": _day(seen["last_day"]),
            }
        ),
        begun=_day(record["begun"]),
        judged_until=_day(record["judged_until"]),
        late_users=record["late_users"],
    )


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, np.ndarray):
        # The detector's sums before the first day are logarithms of 0.
        return [None if number == -np.inf else float(number) for number in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _process(record: Record) -> Process:
    return Process(
        wealth=Wealth(_logs(record["wealth"]["logs"]), record["wealth"]["count"]),
        drift=Drift(_logs(record["drift"]["logs"]), record["drift"]["days"]),
        since_drift=Wealth(_logs(record["since_drift"]["logs"]), record["since_drift"]["count"]),
        spread=DaySpread(**record["spread"]),
    )


def _logs(numbers: list[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([-np.inf if number is None else number for number in numbers], np.float64)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
