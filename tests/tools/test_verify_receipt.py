"""The stand-alone verifier: honest receipts of a real log pass, every forgery that we could think of is refused."""

import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import verify_receipt
from huoshui.base.clock import new_id, now_utc
from huoshui.core.audit.leaves import CREDIT_IS_USER, Act, Ops, op_leaves, user_tag
from huoshui.core.audit.notes import (
    WITNESS_SIGNATURE,
    Checkpoint,
    Note,
    Receipt,
    Signature,
    Verifier,
    cosigned_bytes,
)
from huoshui.core.ledger import Kind
from huoshui.store.postgres import Store, open_store
from huoshui.store.seals import Log
from huoshui.store.signing import make_key
from huoshui.store.statements import statement

SCRIPT = Path(verify_receipt.__file__)
GRANT = 2


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(database, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def log(store: Store, tmp_path: Path) -> Log:
    return Log(store, tmp_path / "keys")


@pytest.fixture
def receipt(store: Store, log: Log) -> Receipt:
    """Of the sixth of ten grants of 12.34 yuan."""
    ids = [new_id(now_utc()) for _ in range(10)]
    user = new_id(now_utc())
    ints = np.ones(10, np.int64)
    bodies = op_leaves(
        Ops(
            kinds=GRANT * ints,
            codes=0 * ints,
            users=CREDIT_IS_USER * ints,
            ids=b"".join(one.bytes for one in ids),
            debits=new_id(now_utc()).bytes * 10,
            credits=user_tag(log.identity.salt, user) * 10,
            refs=bytes(160),
            asked_fen=1234 * ints,
            principal_fen=0 * ints,
            bonus_fen=1234 * ints,
            debt_fen=0 * ints,
            happened_at_us=1_790_000_000_000_000 * ints,
            recorded_at_us=1_790_000_001_000_000 * ints,
            terms=np.array([[0, 1_800_000_000_000_000, 0, 0]] * 10),
            priority=0 * ints,
        )
    )
    with store.transaction() as connection:
        given = {"subjects": ids, "kinds": [GRANT] * 10, "bodies": bodies}
        connection.execute(statement("append_leaves"), given)
    log.seal()
    made = log.receipt(ids[5])
    assert made is not None
    assert user.bytes not in made.body
    return made


def witness_of(name: str) -> tuple[Ed25519PrivateKey, Verifier]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return private, Verifier(name, WITNESS_SIGNATURE, public)


def cosigned(
    note: Note, private: Ed25519PrivateKey, verifier: Verifier, seconds: int = 1_790_000_002
) -> Signature:
    raw = seconds.to_bytes(8) + private.sign(cosigned_bytes(note.text, seconds))
    return Signature(verifier.name, verifier.key_id, raw)


def test_it_stands_alone(receipt: Receipt, log: Log, tmp_path: Path) -> None:
    """Copied elsewhere, without our package, as a partner runs it."""
    script = tmp_path / "verify_receipt.py"
    script.write_text(SCRIPT.read_text("utf-8"), "utf-8")
    file = tmp_path / "凭证 1.txt"
    file.write_text(receipt.text(), "utf-8")
    key = log.key.verifier.text()
    command = [sys.executable, "-I", "-X", "utf8", str(script), str(file), "--key", key]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    for words in (
        "grant 发放",
        "12.34",
        "record 6 of 10",
        "GENUINE",
        "user hash",
        "until    2027-01-15 08:00:00 UTC",
        log.identity.origin,
    ):
        assert words in run.stdout
    file.write_text(receipt.text().replace("index 5", "index 4"), "utf-8")
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("REFUSED")
    assert run.stdout == ""
    assert "huoshui" not in {
        line.split()[1].partition(".")[0]
        for line in script.read_text().splitlines()
        if line.startswith(("import ", "from "))
    }


def test_a_partner_reads_it_in_five_minutes() -> None:
    assert len(SCRIPT.read_text("utf-8").splitlines()) <= 180


def test_witnesses_that_must_have_signed(receipt: Receipt, log: Log) -> None:
    private, witness = witness_of("witness.example/w1")
    key = log.key.verifier.text()
    with pytest.raises(verify_receipt.Refused, match="has not signed"):
        verify_receipt.check(receipt.text(), [key], [witness.text()])
    log.add_cosignatures(Note(receipt.note.text, (cosigned(receipt.note, private, witness),)))
    shown = log.head()
    assert shown is not None
    whole = Receipt(receipt.body, receipt.index, receipt.proof, shown)
    assert "witness.example/w1" in verify_receipt.check(whole.text(), [key], [witness.text()])
    assert "2026-09-21 14:13:22 UTC" in verify_receipt.check(whole.text(), [key], [witness.text()])
    late = whole.note.signatures[1]._replace(raw=bytes(8) + whole.note.signatures[1].raw[8:])
    forged = Receipt(
        receipt.body, receipt.index, receipt.proof, Note(shown.text, (shown.signatures[0], late))
    )
    with pytest.raises(verify_receipt.Refused, match="false"):
        verify_receipt.check(forged.text(), [key], [witness.text()])


def test_a_key_from_before_a_change_still_counts(receipt: Receipt, log: Log) -> None:
    old = log.key.verifier.text()
    log.new_key()
    assert "GENUINE" not in verify_receipt.check(receipt.text(), [old], [])
    with pytest.raises(verify_receipt.Refused, match="has not signed"):
        verify_receipt.check(receipt.text(), [log.key.verifier.text()], [])


def test_an_admin_act_is_told(receipt: Receipt, log: Log) -> None:
    log.new_key()
    log.seal()
    with log.rows() as rows:
        (act,) = rows.execute(
            "select subject from audit_leaves order by place desc, seq desc limit 1"
        ).fetchone()
    of_act = log.receipt(act)
    assert of_act is not None
    told = verify_receipt.check(of_act.text(), [log.key.verifier.text()], [])
    assert f"new key 换钥匙  id {act}" in told
    assert "record 11 of 11" in told


def forged(receipt: Receipt, log: Log, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Receipts that lie, each by its lie."""
    text, head = receipt.text(), Checkpoint.read(receipt.note.text)
    extra = text.split("\n")[1]
    for at in (0, 3, 20, 90, 127):
        body = bytearray(receipt.body)
        body[at] ^= 1
        yield f"body {at}", text.replace(extra, f"extra {b64encode(bytes(body)).decode()}")
    yield "longer body", text.replace(extra, f"extra {b64encode(receipt.body + b'0').decode()}")
    for index in (0, 4, 6, 9, 10, 1_000_000):
        yield f"index {index}", text.replace("index 5", f"index {index}")
    yield "no index", text.replace("index 5\n", "")
    for number, part in enumerate(receipt.proof):
        line = b64encode(part).decode()
        yield f"no proof {number}", text.replace(line + "\n", "", 1)
        bent = bytes([part[0] ^ 128]) + part[1:]
        yield f"bent proof {number}", text.replace(line, b64encode(bent).decode(), 1)
        yield f"short proof {number}", text.replace(line, b64encode(part[:31]).decode(), 1)
        yield f"double proof {number}", text.replace(line, f"{line}\n{line}", 1)
    yield "size", text.replace("\n10\n", "\n11\n")
    yield "origin", text.replace(log.identity.origin, "huoshui/other")
    yield "root", text.replace(b64encode(head.root).decode(), b64encode(bytes(32)).decode())
    signature = text.rstrip("\n").rpartition(" ")[2]
    raw = bytearray(b64decode(signature))
    for at in (0, 4, 67):
        bent_raw = bytearray(raw)
        bent_raw[at] ^= 1
        yield f"signature {at}", text.replace(signature, b64encode(bytes(bent_raw)).decode())
    yield "no signature", text.rpartition("— ")[0]
    yield "cut", text[:-20]
    yield "empty", ""
    yield "two texts", text.replace("\n\n", f"\n\n{head._replace(size=99).text()}\n", 1)
    forger = make_key(tmp_path / "forger.pem", log.identity.origin)
    yield (
        "forger",
        Receipt(receipt.body, 5, receipt.proof, Note(head.text(), (forger.sign(head.text()),))).text(),
    )
    line = forger.sign(head.text())._replace(key_id=log.key.verifier.key_id)
    yield "forger with our id", Receipt(receipt.body, 5, receipt.proof, Note(head.text(), (line,))).text()
    other = Checkpoint(log.identity.origin, 1, verify_receipt.root_of(b"forged", 0, 1, []))
    yield "own tree", Receipt(b"forged", 0, (), Note(other.text(), receipt.note.signatures)).text()


def test_forged_receipts_are_refused(receipt: Receipt, log: Log, tmp_path: Path) -> None:
    key = log.key.verifier.text()
    assert verify_receipt.check(receipt.text(), [key], [])
    passed = []
    count = 0
    for lie, text in forged(receipt, log, tmp_path):
        assert text != receipt.text(), lie
        count += 1
        try:
            verify_receipt.check(text, [key], [])
        except (verify_receipt.Refused, ValueError, IndexError):
            continue
        passed.append(lie)
    assert passed == []
    assert count > 35


def test_a_key_of_another_log_does_not_speak_for_this_one(receipt: Receipt, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other.pem", "huoshui/other")
    text = receipt.note.text
    signed = Receipt(receipt.body, receipt.index, receipt.proof, Note(text, (other.sign(text),))).text()
    with pytest.raises(verify_receipt.Refused, match="no key was given"):
        verify_receipt.check(signed, [other.verifier.text()], [])


def test_every_kind_of_record_has_its_name() -> None:
    """The verifier stands alone: its names follow the stored numbers, none is missing and none is another's."""
    said = {act.name: verify_receipt.ACTS[act - 1].rsplit(" ", 1)[0] for act in Act}
    assert said == {
        "NEW_KEY": "new key",
        "CLOSE": "period closed",
        "APPROVAL_ASKED": "approval asked",
        "APPROVAL_GIVEN": "approval given",
    }
    assert (len(verify_receipt.ACTS), len(verify_receipt.KINDS)) == (len(Act), len(Kind))
    assert [verify_receipt.KINDS[kind - 1].split(" ")[0] for kind in (Kind.GRANT, Kind.SPEND, Kind.REFUND)] == [
        "grant", "spend", "refund",
    ]  # fmt: skip


def test_a_bent_key_is_refused(receipt: Receipt, log: Log) -> None:
    key = log.key.verifier.text()
    name, key_id, encoded = key.split("+", 2)
    for bent in (
        f"{name}+00000000+{encoded}",
        f"{name}+{key_id}+{encoded[:-4]}AAA=",
        f"other+{key_id}+{encoded}",
    ):
        with pytest.raises((verify_receipt.Refused, ValueError)):
            verify_receipt.check(receipt.text(), [bent], [])
