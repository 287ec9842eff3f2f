"""Whole-fen arithmetic inside the engine, equal on every engine because it uses integers only."""

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import (
    BooleanValue,
    IntegerValue,
    IntervalScalar,
    NumericValue,
    StringValue,
    TimestampValue,
)

MICRO = 1_000_000
RATE_SCALE = 100_000_000


@ibis.udf.scalar.builtin(name="divide", signature=((dt.int64, dt.int64), dt.int64))
def quotient(amount, whole):  # type: ignore[no-untyped-def]
    """Whole-number division, towards zero (Ibis's own `//` would go through a double)."""


def share(amount: IntegerValue, part: IntegerValue, whole: IntegerValue) -> IntegerValue:
    """`amount` x `part` / `whole` in whole fen, halves up; 0 where `whole` is 0. All at least 0."""
    return quotient(amount * part * 2 + whole, (whole * 2).nullif(0)).fill_null(0)


def pieces_fen(unit_price_yuan: NumericValue, qty: IntegerValue) -> IntegerValue:
    """`qty` pieces at a unit price in yuan that may hold parts of a fen: whole fen, halves to even."""
    micro = (unit_price_yuan * MICRO).cast("int64") * qty
    whole, rest = quotient(micro, 10_000), micro % 10_000
    up: BooleanValue = (rest > 5_000) | ((rest == 5_000) & (whole % 2 == 1))
    return whole + up.cast("int64")


def at_rate(amount: IntegerValue, rate: NumericValue) -> IntegerValue:
    """`amount` x a decimal fraction in whole fen, halves up."""
    return quotient(amount * (rate * RATE_SCALE).cast("int64") * 2 + RATE_SCALE, RATE_SCALE * 2)


def month_of(at: TimestampValue) -> IntegerValue:
    """Year and month of a local time as one whole number (202608): what the engine groups fastest by."""
    return (at.year().cast("int32") * 100 + at.month()).cast("int32")


def month_text(month: IntegerValue) -> StringValue:
    """'YYYY-MM' of 202608."""
    text = month.cast("string")
    return text.left(4) + "-" + text.right(2)


@ibis.udf.scalar.builtin(name="hash", signature=((dt.string,), dt.uint64))
def person_key(text):  # type: ignore[no-untyped-def]
    """A user's id as 64 bits: a fraction of the memory, far faster to join; `orders.buyers` proves it unique."""


def row_key(name: StringValue) -> IntegerValue:
    """The id of an order, grant or entry as 63 bits: a whole number of at least 0, the same in every run."""
    return _half(person_key(name), ibis.literal(2, "uint64")).cast("int64")


@ibis.udf.scalar.builtin(name="divide", signature=((dt.uint64, dt.uint64), dt.uint64))
def _half(key, two):  # type: ignore[no-untyped-def]
    """A shift would do, but Ibis takes its type for int64 and leaves out the cast: joins then ran on 128 bits."""


DAY_US = 86_400_000_000


def micros(at: TimestampValue) -> IntegerValue:
    """Microseconds since 1970 of a local time: adding days to whole numbers is far cheaper than calendar arithmetic."""
    return at.delta(ibis.timestamp("1970-01-01"), unit="microsecond")


def days(count: int) -> IntervalScalar:
    """An interval of whole days."""
    return ibis.interval(days=count)
