"""Rows of cohorts as they leave the engine: by campaign and day, in batches, read as arrays (without pandas)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huoshui.core.watch import GuardTerms
from huoshui.flow.guarding.arms import ArmKey

Flags = npt.NDArray[np.bool_]
Columns = Mapping[str, npt.NDArray[Any]]
"""Whole numbers, numbers (NaN where there is none) and flags, by name."""
EPOCH = date(1970, 1, 1).toordinal()


def days_of(batch: pa.RecordBatch) -> Iterator[tuple[str, date, Columns]]:
    """Each campaign and day with its rows; rows lie in that order, and a day may go on in the next batch."""
    if not batch.num_rows:
        return
    campaign = batch["campaign_id"].dictionary_encode()
    code, day = campaign.indices.to_numpy(), batch["day"].cast(pa.int32()).to_numpy()
    kinds = zip(batch.schema.names, batch.schema.types, strict=True)
    columns = {name: _array(batch[name]) for name, kind in kinds if _is_number(kind)}
    for start, end in stretches(code, day):
        own = {name: column[start:end] for name, column in columns.items()}
        name = campaign.dictionary[int(code[start])].as_py()
        yield name, date.fromordinal(EPOCH + int(day[start])), own


def stretches(*columns: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """Stretches in which every column stays the same."""
    changes = np.zeros(len(columns[0]), np.bool_)
    for column in columns:
        changes[1:] |= column[1:] != column[:-1]
    starts = [0, *np.flatnonzero(changes).tolist()]
    return list(zip(starts, [*starts[1:], len(changes)], strict=True))


def treated_chance(
    own: Columns, treated: Flags, terms: GuardTerms, chances: Mapping[ArmKey, float] | None
) -> npt.NDArray[np.float64] | None:
    """Of having been treated at all; NaN for who was not drawn. None where nothing incremental can be said.

    `chances`: of the amounts of a campaign whose chances are the same for everybody, each amount's; others are read by
    the row's own, where there is one amount.
    """
    if not terms.has_control:
        return None
    if chances is not None:
        chance = np.full(len(treated), 1 - sum(p for (control, _), p in chances.items() if control))
    else:
        logged = np.nan_to_num(own["probability"])
        chance = np.where(treated, logged, 1 - logged)
    return np.where(own["drawn"], chance, np.nan)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _array(column: Any) -> npt.NDArray[Any]:
    if pa.types.is_floating(column.type):
        return np.asarray(column.fill_null(float("nan")).to_numpy(), np.float64)
    if pa.types.is_boolean(column.type):
        return np.asarray(column.cast(pa.uint8()).to_numpy(), np.bool_)
    # Keys fill all 64 bits; sums and amounts are signed.
    return np.asarray((column if pa.types.is_uint64(column.type) else column.cast(pa.int64())).to_numpy())
