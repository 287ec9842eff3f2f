"""The audit log in the database: what was written is sealed into the tree, heads are signed, receipts are made.

    log = Log(store, folder)         its key lies in `folder`; both are made at the first start
    log.seal()                       what is settled goes in; how many leaves that were
    log.receipt(op_id)

Sealing takes what no transaction can add to any more: every leaf whose transaction id lies below the oldest that is
still running (the xmin of a snapshot). A commit that comes late lies above it, and goes into a later seal.
"""

import contextlib
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor

from huoshui.base.clock import new_id
from huoshui.base.errors import LogKeyMissing, LogWentBack, NoSuchRecord, NotThisLog
from huoshui.core.audit.leaves import Act, act_leaf
from huoshui.core.audit.notes import LOG_SIGNATURE, Checkpoint, Note, Receipt, Signature, Verifier, merged
from huoshui.core.audit.tree import (
    HASH_BYTES,
    Frontier,
    Span,
    TileKey,
    TilePart,
    consistency_spans,
    extend,
    inclusion_spans,
    leaf_hashes,
    span_hash,
    tiles_of,
)
from huoshui.store.columns import bigint_column, bytes_column, ints_read, smallint_column, take_columns
from huoshui.store.postgres import Store
from huoshui.store.signing import SigningKey, key_change, known_keys, make_key, read_key
from huoshui.store.statements import statement

LEAVES_PER_SEAL_MAX = 20_000
NO_LIMIT = 2**62
KEY_FILE = "log-key.pem"

Rows = Cursor[tuple[Any, ...]]


class Identity(NamedTuple):
    """Who the log is: its name in every head, and the salt of its user tags."""

    origin: str
    salt: bytes


