"""calendar.toml and --what-if as an operator types them: what is right is read, what is wrong is said with its line."""

import re

import pytest

from huoshui.base.errors import BadMapping, BadOption
from huoshui.core.pacing import CalendarDay, Truth
from huoshui.flow.pacing.calendar_file import example_calendar, parse_calendar
from huoshui.flow.pacing.what_ifs import Asked, parse_what_if

FULL = """
settle_hours = 72
[[day]]
date = 2026-12-12
name = "双十二"
factor = 3
value_factor = 1.4
protected_yuan = "2万"
[[day]]
date = "2026-12-05"
like = "weekday"
"""


def test_days_are_read_in_their_order():
    found = parse_calendar(FULL, "calendar.toml")
    assert found.settle_hours == 72
    assert found.days == (
        CalendarDay("2026-12-05", like="weekday"),
        CalendarDay("2026-12-12", "双十二", 3.0, 1.4),
    )
    assert found.protected_fen == {"2026-12-12": 2_000_000}


def test_the_example_is_a_file_that_says_nothing():
    found = parse_calendar(example_calendar(), "calendar.toml")
    assert found.days == ()
    assert found.settle_hours == 48
    lines = example_calendar().splitlines()
    awake = "\n".join(line.removeprefix("# ") for line in lines if re.match(r"# (\w+ = |\[\[)", line))
    assert len(parse_calendar(awake, "calendar.toml").days) == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("settle_hours = -1", 1),
        ("\nsettle = 3", 2),
        ('[[day]]\nname = "x"', 1),
        ('[[day]]\ndate = "2026-13-01"', 2),
        ('[[day]]\ndate = "2026-12-01"\nfactor = 0', 3),
        ('[[day]]\ndate = "2026-12-01"\nlike = "holiday"', 3),
        ('[[day]]\ndate = "2026-12-01"\n[[day]]\ndate = "2026-12-01"', 2),
        ('[[day]]\ndate = "2026-12-01"\nfactors = 3', 3),
        ("day = 3", 1),
        ("settle_hours = ", 1),
    ],
)
def test_a_wrong_line_is_named(text, line):
    with pytest.raises(BadMapping) as caught:
        parse_calendar(text, "calendar.toml")
    assert caught.value.data["line"] == line
    assert caught.value.say("zh") != caught.value.say("en")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("traffic=+25%", Asked("traffic", 1.25)),
        ("traffic=-25%", Asked("traffic", 0.75)),
        ("人数 = +25%", Asked("traffic", 1.25)),
        ("peaks=half", Asked("peaks", 0.5)),
        ("peaks=50%", Asked("peaks", 0.5)),
        ("peaks=x2", Asked("peaks", 2.0)),
        ("redemption=1.2", Asked("redemption", 1.2)),
        ("value=-30%", Asked("value", 0.7)),
        ("budget=30万", Asked("budget", budget_fen=30_000_000)),
        ("budget=+20%", Asked("budget", 1.2)),
    ],
)
def test_what_if_is_read_as_it_is_meant(typed, asked):
    assert parse_what_if(typed) == asked


def test_each_what_if_is_another_month():
    assert parse_what_if("traffic=+25%").truth == Truth(traffic=1.25)
    assert parse_what_if("peaks=half").truth == Truth(peaks=0.5)
    assert parse_what_if("budget=5").truth == Truth()


@pytest.mark.parametrize(
    "typed", ["traffic", "traffic=", "weather=+5%", "traffic=-200%", "traffic=lots", "budget=-5"]
)
def test_what_cannot_be_read_is_refused(typed):
    with pytest.raises(BadOption):
        parse_what_if(typed)
