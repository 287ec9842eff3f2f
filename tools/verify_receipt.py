"""Checks a receipt of a Huoshui ledger, offline, without Huoshui and without trusting whoever handed it out.

    python verify_receipt.py receipt.txt --key 'huoshui/...+0a1b2c3d+AW...' [--witness 'name+...+BG...']

Needs Python 3.11 and `cryptography`. It shows what was booked and exits with 0, or says why not and exits with 1.
Get the key by another way than the receipt. What a good receipt says: this record stood at this place in the log when
the key's owner signed it. A later head signed by a witness says further that nobody was shown another log.

A receipt is a text (c2sp.org/tlog-proof): the record's bytes, its place, the hashes beside its path in the Merkle tree
of RFC 6962, then the signed head of the log (c2sp.org: tlog-checkpoint, signed-note, tlog-cosignature).
"""

import argparse
import base64
import hashlib
import struct
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# fmt: off
KINDS = [
    "transfer 划拨", "grant 发放", "top-up 充值", "withdrawal 退本金", "spend 消费", "hold 占用", "capture 扣下",
    "release 放回", "hold timed out 占用到期", "term lock 定期锁定", "unlock 解锁", "reservation 预留",
    "activation 激活", "reservation cancelled 取消预留", "reservation timed out 预留到期", "expiry 过期",
    "back to the budget 退回预算", "refund 退款", "late refund 过期后退款", "clawback 追回", "debt 欠款",
    "debt paid 抵欠", "opening balance 期初",
]
ACTS = ["new key 换钥匙", "period closed 关账", "approval asked 申请批准", "approval given 批准"]
# fmt: on
START = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Refused(Exception):
    """The receipt proves nothing, and why."""


def unbase64(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if not raw or base64.b64encode(raw).decode() != text:
        raise Refused(f"not base64 in its one form: {text[:20]}")
    return raw


def root_of(body: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root of the tree of `size` leaves that has this record at `index` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(part) != 32 for part in proof):
        raise Refused("the place does not fit the log's size")
    root = hashlib.sha256(b"\x00" + body).digest()
    node, last = index, size - 1
    for part in proof:
        if not last:
            raise Refused("the proof is too long")
        if node % 2 or node == last:
            root = hashlib.sha256(b"\x01" + part + root).digest()
            while node and not node % 2:
                node, last = node >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\x01" + root + part).digest()
        node, last = node >> 1, last >> 1
    if last:
        raise Refused("the proof is too short")
    return root


def check_signature(key: str, text: str, lines: list[str]) -> str:
    """Who signed, and when if they say so. Refused unless the key's owner has signed this text."""
    name, key_id, encoded = key.strip().split("+", 2)
    kind, public = unbase64(encoded)[:1], unbase64(encoded)[1:]
    own_id = hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]
    if own_id.hex() != key_id or kind not in (b"\x01", b"\x04"):
        raise Refused(f"this is no Ed25519 key: {key}")
    for line in lines:
        dash, signer, signature = line.split(" ")
        raw = unbase64(signature)
        if (dash, signer, raw[:4]) == ("—", name, own_id):
            message, when = text.encode(), ""
            if kind == b"\x04":  # a witness signs the time, too
                seconds = int.from_bytes(raw[4:12], "big")
                message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
                when = f" at {datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[-64:], message)
            except InvalidSignature:
                raise Refused(f"the signature of {name} is false") from None
            return f"{name} ({key_id}){when}"
    raise Refused(f"{name} ({key_id}) has not signed it")