class Log:
    """The audit log of one database, and the key that signs it."""

    def __init__(self, store: Store, folder: Path, *, lost_key: bool = False) -> None:
        self.store = store
        self.folder = folder
        with self.rows() as rows:
            origin, salt, same_server = run(rows, "log_identity").fetchone() or ("", b"", True)
        self.identity = Identity(origin, salt)
        if not same_server:
            self.begin_on_another_server()
        self.key = self.opened_key(lost_key=lost_key)

    @contextlib.contextmanager
    def rows(self) -> Iterator[Rows]:
        """One transaction, and a cursor that takes bytes as bytes."""
        with self.store.transaction() as connection:
            take_columns(connection)
            with connection.cursor(binary=True) as rows:
                yield rows

    def seal(self) -> int:
        """Put what is settled into the tree and sign the new head; the number of leaves. Raises LogWentBack."""
        with self.rows() as rows:
            if not one(run(rows, "is_anything_unsealed")):
                return 0
            run(rows, "read_in_order")
            size, begin, peaks, at, simulated = run(rows, "lock_head").fetchone() or (0, 0, b"", None, False)
            self.check_remembered(rows, size)
            end = one(run(rows, "seal_horizon"))
            end, bodies = settled(rows, begin, end)
            if not bodies:
                return 0
            held = tuple(peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES))
            frontier, parts = extend(Frontier(size, held), leaf_hashes(bodies))
            note = self.signed(frontier, simulated=simulated)
            write_tiles(rows, parts)
            seal = {
                "size": frontier.size,
                "sealed_below": end,
                "root": frontier.root(),
                "simulated": simulated,
                "at": at,
                "public_key": self.key.verifier.public_key,
                "signature": note.signatures[0].raw,
                "peaks": b"".join(frontier.peaks),
            }
            run(rows, "add_seal", **seal)
            run(rows, "move_head", **seal)
        self.remember(note)
        return len(bodies)

    def seal_all(self) -> int:
        """Seal until nothing settled is left; the number of leaves."""
        total = 0
        while sealed := self.seal():
            total += sealed
        return total

    def signed(self, frontier: Frontier, *, simulated: bool) -> Note:
        """The head at this size, signed."""
        text = Checkpoint(self.identity.origin, frontier.size, frontier.root(), simulated).text()
        return Note(text, (self.key.sign(text),))

    def head(self) -> Note | None:
        """The last head with every signature on it; None before the first."""
        with self.rows() as rows:
            found = run(rows, "last_seal").fetchone()
            return self.note_of(rows, found) if found else None

    def receipt(self, subject: UUID) -> Receipt | None:
        """The proof that this record stands in the log, to the last head; None while it is not sealed.

        Raises NoSuchRecord.
        """
        with self.rows() as rows:
            found = run(rows, "leaf_of", subject=subject).fetchone()
            if found is None:
                raise NoSuchRecord(id=subject)
            body, index, sealed = found
            if not sealed:
                return None
            note = self.note_of(rows, run(rows, "last_seal").fetchone())
            size = Checkpoint.read(note.text).size
            return Receipt(body, index, proof_of(rows, inclusion_spans(index, size)), note)

    def growth(self, old: int) -> tuple[Note, tuple[bytes, ...]]:
        """The last head, and the proof that its tree begins with the one of `old` leaves. Raises NotThisLog."""
        with self.rows() as rows:
            found = run(rows, "last_seal").fetchone()
            if found is None or not 0 < old <= found[1]:
                raise NotThisLog(reason_zh="日志没有这么长", reason_en="the log is not as long")
            return self.note_of(rows, found), proof_of(rows, consistency_spans(old, found[1]))

    def add_cosignatures(self, note: Note) -> int:
        """Keep what witnesses signed under one of our heads; how many lines. Raises NotThisLog."""
        checkpoint = Checkpoint.read(note.text)
        with self.rows() as rows:
            found = run(rows, "seal_of_size", size=checkpoint.size).fetchone()
            if found is None or self.note_of(rows, found).text != note.text:
                raise NotThisLog(
                    reason_zh="它和这个日志签过的头都不同", reason_en="it is none of the heads of this log"
                )
            others = [line for line in note.signatures if line.name != self.identity.origin]
            for line in others:
                cosignature = {"name": line.name, "key_id": line.key_id, "signature": line.raw}
                run(rows, "add_cosignature", size=checkpoint.size, **cosignature)
        return len(others)

    def note_of(self, rows: Rows, seal: tuple[Any, ...] | None) -> Note:
        """The head of a seal as it is handed out, with the cosignatures on it."""
        assert seal is not None, "a head is asked of an empty log"
        origin, size, root, _, public_key, signature, simulated = seal
        verifier = Verifier(origin, LOG_SIGNATURE, public_key)
        text = Checkpoint(origin, size, root, simulated).text()
        note = Note(text, (Signature(origin, verifier.key_id, signature),))
        witnesses = run(rows, "cosignatures", size=size).fetchall()
        return merged(note, [Signature(*line) for line in witnesses])

    # --- keys -------------------------------------------------------------------------------------------

    def opened_key(self, *, lost_key: bool) -> SigningKey:
        """The key in its file, or a new one where the log has never had any, or has lost it. Raises LogKeyMissing."""
        file = self.folder / KEY_FILE
        key = read_key(file, self.identity.origin)
        with self.rows() as rows:
            known = [row[0] for row in run(rows, "keys").fetchall()]
            strange = key is None or key.verifier.public_key not in known
            if strange and known and not lost_key:
                raise LogKeyMissing(file=file)
            key = key or make_key(file, self.identity.origin)
            if strange:
                run(rows, "add_key", public_key=key.verifier.public_key, endorsement=None)
        return key

    def known_keys(self) -> list[Verifier]:
        """The key in use and those before it that both sides of each change have signed."""
        with self.rows() as rows:
            endorsements = [row[1] for row in run(rows, "keys").fetchall() if row[1]]
        return list(known_keys(self.key.verifier, endorsements))

    def new_key(self) -> Note:
        """Sign with a new key from now on; the note that names the change, signed by both keys.

        The log itself holds the change too. Cut off in between, the old key simply goes on.
        """
        self.seal_all()
        file = self.folder / KEY_FILE
        staged = self.folder / f"{KEY_FILE}.next"
        staged.unlink(missing_ok=True)
        new = make_key(staged, self.identity.origin)
        note = key_change(self.key, new)
        facts = [self.key.verifier.public_key, new.verifier.public_key]
        with self.rows() as rows:
            at = one(run(rows, "log_time"))
            act = new_id(at)
            body = act_leaf(Act.NEW_KEY, act, at, facts)
            run(rows, "add_key", public_key=new.verifier.public_key, endorsement=note.whole())
            run(rows, "append_leaves", subjects=[act], kinds=[int(Act.NEW_KEY)], bodies=[body])
        os.link(file, self.folder / f"log-key-{self.key.verifier.key_id.hex()}.pem")
        staged.replace(file)
        self.key = new
        return note

    # --- what a database cannot know of itself ----------------------------------------------------------

    def begin_on_another_server(self) -> None:
        """A restored copy counts its transactions anew: raise the places of what comes above all that is there."""
        with self.rows() as rows:
            run(rows, "lock_log")
            run(rows, "begin_on_another_server")

    @property
    def remembered_file(self) -> Path:
        """Where the last head signed here is kept, outside of the database."""
        return self.folder / f"{self.identity.origin.replace('/', '-')}.head"

    def remembered(self) -> Note | None:
        """The last head signed here."""
        file = self.remembered_file
        return Note.read(file.read_text("utf-8")) if file.exists() else None

    def forget_remembered(self) -> None:
        """The database was put back on purpose: keep the head that was signed last under another name."""
        file = self.remembered_file
        if file.exists():
            file.replace(
                file.with_suffix(f".before-{Checkpoint.read(Note.read(file.read_text('utf-8')).text).size}")
            )

    def remember(self, note: Note) -> None:
        """Keep a head outside of the database."""
        staged = self.remembered_file.with_suffix(".new")
        staged.write_text(note.whole(), "utf-8")
        staged.replace(self.remembered_file)

    def check_remembered(self, rows: Rows, size: int) -> None:
        """Never sign a second past: what was signed here last must be in the database. Raises LogWentBack."""
        note = self.remembered()
        if note is None:
            return
        last = Checkpoint.read(note.text)
        seal = run(rows, "seal_of_size", size=last.size).fetchone()
        if last.size > size or seal is None or seal[2] != last.root:
            raise LogWentBack(signed=last.size, held=size)


