"""`huoshui verify`: everything recomputed from the rows, in one view of the database, a seal at a time.

The rows are compared with the hashes that were sealed, these with the roots that were signed, the signatures with the
keys, the ops of the books with their leaves, and the whole with heads that are known from elsewhere: the one that was
signed here last (kept outside of the database), and any that a witness or a partner holds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from huoshui.base.errors import NotThisLog
from huoshui.core.audit.check import Fault, Trace, act_faults, compare_rows, op_faults, row_faults
from huoshui.core.audit.leaves import ACT_BYTES, FAMILY_ACT, OP_ID, Act
from huoshui.core.audit.notes import LOG_SIGNATURE, Checkpoint, Note, Verifier, signed_bytes
from huoshui.core.audit.tree import (
    HASH_BYTES,
    TILE_WIDTH,
    Frontier,
    Span,
    extend,
    leaf_hash,
    span_hash,
    tiles_of,
)
from huoshui.store.booked_acts import booked_acts
from huoshui.store.booked_leaves import booked_leaves
from huoshui.store.seals import Log, Rows, run, tiles_held
from huoshui.store.signing import holds, is_signed

SEALS_AT_ONCE = 200
FAULTS_MAX = 10_000
"""More than this and it is no matter of single rows."""


class Seal(NamedTuple):
    """One signed head as the database holds it."""

    size: int
    sealed_below: int
    root: bytes
    public_key: bytes
    signature: bytes
    simulated: bool


@dataclass(slots=True)
class LogReport:
    """What was looked at, and what is wrong. `witnessed`: heads from elsewhere that were compared.

    `simulated`: the log says, or has said once, that its books hold simulated data.
    """

    leaves: int = 0
    seals: int = 0
    unsealed: int = 0
    witnessed: int = 0
    simulated: bool = False
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Pass:
    """The state of going through the log once."""

    log: Log
    rows: Rows
    known: Sequence[Verifier]
    report: LogReport
    frontier: Frontier = field(default_factory=Frontier)
    lost: bool = False
    unlabelled: bool = False
    sealed_below: int = 0
    gone: list[Trace] = field(default_factory=list)
    come: list[Trace] = field(default_factory=list)
    acts: dict[bytes, tuple[int | None, bytes]] = field(default_factory=dict)
    upper: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def seal(self, seal: Seal) -> None:
        """Compare one seal's rows, hashes, root and signature."""
        first = self.frontier.size
        found = run(self.rows, "rows_between", begin=self.sealed_below, end=seal.sealed_below).fetchall()
        bodies = [body for _, _, body in found]
        hashes = [leaf_hash(body) for body in bodies]
        sealed = self.sealed_hashes(first, seal.size)
        after, parts = extend(self.frontier, b"".join(sealed))
        if after.size != seal.size or after.root() != seal.root:
            by_rows, parts_by_rows = extend(self.frontier, b"".join(hashes))
            if by_rows.size == seal.size and by_rows.root() == seal.root:
                self.fault("tree", first, str(seal.size))
                after, parts, sealed = by_rows, parts_by_rows, hashes
            elif not self.lost:
                # After the first head that nothing leads to, no later one can be reached: one fault says it.
                self.fault("root", first, str(seal.size))
                self.lost = True
        if sealed != hashes:
            records = [subject for _, subject, _ in found]
            gone, come = compare_rows(first, sealed, hashes, records)
            self.gone += gone
            self.come += come
        for part in parts:
            if part.level:
                key = part.level, part.tile
                self.upper[key] = self.upper.get(key, b"") + part.hashes
        self.signature(seal)
        self.label(seal.size, simulated=seal.simulated)
        booked = booked_leaves(self.rows, self.log.identity.salt, bodies)
        self.report.faults += op_faults(first, bodies, booked)
        self.acts |= {
            body[OP_ID]: (leaf, body) for leaf, body in enumerate(bodies, start=first) if is_kept_act(body)
        }
        self.frontier, self.sealed_below = after, seal.sealed_below
        self.report.seals += 1

    def fault(self, kind: Any, leaf: int | None, detail: str = "") -> None:
        """Note one fault, within the bound."""
        if len(self.report.faults) < FAULTS_MAX:
            self.report.faults.append(Fault(kind, leaf, detail))

    def sealed_hashes(self, begin: int, end: int) -> list[bytes]:
        """The hashes that were stored for leaves `begin` to `end`; fewer where tiles are missing."""
        low, high = begin // TILE_WIDTH, max(end - 1, begin) // TILE_WIDTH
        tiles: dict[int, bytes] = dict(run(self.rows, "leaf_tiles", first=low, last=high).fetchall())
        joined = b"".join(
            tiles.get(tile, b"").ljust(TILE_WIDTH * HASH_BYTES, b"\0") for tile in range(low, high + 1)
        )
        skip = low * TILE_WIDTH
        return [joined[(at - skip) * HASH_BYTES : (at - skip + 1) * HASH_BYTES] for at in range(begin, end)]

    def signature(self, seal: Seal) -> None:
        """The head was signed by a key that is vouched for."""
        origin = self.log.identity.origin
        text = Checkpoint(origin, seal.size, seal.root, seal.simulated).text()
        signed = signed_bytes(text, LOG_SIGNATURE, seal.signature)
        if Verifier(origin, LOG_SIGNATURE, seal.public_key) not in self.known:
            self.fault("key", seal.size - 1, seal.public_key.hex())
        if signed is None or not holds(seal.public_key, *signed):
            self.fault("signature", seal.size - 1, str(seal.size))

    def label(self, size: int, *, simulated: bool) -> None:
        """What was simulated once stays so: no later head, nor the mark of the books, may be without the label."""
        if self.report.simulated and not simulated and not self.unlabelled:
            self.unlabelled = True
            self.fault("mark", None, str(size))
        self.report.simulated |= simulated

    def finish(self) -> None:
        """The upper tiles, the row of the head, the ops without a leaf."""
        held = tiles_held(self.rows, sorted(self.upper))
        for key in sorted(self.upper):
            if held.get(key) != self.upper[key]:
                level, tile = key
                self.fault("tree", tile * TILE_WIDTH ** (level + 1), f"{level}/{tile}")
        size, sealed_below, peaks, simulated = run(self.rows, "head_row").fetchone() or (0, 0, b"", False)
        self.label(size, simulated=simulated)
        if (size, sealed_below, peaks) != (
            self.frontier.size,
            self.sealed_below,
            b"".join(self.frontier.peaks),
        ):
            self.fault("head", self.frontier.size, str(size))
        self.compare_acts()
        for (op_id,) in run(self.rows, "unlogged_ops", ops_max=FAULTS_MAX).fetchall():
            self.fault("op_unlogged", None, str(op_id))
        self.report.leaves = self.frontier.size
        self.report.unsealed = run(self.rows, "unsealed").fetchone()[0]  # type: ignore[index]  # it counts
        self.report.faults += row_faults(self.gone, self.come)

    def compare_acts(self) -> None:
        """Closes and approvals as the tables have them, with their leaves, sealed or not yet."""
        booked = {act.id.bytes: act.body for act in booked_acts(self.rows)}
        fresh = [UUID(bytes=identity) for identity in booked.keys() - self.acts.keys()]
        for subject, body in run(self.rows, "leaves_of", subjects=fresh).fetchall():
            self.acts[subject.bytes] = (None, body)
        self.report.faults += act_faults(self.acts, booked)

    def witness(self, note: Note) -> None:
        """Compare with a head from elsewhere. Raises NotThisLog."""
        head = Checkpoint.read(note.text)
        if head.origin != self.log.identity.origin or not any(is_signed(note, key) for key in self.known):
            raise NotThisLog(reason_zh="不是这个日志签的", reason_en="this log has not signed it")
        self.report.witnessed += 1
        if head.size > self.frontier.size:
            self.fault("cut", self.frontier.size, str(head.size))
        elif head.size and self.root_at(head.size) != head.root:
            self.fault("rewritten", None, str(head.size))
        if head.simulated and not self.report.simulated:
            self.fault("mark", None, str(self.frontier.size))

    def root_at(self, size: int) -> bytes | None:
        """The root that the tree had at a size; None where its tiles do not tell."""
        span = [Span(0, size)]
        try:
            return span_hash(span[0], tiles_held(self.rows, tiles_of(span)))
        except (KeyError, ValueError):
            return None


def is_kept_act(body: bytes) -> bool:
    """Whether a leaf is of an act that stands in a table besides."""
    return len(body) == ACT_BYTES and body[1] == FAMILY_ACT and int.from_bytes(body[2:4]) in KEPT_ACTS


KEPT_ACTS = (Act.CLOSE, Act.APPROVAL_ASKED, Act.APPROVAL_GIVEN)


def check_log(log: Log, heads: Sequence[Note] = ()) -> LogReport:
    """Recompute the whole log. `heads` are signed heads kept elsewhere. Raises NotThisLog."""
    known = log.known_keys()
    remembered = log.remembered()
    with log.rows() as rows:
        run(rows, "check_in_one_view")
        run(rows, "check_without_limit")
        run(rows, "read_in_order")
        going = Pass(log, rows, known, LogReport())
        for seal in seals(rows):
            going.seal(seal)
        going.finish()
        for note in (*([remembered] if remembered else []), *heads):
            going.witness(note)
    return going.report


def seals(rows: Rows) -> Iterator[Seal]:
    """Every seal in order."""
    size = 0
    while found := run(rows, "seals_after", size=size, seals_max=SEALS_AT_ONCE).fetchall():
        yield from (Seal(*row) for row in found)
        size = found[-1][0]
