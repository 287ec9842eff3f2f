"""The manual says what the commands are: its generated part is as the code makes it, in both languages."""

import re

import pytest

from guide import PAGES, with_generated
from huoshui.base.errors import Language
from huoshui.flow.assumptions import KEYS
from huoshui.serve.cli_texts import EXIT_CODE_MEANINGS, HELP


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_generated_part_is_as_the_code_makes_it(language: Language) -> None:
    page = PAGES[language].read_text(encoding="utf-8")
    assert page == with_generated(page, language), "run .venv/bin/python tools/guide.py"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_option_code_and_answer_is_in_the_manual(language: Language) -> None:
    page = PAGES[language].read_text(encoding="utf-8")
    for key in HELP:
        command, _, parameter = key.partition(".")
        if not parameter:
            assert f"### huoshui {command}" in page
        elif parameter in ("folder", "record", "action", "file"):
            assert HELP[key].say(language) in page
        elif command not in ("*", "huoshui"):
            assert f"`--{parameter.replace('_', '-')}" in page
    for code in EXIT_CODE_MEANINGS:
        assert f"| {code} |" in page
    for answer in KEYS:
        assert f"`{answer.name}`" in page


def test_both_pages_have_the_same_parts() -> None:
    shapes = [
        re.findall(r"^#+|^```|^\| `", page.read_text(encoding="utf-8"), re.MULTILINE)
        for page in PAGES.values()
    ]
    assert shapes[0] == shapes[1]
