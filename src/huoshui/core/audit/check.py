"""What tampering leaves behind: rows compared with the hashes that were sealed, and with the ops they speak of.

Pure: `store.log_check` reads, this decides. Hashes of rows are compared seal by seal, so that one row that is missing
does not shift the blame to all that follow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal
from uuid import UUID

import numpy as np

from huoshui.core.audit.leaves import FAMILY_OP, OP, OP_BYTES, OP_ID

FaultKind = Literal[
    "edited",
    "deleted",
    "inserted",
    "moved",
    "tree",
    "root",
    "signature",
    "key",
    "head",
    "cut",
    "rewritten",
    "mark",
    "op_edited",
    "op_deleted",
    "op_unlogged",
    "act_edited",
    "act_deleted",
    "act_unlogged",
]
"""edited, deleted, inserted, moved: rows of the log. tree: a stored hash of it. root: neither rows nor hashes lead to
the head that was signed. signature, key: of a head. head: the row that says where the log ends. cut, rewritten: against
a head that is known from elsewhere. mark: simulated data lost its label. op_*: the books against the log. act_*: closes
and approvals against the log."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing found: what, at which leaf (from 0; None where there is no one leaf), and the record or number."""

    kind: FaultKind
    leaf: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A hash that was sealed and has no row (`record` empty), or a row whose hash was not sealed, at this leaf."""

    leaf: int
    digest: bytes
    record: str = ""


def compare_rows(
    begin: int, sealed: Sequence[bytes], found: Sequence[bytes], records: Sequence[object]
) -> tuple[list[Trace], list[Trace]]:
    """What is gone and what has come, between what was sealed as leaves `begin` and following and what the rows say."""
    gone: list[Trace] = []
    come: list[Trace] = []
    matcher = SequenceMatcher(None, sealed, found, autojunk=False)
    for tag, sealed_from, sealed_to, found_from, found_to in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone += [Trace(begin + at, sealed[at]) for at in range(sealed_from, sealed_to)]
        come += [
            Trace(begin + sealed_from + at - found_from, found[at], str(records[at]))
            for at in range(found_from, found_to)
        ]
    return gone, come


def row_faults(gone: Sequence[Trace], come: Sequence[Trace]) -> list[Fault]:
    """What happened to the rows: a hash that went here and came there was moved; one in another's place was edited."""
    moved = {trace.digest for trace in gone} & {trace.digest for trace in come}
    left = {trace.leaf: trace for trace in gone if trace.digest not in moved}
    faults = [Fault("moved", trace.leaf, trace.record) for trace in come if trace.digest in moved]
    for trace in come:
        if trace.digest not in moved:
            edited = left.pop(trace.leaf, None) is not None
            faults.append(Fault("edited" if edited else "inserted", trace.leaf, trace.record))
    faults += [Fault("deleted", leaf) for leaf in left]
    return sorted(faults, key=lambda fault: fault.leaf or 0)


def act_faults(
    logged: Mapping[bytes, tuple[int | None, bytes]], booked: Mapping[bytes, bytes]
) -> list[Fault]:
    """Closes and approvals that are not as their leaves say.

    `logged`: the number (None where it is not sealed) and the leaf of each such act, by its id; `booked`: the leaf that
    each would have today.
    """
    faults = []
    for identity, body in booked.items():
        leaf, said = logged.get(identity, (None, None))
        if said != body:
            kind: FaultKind = "act_unlogged" if said is None else "act_edited"
            faults.append(Fault(kind, leaf, str(UUID(bytes=identity))))
    gone = [(leaf, identity) for identity, (leaf, _) in logged.items() if identity not in booked]
    return faults + [Fault("act_deleted", leaf, str(UUID(bytes=identity))) for leaf, identity in gone]


def op_faults(first: int, bodies: Sequence[bytes], booked: Mapping[bytes, bytes]) -> list[Fault]:
    """Ops that are not as their leaves say. `booked`: the leaf that each op would have today, by the op's id."""
    faults = []
    for leaf, body in enumerate(bodies, start=first):
        if len(body) != OP_BYTES or body[1] != FAMILY_OP:
            continue
        identity = body[OP_ID]
        today = booked.get(identity)
        if today is None:
            faults.append(Fault("op_deleted", leaf, str(UUID(bytes=identity))))
        elif today != body:
            said, is_now = np.frombuffer(body, OP)[0], np.frombuffer(today, OP)[0]
            names = [name for name in OP.names or () if said[name].tobytes() != is_now[name].tobytes()]
            faults.append(Fault("op_edited", leaf, f"{UUID(bytes=identity)} {' '.join(names)}"))
    return faults
