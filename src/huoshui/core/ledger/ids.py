"""Ids of ops that follow from another: derived, so that a replay makes the same. Ids are uuid version 7, 16 bytes."""

from hashlib import blake2b


def derived_id(parent: bytes, step: int) -> bytes:
    """The id of the op that follows `parent` as its `step`: the same time, the rest a hash of both."""
    rest = bytearray(blake2b(parent + step.to_bytes(4, "big"), digest_size=10).digest())
    rest[0] = 0x70 | rest[0] & 0x0F
    rest[2] = 0x80 | rest[2] & 0x3F
    return parent[:6] + bytes(rest)


def milliseconds_of(identity: bytes) -> int | None:
    """The time an id carries, in milliseconds since 1970; None where it is no uuid version 7."""
    if identity[6] >> 4 != 7 or identity[8] >> 6 != 2:
        return None
    return int.from_bytes(identity[:6], "big")
