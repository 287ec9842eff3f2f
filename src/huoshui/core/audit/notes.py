"""The texts that leave the house: checkpoints, signed notes, cosignatures, receipts. Formats of C2SP, to the byte.

Checkpoint (c2sp.org/tlog-checkpoint): origin, size and root of the log, one a line. A signed note
(c2sp.org/signed-note) is such a text, an empty line, and a line for each signature. A witness cosigns with the time
(c2sp.org/tlog-cosignature). A receipt (c2sp.org/tlog-proof) is a leaf's proof and the checkpoint that it leads to, with
the leaf's bytes as its extra data. Signing and checking signatures is store's: no key comes here.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from huoshui.base.errors import BadNote
from huoshui.core.audit.tree import HASH_BYTES

RECEIPT_HEADER = "c2sp.org/tlog-proof@v1"
SIMULATED_LINE = "simulated data 模拟数据"
"""The extension line of a head over simulated data: signed with it, so that no receipt loses its label."""
LOG_SIGNATURE = 1
WITNESS_SIGNATURE = 4
KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
TIME_BYTES = 8
NOTE_CHARACTERS_MAX = 100_000
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


class Verifier(NamedTuple):
    """A public key with its owner's name, as one writes it down: `name+key id+base64`. Raises BadNote from text."""

    name: str
    kind: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key
        return sha256(named).digest()[:KEY_ID_BYTES]

    def text(self) -> str:
        """The key on one line."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.kind]) + self.public_key)}"

    @classmethod
    def read(cls, text: str) -> "Verifier":
        """The key of such a line. Raises BadNote."""
        name, key_id, encoded = [*text.strip().split("+", 2), "", ""][:3]
        raw = _bytes(encoded, 1)
        if len(raw) != 1 + PUBLIC_KEY_BYTES or raw[0] not in (LOG_SIGNATURE, WITNESS_SIGNATURE):
            raise BadNote(line=1, reason_zh="不是 Ed25519 公钥", reason_en="no Ed25519 public key")
        found = cls(_name(name, 1), raw[0], raw[1:])
        if found.key_id.hex() != key_id:
            raise BadNote(line=1, reason_zh="公钥和编号不符", reason_en="the key does not fit its id")
        return found


class Signature(NamedTuple):
    """One signature line: who, with which key, and the signature's bytes (a witness's begin with its time)."""

    name: str
    key_id: bytes
    raw: bytes

    def line(self) -> str:
        """The line as it stands in a note."""
        return f"— {self.name} {_base64(self.key_id + self.raw)}\n"


class Checkpoint(NamedTuple):
    """What a log says of itself at one size; also whether its books hold simulated data."""

    origin: str
    size: int
    root: bytes
    simulated: bool = False

    def text(self) -> str:
        """The lines that are signed: three, and a fourth over simulated data."""
        label = f"{SIMULATED_LINE}\n" if self.simulated else ""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n{label}"

    @classmethod
    def read(cls, text: str, first_line: int = 1) -> "Checkpoint":
        """The checkpoint of a note's text; other lines after the third are another's and left alone. Raises BadNote."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise BadNote(line=first_line, reason_zh="不是日志头", reason_en="no checkpoint")
        root = _bytes(lines[2], first_line + 2)
        if len(root) != HASH_BYTES:
            raise BadNote(line=first_line + 2, reason_zh="根值长度不对", reason_en="no root hash")
        simulated = SIMULATED_LINE in lines[3:]
        return cls(_name(lines[0], first_line), _number(lines[1], first_line + 1), root, simulated)


