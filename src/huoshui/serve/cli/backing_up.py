"""A copy of the books in one file, and back."""

from pathlib import Path

from huoshui.base.errors import UnreadableFile
from huoshui.serve.cli.exit_codes import FINE
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import BACKUP_KEYS, NEXT_STEP, NO_SUCH_FILE, RESTORED, RESTORED_NEXT, WRITTEN_TO


def back_up_to(terminal: Terminal, file: Path) -> int:
    """`backup FILE`; the exit code."""
    from huoshui.flow.database import back_up, database_settings

    settings = database_settings()
    back_up(settings, file)
    terminal.field(WRITTEN_TO, file)
    terminal.say(terminal.word(BACKUP_KEYS, folder=settings.data_dir / "keys"), style="quiet")
    terminal.give({"ok": True, "exit_code": FINE, "file": str(file), "bytes": file.stat().st_size})
    return FINE


def restore_from(terminal: Terminal, file: Path) -> int:
    """`restore FILE`; the exit code."""
    from huoshui.flow.database import database_settings, restore

    if not file.is_file():
        raise UnreadableFile(file=file, reason_zh=NO_SUCH_FILE.zh, reason_en=NO_SUCH_FILE.en)
    standing = restore(database_settings(), file)
    terminal.say(terminal.word(RESTORED, version=standing.version, place=standing.place))
    terminal.field(NEXT_STEP, terminal.word(RESTORED_NEXT, command=own_command()))
    terminal.give({"ok": True, "exit_code": FINE, "place": standing.place})
    return FINE
