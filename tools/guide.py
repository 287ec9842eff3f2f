"""Writes the generated part of docs/guide: every command, option and exit code, in both languages, from the code.

    .venv/bin/python tools/guide.py

A test compares the pages with what this makes, so that the manual cannot drift from the commands.
"""

from pathlib import Path

import typer

from huoshui.base.errors import Language
from huoshui.serve.cli.commands import app
from huoshui.serve.cli.helping import argument_rows, option_rows, word
from huoshui.serve.cli_texts import ARGUMENTS, EXIT_CODE_MEANINGS, OPTIONS

FOLDER_OF_PAGES = Path(__file__).resolve().parent.parent / "docs" / "guide"
PAGES: dict[Language, Path] = {
    "zh": FOLDER_OF_PAGES / "commands.zh.md",
    "en": FOLDER_OF_PAGES / "commands.en.md",
}
BEGIN = "<!-- made by tools/guide.py: begin -->"
END = "<!-- made by tools/guide.py: end -->"
CODE_AND_MEANING: dict[Language, str] = {"zh": "| 退出码 | 意思 |", "en": "| Exit code | Meaning |"}


def generated(language: Language) -> str:
    """The tables of commands and exit codes, in Markdown."""
    root = typer.main.get_command(app)
    context = typer.Context(root)
    parts = []
    for name, command in root.commands.items():
        rows = list(argument_rows(command, name, language))
        shown = "".join(f" {typed}" for typed, _ in rows)
        rows += option_rows(command, name, context, language)
        heading = f"{ARGUMENTS.say(language)} · {OPTIONS.say(language)}"
        table = "\n".join(f"| `{cell(typed)}` | {cell(meaning)} |" for typed, meaning in rows)
        parts.append(
            f"### huoshui {name}{shown}\n\n{word(name, language)}\n\n| {heading} | |\n| --- | --- |\n{table}"
        )
    codes = "\n".join(f"| {code} | {text.say(language)} |" for code, text in EXIT_CODE_MEANINGS.items())
    parts.append(f"{CODE_AND_MEANING[language]}\n| --- | --- |\n{codes}")
    return "\n\n".join(parts)


def cell(text: str) -> str:
    """A text that a table's bars cannot break."""
    return text.replace("|", "\\|")


def with_generated(page: str, language: Language) -> str:
    """`page` with its generated part made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{generated(language)}\n\n{END}{after}"


if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(with_generated(path.read_text(encoding="utf-8"), language), encoding="utf-8")
