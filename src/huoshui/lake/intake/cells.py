"""One cell, read carefully: a text in, a value of its column's kind or the reason why not out.

Slow and sure. `columns.py` reads what is plain by whole columns and brings only the distinct rest here; on
what it takes itself, both must agree (tests/lake/test_cells.py). Nothing is guessed: where two readings are
possible the cell is refused.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from huoshui.base.clock import DEFAULT_ZONE, local_time
from huoshui.base.limits import CELL_CHARACTERS_MAX
from huoshui.base.money import FEN_MAX, round_fen
from huoshui.lake.intake.values import Unit
from huoshui.lake.tables import Column


@dataclass(frozen=True, slots=True)
class How:
    """What besides the text decides a reading: unit of money, zone of times, words of a choice."""

    unit: Unit = "yuan"
    zone: str = DEFAULT_ZONE
    words: dict[str, str] = field(default_factory=dict)
    """Of a choice column: folded word -> choice."""
    percent: bool = False
    """Whether the header says that a bare number in a rate column is a percentage."""
    ids_padded: bool = False
    """Whether this column's long numbers were visibly cut to 15 digits by a spreadsheet."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that was read; `left_out_fen` is what rounding to whole fen dropped. None: the cell is missing."""

    value: int | Decimal | str | datetime | bool | None
    left_out_fen: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is no value of its column: a code of the catalogue and what its sentence needs."""

    code: str
    data: dict[str, object] = field(default_factory=dict)


MISSING = frozenset({
    "", "null", "none", "nan", "nil", "n/a", "#n/a", "-", "--", "—", "——", "/", "\\n", "无", "暂无", "空", "(空)",
    "(null)", "undefined",
})  # fmt: skip
ZERO_TIMES = frozenset({"0", "0000-00-00", "0000-00-00 00:00:00", "1970-01-01", "1970-01-01 00:00:00",
                        "1970-01-01 08:00:00"})  # fmt: skip
"""How databases write that something has not happened."""
FORMULA_ERRORS = frozenset(
    {"#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "#getting_data", "#spill!"}
)
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad"

_WRAPPED = re.compile(r'^="(.*)"$', re.DOTALL)
_RUINED = re.compile(r"^[+-]?\d(\.\d+)?[eE]\+\d{1,3}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}([, ]\d{3})+(\.\d+)?$")
_LETTER_DIGITS = re.compile(r"^[+-]?[\dOolI.,]*\d[\dOolI.,]*$")
_OTHER_MONEY = re.compile(r"[$€£₩₽]|usd|hkd|twd|jpy|eur|美元|港币|港元|日元|台币|欧元", re.IGNORECASE)
_OUR_MONEY = re.compile(r"¥|rmb|cny|人民币|元整|元|圆", re.IGNORECASE)


def parse_cell(column: Column, raw: str, how: How) -> Cell | Refusal:
    """The value of the cell text `raw` in `column`; Cell(None) when it says that there is none."""
    if len(raw) > CELL_CHARACTERS_MAX:
        return Refusal("cell_too_long", {"length": len(raw), "most": CELL_CHARACTERS_MAX})
    text = unwrap(raw)
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    if folded in MISSING:
        return Cell(None)
    if folded in FORMULA_ERRORS:
        return Refusal("formula_error")
    match column.kind:
        case "fen":
            return _fen(text, how.unit, column.signed)
        case "price":
            return _price(text, how.unit, column.signed)
        case "rate":
            return _rate(text, above_one=column.name == "bar", percent=how.percent)
        case "count":
            return _count(text, column.signed)
        case "time":
            return _time(text, how.zone)
        case "choice":
            return _choice(folded, column, how.words)
        case "flag":
            return _flag(folded)
        case "id":
            return _id(text, padded=how.ids_padded)
        case "text":
            return Cell(text)


def unwrap(raw: str) -> str:
    """`raw` without what spreadsheets and shops put round a text: blanks, a leading apostrophe, ="...".

    Invisible characters at the ends go too; those inside stay and are judged by the kind.
    """
    text = raw.strip().strip(INVISIBLE).strip()
    wrapped = _WRAPPED.match(text)
    if wrapped:
        text = wrapped[1].strip()
    return text.removeprefix("'").strip() if text.startswith("'") and not text.endswith("'") else text


def number_text(text: str) -> str | Refusal:
    """The plain decimal text ('-1234.50') that an amount as people write it stands for."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("–", "-").strip()
    if _RUINED.match(plain):
        return Refusal("ruined_number")
    if _OTHER_MONEY.search(plain):
        return Refusal("foreign_currency")
    plain = _OUR_MONEY.sub("", plain).strip()
    negative = False
    if plain.startswith("(") and plain.endswith(")"):
        negative, plain = True, plain[1:-1].strip()
    elif plain.endswith("-") and not plain.startswith(("-", "+")):
        negative, plain = True, plain[:-1].strip()
    times = 1
    if plain.endswith("万"):
        times, plain = 10_000, plain[:-1].strip()
    if _LETTER_DIGITS.match(plain) and not _PLAIN_NUMBER.match(plain):
        plain = plain.translate(str.maketrans("OolI", "0011"))
    plain = re.sub(r"^([+-])\s+", r"\1", plain)
    if _GROUPED.match(plain):
        plain = plain.replace(",", "").replace(" ", "")
    if not _PLAIN_NUMBER.match(plain):
        return Refusal(
            "ambiguous_comma"
            if re.fullmatch(r"[+-]?[\d.,]*\d[\d.,]*", plain) and "," in plain
            else "bad_money"
        )
    if negative:
        if plain.startswith(("-", "+")):
            return Refusal("bad_money")
        plain = "-" + plain
    return format(Decimal(plain) * times, "f")


