"""A period's close: figures, signature, files; and the export of the books for a check from outside."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huoshui.base.clock import local_time, now_utc
from huoshui.base.errors import BadOption, MissingFolder
from huoshui.serve.cli.exit_codes import BOOKS_DO_NOT_HOLD, FINE
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    CLOSE_CHECKED,
    CLOSE_DIFFERS,
    EXPORT_CHECK,
    EXPORT_NEEDS,
    FOLDER,
    MIRROR_CAUSES,
    MIRROR_COLUMNS,
    MIRROR_COUNTED,
    MIRROR_EQUAL,
    MIRROR_NEEDS,
    MIRROR_OFF,
    NAME_EMPTY,
    NEXT_STEP,
    SIMULATED_BOOKS,
    WRITTEN_TO,
)

if TYPE_CHECKING:
    from huoshui.core.ledger import DataKind
    from huoshui.flow.closing import Closing, Month, Outside
    from huoshui.flow.mirroring import MirrorRun

CLOSE_FOLDER = "huoshui-close"
WORK_FOLDER = "huoshui-work"
MIRROR_FOLDER, DIFFERENCES_FILE = "huoshui-mirror", "differences.csv"
DIFFERENCES_SHOWN = 20
CLOSE_PAGE, CLOSE_WORKBOOK = "close.html", "close.xlsx"


@dataclass(frozen=True, slots=True)
class CloseAsked:
    """What the command line asks of a close, as typed."""

    period: str
    name: str | None
    reason: str
    shop: Path | None
    bill: list[Path]
    check: bool
    out: Path | None


def close_on(terminal: Terminal, asked: CloseAsked) -> int:
    """Draft, sign, show or check the close of a period, and write its files; the exit code."""
    from huoshui.flow.closing import check, draft, month_of, sign
    from huoshui.flow.handlers.sealing import open_log
    from huoshui.flow.marking import books_hold

    month = month_of(asked.period)
    if asked.name is not None and not asked.name.strip():
        raise BadOption(option="--sign", value=asked.name, reason_zh=NAME_EMPTY.zh, reason_en=NAME_EMPTY.en)
    outside = outside_asked(terminal, asked, month)
    with open_log() as log:
        if asked.check:
            off = [(o.code, o.place, o.fen) for o in check(log.store, asked.period)]
            return tell_check(terminal, asked.period, off, data=books_hold(log.store))
        if asked.name is None:
            closing = draft(log.store, asked.period, outside=outside)
        else:
            closing = sign(
                log.store, log, asked.period, name=asked.name, reason=asked.reason, outside=outside
            )
    return tell_close(terminal, closing, out_of(asked))


def outside_asked(terminal: Terminal, asked: CloseAsked, month: "Month") -> "Outside":
    """The shop's payments and the channel's, where files were given. Raises MissingFolder, UnreadableFile."""
    from huoshui.flow.app import clear_work, settings_for
    from huoshui.flow.closing import Outside
    from huoshui.flow.files import within_limits
    from huoshui.flow.payments import outside_of
    from huoshui.serve.cli.on_folder import in_words

    if asked.shop is None and not asked.bill:
        return Outside()
    if asked.shop is not None and not asked.shop.is_dir():
        raise MissingFolder(folder=asked.shop)
    settings = settings_for(work=out_of(asked) / WORK_FOLDER, language=terminal.language)
    try:
        with terminal.progress() as progress, within_limits(settings):
            told = in_words(terminal, progress)
            return outside_of(asked.shop, asked.bill, month, settings=settings, progress=told)
    finally:
        clear_work(settings)


def out_of(asked: CloseAsked) -> Path:
    """Where the files go."""
    return asked.out or Path(f"{CLOSE_FOLDER}-{asked.period}")


def tell_close(terminal: Terminal, closing: "Closing", out: Path) -> int:
    """Write page and workbook into `out`, say the lines or give the figures; the exit code."""
    from huoshui.serve.close_page import CloseInput, close_lines, close_page, write_close_workbook

    signed = closing.signed
    signed_at = "" if signed is None else f"{local_time(signed.signed_at):%Y-%m-%d %H:%M}"
    input = CloseInput(closing, f"{local_time(now_utc()):%Y-%m-%d %H:%M}", signed_at)
    with staged(out) as folder:
        page = close_page(input, terminal.language)
        (folder / CLOSE_PAGE).write_text(page, encoding="utf-8", newline="\n")
        write_close_workbook(input, folder / CLOSE_WORKBOOK, terminal.language)
    for line in close_lines(input, terminal.language):
        terminal.say(line, hang=2)
    for name in (CLOSE_PAGE, CLOSE_WORKBOOK):
        terminal.field(WRITTEN_TO, out / name)
    status = BOOKS_DO_NOT_HOLD if closing.figures.close.off else FINE
    terminal.give(
        {
            "ok": status == FINE,
            "exit_code": status,
            "simulated": input.simulated,
            "figures": closing.figures,
            "signed": None
            if signed is None
            else {
                "id": str(signed.id),
                "name": signed.signed_by,
                "reason": signed.reason,
                "at": signed.signed_at,
                "size": signed.size,
                "root": signed.root.hex(),
            },
            "files": [str(out / CLOSE_PAGE), str(out / CLOSE_WORKBOOK)],
        }
    )
    return status


def tell_check(
    terminal: Terminal, period: str, off: list[tuple[str, str, int]], *, data: "DataKind | None"
) -> int:
    """Whether the books still give what was signed; the exit code."""
    from huoshui.base.money import yuan_text

    simulated = say_if_simulated(terminal, data)
    status = BOOKS_DO_NOT_HOLD if off else FINE
    if off:
        terminal.say(terminal.word(CLOSE_DIFFERS, period=period, count=len(off)), style="fault")
        for code, place, fen in off:
            terminal.say(f"· {code} {place} {yuan_text(fen)}", hang=2)
    else:
        terminal.say(terminal.word(CLOSE_CHECKED, period=period), style="good")
    rows = [{"code": code, "place": place, "fen": fen} for code, place, fen in off]
    terminal.give({"ok": not off, "exit_code": status, "simulated": simulated, "off": rows})
    return status


def say_if_simulated(terminal: Terminal, data: "DataKind | None") -> bool:
    """Say first of all that the books hold simulated data, where they do; whether they do."""
    simulated = data == "simulated"
    if simulated:
        terminal.say(terminal.word(SIMULATED_BOOKS), style="warn")
    return simulated


def export_on(terminal: Terminal, file: Path | None, period: str | None) -> int:
    """Write the books, or a signed period of them, as beancount; the exit code."""
    from huoshui.flow.closing import export_books, export_period
    from huoshui.flow.database import database_settings, open_database
    from huoshui.flow.marking import books_hold

    if file is None:
        raise BadOption(option="--beancount", value="", reason_zh=EXPORT_NEEDS.zh, reason_en=EXPORT_NEEDS.en)
    store = open_database(database_settings())
    try:
        data = books_hold(store)
        lines = export_books(store) if period is None else export_period(store, period)
        with (
            staged(file.absolute().parent) as folder,
            (folder / file.name).open("w", encoding="utf-8") as written,
        ):
            count = sum(1 for line in lines if written.write(f"{line}\n"))
    finally:
        store.close()
    simulated = say_if_simulated(terminal, data)
    terminal.field(WRITTEN_TO, file)
    terminal.field(NEXT_STEP, terminal.word(EXPORT_CHECK, file=file))
    terminal.give({"ok": True, "exit_code": FINE, "simulated": simulated, "file": str(file), "lines": count})
    return FINE


def mirror_on(terminal: Terminal, folder: Path | None, out: Path | None) -> int:
    """Book a shop's balance entries, compare, and list what differs; the exit code."""
    from huoshui.flow.app import clear_work, settings_for
    from huoshui.flow.database import database_settings, open_database
    from huoshui.flow.files import within_limits
    from huoshui.flow.mirroring import mirror_folder
    from huoshui.serve.cli.on_folder import in_words

    if folder is None:
        raise BadOption(
            option=terminal.word(FOLDER), value="", reason_zh=MIRROR_NEEDS.zh, reason_en=MIRROR_NEEDS.en
        )
    if not folder.is_dir():
        raise MissingFolder(folder=folder)
    place = out or folder / MIRROR_FOLDER
    settings = settings_for(work=place / WORK_FOLDER, language=terminal.language)
    store = open_database(database_settings())
    try:
        with terminal.progress() as progress, within_limits(settings):
            run = mirror_folder(store, folder, settings=settings, progress=in_words(terminal, progress))
    finally:
        store.close()
        clear_work(settings)
    return tell_mirror(terminal, run, place)


