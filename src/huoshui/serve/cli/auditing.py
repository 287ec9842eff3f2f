"""Receipts, signed heads, and the check of the whole audit log."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from huoshui.base.errors import BadOption
from huoshui.serve.cli.exit_codes import BOOKS_DO_NOT_HOLD, FINE, STORE
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    COSIGNED,
    GROWN_FROM,
    HEAD_KEEP,
    KEY_CHANGED,
    LOG_EMPTY,
    LOG_FAULTS,
    NOT_AN_ID,
    NOT_SEALED,
    RECEIPT_CHECK,
    RECEIPT_FOR,
    RECEIPT_KEY,
    RECEIPT_PLACE,
    RECEIPT_PLACE_IS,
    SIMULATED_BOOKS,
    VERIFY_COUNTED,
    VERIFY_FAULTS,
    VERIFY_FINE,
    VERIFY_MORE,
    VERIFY_UNWITNESSED,
    WRITTEN_TO,
)

FAULTS_SHOWN = 20


def write_receipt(terminal: Terminal, record: str, file: Path | None) -> int:
    """`receipt ID`: the proof of one record, as a file; the exit code."""
    from huoshui.flow.handlers.sealing import Checkpoint, open_log, receipt_of

    try:
        asked = UUID(record)
    except ValueError as error:
        raise BadOption(option="ID", value=record, reason_zh=NOT_AN_ID.zh, reason_en=NOT_AN_ID.en) from error
    place = file or Path(f"receipt-{asked}.txt")
    with open_log() as log:
        receipt = receipt_of(log, asked)
        key = log.key.verifier.text()
    if receipt is None:
        terminal.say(terminal.word(NOT_SEALED), style="warn")
        terminal.give(
            {"ok": False, "exit_code": STORE, "error": {"code": "not_sealed", "text": NOT_SEALED.en}}
        )
        return STORE
    place.write_text(receipt.text(), "utf-8")
    head = Checkpoint.read(receipt.note.text)
    size = head.size
    if head.simulated:
        terminal.say(terminal.word(SIMULATED_BOOKS), style="warn")
    terminal.field(RECEIPT_FOR, str(asked))
    terminal.field(RECEIPT_PLACE, terminal.word(RECEIPT_PLACE_IS, leaf=receipt.index + 1, size=size))
    terminal.field(WRITTEN_TO, place)
    terminal.field(RECEIPT_KEY, Path(key))
    terminal.say(terminal.word(RECEIPT_CHECK))
    terminal.verbatim(f"python verify_receipt.py {place.name} --key '{key}'\n")
    answer = {"file": str(place), "leaf": receipt.index, "size": size, "key": key}
    terminal.give({"ok": True, "exit_code": FINE, "simulated": head.simulated, **answer})
    return FINE


@dataclass(frozen=True, slots=True)
class HeadAsked:
    """What `head` was asked besides showing it."""

    witness: Path | None = None
    new_key: bool = False
    after_restore: bool = False
    since: int | None = None


def show_head(terminal: Terminal, file: Path | None, asked: HeadAsked) -> int:
    """`head`: the last signed head and the public key; the exit code."""
    from huoshui.flow.handlers.sealing import Checkpoint, change_key, open_log, read_note, signed_head

    answer: dict[str, object] = {"ok": True, "exit_code": FINE}
    with open_log(lost_key=asked.new_key, after_restore=asked.after_restore) as log:
        if asked.new_key:
            change = change_key(log).whole()
            answer["key_change"] = change
            terminal.say(terminal.word(KEY_CHANGED))
            terminal.verbatim(change)
        if asked.witness is not None:
            answer["cosignatures"] = log.add_cosignatures(read_note(asked.witness))
            terminal.say(terminal.word(COSIGNED, count=answer["cosignatures"]))
        note = signed_head(log)
        key = log.key.verifier.text()
        growth = (
            [] if asked.since is None else [b64encode(part).decode() for part in log.growth(asked.since)[1]]
        )
    simulated = note is not None and Checkpoint.read(note.text).simulated
    answer |= {"simulated": simulated, "key": key, "head": note.whole() if note else None, "growth": growth}
    if simulated:
        terminal.say(terminal.word(SIMULATED_BOOKS), style="warn")
    if note is None:
        terminal.say(terminal.word(LOG_EMPTY))
    elif file is None:
        terminal.verbatim(note.whole())
    else:
        file.write_text(note.whole(), "utf-8")
        terminal.field(WRITTEN_TO, file)
    terminal.field(RECEIPT_KEY, Path(key))
    if asked.since is not None:
        terminal.say(terminal.word(GROWN_FROM, since=asked.since))
        terminal.verbatim("".join(f"{line}\n" for line in growth))
    if note is not None:
        terminal.say(terminal.word(HEAD_KEEP), style="quiet")
    terminal.give(answer)
    return FINE


def verify_log(terminal: Terminal, heads: Sequence[Path]) -> int:
    """`verify`: what does not hold, where; the exit code."""
    from huoshui.flow.handlers.sealing import check_everything, open_log, read_note

    with open_log() as log:
        report = check_everything(log, [read_note(file) for file in heads])
    counts = {
        "leaves": report.leaves,
        "seals": report.seals,
        "witnessed": report.witnessed,
        "unsealed": report.unsealed,
    }
    if report.simulated:
        terminal.say(terminal.word(SIMULATED_BOOKS), style="warn")
    terminal.say(terminal.word(VERIFY_COUNTED, **{name: f"{count:,}" for name, count in counts.items()}))
    lines = [
        terminal.word(LOG_FAULTS[fault.kind], leaf=1 + (fault.leaf or 0), detail=fault.detail)
        for fault in report.faults
    ]
    if lines:
        terminal.say(terminal.word(VERIFY_FAULTS, count=len(lines)), style="fault")
        for line in lines[:FAULTS_SHOWN]:
            terminal.say(f"· {line}", hang=2)
        if len(lines) > FAULTS_SHOWN:
            terminal.say(terminal.word(VERIFY_MORE, count=len(lines) - FAULTS_SHOWN))
    else:
        terminal.say(terminal.word(VERIFY_FINE), style="good")
    if not heads:
        terminal.say(terminal.word(VERIFY_UNWITNESSED), style="quiet")
    status = BOOKS_DO_NOT_HOLD if lines else FINE
    faults = [
        {"code": fault.kind, "leaf": fault.leaf, "detail": fault.detail, "text": line}
        for fault, line in zip(report.faults, lines, strict=True)
    ]
    terminal.give(
        {"ok": not lines, "exit_code": status, "simulated": report.simulated, **counts, "faults": faults}
    )
    return status
