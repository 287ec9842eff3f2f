"""assumptions.toml: what the operator told us where the files are silent, in a file they can read and edit.

    answers = read_answers(folder / ASSUMPTIONS_FILE)          the values, and what was passed over
    write_answers(path, {"gross_margin": "12%"})               adds lines, keeps everything else as it was

Money is in yuan (or the currency's main unit), a rate is `"12%"` or `0.12`, as text or as a number. A line
that says the impossible raises BadMapping with the file, the line and the reason. A question that was passed
over is written as `"跳过"`, so that nobody is asked twice; deleting the line asks again.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from huoshui.base.errors import BadMapping, Text
from huoshui.base.money import yuan_text
from huoshui.core.costs.assumptions import Assumptions
from huoshui.lake.intake.cells import How, Refusal, parse_cell
from huoshui.lake.intake.faults import FAULTS
from huoshui.lake.tables import Column

ASSUMPTIONS_FILE = "assumptions.toml"
SKIPPED = "跳过"
SKIP_WORDS = (SKIPPED, "skip")

Kind = Literal["money", "rate", "rules", "rates", "moneys"]
Answer = str | Sequence[str] | Mapping[str, str]
"""One line's value before it is read: "12%", ["100-8"] or {"games": "8%"}."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the file: its name there, the field it fills, how it is read, and what it asks for."""

    name: str
    field: str
    kind: Kind
    title: Text
    example: str


KEYS = (
    Key(
        "monthly_incentive_yuan",
        "monthly_incentive_fen",
        "money",
        Text("每月发出的激励余额合计 (元)", "incentive balance given away in a month, in all (yuan)"),
        '"30000"',
    ),
    Key(
        "pot_yuan",
        "pot_fen",
        "money",
        Text("每月余额池: 计划一个月发多少 (元)", "the month's pot: what you plan to give away (yuan)"),
        '"40000"',
    ),
    Key(
        "gross_margin",
        "gross_margin",
        "rate",
        Text(
            "毛利率: 卖 100 元货, 扣掉进货成本还剩几元",
            "gross margin: of 100 yuan sold, what is left after goods",
        ),
        '"12%"',
    ),
    Key(
        "recharge_bonus_rules",
        "recharge_bonus_rules",
        "rules",
        Text("充值赠送规则, 每条写 充值额-赠送额", "top-up bonus rules, each as TOP_UP-BONUS"),
        '["100-8", "500-50"]',
    ),
    Key(
        "benchmark_cac_yuan",
        "benchmark_cac_fen",
        "money",
        Text("您认为拉来一个新客该花多少 (元)", "what a new buyer should cost (yuan)"),
        '"12"',
    ),
    Key(
        "benchmark_crc_yuan",
        "benchmark_crc_fen",
        "money",
        Text("您认为留住一个老客该花多少 (元)", "what keeping a buyer should cost (yuan)"),
        '"5"',
    ),
    Key(
        "benchmark_ccv_yuan",
        "benchmark_ccv_fen",
        "money",
        Text("您认为促成一个犹豫的人下单该花多少 (元)", "what winning a hesitant visitor should cost (yuan)"),
        '"4"',
    ),
    Key(
        "benchmark_layer_rate",
        "benchmark_layer_rate",
        "rate",
        Text(
            "您认为一层代理拿订单额的百分之几算合理",
            "the share of the order price that one agent layer may take",
        ),
        '"4%"',
    ),
    Key(
        "newcomer_share",
        "newcomer_share",
        "rate",
        Text("计划给新客的激励占几成", "the share of the incentive planned for newcomers"),
        '"20%"',
    ),
    Key(
        "peak_share",
        "peak_share",
        "rate",
        Text("计划给大促的激励占几成", "the share of the incentive planned for big sales"),
        '"30%"',
    ),
    Key(
        "gross_margin_by_category",
        "gross_margin_by_category",
        "rates",
        Text(
            "按分类的毛利率; 有它的分类不用上面那个数",
            "gross margin by category; it goes before the one above",
        ),
        '{ "游戏充值" = "8%", "会员" = "15%" }',
    ),
    Key(
        "benefit_cost_yuan",
        "benefit_cost_fen",
        "money",
        Text(
            "活动每发一笔奖励, 附带的权益 (赠品、会员天数等) 值多少成本 (元)",
            "what the benefits with one reward of a campaign cost (yuan)",
        ),
        '"0.5"',
    ),
    Key(
        "benefit_cost_by_campaign_yuan",
        "benefit_cost_by_campaign_fen",
        "moneys",
        Text(
            "某个活动的不一样就按活动写; 有它的活动不用上面那个数",
            "the same by campaign; it goes before the one above",
        ),
        '{ "C01" = "0.5", "C02" = "2" }',
    ),
    Key(
        "code_cost_yuan",
        "code_cost_fen",
        "money",
        Text(
            "发一个赠送礼品卡或兑换码要花多少制码、发送费 (元)",
            "what issuing one gift card or code costs (yuan)",
        ),
        '"0.05"',
    ),
    Key(
        "code_cost_by_campaign_yuan",
        "code_cost_by_campaign_fen",
        "moneys",
        Text(
            "用兑换码发奖励的活动, 每个码的费用, 按活动写",
            "of campaigns that hand out codes, the cost of one, by campaign",
        ),
        '{ "C03" = "0.1" }',
    ),
)
BY_NAME = {key.name: key for key in KEYS}

