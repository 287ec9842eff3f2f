"""The texts that leave the house, read and written; bent ones are refused with their line."""

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.base.errors import BadNote
from huoshui.core.audit.notes import (
    LOG_SIGNATURE,
    WITNESS_SIGNATURE,
    Checkpoint,
    Note,
    Receipt,
    Signature,
    Verifier,
    cosigned_bytes,
    merged,
    signature_of,
    signed_bytes,
)

# Published with Go's package for signed notes.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The checkpoint of c2sp.org/tlog-cosignature.
PUBLISHED_CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

names = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1).filter(
    lambda name: "+" not in name
)
hashes = st.binary(min_size=32, max_size=32)
checkpoints = st.builds(Checkpoint, origin=names, size=st.integers(0, 2**62), root=hashes)
signatures = st.builds(
    Signature,
    name=names,
    key_id=st.binary(min_size=4, max_size=4),
    raw=st.binary(min_size=64, max_size=72),
)
notes = st.builds(
    Note,
    text=st.builds(Checkpoint.text, checkpoints),
    signatures=st.lists(signatures, min_size=1, max_size=4).map(tuple),
)
receipts = st.builds(
    Receipt,
    body=st.binary(min_size=1, max_size=200),
    index=st.integers(0, 2**40),
    proof=st.lists(hashes, max_size=12).map(tuple),
    note=notes,
)


def test_published_key_and_note_are_read_and_written_alike() -> None:
    key = Verifier.read(PUBLISHED_KEY)
    assert (key.name, key.kind, key.key_id.hex()) == ("PeterNeumann", LOG_SIGNATURE, "c74f20a3")
    assert key.text() == PUBLISHED_KEY
    note = Note.read(PUBLISHED_NOTE)
    assert note.whole() == PUBLISHED_NOTE
    assert signature_of(note, key) is not None
    assert signature_of(note, key._replace(name="PeterNewmann")) is None


def test_published_checkpoint_is_read_and_written_alike() -> None:
    checkpoint = Checkpoint.read(PUBLISHED_CHECKPOINT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text() == PUBLISHED_CHECKPOINT
    assert cosigned_bytes(PUBLISHED_CHECKPOINT, 1_679_315_147) == (
        b"cosignature/v1\ntime 1679315147\n" + PUBLISHED_CHECKPOINT.encode()
    )


def test_lines_of_others_in_a_checkpoint_are_left_alone() -> None:
    assert Checkpoint.read(PUBLISHED_CHECKPOINT + "extension\n").size == 20_852_163


@given(receipts)
@settings(max_examples=60, deadline=None)
def test_receipts_come_back_as_they_were(receipt: Receipt) -> None:
    assert Receipt.read(receipt.text()) == receipt


@given(receipts, st.data())
@settings(max_examples=80, deadline=None)
def test_a_bent_receipt_is_refused_or_another_receipt(receipt: Receipt, data: st.DataObject) -> None:
    text = receipt.text()
    at = data.draw(st.integers(0, len(text) - 1))
    bent = text[:at] + data.draw(st.sampled_from("\n A0=—\t")) + text[at + 1 :]
    try:
        read = Receipt.read(bent)
    except BadNote:
        return
    assert read.text() == bent
    assert (read == receipt) == (bent == text)


def test_a_witness_signs_the_time_with_the_text() -> None:
    raw = (1_679_315_147).to_bytes(8) + bytes(64)
    text = PUBLISHED_CHECKPOINT
    assert signed_bytes(text, WITNESS_SIGNATURE, raw) == (cosigned_bytes(text, 1_679_315_147), bytes(64))
    assert signed_bytes(text, LOG_SIGNATURE, bytes(64)) == (text.encode(), bytes(64))
    assert signed_bytes(text, LOG_SIGNATURE, raw) is None
    assert signed_bytes(text, WITNESS_SIGNATURE, bytes(64)) is None


def test_a_signature_is_held_once() -> None:
    note = Note.read(PUBLISHED_NOTE)
    again = note.signatures[0]._replace(raw=bytes(64))
    other = again._replace(name="Witness")
    assert merged(note, [again, other]).signatures == (again, other)


BENT = [
    ("", 1),
    ("text\n", 1),
    ("text\n\n", 1),
    ("text\n\n— name AAAA\n", 3),
    ("text\n\n- name AAAAAAAA\n", 3),
    ("text\n\n— na+me AAAAAAAA\n", 3),
    ("text\n\n— name AAAAAAAB=\n", 3),
    ("text\n\n— name AAAAAAB=\n", 3),
    ("text\n\n— one AAAAAAAA\n— two !\n", 4),
    ("text\r\n\n— name AAAAAAAA\n", 1),
    ("text\n\n— name AAAAAAAA", 1),
]


@pytest.mark.parametrize(("text", "line"), BENT)
def test_bent_notes_are_refused_with_their_line(text: str, line: int) -> None:
    with pytest.raises(BadNote) as caught:
        Note.read(text)
    assert caught.value.data["line"] == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3",
        PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"),
        PUBLISHED_KEY.replace("PeterNeumann", "Peter Neumann"),
        PUBLISHED_KEY[:-4],
        f"name+00000000+{b64encode(bytes([9]) + bytes(32)).decode()}",
    ],
)
def test_bent_keys_are_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Verifier.read(text)


@pytest.mark.parametrize("size", ["01", "-1", "+1", "1 ", "", "1" * 30])
def test_bent_sizes_are_refused(size: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.read(PUBLISHED_CHECKPOINT.replace("20852163", size))