class Note(NamedTuple):
    """A text and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def whole(self) -> str:
        """The note as it is handed out."""
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    @classmethod
    def read(cls, whole: str, first_line: int = 1) -> "Note":
        """The note of such a text. Raises BadNote."""
        if len(whole) > NOTE_CHARACTERS_MAX or any(ord(one) < 32 and one != "\n" for one in whole):
            raise BadNote(line=first_line, reason_zh="不是签名文本", reason_en="no signed note")
        head, gap, tail = whole.rpartition("\n\n")
        lines = tail.split("\n")
        if not gap or lines.pop() or not lines:
            raise BadNote(line=first_line, reason_zh="没有签名", reason_en="no signature")
        begin = first_line + head.count("\n") + 2
        return cls(head + "\n", tuple(_signature(line, begin + n) for n, line in enumerate(lines)))


@dataclass(frozen=True, slots=True)
class Receipt:
    """A leaf, where it stands, the proof that it does, and the signed checkpoint that the proof leads to."""

    body: bytes
    index: int
    proof: tuple[bytes, ...]
    note: Note

    def text(self) -> str:
        """The receipt as a file."""
        proof = "".join(f"{_base64(part)}\n" for part in self.proof)
        head = f"{RECEIPT_HEADER}\nextra {_base64(self.body)}\nindex {self.index}\n"
        return f"{head}{proof}\n{self.note.whole()}"

    @classmethod
    def read(cls, text: str) -> "Receipt":
        """The receipt of such a file. Raises BadNote."""
        head, _, tail = text.partition("\n\n")
        lines = head.split("\n")
        starts = len(lines) > 2 and lines[1].startswith("extra ") and lines[2].startswith("index ")
        if lines[0] != RECEIPT_HEADER or not starts:
            raise BadNote(line=1, reason_zh="不是凭证", reason_en="no receipt")
        proof = tuple(_bytes(line, number) for number, line in enumerate(lines[3:], start=4))
        index = _number(lines[2].removeprefix("index "), 3)
        note = Note.read(tail, first_line=len(lines) + 2)
        return cls(_bytes(lines[1].removeprefix("extra "), 2), index, proof, note)


def cosigned_bytes(text: str, posix_seconds: int) -> bytes:
    """What a witness signs: the time and the checkpoint's text."""
    return f"cosignature/v1\ntime {posix_seconds}\n{text}".encode()


def signed_bytes(text: str, kind: int, raw: bytes) -> tuple[bytes, bytes] | None:
    """The message and the bare signature of a signature line; None where its length is wrong."""
    if kind == LOG_SIGNATURE and len(raw) == SIGNATURE_BYTES:
        return text.encode(), raw
    if kind == WITNESS_SIGNATURE and len(raw) == TIME_BYTES + SIGNATURE_BYTES:
        return cosigned_bytes(text, int.from_bytes(raw[:TIME_BYTES])), raw[TIME_BYTES:]
    return None


def signature_of(note: Note, verifier: Verifier) -> Signature | None:
    """The signature by this name and key; others are ignored, as the format says."""
    mine = (verifier.name, verifier.key_id)
    return next((one for one in note.signatures if (one.name, one.key_id) == mine), None)


def merged(note: Note, more: Sequence[Signature]) -> Note:
    """The note with further signatures; one of each key."""
    kept = {(one.name, one.key_id): one for one in (*note.signatures, *more)}
    return Note(note.text, tuple(kept.values()))


def _signature(line: str, number: int) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = _bytes(encoded, number)
    if dash != "—" or len(raw) <= KEY_ID_BYTES:
        raise BadNote(line=number, reason_zh="不是签名行", reason_en="no signature line")
    return Signature(_name(name, number), raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def _name(text: str, line: int) -> str:
    if not text or "+" in text or any(one.isspace() for one in text):
        raise BadNote(line=line, reason_zh="名字不对", reason_en="no name of a key")
    return text


def _number(text: str, line: int) -> int:
    if not NUMBER.fullmatch(text):
        raise BadNote(line=line, reason_zh="不是整数", reason_en="no whole number")
    return int(text)


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _bytes(text: str, line: int) -> bytes:
    """The bytes of base64 in its one canonical form. Raises BadNote."""
    try:
        raw = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise BadNote(line=line, reason_zh="不是 base64", reason_en="no base64") from error
    if not raw or _base64(raw) != text:
        raise BadNote(line=line, reason_zh="不是规范的 base64", reason_en="no canonical base64")
    return raw