HEADER = """\
# 活水: 文件里没有、只有您知道的几个数。用到它们的数字在报告里标“按您填写估算”。
# 去掉行首的 # 再改成您的数; 不知道就留着不动, 一项都不填也能出报告。
#
# Huoshui: what your files do not tell and only you know. Figures that use it are marked as estimates.
# Remove the # and put your own number; what you do not know may stay as it is.
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the file says: the values, and the names of lines that were passed over on purpose."""

    assumptions: Assumptions = field(default_factory=Assumptions)
    answered: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()


def load_assumptions(path: Path) -> Assumptions:
    """The values of the file at `path`; all empty without one. Raises BadMapping."""
    return read_answers(path).assumptions


def read_answers(path: Path) -> Answers:
    """What the file at `path` says; nothing without one. Raises BadMapping with file, line and reason."""
    if not path.exists():
        return Answers()
    return parse_answers(decoded(path), path.name)


def parse_answers(text: str, file: str) -> Answers:
    """What the text of an assumptions file says; `file` names it in errors. Raises BadMapping."""
    values: dict[str, Any] = {}
    answered: set[str] = set()
    skipped: set[str] = set()
    for name, raw in toml_table(text, file).items():
        key = BY_NAME.get(name)
        if key is None:
            raise bad_line(file, text, name, UNKNOWN_LINE, name=name, known=", ".join(BY_NAME))
        if isinstance(raw, str) and raw.strip().casefold() in SKIP_WORDS:
            skipped.add(name)
            continue
        try:
            values[key.field] = READERS[key.kind](raw)
        except NotUnderstood as error:
            raise bad_line(file, text, error.at or name, error.text, **error.data) from error
        answered.add(name)
    return Answers(replace(Assumptions(), **values), frozenset(answered), frozenset(skipped))


def write_answers(path: Path, answers: Mapping[str, Answer]) -> Answers:
    """Put `answers` (by the names of KEYS; SKIPPED for what was passed over) into the file at `path`.

    Every other line stays as it was. An answer that cannot be read raises BadMapping, and nothing is written.
    """
    text = decoded(path) if path.exists() else blank_text()
    for name, answer in answers.items():
        text = with_line(text, name, f"{name} = {toml_value(answer)}")
    said = parse_answers(text, path.name)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)
    return said


def blank_text() -> str:
    """The file with every line explained and none answered."""
    lines = (f"# {key.title.zh}\n# {key.title.en}\n# {key.name} = {key.example}\n" for key in KEYS)
    return "\n".join((HEADER, *lines))


# --- what is worth asking ---------------------------------------------------------------------------------

NEEDLESS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "monthly_incentive_yuan": (("balance_entries", None), ("orders", "bonus_paid"), ("recharges", "bonus")),
    "gross_margin": (("orders", "cost_of_goods"), ("products", "cost")),
    "recharge_bonus_rules": (
        ("recharge_bonus_rules", None),
        ("balance_entries", None),
        ("recharges", "bonus"),
    ),
}
"""The three questions, each with the tables or columns any one of which answers it already."""
SAME_ANSWER = {"gross_margin": ("gross_margin", "gross_margin_by_category")}


def open_questions(has: Callable[[str, str | None], bool], answers: Answers) -> list[Key]:
    """What to ask: neither told by the files (`has(table, column)`) nor answered nor passed over before."""
    settled = answers.answered | answers.skipped
    return [
        BY_NAME[name]
        for name, tells in NEEDLESS.items()
        if not any(has(table, column) for table, column in tells)
        and settled.isdisjoint(SAME_ANSWER.get(name, (name,)))
    ]


