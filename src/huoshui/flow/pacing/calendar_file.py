"""calendar.toml: the days that the operator knows of, in a file they can read and edit.

    calendar = read_calendar(Path("calendar.toml"))     a wrong line raises BadMapping with file and line
    example_calendar()                                   every entry explained in both languages, none in force

A day is one table `[[day]]`. Money is in yuan. A past day with the same name tells how large such a day is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from huoshui.base.errors import BadMapping, Text
from huoshui.core.pacing import CalendarDay, DayKind
from huoshui.flow.assumptions import (
    UNKNOWN_LINE,
    NotUnderstood,
    bad_line,
    decoded,
    read_money,
    toml_table,
)

CALENDAR_FILE = "calendar.toml"
SETTLE_HOURS = 48
"""What was not used by then goes back to the pot, unless the operator says otherwise."""
SETTLE_HOURS_MAX = 24 * 366
FACTOR_MAX = Decimal(100)

EXAMPLE = """\
# 活水: 您知道的特别日子。去掉行首的 # 再改成您的数; 一天一段 [[day]]。金额都是元。
# Huoshui: the days that you know of. Remove the # and put your own; one [[day]] a day. Amounts are in yuan.

# 发出的余额几小时没用就收回余额池 (不写就是 48); 收回得越晚, 池子里能再用的越少
# hours after which what was not used goes back to the pot (48 unless set)
# settle_hours = 48

# [[day]]
# 日期 / the date
# date = "2026-12-12"
# 名字; 写上去年或前几个月同名的日子, 就知道它有多大 / its name; a past day of that name tells how large it is
# name = "双十二"
# 是平常同类日子的几倍人; 不写就照过去同名的日子 / times the people of an ordinary day; else as in the past
# factor = 3
# 那天每个人值平常的几倍 / what a person is worth that day against an ordinary one
# value_factor = 1.4
# 给这一天至少留多少元 / the least to be kept for this day, in yuan
# protected_yuan = "20000"

# [[day]]
# date = "2026-12-26"
# 周六补班, 像工作日 (weekday); 放假的工作日像周末 (weekend) / a make-up Saturday goes like a weekday
# like = "weekday"
"""


@dataclass(frozen=True, slots=True)
class PaceCalendar:
    """What the file says. `protected_fen` by day."""

    days: tuple[CalendarDay, ...] = ()
    settle_hours: int = SETTLE_HOURS
    protected_fen: Mapping[str, int] = field(default_factory=dict)


def example_calendar() -> str:
    """The file with everything explained and nothing in force."""
    return EXAMPLE


def read_calendar(path: Path) -> PaceCalendar:
    """What the file at `path` says. Raises BadMapping with file, line and reason."""
    if not path.is_file():
        raise BadMapping(file=path.name, line=1, reason_zh=NO_FILE.zh, reason_en=NO_FILE.en)
    return parse_calendar(decoded(path), path.name)


def parse_calendar(text: str, file: str) -> PaceCalendar:
    """What the text of a calendar says; `file` names it in errors. Raises BadMapping."""
    settle = SETTLE_HOURS
    days: list[CalendarDay] = []
    protected: dict[str, int] = {}
    for name, raw in toml_table(text, file).items():
        if name == "settle_hours":
            settle = _said(file, text, name, read_hours, raw)
        elif name == "day" and isinstance(raw, list) and all(isinstance(one, dict) for one in raw):
            for one in raw:
                told, fen = _day(file, text, one)
                if told.day in {day.day for day in days}:
                    raise bad_line(file, text, told.day, TWICE, value=told.day)
                days.append(told)
                protected |= {told.day: fen} if fen else {}
        else:
            raise bad_line(file, text, name, UNKNOWN_LINE, name=name, known="settle_hours, [[day]]")
    return PaceCalendar(tuple(sorted(days, key=lambda day: day.day)), settle, protected)


NO_FILE = Text("没有这个文件", "there is no such file")
TWICE = Text("{value} 写了两次", "{value} stands there twice")
NO_DATE = Text(
    '这一段 [[day]] 没有 date, 如 date = "2026-12-12"', 'a [[day]] without date, as date = "2026-12-12"'
)
NOT_A_DATE = Text(
    '“{value}”不是日期, 要写成 "2026-12-12"', "'{value}' is no date; write it as \"2026-12-12\""
)
NOT_A_FACTOR = Text("要写成大于 0、不超过 100 的数, 如 3", "write a number above 0, at most 100, as 3")
NOT_HOURS = Text("要写成 0 到 8784 的整数小时", "write whole hours from 0 to 8784")
NOT_A_NAME = Text("要写成一句文字", "write a text")
NOT_A_KIND = Text('只能写 "weekday" 或 "weekend"', 'write "weekday" or "weekend"')


def read_hours(raw: object) -> int:
    """Whole hours. Raises NotUnderstood."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= SETTLE_HOURS_MAX:
        raise NotUnderstood(NOT_HOURS)
    return raw


def read_factor(raw: object) -> float:
    """A factor. Raises NotUnderstood."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal) or not 0 < raw <= FACTOR_MAX:
        raise NotUnderstood(NOT_A_FACTOR)
    return float(raw)


def read_date(raw: object) -> str:
    """A day as 'YYYY-MM-DD', from text or a TOML date. Raises NotUnderstood."""
    if isinstance(raw, date):
        return raw.isoformat()[:10]
    try:
        return date.fromisoformat(raw).isoformat() if isinstance(raw, str) else _no_date(raw)
    except ValueError as error:
        raise NotUnderstood(NOT_A_DATE, {"value": raw}) from error


def _no_date(raw: object) -> str:
    raise NotUnderstood(NOT_A_DATE, {"value": raw})


def read_name(raw: object) -> str:
    """A name. Raises NotUnderstood."""
    if not isinstance(raw, str):
        raise NotUnderstood(NOT_A_NAME)
    return raw.strip()


def read_kind(raw: object) -> DayKind:
    """A kind of day. Raises NotUnderstood."""
    if raw == "weekday":
        return "weekday"
    if raw == "weekend":
        return "weekend"
    raise NotUnderstood(NOT_A_KIND)


READERS: dict[str, Callable[[object], Any]] = {
    "date": read_date,
    "name": read_name,
    "factor": read_factor,
    "value_factor": read_factor,
    "protected_yuan": read_money,
    "like": read_kind,
}


def _day(file: str, text: str, raw: dict[str, object]) -> tuple[CalendarDay, int]:
    """One [[day]] and what is protected for it."""
    values: dict[str, Any] = {}
    for name, value in raw.items():
        reader = READERS.get(name)
        if reader is None:
            raise bad_line(file, text, name, UNKNOWN_LINE, name=name, known=", ".join(READERS))
        values[name] = _said(file, text, name, reader, value)
    if "date" not in values:
        raise bad_line(file, text, "day", NO_DATE)
    protected = values.pop("protected_yuan", 0)
    day = values.pop("date")
    return CalendarDay(day, **values), protected


def _said(file: str, text: str, name: str, read: Callable[[object], Any], raw: object) -> Any:
    try:
        return read(raw)
    except NotUnderstood as error:
        at = raw if isinstance(raw, str) and raw in text else name
        raise bad_line(file, text, at, error.text, **error.data) from error