def run(rows: Rows, name: str, /, **values: object) -> Rows:
    """Run a named statement."""
    return rows.execute(statement(name), values)


def one(rows: Rows) -> Any:
    """The one value of an answer."""
    row = rows.fetchone()
    return row[0] if row else None


def settled(rows: Rows, begin: int, horizon: int) -> tuple[int, list[bytes]]:
    """The leaves from place `begin` on, and where they end: at the horizon, or after about LEAVES_PER_SEAL_MAX.

    A transaction is never cut: one place goes into one seal.
    """
    end, leaves_max = horizon, LEAVES_PER_SEAL_MAX
    while True:
        asked = run(rows, "bodies_between", begin=begin, end=end, leaves_max=leaves_max)
        count, first, last, lengths, joined = asked.fetchone() or (0, 0, 0, None, None)
        if count < leaves_max:
            return end, cut(lengths, joined) if count else []
        # The limit fell somewhere into the last transaction: leave that out, or take it alone and whole.
        end, leaves_max = max(last, first + 1), NO_LIMIT


def cut(lengths: bytes, joined: bytes) -> list[bytes]:
    """The bodies that were joined, by their lengths of four bytes each."""
    bodies, at = [], 0
    for (length,) in struct.iter_unpack(">i", lengths):
        bodies.append(joined[at : at + length])
        at += length
    return bodies


def write_tiles(rows: Rows, parts: list[TilePart]) -> None:
    """Put new hashes behind those that their tiles hold."""
    levels, tiles, hashes = zip(*parts, strict=True)
    run(
        rows,
        "add_to_tiles",
        levels=smallint_column(ints_read(levels)),
        tiles=bigint_column(ints_read(tiles)),
        hashes=bytes_column(hashes),
    )


def tiles_held(rows: Rows, keys: Sequence[TileKey]) -> dict[TileKey, bytes]:
    """The tiles of these keys that are there."""
    given = {"levels": [level for level, _ in keys], "tiles": [tile for _, tile in keys]}
    return {(level, tile): hashes for level, tile, hashes in run(rows, "tiles", **given).fetchall()}


def proof_of(rows: Rows, spans: list[Span]) -> tuple[bytes, ...]:
    """The hashes of these subtrees."""
    held = tiles_held(rows, tiles_of(spans))
    return tuple(span_hash(span, held) for span in spans)