def typed_answer(key: Key, typed: str, *, categories: bool = True) -> Mapping[str, Answer]:
    """The lines that a typed answer stands for; a margin may go by category (`12% games=8% cards=5%`).

    `categories` tells whether the files hold any. Raises NotUnderstood.
    """
    answers: dict[str, Answer] = {key.name: typed}
    if key.kind == "rules":
        answers = {key.name: rule_lines(typed)}
    elif key.name == "gross_margin":
        plain = unicodedata.normalize("NFKC", typed)
        pairs = dict(BY_CATEGORY.findall(plain))
        rest = BY_CATEGORY.sub("", plain).strip(" ,;、")
        if pairs and not categories:
            raise NotUnderstood(NO_CATEGORIES)
        answers = {"gross_margin_by_category": pairs} if pairs else {}
        answers |= {"gross_margin": rest} if rest or not pairs else {}
    for name, answer in answers.items():
        READERS[BY_NAME[name].kind](answer)
    return answers


BY_CATEGORY = re.compile(r"([^\s=:,;、]+)\s*[=:]\s*([\d.]+%?)")
NO_CATEGORIES = Text(
    "文件里没有商品分类, 请写一个总的毛利率, 例如 12%",
    "The files hold no categories; write one margin for all, for example 12%",
)

# --- reading one value ------------------------------------------------------------------------------------


class NotUnderstood(Exception):
    """A value that cannot be read: why, and at which word of the file (None: at its name)."""

    def __init__(
        self, text: Text, data: Mapping[str, object] | None = None, *, at: str | None = None
    ) -> None:
        super().__init__(text.en)
        self.text = text
        self.data = data or {}
        self.at = at


UNKNOWN_LINE = Text("不认识“{name}”这一项。可以写: {known}", "'{name}' is not known here. There are: {known}")
NOT_A_VALUE = Text('要写成数字, 或放在引号里, 如 "30000"', 'write a number, or put it in quotes, as "30000"')
NOT_A_LIST = Text('要写成一列, 如 ["100-8", "500-50"]', 'write it as a list, as ["100-8", "500-50"]')
NOT_A_RULE = Text(
    "“{value}”不是充值赠送规则。请写成 充值额-赠送额, 如 100-8",
    "'{value}' is no top-up rule. Write TOP_UP-BONUS, as 100-8",
)
TWO_RULES = Text("充值 {amount} 元写了两条规则", "there are two rules for a top-up of {amount}")
NOT_BY_CATEGORY = Text(
    '要一个分类一个数, 如 {{ "游戏充值" = "8%" }}', 'write one rate a category, as {{ "games" = "8%" }}'
)
NOT_BY_CAMPAIGN = Text(
    '要一个活动一个数, 如 {{ "C01" = "0.5" }}', 'write one amount a campaign, as {{ "C01" = "0.5" }}'
)
NOT_TOML = Text(
    '读不懂。每行写成 名字 = "值", 引号和等号要用英文的, 一个名字只写一次',
    'this cannot be read. Write each line as name = "value", each name once',
)
NOT_TEXT = Text("有看不懂的字节; 请另存为 UTF-8", "there are bytes that are no text; save it as UTF-8")

BELOW_ZERO = Text("不能是负数, 这里是“{value}”", "it cannot be below zero, and is '{value}'")
REFUSALS = {"below_zero": BELOW_ZERO}
"""What a cell of a table is told in other words: there is no column here to name."""

MONEY = Column("amount", "fen", Text("金额", "amount"))
RATE = Column("rate", "rate", Text("比例", "rate"))
RULE = re.compile(r"\s*([^\-]+?)\s*-\s*([^\-]+?)\s*")


def read_money(raw: object) -> int:
    """Whole fen of an amount in yuan, as text or as a number. Raises NotUnderstood."""
    value = read_cell(MONEY, raw)
    if not isinstance(value, int):
        raise NotUnderstood(NOT_A_VALUE)
    return value


def read_rate(raw: object) -> Fraction:
    """A share of one, from "12%" or 0.12. Raises NotUnderstood."""
    value = read_cell(RATE, raw)
    if not isinstance(value, Decimal):
        raise NotUnderstood(NOT_A_VALUE)
    return Fraction(value)


def read_rules(raw: object) -> tuple[tuple[int, int], ...]:
    """Top-up rules as (top-up, bonus) in fen, smallest top-up first. Raises NotUnderstood."""
    lines = raw if isinstance(raw, list) else rule_lines(raw) if isinstance(raw, str) else None
    if lines is None or not all(isinstance(line, str) for line in lines):
        raise NotUnderstood(NOT_A_LIST)
    rules: dict[int, int] = {}
    for line in lines:
        parts = RULE.fullmatch(unicodedata.normalize("NFKC", line))
        if parts is None:
            raise NotUnderstood(NOT_A_RULE, {"value": line}, at=line)
        amount, bonus = read_money(parts[1]), read_money(parts[2])
        if amount in rules:
            raise NotUnderstood(TWO_RULES, {"amount": yuan_text(amount)}, at=line)
        rules[amount] = bonus
    return tuple(sorted(rules.items()))


