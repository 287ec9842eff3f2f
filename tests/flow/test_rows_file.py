"""rows.toml: every rule of the example can be read, and a wrong line says which and why, in both languages."""

import re
from dataclasses import fields
from fractions import Fraction

import pytest

from huoshui.base.errors import BadMapping
from huoshui.flow.planning import PlanRules
from huoshui.flow.rows_file import LINES, example_rows, parse_rows, read_rows


def test_the_example_binds_nobody_until_its_marks_are_removed():
    assert parse_rows(example_rows(), "rows.toml") == PlanRules()
    every = parse_rows(re.sub(r"(?m)^# (\w+ = )", r"\1", example_rows()), "rows.toml")
    for one in fields(PlanRules):
        if one.name not in ("holdout_share", "explore_share"):
            assert getattr(every, one.name) != getattr(PlanRules(), one.name), one.name
    assert {line.field for line in LINES} == {one.name for one in fields(PlanRules)}


def test_segments_go_by_either_name_and_amounts_by_yuan():
    rules = parse_rows('segment_minimum_yuan = { "沉睡" = "200.50", "High value" = 3 }', "rows.toml")
    assert rules.segment_minimum_fen == {"dormant": 20_050, "high_value": 300}
    assert parse_rows('leave_out = ["C-3", "C-4:20"]', "r").leave_out == (("C-3", None), ("C-4", 2_000))
    assert parse_rows("return_floor = 1.2\nholdout_share = 0.1", "r").return_floor == Fraction(6, 5)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cap_yuan = -3", "-3"),
        ("cap_yuan = true", "30000"),
        ("no_such_rule = 1", "no_such_rule"),
        ('segment_maximum_yuan = { "老板" = 3 }', "老板"),
        ('holdout_share = "60%"', "50%"),
        ('leave_out = ["C:x"]', "C:x"),
        ("leave_out = 3", "C02"),
        ("cool_down_days = 1.5", "0"),
        ("campaign_users_max = 5", "C01"),
        ("return_floor = -1", "1.2"),
        ("skip_ended = 1", "true"),
        ("cap_yuan = ", ""),
        ("segment_minimum_yuan = { lost = 9 }\nsegment_maximum_yuan = { lost = 3 }", "lost"),
    ],
)
def test_a_wrong_line_is_named_with_its_reason(line: str, words: str):
    with pytest.raises(BadMapping) as caught:
        parse_rows(f"# 说明\n\n{line}\n", "rows.toml")
    last = 2 + len(line.splitlines())
    assert caught.value.say("zh").startswith(f"rows.toml 第 {last} 行")
    assert caught.value.say("en").startswith(f"rows.toml line {last}: ")
    assert words in caught.value.say("en")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadMapping, match="no such file"):
        read_rows(tmp_path / "rows.toml")
