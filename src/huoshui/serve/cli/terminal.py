"""What the commands speak through: people read standard output, programs read one JSON object there.

With `--json` nothing but that object goes to standard output; progress and errors for people go to standard
error.
"""

import shutil
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text as RichText
from rich.theme import Theme

from huoshui.base.errors import Language, Text
from huoshui.serve.cli.wrapping import wrapped

if TYPE_CHECKING:
    from huoshui.serve.cli.bars import ProgressCall

WIDTH_MAX = 100
FIELD_WIDTH = 12
THEME = Theme({
    "fault": "bold red",
    "warn": "yellow",
    "good": "green",
    "quiet": "dim",
    "head": "bold",
    "name": "cyan",
})  # fmt: skip


class Terminal:
    """One run's voice: its language, whether a program listens, and where words go."""

    def __init__(self, language: Language, *, machine: bool) -> None:
        self.language = language
        self.machine = machine
        for stream in (sys.stdout, sys.stderr):
            print_what_it_can(stream)
        self.out = console(sys.stdout)
        self.err = console(sys.stderr)

    @property
    def asks(self) -> bool:
        """Whether somebody can be asked: a terminal on both sides and no program listening."""
        return not self.machine and sys.stdin.isatty() and sys.stdout.isatty()

    def word(self, text: Text, **data: object) -> str:
        """`text` in the language of this run."""
        return text.say(self.language, **data)

    def say(self, line: str = "", style: str | None = None, *, indent: int = 0, hang: int = 0) -> None:
        """A sentence for people, wrapped to the terminal; silent when a program listens.

        All of it stands `indent` columns in, its further lines `hang` more.
        """
        if not self.machine:
            for part in wrapped(" " * indent + line, self.out.width, indent=indent + hang):
                self.out.print(part, style=style, markup=False, highlight=False, soft_wrap=True)

    def verbatim(self, text: str) -> None:
        """A text to be copied as it is; silent when a program listens."""
        if not self.machine:
            self.out.print(text, markup=False, highlight=False, soft_wrap=True, end="")

    def show(self, renderable: RenderableType) -> None:
        """Something drawn for people; silent when a program listens."""
        if not self.machine:
            self.out.print(renderable)

    def field(self, name: Text, value: str | Path) -> None:
        """A named sentence, or where a file lies; a path or a command is never broken: it will be copied."""
        if self.machine:
            return
        title = self.word(name)
        gap = " " * max(FIELD_WIDTH - cell_len(title), 1)
        copied = isinstance(value, Path) or f"{own_command()} " in value
        width = sys.maxsize if copied else self.out.width
        first, *rest = wrapped(f"{title}{gap}{value}", width, indent=FIELD_WIDTH)
        self.out.print(RichText.assemble((first[: len(title)], "quiet"), first[len(title) :]), soft_wrap=True)
        for part in rest:
            self.out.print(RichText(part), soft_wrap=True)

    def ask(self) -> str:
        """What somebody types after the prompt, without blanks around it; empty at the end of input."""
        try:
            return self.out.input("[name]>[/name] ").strip()
        except EOFError:
            self.say()
            return ""

    def complain(self, line: str, style: str | None = "fault") -> None:
        """A line on standard error."""
        self.err.print(line, style=style, markup=False, highlight=False, soft_wrap=True)

    def give(self, answer: object) -> None:
        """The JSON object for programs, in UTF-8 whatever the code page; silent when a person reads."""
        if not self.machine:
            return
        from huoshui.serve.cli.machine import as_json_line

        text = as_json_line(answer)
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:
            sys.stdout.write(text.decode())
        else:
            sys.stdout.flush()
            binary.write(text)
        sys.stdout.flush()

    def progress(self) -> "AbstractContextManager[ProgressCall]":
        """A bar on standard error while the block runs, gone after it; none where there is no terminal."""
        from huoshui.serve.cli.bars import progress_bar

        return progress_bar(self.err)


def own_command() -> str:
    """What to type to run this program again: its name where it is found, else the path it was called by."""
    called = Path(sys.argv[0])
    found = shutil.which("huoshui")
    elsewhere = found is None or not called.exists() or not called.samefile(found)
    return str(called) if called.stem == "huoshui" and elsewhere else "huoshui"


def console(stream: TextIO) -> Console:
    """A console on `stream`, no wider than reads well."""
    made = Console(file=stream, theme=THEME, highlight=False, soft_wrap=False)
    if made.width > WIDTH_MAX:
        made.width = WIDTH_MAX
    return made


def print_what_it_can(stream: TextIO) -> None:
    """A code page that lacks a character shows `?` for it, instead of ending the run."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