def rule_lines(text: str) -> list[str]:
    """The rules in one text, as a shop's own setting holds them: one a line, or commas or blanks between."""
    return [line for line in re.split(r"[\s,;，；、]+", text) if line]


def read_rates(raw: object) -> dict[str, Fraction]:
    """A rate by category. Raises NotUnderstood."""
    if not isinstance(raw, dict):
        raise NotUnderstood(NOT_BY_CATEGORY)
    rates: dict[str, Fraction] = {}
    for category, rate in raw.items():
        try:
            rates[category] = read_rate(rate)
        except NotUnderstood as error:
            raise NotUnderstood(error.text, error.data, at=category) from error
    return rates


def read_moneys(raw: object) -> dict[str, int]:
    """Whole fen by campaign. Raises NotUnderstood."""
    if not isinstance(raw, dict):
        raise NotUnderstood(NOT_BY_CAMPAIGN)
    amounts: dict[str, int] = {}
    for campaign_id, amount in raw.items():
        try:
            amounts[campaign_id] = read_money(amount)
        except NotUnderstood as error:
            raise NotUnderstood(error.text, error.data, at=campaign_id) from error
    return amounts


def read_cell(column: Column, raw: object) -> object:
    """`raw` read by the same rules as a cell of the files. Raises NotUnderstood."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise NotUnderstood(NOT_A_VALUE)
    read = parse_cell(column, str(raw), How())
    if isinstance(read, Refusal):
        raise NotUnderstood(REFUSALS.get(read.code, FAULTS[read.code]), {"value": raw, **read.data})
    return read.value


READERS: dict[Kind, Callable[[object], object]] = {
    "money": read_money,
    "rate": read_rate,
    "rules": read_rules,
    "rates": read_rates,
    "moneys": read_moneys,
}

# --- the text of the file ---------------------------------------------------------------------------------


def decoded(path: Path) -> str:
    """The text of the file, saved as UTF-8 or as GB18030 (as an old Notepad does). Raises BadMapping."""
    data = path.read_bytes()
    try:
        return data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadMapping(file=path.name, line=line, reason_zh=NOT_TEXT.zh, reason_en=NOT_TEXT.en) from error


def encoding_of(data: bytes) -> str:
    """UTF-8 (with or without a mark) where all of it is that, else GB18030."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def toml_table(text: str, file: str) -> dict[str, Any]:
    """The file as TOML, numbers exact. Raises BadMapping with the line that is none."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else len(lines_of(text.rstrip()))
        raise BadMapping(file=file, line=line, reason_zh=NOT_TOML.zh, reason_en=NOT_TOML.en) from error


def bad_line(file: str, text: str, word: str, why: Text, **data: object) -> BadMapping:
    """The error for the line on which `word` stands."""
    return BadMapping(
        file=file, line=line_of(text, word), reason_zh=why.say("zh", **data), reason_en=why.say("en", **data)
    )


def line_of(text: str, word: str) -> int:
    """The first line outside of comments that holds `word`; 1 if none does."""
    for number, line in enumerate(lines_of(text), start=1):
        if word in line and not line.lstrip().startswith("#"):
            return number
    return 1


def lines_of(text: str) -> list[str]:
    """The lines as TOML counts them: other separators, such as U+0085, are characters of a line."""
    return re.split(r"\r?\n", text)


def with_line(text: str, name: str, line: str) -> str:
    """`text` with `line` for the one that `name` has (even commented out), else above its first table."""
    lines = lines_of(text.rstrip())
    mine = re.compile(rf"\s*#?\s*{re.escape(name)}\s*=")
    table = next((at for at, old in enumerate(lines) if old.lstrip().startswith("[")), len(lines))
    places = [at for at, old in enumerate(lines[:table]) if mine.match(old)]
    active = [at for at in places if not lines[at].lstrip().startswith("#")]
    if places:
        lines[(active or places)[0]] = line
    else:
        lines.insert(table, line)
    return "\n".join(lines) + "\n"


def toml_value(answer: Answer) -> str:
    """One answer as TOML on one line."""
    if isinstance(answer, str):
        return quoted(answer)
    if isinstance(answer, Mapping):
        return "{ " + ", ".join(f"{quoted(name)} = {quoted(value)}" for name, value in answer.items()) + " }"
    return "[" + ", ".join(quoted(item) for item in answer) + "]"


def quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's, which escapes DEL as well."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
