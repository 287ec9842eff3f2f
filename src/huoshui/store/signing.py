"""The key that signs the log: Ed25519, in a file of mode 600, made at the first start; and checks of signatures.

A key is never written over: a new one is made beside the old, and both sign the note that names the change, so that
whoever trusts one can come to trust the other. What an old key signed stays valid.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from huoshui.base.errors import LogKeyMissing
from huoshui.core.audit.notes import LOG_SIGNATURE, Note, Signature, Verifier, signed_bytes

KEY_CHANGE = "huoshui key change"


class SigningKey:
    """A private key and the name it signs under."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.private = private
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = Verifier(name, LOG_SIGNATURE, public)

    def sign(self, text: str) -> Signature:
        """The signature of a note's text."""
        return Signature(self.verifier.name, self.verifier.key_id, self.private.sign(text.encode()))


def read_key(file: Path, name: str) -> SigningKey | None:
    """The key in `file`, None where there is no such file. Raises LogKeyMissing where it holds no such key."""
    if not file.exists():
        return None
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except ValueError as error:
        raise LogKeyMissing(file=file) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise LogKeyMissing(file=file)
    return SigningKey(name, private)


def make_key(file: Path, name: str) -> SigningKey:
    """A new key, written to `file` whole or not at all, for our own eyes. Raises FileExistsError."""
    key = SigningKey(name, Ed25519PrivateKey.generate())
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = file.with_name(f"{file.name}.{os.getpid()}.new")
    staged.unlink(missing_ok=True)
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(staged, file)
    finally:
        staged.unlink()
    return key


def is_signed(note: Note, verifier: Verifier) -> bool:
    """Whether this key has signed the note."""
    for one in note.signatures:
        if (one.name, one.key_id) == (verifier.name, verifier.key_id):
            message = signed_bytes(note.text, verifier.kind, one.raw)
            return message is not None and holds(verifier.public_key, *message)
    return False


def holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the bare signature fits."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def key_change(old: SigningKey | None, new: SigningKey) -> Note:
    """The note that names a change of keys, signed by both; by the new one alone where the old one is lost."""
    before = old.verifier.text() if old else "lost"
    text = f"{KEY_CHANGE}\n{before}\n{new.verifier.text()}\n"
    return Note(text, tuple(key.sign(text) for key in (old, new) if key))


def known_keys(current: Verifier, endorsements: Iterable[str]) -> Sequence[Verifier]:
    """The current key and those that led to it: each change signed by both keys, followed back from the current one."""
    changes = [Note.read(text) for text in endorsements]
    known = [current]
    while True:
        newest = known[-1]
        before = next((old for note in changes if (old := _before(note, newest))), None)
        if before is None or before in known:
            return known
        known.append(before)


def _before(note: Note, new: Verifier) -> Verifier | None:
    """The key before `new`, if this note names it and both have signed."""
    head, old_text, new_text, *_ = [*note.text.split("\n"), "", ""]
    if head != KEY_CHANGE or new_text != new.text() or old_text == "lost":
        return None
    old = Verifier.read(old_text)
    return old if is_signed(note, old) and is_signed(note, new) else None