def say(body: bytes) -> str:
    """The record in words. An op: version, family, kind, code, flags, five ids and amounts, see docs/spec/audit.md."""
    if len(body) == 64 and body[:2] == b"\x01\x02":
        kind, act = int.from_bytes(body[2:4], "big"), uuid.UUID(bytes=body[8:24])
        at = START + timedelta(microseconds=int.from_bytes(body[24:32], "big"))
        name = ACTS[kind - 1] if 0 < kind <= len(ACTS) else f"act {kind}"
        return f"{name}  id {act}\n  done     {at:%Y-%m-%d %H:%M:%S} UTC\n  SHA-256 of its facts {body[32:].hex()}"
    if len(body) != 160 or body[:2] != b"\x01\x01":
        return f"record of {len(body)} bytes: {body.hex()}"
    kind, code, users = struct.unpack(">3h", body[2:8])
    names = [uuid.UUID(bytes=body[at : at + 16]) for at in range(8, 72, 16)]
    asked, principal, bonus, debt, happened, booked, begins, ends, *_ = struct.unpack(">11q", body[72:])
    legs = [
        f"{'user hash' if users & bit else 'account'} {leg}" for bit, leg in ((1, names[1]), (2, names[2]))
    ]
    grants = kind in (2, 12) and code == 0  # what is granted or reserved has a time to live
    dates = [("happened", happened), ("booked", booked)] + [("from", begins), ("until", ends)] * grants
    when = [
        f"  {name:8} {START + timedelta(microseconds=at):%Y-%m-%d %H:%M:%S} UTC" for name, at in dates if at
    ]
    amounts = (
        ("asked 申请", asked),
        ("principal 本金", principal),
        ("bonus 激励余额", bonus),
        ("debt 欠款", debt),
    )
    state = "booked 已入账" if code == 0 else f"refused, nothing moved 未入账 (code {code})"
    return "\n".join(
        [
            f"{KINDS[kind - 1] if 0 < kind <= len(KINDS) else f'kind {kind}'}  {state}",
            f"  id       {names[0]}",
        ]
        + [f"  from     {legs[0]}", f"  to       {legs[1]}"]
        + ([f"  about    {names[3]}"] if names[3].int else [])
        + [f"  {name}  {fen // 100}.{fen % 100:02d}" for name, fen in amounts if fen]
        + when
    )


def check(receipt: str, keys: list[str], witnesses: list[str]) -> str:
    """What the receipt proves. Raises Refused."""
    head, _, note = receipt.partition("\n\n")
    first, *rest = head.split("\n")
    text, _, signatures = note.partition("\n\n")
    if first != "c2sp.org/tlog-proof@v1" or not signatures.endswith("\n") or len(rest) < 2:
        raise Refused("this is no receipt")
    text += "\n"
    origin, size, root, *more = text.removesuffix("\n").split("\n")
    extra, index = rest[0].removeprefix("extra "), rest[1].removeprefix("index ")
    body, proof = unbase64(extra), [unbase64(line) for line in rest[2:]]
    lines = signatures.removesuffix("\n").split("\n")
    signed = [check_signature(key, text, lines) for key in keys if key.split("+")[0] == origin]
    if not signed:
        raise Refused(f"no key was given for the log {origin}")
    signed += [check_signature(key, text, lines) for key in witnesses]
    if not (
        index.isdecimal()
        and size.isdecimal()
        and root_of(body, int(index), int(size), proof) == unbase64(root)
    ):
        raise Refused("the record does not lead to the signed head: it is not in the log, or it was changed")
    label = "".join(
        f"!! {line}\n" for line in more
    )  # what else the head says; of a simulated platform, that it is
    return (
        f"{label}{say(body)}\nrecord {int(index) + 1} of {size} in {origin}\nsigned by "
        + "\n      and ".join(signed)
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Checks a receipt of a Huoshui ledger, offline.")
    parser.add_argument("receipt", type=Path)
    parser.add_argument(
        "--key", action="append", required=True, help="the log's public key; again for an older one"
    )
    parser.add_argument(
        "--witness", action="append", default=[], help="the key of a witness that must have signed"
    )
    given = parser.parse_args()
    try:
        print(check(given.receipt.read_text("utf-8"), given.key, given.witness) + "\nGENUINE 凭证属实")
    except (Refused, ValueError, IndexError) as refusal:
        sys.exit(f"REFUSED 凭证不实: {refusal}")
