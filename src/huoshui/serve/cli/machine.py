"""Answers for programs."""

import json

import msgspec


def as_json_line(answer: object) -> bytes:
    """One object on one line, in UTF-8. A file name that is no text is escaped, as JSON alone can carry it."""
    try:
        return msgspec.json.encode(answer) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(answer)).encode() + b"\n"
