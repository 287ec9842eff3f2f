"""Whole columns of cell texts into values: the fast path by Arrow for what is plain, the careful parser for the
rest.

What the fast path takes it must read exactly as cells.parse_cell does; everything it is not sure of goes
there, once for each distinct text.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.lake.intake.arrow import Array, pc
from huoshui.lake.intake.cells import How, Refusal, parse_cell
from huoshui.lake.tables import Column, Kind

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "choice": pa.string(),
    "fen": pa.int64(),
    "price": pa.decimal128(18, 6),
    "rate": pa.decimal128(12, 8),
    "count": pa.int64(),
    "time": pa.timestamp("us"),
    "flag": pa.bool_(),
}

_DAY_OF_YEAR = (
    r"20\d\d-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_TIME_OF_DAY = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
PLAIN: dict[Kind, str] = {
    "fen": r"^\d{1,12}(?:\.\d{1,2})?$",
    "price": r"^\d{1,11}(?:\.\d{1,6})?$",
    "rate": r"^(?:0(?:\.\d{1,8})?|1(?:\.0{1,8})?)$",
    "count": r"^\d{1,15}$",
    "time": rf"^{_DAY_OF_YEAR}(?:[ T]{_TIME_OF_DAY})?$",
    "id": r"^[A-Za-z0-9_][A-Za-z0-9_:.@#-]*$",
    "text": r"^[A-Za-z0-9_\p{Han}][A-Za-z0-9_\p{Han} :.@#()（）\[\]-]*$",
}
"""What a cell must look like for the fast path (RE2)."""
_RUINED_OR_MISSING = r"(?i)^(?:null|none|nan|nil|undefined|无|暂无|空|\d(?:\.\d+)?e\+\d{1,3})$"


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column read: its values (null where missing or refused) and the refused cells by row index."""

    values: Array
    refused: dict[int, Refusal] = field(default_factory=dict)
    rounded_cells: int = 0
    rounded_fen: Fraction = Fraction(0)


def read_column(column: Column, texts: Array, how: How) -> ReadColumn:
    """The values of `texts` (trimmed, no nulls) in `column`."""
    plain = _plain_mask(column, texts, how)
    values = _cast(column, texts.filter(plain) if not _all(plain) else texts)
    if _all(plain):
        return ReadColumn(values)
    return _with_careful(column, texts, how, plain, values)


def hash_column(values: Array, key: bytes) -> Array:
    """Keyed hashes of personal data, 32 hex digits; equal texts stay equal, nothing can be read back."""
    encoded = values.dictionary_encode()
    hashed = [
        None if text is None else blake2b(text.encode(), digest_size=16, key=key).hexdigest()
        for text in encoded.dictionary.to_pylist()
    ]
    return pa.array(hashed, pa.string()).take(encoded.indices)


def _all(mask: Array) -> bool:
    return bool(pc.all(mask, min_count=0).as_py())


def _plain_mask(column: Column, texts: Array, how: How) -> Array:
    pattern = PLAIN.get(column.kind)
    if (
        pattern is None
        or (column.kind in ("fen", "price") and how.unit == "fen")
        or how.ids_padded
        or how.percent
    ):
        return pa.array(np.zeros(len(texts), dtype=bool))
    if column.kind == "time" and how.zone != DEFAULT_ZONE:
        return pa.array(np.zeros(len(texts), dtype=bool))
    mask = pc.match_substring_regex(texts, pattern)
    if column.kind in ("id", "text"):
        odd = pc.or_(
            pc.match_substring_regex(texts, _RUINED_OR_MISSING), pc.greater(pc.utf8_length(texts), 200)
        )
        mask = pc.and_not(mask, odd)
    return mask


def _cast(column: Column, texts: Array) -> Array:
    if column.kind != "fen":
        return texts.cast(ARROW_TYPES[column.kind])
    yuan = texts.cast(pa.decimal128(18, 2))
    if len(yuan) == 0:
        return pa.array([], pa.int64())
    # a decimal(18, 2) is stored as its unscaled integer, and that is the fen: the low half of its 128 bits
    halves = np.frombuffer(yuan.buffers()[1], dtype="<i8")
    return pa.array(halves[yuan.offset * 2 :: 2][: len(yuan)], pa.int64())


def _with_careful(column: Column, texts: Array, how: How, plain: Array, values: Array) -> ReadColumn:
    rest = pc.invert(plain)
    encoded = texts.filter(rest).dictionary_encode()
    rows = np.flatnonzero(rest.to_numpy(zero_copy_only=False))
    codes = encoded.indices.to_numpy()
    counts = np.bincount(codes, minlength=len(encoded.dictionary))
    cells: list[object] = []
    refusals: dict[int, Refusal] = {}
    rounded, left_out = 0, Fraction(0)
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        answer = parse_cell(column, text, how)
        if isinstance(answer, Refusal):
            refusals[code] = answer
            cells.append(None)
            continue
        cells.append(answer.value)
        if answer.left_out_fen:
            rounded += int(counts[code])
            left_out += answer.left_out_fen * int(counts[code])
    careful = pa.array(cells, ARROW_TYPES[column.kind]).take(encoded.indices)
    refused = (
        {
            int(row): refusals[int(code)]
            for row, code in zip(rows, codes, strict=True)
            if int(code) in refusals
        }
        if refusals
        else {}
    )
    # both parts back into the order of the rows
    order = np.empty(len(texts), dtype=np.int64)
    order[np.flatnonzero(plain.to_numpy(zero_copy_only=False))] = np.arange(len(values))
    order[rows] = len(values) + np.arange(len(careful))
    merged = pa.concat_arrays([values, careful]).take(pa.array(order))
    return ReadColumn(merged, refused, rounded, left_out)
