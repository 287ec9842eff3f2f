"""What may be asked of the audit log: receipts, signed heads, a check of everything; and the loop that seals.

The log's key, and the last head signed here, lie in the folder `keys` of the installation's data.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from huoshui.core.audit.notes import Checkpoint, Note, Receipt, Verifier
from huoshui.flow.database import DatabaseSettings, database_settings, open_database
from huoshui.store.log_check import LogReport, check_log
from huoshui.store.postgres import Store
from huoshui.store.seals import Log

KEYS_FOLDER = "keys"
SEAL_SECONDS = 1.0
"""How long a record waits to be sealed, at most, while nothing holds sealing up."""

__all__ = [
    "Checkpoint", "LogReport", "Note", "Receipt", "SealLoop", "Verifier", "change_key",
    "check_everything", "open_log", "read_note", "receipt_of", "signed_head",
]  # fmt: skip


@contextlib.contextmanager
def open_log(
    settings: DatabaseSettings | None = None, *, lost_key: bool = False, after_restore: bool = False
) -> Iterator[Log]:
    """The installation's log. Raises StoreError, LogKeyMissing.

    `lost_key`: make a new one where it is lost. `after_restore`: the database may be older than what was signed here.
    """
    settings = settings or database_settings()
    store = open_database(settings)
    try:
        yield log_of(store, settings, lost_key=lost_key, after_restore=after_restore)
    finally:
        store.close()


def log_of(
    store: Store, settings: DatabaseSettings, *, lost_key: bool = False, after_restore: bool = False
) -> Log:
    """The log of an open database."""
    log = Log(store, settings.data_dir / KEYS_FOLDER, lost_key=lost_key)
    if after_restore:
        log.forget_remembered()
    return log


def receipt_of(log: Log, record: UUID) -> Receipt | None:
    """The receipt of an op, a decision batch or an admin act; None while another transaction holds sealing up.

    Raises NoSuchRecord, LogWentBack.
    """
    log.seal_all()
    return log.receipt(record)


def signed_head(log: Log) -> Note | None:
    """The last head with all signatures, everything settled sealed first; None of an empty log. Raises LogWentBack."""
    log.seal_all()
    return log.head()


def change_key(log: Log) -> Note:
    """Sign with a new key from now on; the note that names the change."""
    change = log.new_key()
    log.seal_all()
    return change


def check_everything(log: Log, heads: Sequence[Note] = ()) -> LogReport:
    """Recompute the whole log, and compare it with heads kept elsewhere. Raises NotThisLog."""
    return check_log(log, heads)


def read_note(file: Path) -> Note:
    """A signed head from a file. Raises BadNote."""
    return Note.read(file.read_text("utf-8"))


class SealLoop(threading.Thread):
    """Seals every second until it is stopped. An error ends it; `error` holds it, and `stop` raises it."""

    def __init__(self, log: Log, every_seconds: float = SEAL_SECONDS) -> None:
        super().__init__(name="seal", daemon=True)
        self.log = log
        self.every_seconds = every_seconds
        self.sealed = 0
        self.error: BaseException | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        """Seal, wait, seal."""
        try:
            while not self._stopped.wait(self.every_seconds):
                self.sealed += self.log.seal_all()
        except BaseException as error:
            self.error = error
            raise

    def stop(self) -> int:
        """End it after a last seal; how many leaves it sealed."""
        self._stopped.set()
        self.join()
        if self.error is not None:
            raise self.error
        self.sealed += self.log.seal_all()
        return self.sealed
