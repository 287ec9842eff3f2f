"""Whole columns as parameters of set-based statements: numpy arrays in Postgres' binary form, and rows back as arrays.

A list of a thousand ids costs Python more than the server needs to write them; as one buffer it costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format

Ids = npt.NDArray[np.void]
Ints = npt.NDArray[np.int64]
EPOCH_MICROSECONDS = 946_684_800_000_000
"""Postgres counts from the year 2000."""


@dataclass(frozen=True, slots=True)
class Column:
    """One array parameter, ready to be sent."""

    raw: bytes
    oid: int


def ids_column(ids: Ids) -> Column:
    """uuid[]"""
    return _column(ids, "V16", element=2950, array=2951)


def bigint_column(values: Ints) -> Column:
    """bigint[]"""
    return _column(values, ">i8", element=20, array=1016)


def smallint_column(values: Ints) -> Column:
    """smallint[]; the numbers must fit."""
    return _column(values, ">i2", element=21, array=1005)


def time_column(microseconds: Ints) -> Column:
    """timestamptz[] of microseconds since 1970."""
    return _column(microseconds - EPOCH_MICROSECONDS, ">i8", element=1184, array=1185)


def bytes_column(values: Sequence[bytes]) -> Column:
    """bytea[]"""
    body = b"".join(len(value).to_bytes(4, "big") + value for value in values)
    return Column(_head(len(values), 17) + body, 1001)


def _column(values: npt.NDArray[Any], form: str, *, element: int, array: int) -> Column:
    cells = np.empty(len(values), np.dtype([("length", ">i4"), ("value", form)]))
    cells["length"] = cells.dtype["value"].itemsize
    cells["value"] = values
    return Column(_head(len(values), element) + cells.tobytes(), array)


def _head(count: int, element: int) -> bytes:
    """One dimension, no nulls, counted from 1; an empty array has no dimension."""
    shape = (1, 0, element, count, 1) if count else (0, 0, element)
    return np.array(shape, ">i4").tobytes()


def id_array(ids: Sequence[bytes]) -> Ids:
    """Ids of 16 bytes as one array."""
    return np.frombuffer(b"".join(ids), "V16")


def ints_read(values: Sequence[int]) -> Ints:
    """A column of whole numbers as read."""
    return np.array(values, np.int64)


def times_read(values: Sequence[bytes]) -> Ints:
    """A column of `timestamptz_send(...)` as microseconds since 1970."""
    return np.frombuffer(b"".join(values), ">i8").astype(np.int64) + EPOCH_MICROSECONDS


class _ColumnDumper(Dumper):
    """Sends a Column as it is."""

    format = Format.BINARY

    def get_key(self, obj: Column, _form: PyFormat) -> Any:
        return (Column, obj.oid)

    def upgrade(self, obj: Column, _form: PyFormat) -> Dumper:
        dumper = _ColumnDumper(Column, None)
        dumper.oid = obj.oid
        return dumper

    def dump(self, obj: Column) -> Buffer:
        return obj.raw


def take_columns(connection: Connection[Any]) -> None:
    """Let a connection send Columns."""
    connection.adapters.register_dumper(Column, cast(type[Dumper], _ColumnDumper))
