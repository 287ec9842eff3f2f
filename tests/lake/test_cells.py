"""The careful reading of one cell, and that the fast path reads what it takes exactly as the careful one does."""

# ruff: noqa: E501 -- tables of examples

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from huoshui.base.errors import Text
from huoshui.lake.intake.cells import Cell, How, Refusal, parse_cell
from huoshui.lake.intake.columns import read_column
from huoshui.lake.intake.words import choice_words
from huoshui.lake.tables import TABLES, Column, Kind


def column(kind: Kind, *, signed: bool = False, name: str = "x") -> Column:
    return Column(name, kind, Text("某列", "a column"), signed=signed)


def value(kind: Kind, text: str, how: How | None = None, *, signed: bool = False) -> object:
    answer = parse_cell(column(kind, signed=signed), text, how or How())
    return answer.value if isinstance(answer, Cell) else answer.code


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12.5", 1250), ("0", 0), ("1,234.50", 123450), ("¥1,234.5", 123450), ("￥１２．５", 1250), ("12.50元", 1250),
        ("12.5 RMB", 1250), ("CNY 12.5", 1250), ("1O.5O", 1050), ("l2.5", 1250), ("1 234.50", 123450), ("1.2万", 1200000),
        ("'12.50", 1250), ('="12.50"', 1250), ("+12.5", 1250), (".5", 50), ("12.", 1200), ("  12.5　", 1250),
        ("12.345", 1234), ("12.355", 1236), ("12.300000000000001", 1230),
        ("", None), ("-", None), ("NULL", None), ("无", None), ("N/A", None), ("—", None), (r"\N", None),
        ("12,30", "ambiguous_comma"), ("1,23,456", "ambiguous_comma"), ("$12.5", "foreign_currency"),
        ("12.5美元", "foreign_currency"), ("1.23E+17", "ruined_number"), ("abc", "bad_money"), ("O", "bad_money"),
        ("1.2.3", "bad_money"), ("--5", "bad_money"), ("12 元 5 角", "bad_money"), ("-5", "below_zero"),
        ("99999999999999", "money_too_large"), ("#REF!", "formula_error"), ("x" * 10_001, "cell_too_long"),
    ],
)  # fmt: skip
def test_money(text: str, fen: object) -> None:
    assert value("fen", text) == fen


@pytest.mark.parametrize(
    ("text", "fen"), [("12.5-", -1250), ("(12.50)", -1250), ("（12.5）", -1250), ("−12.5", -1250), ("-¥12.5", -1250),
                      ("¥-12.5", -1250), ("- 12.5", -1250), ("(-5)", "bad_money")],
)  # fmt: skip
def test_money_below_zero_as_accountants_write_it(text: str, fen: object) -> None:
    assert value("fen", text, signed=True) == fen


def test_rounding_to_fen_says_what_it_left_out() -> None:
    answer = parse_cell(column("fen"), "12.345", How())
    assert answer == Cell(1234, Fraction(1, 2))


def test_money_in_fen() -> None:
    assert value("fen", "1250", How(unit="fen")) == 1250
    assert value("fen", "12.5", How(unit="fen")) == "fen_not_whole"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-08-03", datetime(2026, 8, 3)), ("2026-08-03 15:05:06", datetime(2026, 8, 3, 15, 5, 6)),
        ("2026/8/3 15:05", datetime(2026, 8, 3, 15, 5)), ("2026.8.3", datetime(2026, 8, 3)),
        ("2026年8月3日 下午3:05", datetime(2026, 8, 3, 15, 5)), ("2026年8月3日上午12点05分", datetime(2026, 8, 3, 0, 5)),
        ("2026年8月3日 星期一 15:05", datetime(2026, 8, 3, 15, 5)), ("2026-08-03 3:05 PM", datetime(2026, 8, 3, 15, 5)),
        ("20260803", datetime(2026, 8, 3)), ("20260803150506", datetime(2026, 8, 3, 15, 5, 6)),
        ("46237", datetime(2026, 8, 3)), ("46237.5", datetime(2026, 8, 3, 12)),
        ("1785740706", datetime(2026, 8, 3, 15, 5, 6)), ("1785740706123", datetime(2026, 8, 3, 15, 5, 6, 123000)),
        ("2026-08-03T07:05:06Z", datetime(2026, 8, 3, 15, 5, 6)), ("2026-08-03T15:05:06+08:00", datetime(2026, 8, 3, 15, 5, 6)),
        ("2026-08-03 09:05:06 +0200", datetime(2026, 8, 3, 15, 5, 6)), ("2026-08-03 24:00:00", datetime(2026, 8, 4)),
        ("25/8/2026", datetime(2026, 8, 25)), ("8/25/2026", datetime(2026, 8, 25)), ("5/5/2026", datetime(2026, 5, 5)),
        ("３／８／２０２６", "ambiguous_day"), ("3/8/2026", "ambiguous_day"), ("2026-02-30", "no_such_day"),
        ("2026-13-01", "no_such_day"), ("2026-08-03 25:00", "no_such_day"), ("1926-08-03", "time_out_of_range"),
        ("2026-08-03 15:", "bad_time"), ("26/8/3", "bad_time"), ("昨天", "bad_time"),
        ("0000-00-00 00:00:00", None), ("1970-01-01 08:00:00", None), ("0", None),
    ],
)  # fmt: skip
def test_time(text: str, when: object) -> None:
    assert value("time", text) == when