def tell_mirror(terminal: Terminal, run: "MirrorRun", place: Path) -> int:
    """Say what was booked and what differs, and write the differences; the exit code."""
    from huoshui.base.money import yuan_text

    red = [day for day in run.days if not day.green]
    simulated = say_if_simulated(terminal, run.data)
    counts = {"users": run.users, "entries": run.entries, "new": run.new}
    terminal.say(terminal.word(MIRROR_COUNTED, **{name: f"{count:,}" for name, count in counts.items()}))
    rows = [
        (
            one.user_id,
            one.on.isoformat(),
            f"{one.fen / 100:.2f}",
            terminal.word(MIRROR_CAUSES[one.cause]),
            one.detail,
        )
        for one in run.differences
    ]
    if rows:
        users = len({one.user_id for one in run.differences})
        terminal.say(
            terminal.word(MIRROR_OFF, users=f"{users:,}", red=len(red)), style="fault" if red else "warn"
        )
        for one, row in zip(run.differences[:DIFFERENCES_SHOWN], rows, strict=False):
            terminal.say(f"· {row[0]} {row[1]} {yuan_text(one.fen)} {row[3]} {row[4]}", hang=2)
        with (
            staged(place) as folder,
            (folder / DIFFERENCES_FILE).open("w", encoding="utf-8-sig", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow([terminal.word(title) for title in MIRROR_COLUMNS])
            writer.writerows([[guarded(cell) for cell in row] for row in rows])
        terminal.field(WRITTEN_TO, place / DIFFERENCES_FILE)
    else:
        terminal.say(terminal.word(MIRROR_EQUAL), style="good")
    status = BOOKS_DO_NOT_HOLD if red else FINE
    terminal.give(
        {
            "ok": not red,
            "exit_code": status,
            "simulated": simulated,
            **counts,
            "days": run.days,
            "differences": run.differences,
        }
    )
    return status


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and not cell.replace(".", "").lstrip("-").isdigit() else cell
