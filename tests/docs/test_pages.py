"""The pages cannot drift from the house: rooms, terms, targets, commands and links stand as in the code."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from huoshui.serve.texts import (
    DEFINITIONS,
    EVALUATE_DEFINITIONS,
    LEARN_DEFINITIONS,
    PACE_DEFINITIONS,
    PLAN_DEFINITIONS,
)

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "huoshui"
LAYERS = ("base", "core", "lake", "flow", "serve", "sim", "store", "learn", "links")
GLOSSARY = ROOT / "docs" / "glossary.md"


def pages() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def glossary_rows() -> list[list[str]]:
    rows = []
    for line in GLOSSARY.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] not in ("中文", "---"):
            rows.append(cells)
    return rows


def test_glossary_rows_are_whole() -> None:
    rows = glossary_rows()
    assert len(rows) > 80
    for row in rows:
        assert len(row) == 5, row
        assert all(row), row
        assert re.search(r"[\u4e00-\u9fff]", row[0]), row
        assert re.search(r"[\u4e00-\u9fff]", row[3]), row
        assert not re.search(r"[\u4e00-\u9fff]", row[1] + row[4]), row


def test_glossary_says_each_term_once() -> None:
    for column in (0, 1):
        terms = [row[column] for row in glossary_rows()]
        assert sorted(terms) == sorted(set(terms))


def test_code_names_of_glossary_exist() -> None:
    code = "\n".join(path.read_text("utf-8") for path in SRC.rglob("*.py"))
    for row in glossary_rows():
        names = re.findall(r"`([^`]+)`", row[2])
        assert names or row[2] == "*planned*", row
        for name in names:
            pattern = re.escape(name).replace(r"\*", r"\w+")
            assert re.search(rf"\b{pattern}\b", code), f"{row[0]}: no {name} in src"


def test_terms_of_report_stand_in_glossary() -> None:
    chinese = " | ".join(row[0] for row in glossary_rows())
    english = " | ".join(row[1] for row in glossary_rows()).casefold()
    missing = [
        (definition.term.zh, definition.term.en)
        for definition in (
            DEFINITIONS | PLAN_DEFINITIONS | LEARN_DEFINITIONS | PACE_DEFINITIONS | EVALUATE_DEFINITIONS
        ).values()
        if definition.term.zh not in chinese
        or definition.term.en.partition(" (")[0].casefold() not in english
    ]
    assert missing == [], "terms of the report that docs/glossary.md lacks"


def rooms_in_code() -> set[str]:
    found = set()
    for layer in LAYERS:
        for path in (SRC / layer).glob("*"):
            if path.name.startswith("__") or (path.is_file() and path.suffix != ".py"):
                continue
            found.add(f"{layer}/{path.stem}")
    return found


def test_architecture_lists_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    listed = set(re.findall(rf"`((?:{'|'.join(LAYERS)})/\w+)`", table))
    assert sorted(rooms_in_code() - listed) == [], "rooms that docs/architecture.md does not list"
    assert sorted(listed - rooms_in_code()) == [], "rooms that are not there"


def targets() -> list[str]:
    return re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_help_lists_every_target() -> None:
    out = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^ +make ([a-z][\w-]*)", out, re.MULTILINE)) == set(targets()) - {"help"}


def test_targets_named_in_pages_exist() -> None:
    for page in pages():
        for name in re.findall(r"`make ([a-z][\w-]*)", page.read_text("utf-8")):
            assert name in targets(), f"{page.name}: make {name}"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_commands_are_in_both_readmes(name: str) -> None:
    code = (
        "import typer; from huoshui.serve.cli.commands import app;"
        "print(*sorted(typer.main.get_command(app).commands))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    text = (ROOT / name).read_text("utf-8")
    missing = [command for command in out.stdout.split() if f"huoshui {command}" not in text]
    assert missing == [], f"commands that {name} does not show"


def links(page: Path) -> Iterator[str]:
    """Targets of markdown links and of back-quoted paths, those of this checkout only."""
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            yield str((page.parent / target).resolve().relative_to(ROOT))
    yield from re.findall(r"`((?:src|docs|tests|bench|tools|requirements)/[\w./-]+)`", text)


def test_links_lead_somewhere() -> None:
    for page in pages():
        for target in links(page):
            assert (ROOT / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_traced_functions_are_where_the_page_says() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    steps = re.findall(r"`(src/[\w/]+\.py)` `(\w+)`", text)
    assert len(steps) >= 6
    for path, name in steps:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), f"{path}: {name}"