def test_time_of_another_zone() -> None:
    assert value("time", "2026-08-03 07:05", How(zone="UTC")) == datetime(2026, 8, 3, 15, 5)
    assert value("time", "2026-08-03 07:05+08:00", How(zone="UTC")) == datetime(2026, 8, 3, 7, 5)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("5%", "0.05"), ("0.05", "0.05"), ("0.6％", "0.006"), ("6‰", "0.006"), ("千分之六", "bad_rate"), ("千分之6", "0.006"),
     ("95折", "0.05"), ("9.5折", "0.05"), ("5折", "0.5"), ("1", "1"), ("5", "rate_above_one"), ("-5%", "below_zero"), ("x", "bad_rate")],
)  # fmt: skip
def test_rate(text: str, rate: str) -> None:
    got = value("rate", text)
    assert got == (Decimal(rate) if rate[0].isdigit() else rate)


@pytest.mark.parametrize(
    ("text", "got"),
    [("A1", "A1"), ("'123", "123"), ('="00123"', "00123"), ("1.23E+17", "ruined_id"), ("2E+15", "ruined_id"), ("12E3", "12E3"),
     ("a\nb", "bad_id"), ("a\u200bb", "bad_id"), ("\u200bab", "ab")],
)  # fmt: skip
def test_id(text: str, got: str) -> None:
    assert value("id", text) == got


def test_padded_ids_are_ruined_only_where_the_column_shows_it() -> None:
    assert value("id", "202608031505061000") == "202608031505061000"
    assert value("id", "202608031505061000", How(ids_padded=True)) == "ruined_id"
    assert value("id", "202608031505061001", How(ids_padded=True)) == "202608031505061001"


def test_choice_and_flag() -> None:
    status = TABLES["orders"].column("status")
    how = How(words=choice_words("orders", status))
    assert parse_cell(status, "已完成", how) == Cell("delivered")
    assert parse_cell(status, " Refunded ", how) == Cell("refunded")
    refused = parse_cell(status, "发芽", how)
    assert isinstance(refused, Refusal)
    assert "已退款" in str(refused.data["allowed_zh"])
    assert value("flag", "是") is True
    assert value("flag", "×") is False
    assert value("flag", "也许") == "bad_flag"


MONEY_LIKE = st.text(alphabet="0123456789.,-+ OolI¥元()万", max_size=14)
TIME_LIKE = st.one_of(
    st.datetimes(datetime(1995, 1, 1), datetime(2105, 1, 1)).map(str),
    st.text(alphabet="0123456789-/: T.", max_size=22),
    st.builds("20{:02}-{:02}-{:02} {:02}:{:02}:{:02}".format, *[st.integers(0, 99)] * 6),
    st.builds("20{:02}-{:02}-{:02}".format, st.integers(0, 99), st.integers(0, 13), st.integers(0, 32)),
)
PLAIN_TIMES = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)).map(lambda t: t.isoformat(" "))
ID_LIKE = st.one_of(st.text(alphabet="0123456789abcE+.'=\"-_ 无nul", max_size=20), st.text(max_size=8))


@pytest.mark.parametrize(
    ("kind", "texts"),
    [("fen", MONEY_LIKE), ("price", MONEY_LIKE), ("count", MONEY_LIKE), ("rate", MONEY_LIKE), ("time", TIME_LIKE),
     ("id", ID_LIKE), ("text", ID_LIKE)],
)  # fmt: skip
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_the_fast_path_agrees_with_the_careful_one(
    kind: Kind, texts: st.SearchStrategy[str], data: st.DataObject
) -> None:
    cells = [text.strip() for text in data.draw(st.lists(texts, min_size=1, max_size=12))]
    agree(kind, cells)


@settings(max_examples=60, deadline=None)
@given(st.lists(PLAIN_TIMES, min_size=1, max_size=20))
@example(["2024-02-29", "2026-02-28 23:59:59.5", "2026-12-31T00:00"])
def test_plain_times_agree(cells: list[str]) -> None:
    agree("time", cells)


def agree(kind: Kind, cells: list[str]) -> None:
    one = column(kind)
    read = read_column(one, pa.array(cells, pa.string()), How())
    for row, (cell, got) in enumerate(zip(cells, read.values.to_pylist(), strict=True)):
        careful = parse_cell(one, cell, How())
        if isinstance(careful, Refusal):
            assert read.refused[row] == careful, cell
        else:
            assert row not in read.refused
            assert got == careful.value, cell
