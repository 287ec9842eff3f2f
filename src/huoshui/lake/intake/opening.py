"""What a file really is, by its first bytes and not by its name, and how its bytes become text.

A file that cannot be read at all ends here, in one UnreadableFile that says why.
"""

import codecs
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Literal, cast

from huoshui.base.errors import Text, UnreadableFile
from huoshui.lake.intake.faults import REASONS

FileKind = Literal["text", "workbook", "parquet", "html"]
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm", ".parquet", ".pq")
GZIP_TIMES_MAX = 300
"""Real tables shrink 5 to 20 times; more than this is no table."""
GZIP_SMALL_BYTES = 50_000_000
"""Below this size unpacked nobody is harmed, whatever the ratio."""
_READ_BYTES = 1 << 20

_PICTURES = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP", b"RIFF": "WebP"}
_DOCUMENTS = {b"%PDF": "PDF", b"{\\rtf": "RTF"}
_ARCHIVES = {b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}


KEEP_BYTES = "huoshui-keep-bytes"


def _keep_bytes(error: UnicodeError) -> tuple[str, int]:
    """Bytes that fit no character, one by one as lone surrogates (surrogateescape knows none below 128)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(KEEP_BYTES, _keep_bytes)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file ready to read: what it is and, for text, in which encoding."""

    path: Path
    kind: FileKind
    gzipped: bool = False
    encoding: str = ""
    damaged: bool = False
    """Whether some bytes do not fit the encoding."""
    size_bytes: int = 0


def shown_name(path: Path) -> str:
    """The file's name as text; see `shown_path`."""
    return shown_path(Path(path.name))


def shown_path(path: Path) -> str:
    """The path as text: where its bytes are no UTF-8 (unpacked from a Chinese archive), as GB18030."""
    raw = os.fsencode(path)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def unreadable(path: Path, reason: str, **data: object) -> UnreadableFile:
    """The error for `path` with `reason` of the catalogue."""
    text: Text = REASONS[reason]
    return UnreadableFile(
        file=shown_name(path), reason_zh=text.say("zh", **data), reason_en=text.say("en", **data)
    )


def open_file(path: Path) -> Opened:
    """Look at `path`. Raises UnreadableFile."""
    if path.is_dir():
        raise unreadable(path, "folder")
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise unreadable(path, "gone") from error
    if not head:
        raise unreadable(path, "empty")
    gzipped = head.startswith(b"\x1f\x8b")
    if gzipped:
        head = _gzip_head(path)
        if not head:
            raise unreadable(path, "empty")
    kind = _kind(path, head, gzipped)
    if kind in ("workbook", "parquet"):
        return Opened(path, kind, gzipped, size_bytes=size)
    encoding, damaged = _encoding(path, head, gzipped)
    return Opened(path, kind, gzipped, encoding, damaged, size)


@contextmanager
def text_of(opened: Opened) -> Iterator[TextIOWrapper]:
    """The text of a file, line ends kept; bytes that do not fit come as lone surrogates (U+DC00 to U+DCFF)."""
    with _bytes(opened.path, opened.gzipped) as stream:
        yield TextIOWrapper(stream, encoding=opened.encoding, errors=KEEP_BYTES, newline="")


@contextmanager
def _bytes(path: Path, gzipped: bool) -> Iterator[BinaryIO]:
    try:
        raw = path.open("rb")
    except OSError as error:
        raise unreadable(path, "gone") from error
    try:
        with raw, gzip.GzipFile(fileobj=raw) if gzipped else raw as stream:
            yield cast(BinaryIO, stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise unreadable(path, "bad_gzip", detail=str(error)) from error


def _gzip_head(path: Path) -> bytes:
    with _bytes(path, gzipped=True) as stream:
        return stream.read(4096)


def _kind(path: Path, head: bytes, gzipped: bool) -> FileKind:
    for marks, reason in ((_PICTURES, "picture"), (_DOCUMENTS, "document"), (_ARCHIVES, "archive")):
        for mark, name in marks.items():
            if head.startswith(mark) and not _is_texty(head):
                raise unreadable(path, reason, kind=name)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        if gzipped:
            raise unreadable(path, "archive", kind="gzip")
        return "workbook"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    # pages and the XML that old spreadsheets wrote
    return (
        "html"
        if start.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"<?xml", b"<"))
        else "text"
    )


def _is_texty(head: bytes) -> bool:
    """Whether the bytes may be text after all (a header that happens to begin with BM or GIF8)."""
    return b"\x00" not in head and all(byte >= 32 or byte in b"\t\r\n" for byte in head[:64])


def _encoding(path: Path, head: bytes, gzipped: bool) -> tuple[str, bool]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name, not _decodes(path, gzipped, name)
    pairs = head[: len(head) // 2 * 2]
    if pairs.count(0) * 10 > len(pairs):
        odd, even = pairs[1::2].count(0), pairs[::2].count(0)
        if odd > 4 * even:
            return "utf-16-le", not _decodes(path, gzipped, "utf-16-le")
        if even > 4 * odd:
            return "utf-16-be", not _decodes(path, gzipped, "utf-16-be")
        raise unreadable(path, "binary")
    for name in ("utf-8", "gb18030"):
        if _decodes(path, gzipped, name):
            return name, False
    wrong = {name: _wrong_bytes(path, gzipped, name) for name in ("utf-8", "gb18030")}
    return min(wrong, key=lambda name: wrong[name]), True


def _decodes(path: Path, gzipped: bool, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for block in _blocks(path, gzipped):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _wrong_bytes(path: Path, gzipped: bool, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    wrong = sum(decoder.decode(block).count("\ufffd") for block in _blocks(path, gzipped))
    return wrong + decoder.decode(b"", final=True).count("\ufffd")


def _blocks(path: Path, gzipped: bool) -> Iterator[bytes]:
    """The bytes of a file, unpacked; refuses what unpacks beyond all measure."""
    packed_size = max(path.stat().st_size, 1)
    done = 0
    with _bytes(path, gzipped) as stream:
        while block := stream.read(_READ_BYTES):
            done += len(block)
            if gzipped and done > GZIP_SMALL_BYTES and done > packed_size * GZIP_TIMES_MAX:
                raise unreadable(path, "bomb", size_mb=done // 1_000_000, times=done // packed_size)
            yield block
