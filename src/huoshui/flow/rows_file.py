"""rows.toml: the operator's rules of a plan, in a file they can read and edit.

    rules = read_rows(Path("rows.toml"))            PlanRules; a wrong line raises BadMapping with file and line
    example_rows()                                  every rule explained in both languages, none in force

Money is in yuan, a share is `"5%"` or `0.05`. Segments go by their Chinese or English name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from huoshui.base.errors import BadMapping, Text
from huoshui.core.costs.values import SEGMENTS, Segment
from huoshui.flow.assumptions import (
    UNKNOWN_LINE,
    NotUnderstood,
    bad_line,
    decoded,
    line_of,
    read_money,
    read_moneys,
    read_rate,
    toml_table,
)
from huoshui.flow.planning.rules import PlanRules
from huoshui.flow.planning.texts import SEGMENT_NAMES

ROWS_FILE = "rows.toml"
SHARE_MAX = Fraction(1, 2)
"""A holdout or exploring share above this leaves no plan worth the name."""

HEADER = """\
# 活水: 做计划时要守的规则。去掉行首的 # 再改成您的数; 不写的规则不管。金额都是元。
# 活动表里填的预算和保本线本来就是规则, 这里写了的以这里为准。
#
# Huoshui: the rules that a plan keeps. Remove the # and put your own; what is not written binds nobody. In yuan.
# Budgets and bars of the campaigns table are rules already; what stands here goes before them.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its name there, the field of PlanRules, how it is read, what it means, an example."""

    name: str
    field: str
    read: Callable[[object], Any]
    title: Text
    example: str


def read_rows(path: Path) -> PlanRules:
    """What the file at `path` says. Raises BadMapping with file, line and reason."""
    if not path.is_file():
        raise BadMapping(file=path.name, line=1, reason_zh=NO_FILE.zh, reason_en=NO_FILE.en)
    return parse_rows(decoded(path), path.name)


def parse_rows(text: str, file: str) -> PlanRules:
    """What the text of a rules file says; `file` names it in errors. Raises BadMapping."""
    values: dict[str, Any] = {}
    for name, raw in toml_table(text, file).items():
        line = BY_NAME.get(name)
        if line is None:
            raise bad_line(file, text, name, UNKNOWN_LINE, name=name, known=", ".join(BY_NAME))
        try:
            values[line.field] = line.read(raw)
        except NotUnderstood as error:
            at = name if error.at is None or error.at not in text else error.at
            raise bad_line(file, text, at, error.text, **error.data) from error
    rules = PlanRules(**values)
    for segment, least in rules.segment_minimum_fen.items():
        most = rules.segment_maximum_fen.get(segment)
        if most is not None and most < least:
            raise BadMapping(
                file=file,
                line=line_of(text, "segment_maximum_yuan"),
                reason_zh=CROSSED.zh.format(name=SEGMENT_NAMES[segment].zh),
                reason_en=CROSSED.en.format(name=SEGMENT_NAMES[segment].en),
            )
    return rules


def example_rows() -> str:
    """The file with every rule explained and none in force."""
    lines = (f"# {line.title.zh}\n# {line.title.en}\n# {line.name} = {line.example}\n" for line in LINES)
    return "\n".join((HEADER, *lines))


