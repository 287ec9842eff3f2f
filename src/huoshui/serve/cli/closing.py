"""A period's close: figures, signature, files; and the export of the books for a check from outside."""

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
    NAME_EMPTY,
    NEXT_STEP,
    WRITTEN_TO,
)

if TYPE_CHECKING:
    from huoshui.core.ledger.three_way import Payment
    from huoshui.flow.closing import Closing, Month

CLOSE_FOLDER = "huoshui-close"
WORK_FOLDER = "huoshui-work"
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

    month = month_of(asked.period)
    if asked.name is not None and not asked.name.strip():
        raise BadOption(option="--sign", value=asked.name, reason_zh=NAME_EMPTY.zh, reason_en=NAME_EMPTY.en)
    shop, bill = sides_of(terminal, asked, month)
    with open_log() as log:
        if asked.check:
            return tell_check(
                terminal, asked.period, [(o.code, o.place, o.fen) for o in check(log.store, asked.period)]
            )
        if asked.name is None:
            closing = draft(log.store, asked.period, shop=shop, bill=bill)
        else:
            closing = sign(
                log.store, log, asked.period, name=asked.name, reason=asked.reason, shop=shop, bill=bill
            )
    return tell_close(terminal, closing, out_of(asked))


def sides_of(
    terminal: Terminal, asked: CloseAsked, month: "Month"
) -> tuple["list[Payment] | None", "list[Payment] | None"]:
    """The shop's payments and the channel's, where files were given. Raises MissingFolder, UnreadableFile."""
    from huoshui.flow.app import clear_work, settings_for
    from huoshui.flow.files import within_limits
    from huoshui.flow.payments import bill_payments, shop_payments
    from huoshui.serve.cli.reporting import in_words

    if asked.shop is None and not asked.bill:
        return None, None
    if asked.shop is not None and not asked.shop.is_dir():
        raise MissingFolder(folder=asked.shop)
    settings = settings_for(work=out_of(asked) / WORK_FOLDER, language=terminal.language)
    try:
        with terminal.progress() as progress, within_limits(settings):
            shop = None
            if asked.shop is not None:
                told = in_words(terminal, progress)
                shop = shop_payments(asked.shop, month, settings=settings, progress=told)
            bill = bill_payments(asked.bill, settings=settings) if asked.bill else None
    finally:
        clear_work(settings)
    return shop, bill


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


def tell_check(terminal: Terminal, period: str, off: list[tuple[str, str, int]]) -> int:
    """Whether the books still give what was signed; the exit code."""
    from huoshui.base.money import yuan_text

    status = BOOKS_DO_NOT_HOLD if off else FINE
    if off:
        terminal.say(terminal.word(CLOSE_DIFFERS, period=period, count=len(off)), style="fault")
        for code, place, fen in off:
            terminal.say(f"· {code} {place} {yuan_text(fen)}", hang=2)
    else:
        terminal.say(terminal.word(CLOSE_CHECKED, period=period), style="good")
    rows = [{"code": code, "place": place, "fen": fen} for code, place, fen in off]
    terminal.give({"ok": not off, "exit_code": status, "off": rows})
    return status


def export_on(terminal: Terminal, file: Path, period: str | None) -> int:
    """Write the books, or a signed period of them, as beancount; the exit code."""
    from huoshui.flow.closing import export_books, export_period
    from huoshui.flow.database import database_settings, open_database

    store = open_database(database_settings())
    try:
        lines = export_books(store) if period is None else export_period(store, period)
        with (
            staged(file.absolute().parent) as folder,
            (folder / file.name).open("w", encoding="utf-8") as written,
        ):
            count = sum(1 for line in lines if written.write(f"{line}\n"))
    finally:
        store.close()
    terminal.field(WRITTEN_TO, file)
    terminal.field(NEXT_STEP, terminal.word(EXPORT_CHECK, file=file))
    terminal.give({"ok": True, "exit_code": FINE, "file": str(file), "lines": count})
    return FINE