def _fen(text: str, unit: Unit, signed: bool) -> Cell | Refusal:
    plain = number_text(text)
    if isinstance(plain, Refusal):
        return plain
    yuan = Decimal(plain)
    if unit == "fen":
        if yuan != yuan.to_integral_value():
            return Refusal("fen_not_whole")
        yuan = yuan.scaleb(-2)
    if abs(yuan) * 100 > FEN_MAX:
        return Refusal("money_too_large")
    if yuan < 0 and not signed:
        return Refusal("below_zero")
    whole, left_out = round_fen(yuan)
    return Cell(whole, Fraction(left_out))


def _price(text: str, unit: Unit, signed: bool) -> Cell | Refusal:
    plain = number_text(text)
    if isinstance(plain, Refusal):
        return plain
    yuan = Decimal(plain).scaleb(-2) if unit == "fen" else Decimal(plain)
    if abs(yuan) * 100 > FEN_MAX or abs(yuan) >= 10**12:
        return Refusal("money_too_large")
    if yuan < 0 and not signed:
        return Refusal("below_zero")
    exact = yuan.quantize(Decimal("0.000001"))
    return Cell(exact) if exact == yuan else Refusal("money_too_fine")


def _rate(text: str, *, above_one: bool, percent: bool) -> Cell | Refusal:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    scale, off = -2 if percent else 0, False
    if plain.endswith("%"):
        scale, plain = -2, plain[:-1]
    elif plain.endswith("‰"):
        scale, plain = -3, plain[:-1]
    elif plain.startswith("千分之"):
        scale, plain = -3, plain[3:]
    elif plain.startswith("百分之"):
        scale, plain = -2, plain[3:]
    elif plain.endswith("折"):
        off, plain = True, plain[:-1]
    if not _PLAIN_NUMBER.match(plain):
        return Refusal("bad_rate")
    value = Decimal(plain).scaleb(scale)
    if off:
        # 9.5折 and 95折 both say that 95 % is paid; 5折 is half
        paid = value.scaleb(-1) if value < 10 else value.scaleb(-2)
        value = 1 - paid
    if value < 0:
        return Refusal("below_zero")
    if value > 1 and not (above_one and value < 1000):
        return Refusal("rate_above_one")
    exact = value.quantize(Decimal("0.00000001"))
    return Cell(exact) if exact == value else Refusal("bad_rate")


def _count(text: str, signed: bool) -> Cell | Refusal:
    plain = number_text(text)
    if isinstance(plain, Refusal):
        return plain if plain.code == "ruined_number" else Refusal("bad_count")
    value = Decimal(plain)
    if value != value.to_integral_value() or abs(value) >= 10**15:
        return Refusal("bad_count")
    return Refusal("below_zero") if value < 0 and not signed else Cell(int(value))


def _id(text: str, *, padded: bool) -> Cell | Refusal:
    plain = unicodedata.normalize("NFKC", text).strip()
    if _RUINED.match(plain):
        return Refusal("ruined_id")
    if padded and is_padded(plain):
        return Refusal("ruined_id")
    if _CONTROL.search(plain) or any(mark in plain for mark in INVISIBLE):
        return Refusal("bad_id")
    return Cell(plain)


def is_padded(text: str) -> bool:
    """Whether `text` is a number of 16 digits or more of which only the first 15 say anything."""
    return len(text) >= 16 and text.isdecimal() and not text[15:].strip("0")


def _choice(folded: str, column: Column, words: dict[str, str]) -> Cell | Refusal:
    found = words.get(folded)
    if found is None:
        spoken: dict[str, str] = {}
        for word, choice in words.items():
            if not word.isascii():
                spoken.setdefault(choice, word)
        zh = "、".join(spoken.get(choice, choice) for choice in column.choices)
        return Refusal("unknown_choice", {"allowed_zh": zh, "allowed_en": ", ".join(column.choices)})
    return Cell(found)


