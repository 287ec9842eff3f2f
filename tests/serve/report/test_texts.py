"""Every text exists in both languages with the same data in it, every code has a text, no text lies idle."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import huoshui.serve.close_page
import huoshui.serve.evaluate_page
import huoshui.serve.learn_page
import huoshui.serve.pace_page
import huoshui.serve.plan_page
import huoshui.serve.report
from huoshui.base.errors import Text
from huoshui.core.costs import values
from huoshui.core.costs.values import GapSplit, UnitCost
from huoshui.serve.report.headline import _TILES
from huoshui.serve.texts import (
    DEFINITIONS,
    EVALUATE_DEFINITIONS,
    FINDINGS,
    LEARN_DEFINITIONS,
    PACE_DEFINITIONS,
    PLAN_DEFINITIONS,
    TEXTS,
)

SOURCES = sorted(
    path
    for package in (
        huoshui.serve.report,
        huoshui.serve.plan_page,
        huoshui.serve.close_page,
        huoshui.serve.evaluate_page,
        huoshui.serve.learn_page,
        huoshui.serve.pace_page,
    )
    for path in Path(str(package.__file__)).parent.rglob("*.py")
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def all_texts() -> Iterator[tuple[str, Text]]:
    yield from TEXTS.items()
    for code, definition in (
        DEFINITIONS | PLAN_DEFINITIONS | LEARN_DEFINITIONS | EVALUATE_DEFINITIONS
    ).items():
        yield f"{code} (term)", definition.term
        yield f"{code} (meaning)", definition.meaning
    for finding, words in FINDINGS.items():
        for name in ("title", "title_plain", "action", "action_plain", "why", "saving"):
            yield f"{finding}.{name}", getattr(words, name)


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_text_is_there_in_both_languages() -> None:
    assert [code for code, text in all_texts() if not text.zh.strip() or not text.en.strip()] == []
    assert [code for code, text in all_texts() if CHINESE.search(text.en)] == []


def test_both_languages_carry_the_same_data() -> None:
    # The currency's word may stand in one language only; "the one thing" says its number in words.
    unequal = [c for c, text in all_texts() if fields(text.zh) - {"unit"} != fields(text.en) - {"unit"}]
    unequal.remove("count.things_one")
    assert unequal == []


def codes(of: object) -> list[str]:
    return list(get_args(of))


@pytest.mark.parametrize(
    ("prefix", "known"),
    [
        ("mark", codes(values.Marking)),
        ("basis", codes(values.Basis)),
        ("segment", codes(values.Segment)),
        ("verdict", codes(values.Verdict)),
        ("waste", codes(values.WasteKind)),
        ("unit", codes(values.Unit)),
        ("part", [code for code in codes(values.PartCode) if code != "agent_layer"]),
        ("funnel", codes(values.FunnelStep.__annotations__["code"])),
        ("key_use", codes(values.KeyUse.__annotations__["code"])),
        ("gap", codes(GapSplit.__annotations__["cause"])),
        ("unit_cost", codes(UnitCost.__annotations__["kind"])),
        ("book", codes(values.Scope.__annotations__["book_mode"])),
    ],
)
def test_every_state_has_a_word(prefix: str, known: list[str]) -> None:
    assert known
    assert [code for code in known if f"{prefix}.{code}" not in TEXTS] == []


def test_every_finding_and_every_figure_of_the_first_page_is_worded() -> None:
    assert set(FINDINGS) == set(codes(values.FindingCode))
    assert [code for code in _TILES if code not in DEFINITIONS] == []


def test_every_code_that_the_report_says_has_a_text() -> None:
    exact, _ = spoken()
    assert sorted(code for code in exact if code not in TEXTS) == []


def test_no_text_lies_idle() -> None:
    exact, patterns = spoken()
    # A wording for turnover is spoken where the plain one is.
    said = {code: code.removesuffix(".gross") if code != "col.gross" else code for code in TEXTS}
    assert set(said.values()) <= set(TEXTS)
    idle = [
        code
        for code, plain in said.items()
        if plain not in exact and not any(p.fullmatch(plain) for p in patterns)
    ]
    # Columns of rows behind findings are found by the name of the column, which the facts decide.
    kept = [code for code in idle if not code.startswith("col.")]
    assert kept == []


def test_every_defined_term_that_is_linked_exists() -> None:
    linked = set()
    for path in SOURCES:
        linked |= set(re.findall(r'term(?:=|_link\()"(\w+)"', path.read_text(encoding="utf-8")))
    assert linked
    told = (DEFINITIONS, PLAN_DEFINITIONS, LEARN_DEFINITIONS, EVALUATE_DEFINITIONS, PACE_DEFINITIONS)
    assert linked - {term for some in told for term in some} == set()


def spoken() -> tuple[set[str], list[re.Pattern[str]]]:
    """Codes named in the source, whole or as patterns of f-strings; `chart`, `sub` and their like add a prefix."""
    adding = {
        "heading": "col.",
        "table": "table.",
        "subtitle": "sub.",
        "empty": "empty.",
        "counted": "count.",
    }
    exact: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in TEXTS:
                exact.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                patterns.append(pattern(node))
            elif isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                named = [
                    arg.value
                    for arg in node.args
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                ]
                if name in ("say", "rich", "sentence", "Sentence", "clauses"):
                    exact |= set(named[:1])
                elif name == "name_of":
                    patterns.append(
                        re.compile(
                            rf"{named[0]}\..+" if named else r"(source|segment|purpose|verdict|kind)\..+"
                        )
                    )
                elif name in adding:
                    exact |= {adding[name] + code for code in named[:1]}
                elif name == "section":
                    exact |= {prefix + named[0] for prefix in ("section.", "lead.")}
    return exact, [p for p in patterns if re.match(r"[a-z_(|)]+(\\.|_)|\.\+_[a-z]+$", p.pattern)]


def pattern(node: ast.JoinedStr) -> re.Pattern[str]:
    parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values]
    return re.compile("".join(parts))
