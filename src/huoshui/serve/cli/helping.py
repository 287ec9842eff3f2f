"""The help page, in the run's language: aligned also where characters are two columns wide."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from rich.table import Table
from typer.core import TyperCommand, TyperGroup, TyperOption

from huoshui.base.errors import Language, NoSuchCommand
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    ARGUMENTS,
    COMMANDS,
    DEFAULT,
    EXIT_CODE_MEANINGS,
    EXIT_CODES,
    FOLDER,
    HELP,
    MORE_HELP,
    OPTIONS,
    REQUIRED,
    TAGLINE,
    USAGE,
    VALUES,
)

Row = tuple[str, str]


class Group(TyperGroup):
    """`huoshui` itself."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with. Raises NoSuchCommand, naming what looks like it."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            similar = get_close_matches(args[0], self.commands) or list(self.commands)
            raise NoSuchCommand(command=args[0], similar=", ".join(similar))
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  the page goes to our own console
        """Print the page."""
        terminal: Terminal = ctx.find_root().obj
        head(terminal, terminal.word(TAGLINE), f"huoshui <{terminal.word(COMMANDS)}>")
        commands = ((name, word(name, terminal.language)) for name in self.commands)
        section(terminal, terminal.word(COMMANDS), commands)
        section(terminal, terminal.word(OPTIONS), option_rows(self, "huoshui", ctx, terminal.language))
        section(terminal, terminal.word(EXIT_CODES), exit_code_rows(terminal.language))
        terminal.out.print()
        terminal.out.print(terminal.word(MORE_HELP), style="quiet")


class Command(TyperCommand):
    """One command."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  the page goes to our own console
        """Print the page."""
        terminal: Terminal = ctx.find_root().obj
        name = self.name or ""
        rows = list(argument_rows(self, name, terminal.language))
        typed = (shown for shown, _ in rows)
        usage = " ".join(["huoshui", name, *typed, f"[{terminal.word(OPTIONS)}]"])
        head(terminal, word(name, terminal.language), usage)
        section(terminal, terminal.word(ARGUMENTS), rows)
        section(terminal, terminal.word(OPTIONS), option_rows(self, name, ctx, terminal.language))


def word(key: str, language: Language) -> str:
    """What HELP says of `command` or `command.parameter`; a parameter shared by all stands under `*`."""
    if key not in HELP and "." in key:
        key = f"*.{key.partition('.')[2]}"
    return HELP[key].say(language)


def head(terminal: Terminal, sentence: str, usage: str) -> None:
    """What it is for, and how it is written."""
    terminal.out.print(sentence, style="head", markup=False)
    terminal.out.print()
    terminal.out.print(f"{terminal.word(USAGE)}: {usage}", markup=False)


def section(terminal: Terminal, title: str, rows: Iterable[Row]) -> None:
    """A titled list of names and their meanings; nothing when there are none."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="name", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, meaning in rows:
        grid.add_row(f"  {name}", meaning)
    if grid.row_count:
        terminal.out.print()
        terminal.out.print(title, style="head", markup=False)
        terminal.out.print(grid)


def argument_rows(command: TyperCommand, name: str, language: Language) -> Iterator[Row]:
    """Each argument as one word, and what it means."""
    for param in command.params:
        if not isinstance(param, TyperOption):
            yield argument_word(param, language), word(f"{name}.{param.name}", language)


def argument_word(param: Any, language: Language) -> str:
    """What stands for an argument: a folder, unless its name says otherwise."""
    return VALUES.get(param.name or "", FOLDER).say(language)


def option_rows(command: TyperCommand | TyperGroup, name: str, ctx: Any, language: Language) -> Iterator[Row]:
    """Each option as it is typed, what it means, and its default."""
    for param in command.get_params(ctx):
        if not isinstance(param, TyperOption) or param.hidden:
            continue
        typed = ", ".join(param.opts)
        if not param.is_flag:
            typed += f" {value_word(param, name, language)}"
        meaning = word(f"{name}.{param.name}", language)
        if param.required:
            meaning += f" ({REQUIRED.say(language)})"
        elif not param.is_flag and param.default is not None:
            meaning += f" ({DEFAULT.say(language, value=param.default)})"
        yield typed, meaning


def value_word(param: TyperOption, command: str, language: Language) -> str:
    """What kind of value follows the option: its choices, or one word."""
    choices = param.type_descriptor.choices
    if choices:
        return "|".join(str(choice) for choice in choices)
    name = param.name or ""
    return VALUES.get(f"{command}.{name}", VALUES.get(name, VALUES["*"])).say(language)


def exit_code_rows(language: Language) -> Iterator[Row]:
    """Each exit code and its meaning."""
    for code, meaning in EXIT_CODE_MEANINGS.items():
        yield str(code), meaning.say(language)
