"""From a command line to an exit code: every error becomes one sentence in the user's language.

    0 fine · 1 our fault · 2 input unusable · 3 limit · 4 done, rows to correct · 130 interrupted

HUOSHUI_DEBUG=1 shows the traceback as well.
"""

import errno
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import cast

import typer
from typer.core import TyperArgument, TyperOption
from typer.exceptions import TyperException

from huoshui import __version__
from huoshui.base.clock import now_utc
from huoshui.base.errors import CannotWrite, DiskFull, HuoshuiError
from huoshui.serve.cli import exit_codes
from huoshui.serve.cli.commands import app
from huoshui.serve.cli.helping import argument_word
from huoshui.serve.cli.language import language_of
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    INTERRUPTED,
    NUMBER_BETWEEN,
    ONE_OF,
    OUR_FAULT,
    SEE_HELP,
    SIMILAR,
    USAGE_ERRORS,
    WHOLE_NUMBER,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name); gives its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = language_of(given, os.environ, encoding=getattr(sys.stdout, "encoding", None))
    terminal = Terminal(language, machine="--json" in given)
    # A hook, not a broad except: what nobody expected ends the run as Python ends it, only said in words.
    sys.excepthook = partial(own_up, terminal, given)
    if "--version" in given:
        # Before anything is parsed: it answers at once.
        terminal.out.print(f"huoshui {__version__}")
        return 0
    try:
        command = typer.main.get_command(app)
        status = cast(int | None, command.main(given, "huoshui", standalone_mode=False, obj=terminal)) or 0
    except HuoshuiError as error:
        return refuse(terminal, error.code, error.say(language), error.exit_status)
    except TyperException as error:
        return refuse(terminal, "usage", usage_sentence(terminal, error), error.exit_code)
    except OSError as error:
        known = known_trouble(error)
        if known is None:
            raise
        return refuse(terminal, known.code, known.say(language), known.exit_status)
    except KeyboardInterrupt:
        status = exit_codes.INTERRUPTED
    if status == exit_codes.INTERRUPTED:
        return refuse(terminal, "interrupted", terminal.word(INTERRUPTED), status)
    return status


def known_trouble(error: OSError) -> HuoshuiError | None:
    """The system's refusals that a user can mend; None for the rest, which are ours."""
    if error.errno == errno.ENOSPC:
        return DiskFull(folder=error.filename or "")
    if isinstance(error, PermissionError) and error.filename:
        return CannotWrite(file=error.filename2 or error.filename)
    return None


def own_up(
    terminal: Terminal,
    arguments: list[str],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Say that it is our fault and where the details are; Python then ends with exit code 1."""
    lines = traceback.format_exception(kind, error, trace)
    if debugging():
        sys.stderr.writelines(lines)
    where = save_details(arguments, lines)
    refuse(terminal, "our_fault", terminal.word(OUR_FAULT, file=where), exit_codes.OUR_FAULT)


def debugging() -> bool:
    """Whether tracebacks are wanted."""
    return os.environ.get("HUOSHUI_DEBUG") == "1"


def refuse(terminal: Terminal, code: str, sentence: str, status: int) -> int:
    """Say why it ended, to people and to programs; gives `status`."""
    terminal.complain(sentence)
    if debugging() and sys.exc_info()[0]:
        traceback.print_exc()
    terminal.give({"ok": False, "exit_code": status, "error": {"code": code, "text": sentence}})
    return status


def usage_sentence(terminal: Terminal, error: TyperException) -> str:
    """What is wrong with the command line, and where its help is."""
    context = getattr(error, "ctx", None)
    param = getattr(error, "param", None)
    option = getattr(error, "option_name", "") or " ".join(getattr(param, "opts", []))
    kind = next(c.__name__ for c in type(error).__mro__ if c.__name__ in USAGE_ERRORS)
    argument = isinstance(param, TyperArgument)
    sentence = terminal.word(
        USAGE_ERRORS[kind],
        parameter=argument_word(param, terminal.language) if argument else option,
        detail=accepted(terminal, param) or error.message,
    )
    similar = getattr(error, "possibilities", None)
    if similar:
        sentence += " " + terminal.word(SIMILAR, names=" ".join(similar))
    return f"{sentence} {terminal.word(SEE_HELP, command=context.command_path if context else 'huoshui')}"


def accepted(terminal: Terminal, param: object) -> str:
    """What a parameter takes, in words; empty where that is any text."""
    if not isinstance(param, TyperOption | TyperArgument):
        return ""
    descriptor = param.type_descriptor
    if descriptor.choices:
        return terminal.word(ONE_OF, choices=" ".join(map(str, descriptor.choices)))
    if isinstance(param, TyperArgument):
        return ""
    low, high = descriptor.parameter_info.min, descriptor.parameter_info.max
    if low is not None and high is not None:
        return terminal.word(NUMBER_BETWEEN, low=low, high=high)
    return terminal.word(WHOLE_NUMBER)


def save_details(arguments: list[str], trace: list[str]) -> Path:
    """The traceback and what it takes to understand it, in a file of its own among the temporary ones."""
    at = now_utc()
    lines = [
        f"huoshui {__version__}  {at.isoformat()}",
        f"python {platform.python_version()} on {platform.platform()}",
        f"arguments: {arguments!r}",
        "",
        *trace,
    ]
    handle, name = tempfile.mkstemp(prefix=f"huoshui-fault-{at:%Y%m%d-%H%M%S}-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return Path(name)