NO_FILE = Text("没有这个文件", "there is no such file")
CROSSED = Text("“{name}”的上限比下限还小", "the maximum of {name} is below its minimum")
NOT_A_SEGMENT = Text(
    "不认识“{value}”这个分群。可以写: {known}", "'{value}' is no segment. There are: {known}"
)
NOT_BY_SEGMENT = Text(
    '要一个分群一个数, 如 {{ "新客" = "20000" }}', 'write one amount a segment: {{ "newcomer" = "20000" }}'
)
NOT_A_COUNT = Text("要写成不小于 0 的整数", "write a whole number of at least 0")
NOT_COUNTS = Text(
    '要一个活动一个人数, 如 {{ "C01" = 5000 }}', 'write a head count a campaign, as {{ "C01" = 5000 }}'
)
NOT_A_RETURN = Text("要写成不小于 0 的数, 如 1.2", "write a number of at least 0, as 1.2")
NOT_RETURNS = Text(
    '要一个活动一个数, 如 {{ "C01" = 1.2 }}', 'write one number a campaign, as {{ "C01" = 1.2 }}'
)
NOT_A_FLAG = Text("要写 true 或 false", "write true or false")
NOT_NAMES = Text('要写成一列ID, 如 ["C02"]', 'write a list of ids, as ["C02"]')
NOT_A_LEVEL = Text(
    "“{value}”看不懂。写活动ID, 或 活动ID:金额, 如 C04:20",
    "'{value}' is not understood: write ID or ID:AMOUNT",
)
TOO_LARGE = Text("不能超过 50%", "it cannot be above 50%")


def read_segments(raw: object) -> dict[Segment, int]:
    """Whole fen by segment, named in either language or by code. Raises NotUnderstood."""
    if not isinstance(raw, dict):
        raise NotUnderstood(NOT_BY_SEGMENT)
    amounts: dict[Segment, int] = {}
    for name, value in raw.items():
        segment = SEGMENT_BY_NAME.get(str(name).strip().casefold())
        if segment is None:
            known = ", ".join(SEGMENT_NAMES[code].zh for code in SEGMENTS)
            raise NotUnderstood(NOT_A_SEGMENT, {"value": name, "known": known}, at=name)
        try:
            amounts[segment] = read_money(value)
        except NotUnderstood as error:
            raise NotUnderstood(error.text, error.data, at=name) from error
    return amounts


def read_count(raw: object) -> int:
    """A whole number of at least 0. Raises NotUnderstood."""
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise NotUnderstood(NOT_A_COUNT)
    return raw


def read_counts(raw: object) -> dict[str, int]:
    """Head counts by campaign. Raises NotUnderstood."""
    if not isinstance(raw, dict):
        raise NotUnderstood(NOT_COUNTS)
    return {str(name): read_count(value) for name, value in raw.items()}


