"""assumptions.toml: read by the rules of cells, written without losing a line, wrong lines named."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huoshui.base.errors import BadMapping
from huoshui.core.costs.assumptions import Assumptions
from huoshui.flow.assumptions import (
    KEYS,
    SKIPPED,
    Answer,
    Answers,
    NotUnderstood,
    blank_text,
    load_assumptions,
    open_questions,
    parse_answers,
    read_answers,
    typed_answer,
    write_answers,
)

EVERY_LINE = """
monthly_incentive_yuan = "30,000.50"
pot_yuan = 40000
gross_margin = "12%"
recharge_bonus_rules = ["500-50", "100-8.8"]
benchmark_cac_yuan = 12.5
benchmark_crc_yuan = "￥5"
benchmark_ccv_yuan = "4元"
benchmark_layer_rate = 0.04
newcomer_share = "２０％"
peak_share = "0.3"
benefit_cost_yuan = "0.5"
code_cost_yuan = 0.05
benefit_cost_by_campaign_yuan = { "C01" = "2元" }
code_cost_by_campaign_yuan = { "C03" = 0.1 }
[gross_margin_by_category]
"游戏充值" = "8%"
会员 = 0.15
""".replace("会员 =", '"会员" =')


def test_every_line_fills_its_field() -> None:
    said = parse_answers(EVERY_LINE, "assumptions.toml")
    assert said.assumptions == Assumptions(
        monthly_incentive_fen=3_000_050,
        pot_fen=4_000_000,
        gross_margin=Fraction(12, 100),
        gross_margin_by_category={"游戏充值": Fraction(8, 100), "会员": Fraction(15, 100)},
        recharge_bonus_rules=((10_000, 880), (50_000, 5_000)),
        benchmark_cac_fen=1250,
        benchmark_crc_fen=500,
        benchmark_ccv_fen=400,
        benchmark_layer_rate=Fraction(4, 100),
        newcomer_share=Fraction(20, 100),
        peak_share=Fraction(30, 100),
        benefit_cost_fen=50,
        benefit_cost_by_campaign_fen={"C01": 200},
        code_cost_fen=5,
        code_cost_by_campaign_fen={"C03": 10},
    )
    assert said.answered == {key.name for key in KEYS}


def test_without_a_file_nothing_is_assumed(tmp_path: Path) -> None:
    assert load_assumptions(tmp_path / "assumptions.toml") == Assumptions()


def test_the_blank_file_answers_nothing_and_its_examples_are_right() -> None:
    assert parse_answers(blank_text(), "x") == Answers()
    for key in KEYS:
        assert parse_answers(f"{key.name} = {key.example}", "x").answered == {key.name}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_it_is_read_as_a_spreadsheet_or_an_old_notepad_saves_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "assumptions.toml"
    path.write_bytes('# 毛利率\r\ngross_margin = "12%"\r\n'.encode(encoding))
    assert load_assumptions(path).gross_margin == Fraction(12, 100)


WRONG = [
    ('\ngross_margin = "abc"', 2, "不是比例", "not a rate"),
    ("gross_margin = 12", 1, "百分之几", "percentage or a multiple"),
    ("\n\npot_yuan = -3", 3, "不能是负数", "below zero"),
    ("pot_yuan = true", 1, "写成数字", "write a number"),
    ("pot_yuan = 1\nprofit = 1", 2, "不认识“profit”", "'profit' is not known"),
    ('recharge_bonus_rules = [\n  "100-8",\n  "八折",\n]', 3, "“八折”不是充值赠送规则", "no top-up rule"),
    ('recharge_bonus_rules = [\n  "100-8",\n  "100-9",\n]', 3, "写了两条规则", "two rules"),
    ("recharge_bonus_rules = [100]", 1, "要写成一列", "as a list"),
    ('[gross_margin_by_category]\n"会员" = "8%"\n"游戏" = "很多"', 3, "“很多”不是比例", "not a rate"),
    ("gross_margin_by_category = 3", 1, "一个分类一个数", "one rate a category"),
    ("pot_yuan = 1\ngross_margin = “12%”", 2, "读不懂", "cannot be read"),
]


@pytest.mark.parametrize(("text", "line", "zh", "en"), WRONG)
def test_a_wrong_line_is_named_in_both_languages(text: str, line: int, zh: str, en: str) -> None:
    with pytest.raises(BadMapping) as caught:
        parse_answers(text, "assumptions.toml")
    assert caught.value.say("zh").startswith(f"assumptions.toml 第 {line} 行: ")
    assert zh in caught.value.say("zh")
    assert caught.value.say("en").startswith(f"assumptions.toml line {line}: ")
    assert en in caught.value.say("en")


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.toml"
    path.write_bytes(b"pot_yuan = 1\n# \xff\xff\xff\n")
    with pytest.raises(BadMapping, match="line 2"):
        load_assumptions(path)


# --- writing ----------------------------------------------------------------------------------------------


def test_answers_keep_every_other_line(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.toml"
    mine = '# mine\npot_yuan = 5 # keep\n# gross_margin = "12%"\n\n[gross_margin_by_category]\n"x" = "1%"\n'
    path.write_text(mine, encoding="utf-8")
    said = write_answers(path, {"gross_margin": "9%", "benchmark_cac_yuan": "7"})
    assert said.assumptions.gross_margin == Fraction(9, 100)
    assert said.assumptions.benchmark_cac_fen == 700
    assert said.assumptions.gross_margin_by_category == {"x": Fraction(1, 100)}
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in mine.splitlines() if line not in lines] == ['# gross_margin = "12%"']


def test_an_answer_that_cannot_be_read_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.toml"
    write_answers(path, {"pot_yuan": "5"})
    before = path.read_bytes()
    with pytest.raises(BadMapping):
        write_answers(path, {"gross_margin": "lots"})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["assumptions.toml"]


answers = st.fixed_dictionaries(
    {},
    optional={
        "monthly_incentive_yuan": st.decimals(0, 10**9, places=2).map(str),
        "gross_margin": st.integers(0, 100).map(lambda n: f"{n}%"),
        "recharge_bonus_rules": st.lists(
            st.tuples(st.integers(1, 9999), st.integers(0, 999)).map(lambda pair: f"{pair[0]}-{pair[1]}"),
            max_size=4,
            unique_by=lambda rule: rule.partition("-")[0],
        ),
        "gross_margin_by_category": st.dictionaries(st.text(max_size=8), st.just("5%"), max_size=3),
        "pot_yuan": st.just(SKIPPED),
    },
)


@example(first={"gross_margin_by_category": {"a\x85b\u2028\x7f": "5%"}}, second={"pot_yuan": SKIPPED})
@given(first=answers, second=answers)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, Answer], second: dict[str, Answer]
) -> None:
    path = tmp_path_factory.mktemp("answers") / "assumptions.toml"
    write_answers(path, first)
    said = write_answers(path, second)
    assert said == read_answers(path)
    assert said.answered | said.skipped == set(first) | set(second)
    for name in {*first, *second}:
        alone = write_answers(path.with_name("alone.toml"), {name: second.get(name, first.get(name, ""))})
        field = next(key.field for key in KEYS if key.name == name)
        assert getattr(said.assumptions, field) == getattr(alone.assumptions, field)
        path.with_name("alone.toml").unlink()


# --- asking -----------------------------------------------------------------------------------------------


def asked(*there: str, answers: Answers | None = None) -> list[str]:
    def has(table: str, column: str | None) -> bool:
        return (f"{table}.{column}" if column else table) in there

    return [key.name for key in open_questions(has, answers or Answers())]


def test_orders_alone_ask_the_three_questions() -> None:
    assert asked("orders") == ["monthly_incentive_yuan", "gross_margin", "recharge_bonus_rules"]


def test_what_the_files_tell_is_not_asked() -> None:
    assert asked("orders", "balance_entries") == ["gross_margin"]
    assert asked("orders", "orders.cost_of_goods") == ["monthly_incentive_yuan", "recharge_bonus_rules"]
    assert asked("orders", "balance_entries", "products.cost") == []


def test_nobody_is_asked_twice(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.toml"
    said = write_answers(path, {"monthly_incentive_yuan": SKIPPED, "gross_margin_by_category": {"a": "5%"}})
    assert asked("orders", answers=said) == ["recharge_bonus_rules"]


def test_answers_are_typed_as_people_type_them() -> None:
    by_name = {key.name: key for key in KEYS}
    assert typed_answer(by_name["gross_margin"], "12%") == {"gross_margin": "12%"}
    categories = {"gross_margin_by_category": {"游戏": "8%", "会员": "15%"}}
    assert typed_answer(by_name["gross_margin"], "游戏=8%，会员：15%") == categories
    assert typed_answer(by_name["gross_margin"], "12% 游戏=8%，会员：15%") == {
        "gross_margin": "12%",
        **categories,
    }
    with pytest.raises(NotUnderstood):
        typed_answer(by_name["gross_margin"], "游戏=8%", categories=False)
    with pytest.raises(NotUnderstood):
        typed_answer(by_name["gross_margin"], "lots 游戏=8%")
    assert typed_answer(by_name["recharge_bonus_rules"], "100-8 500-50") == {
        "recharge_bonus_rules": ["100-8", "500-50"]
    }
    with pytest.raises(NotUnderstood):
        typed_answer(by_name["monthly_incentive_yuan"], "很多")