def _flag(folded: str) -> Cell | Refusal:
    if folded in {"1", "true", "t", "yes", "y", "是", "有", "开启", "开", "√"}:
        return Cell(value=True)
    if folded in {"0", "false", "f", "no", "n", "否", "没有", "关闭", "关", "×"}:
        return Cell(value=False)
    return Refusal("bad_flag")


_DAY = r"(?P<y>\d{4})(?:[-/.]|年)(?P<m>\d{1,2})(?:[-/.]|月)(?P<d>\d{1,2})[日号]?"
_CLOCK = (
    r"(?P<half>上午|下午|凌晨|早上|中午|晚上|am|pm)?\s*(?P<h>\d{1,2})"
    r"(?::(?P<i>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?|[时点](?:(?P<i2>\d{1,2})分)?(?:(?P<s2>\d{1,2})秒)?)"
    r"\s*(?P<half2>am|pm)?"
)
_OFFSET = r"\s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?"
_FULL = re.compile(rf"^{_DAY}(?:\s*(?:星期|周)[一二三四五六日天])?(?:[t\s]*{_CLOCK}{_OFFSET})?$")
_OTHER_ORDER = re.compile(
    rf"^(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>\d{{4}})(?:[t,\s]+{_CLOCK}{_OFFSET})?$"
)
_DIGITS = re.compile(r"^(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:t?(?P<h>\d\d)(?P<i>\d\d)(?P<s>\d\d)?)?$")
_SERIAL = re.compile(r"^\d{5}(\.\d+)?$")
_SERIAL_START = datetime(1899, 12, 30)


def _time(text: str, zone: str) -> Cell | Refusal:
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    if plain in ZERO_TIMES or plain.startswith("0000-00-00"):
        return Cell(None)
    if plain.isdecimal() and plain.isascii() and len(plain) in (10, 13, 16) and plain[0] == "1":
        return _in_range(_from_unix(int(plain.ljust(16, "0"))))
    if _SERIAL.match(plain):
        seconds = round(Decimal(plain) * 86_400)
        return _in_range(_shift(_SERIAL_START + timedelta(seconds=seconds), zone))
    match = _FULL.match(plain) or _DIGITS.match(plain)
    if match:
        return _of_parts(match.groupdict(), int(match["m"]), int(match["d"]), zone)
    other = _OTHER_ORDER.match(plain)
    if not other:
        return Refusal("bad_time")
    first, second = int(other["a"]), int(other["b"])
    if first <= 12 and second <= 12 and first != second:
        return Refusal("ambiguous_day")
    month, day = (second, first) if first > 12 else (first, second)
    return _of_parts(other.groupdict(), month, day, zone)


def _of_parts(parts: dict[str, str | None], month: int, day: int, zone: str) -> Cell | Refusal:
    hour, minute, second = (int(parts.get(name) or parts.get(f"{name}2") or 0) for name in ("h", "i", "s"))
    half = parts.get("half") or parts.get("half2")
    if half:
        if (half in ("下午", "晚上", "pm") and hour < 12) or (half == "中午" and hour in (1, 2)):
            hour += 12
        elif half in ("上午", "凌晨", "早上", "am") and hour == 12:
            hour = 0
    past_midnight = hour == 24 and minute == 0 and second == 0
    micro = int((parts.get("f") or "0")[:6].ljust(6, "0"))
    try:
        when = datetime(int(parts["y"] or 0), month, day, 0 if past_midnight else hour, minute, second, micro)
    except ValueError:
        return Refusal("no_such_day")
    if not 1990 < when.year < 2110:
        return Refusal("time_out_of_range")
    if past_midnight:
        when += timedelta(days=1)
    offset = parts.get("zone")
    if not offset:
        return _in_range(_shift(when, zone))
    signed = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", offset)
    minutes = (int(signed[2]) * 60 + int(signed[3] or 0)) * (-1 if signed[1] == "-" else 1) if signed else 0
    if abs(minutes) > 14 * 60:
        return Refusal("bad_time")
    return _in_range(local_time((when - timedelta(minutes=minutes)).replace(tzinfo=UTC)))


def _from_unix(microseconds: int) -> datetime:
    return local_time(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds))


def _shift(when: datetime, zone: str) -> datetime:
    return when if zone == DEFAULT_ZONE else local_time(when.replace(tzinfo=ZoneInfo(zone)))


def _in_range(when: datetime) -> Cell | Refusal:
    return Cell(when) if 2000 <= when.year <= 2099 else Refusal("time_out_of_range")