def read_return(raw: object) -> Fraction:
    """A return a yuan. Raises NotUnderstood."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal) or not Decimal(raw).is_finite() or raw < 0:
        raise NotUnderstood(NOT_A_RETURN)
    return Fraction(raw)


def read_returns(raw: object) -> dict[str, Fraction]:
    """A return by campaign. Raises NotUnderstood."""
    if not isinstance(raw, dict):
        raise NotUnderstood(NOT_RETURNS)
    return {str(name): read_return(value) for name, value in raw.items()}


def read_share(raw: object) -> Fraction:
    """A share of users, at most half of them. Raises NotUnderstood."""
    share = read_rate(raw)
    if share > SHARE_MAX:
        raise NotUnderstood(TOO_LARGE)
    return share


def read_flag(raw: object) -> bool:
    """True or false. Raises NotUnderstood."""
    if not isinstance(raw, bool):
        raise NotUnderstood(NOT_A_FLAG)
    return raw


def read_names(raw: object) -> frozenset[str]:
    """A list of ids. Raises NotUnderstood."""
    if not isinstance(raw, list) or not all(isinstance(name, str) for name in raw):
        raise NotUnderstood(NOT_NAMES)
    return frozenset(raw)


def read_levels(raw: object) -> tuple[tuple[str, int | None], ...]:
    """Campaigns, or single amounts of one, as ID or ID:AMOUNT. Raises NotUnderstood."""
    levels: list[tuple[str, int | None]] = []
    for name in sorted(read_names(raw)):
        campaign, colon, amount = name.rpartition(":")
        try:
            levels.append((campaign, read_money(amount)) if colon else (name, None))
        except NotUnderstood as error:
            raise NotUnderstood(NOT_A_LEVEL, {"value": name}, at=name) from error
    return tuple(levels)


SEGMENT_BY_NAME: dict[str, Segment] = {
    name.casefold(): code for code in SEGMENTS for name in (code, *SEGMENT_NAMES[code])
}
LINES = (
    Line(
        "campaign_budget_yuan", "campaign_budget_fen", read_moneys,
        Text("每个活动这个周期最多花多少", "what each campaign may spend in the period at most"),
        '{ "C01" = "30000", "C02" = "50000" }',
    ),
    Line(
        "campaign_users_max", "campaign_users_max", read_counts,
        Text("每个活动最多发多少人", "how many users each campaign may go to at most"), '{ "C01" = 5000 }',
    ),
    Line(
        "segment_minimum_yuan", "segment_minimum_fen", read_segments,
        Text("哪类用户至少要花到多少 (新客、沉睡、流失、高价值、常客、低频)",
             "what must go to a segment at least (newcomers, dormant, lost, high value, regular, low frequency)"),
        '{ "沉睡" = "20000" }',
    ),
    Line(
        "segment_maximum_yuan", "segment_maximum_fen", read_segments,
        Text("哪类用户最多花多少", "what may go to a segment at most"), '{ "高价值" = "60000" }',
    ),
    Line(
        "return_floor", "return_floor", read_return,
        Text("整个计划平均每元至少带回几元", "what a yuan of the whole plan must bring on average"), "1.2",
    ),
    Line(
        "campaign_return_floor", "campaign_return_floor", read_returns,
        Text("某个活动平均每元至少带回几元", "the same of one campaign"), '{ "C02" = 1.5 }',
    ),
    Line(
        "cap_yuan", "cap_fen", read_money,
        Text("一个用户一个周期最多拿多少", "what one user may be granted in the period at most"), '"30"',
    ),
    Line(
        "cool_down_days", "cool_down_days", read_count,
        Text("上次活动奖励后几天内不再发", "no offer within so many days of the last"), "7",
    ),
    Line(
        "protected_yuan", "protected_fen", read_money,
        Text("先留出不动的钱, 例如给大促", "what is kept back, such as for a big sale"), '"20000"',
    ),
    Line(
        "holdout_share", "holdout_share", read_share,
        Text("长期留出不发优惠的用户占几成 (不写就是 5%)", "users without offers, to measure by (5% unless set)"),
        '"5%"',
    ),
    Line(
        "explore_share", "explore_share", read_share,
        Text("探索 (抽签随机发, 用来学习) 的用户占几成 (不写就是 3%)",
             "users who explore: a level by chance, to learn by (3% unless set)"),
        '"3%"',
    ),
    Line(
        "changes_max", "changes_max", read_count,
        Text("和上次计划 (--previous) 相比最多改动多少人", "users who may differ from the earlier plan (--previous)"),
        "20000",
    ),
    Line(
        "leave_out", "leave_out", read_levels,
        Text("不要的活动, 或某个活动的某一档 (活动ID:金额)", "campaigns to leave out, or an amount of one (ID:AMOUNT)"),
        '["C03", "C04:20"]',
    ),
    Line(
        "skip_ended", "skip_ended", read_flag,
        Text("活动表里已经结束的活动不再计划", "leave out campaigns that have ended by the campaigns table"), "true",
    ),
    Line(
        "open_to_all", "open_to_all", read_names,
        Text("哪些活动当初抽签的人就是从所有人里随机挑的, 因此也可以发给没抽过签的人",
             "campaigns whose random draw was a random part of everybody, so that they may go to others too"),
        '["C04"]',
    ),
    Line(
        "trusted_users", "trusted_users", read_names,
        Text("疑似同一伙人, 但看过没问题的用户, 照常发", "suspected users who were looked at and cleared"),
        '["U1001", "U1002"]',
    ),
)  # fmt: skip
BY_NAME = {line.name: line for line in LINES}
