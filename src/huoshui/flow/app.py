"""Settings: how much memory and how many threads a run may take, where it works, in which language and zone.

`settings_for` is the only builder. Sizes are bytes; a size in text is decimal (`1GB` = 1,000,000,000) unless
it says binary (`1GiB`).
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.base.errors import BadOption, Language, LowMemory
from huoshui.base.limits import MEMORY_BYTES_DEFAULT, MEMORY_BYTES_MIN, THREADS_MAX

CURRENCY_DEFAULT = "CNY"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run keeps to.

    `work` holds what is made on the way (canonical Parquet, the engine's file, spills).
    `currency` is a label: amounts are minor units of it, whatever it is.
    """

    memory_bytes: int
    threads: int
    work: Path
    language: Language
    zone: str = DEFAULT_ZONE
    currency: str = CURRENCY_DEFAULT


def settings_for(
    *,
    work: Path,
    language: Language,
    memory: str | None = None,
    threads: int | None = None,
    zone: str = DEFAULT_ZONE,
    currency: str = CURRENCY_DEFAULT,
) -> Settings:
    """The settings of one run; what is not given is fitted to the machine.

    Raises BadOption for an impossible `memory` or `threads`, LowMemory where the machine has too little left.
    """
    return Settings(
        memory_bytes=memory_default() if memory is None else memory_asked(memory),
        threads=threads_default() if threads is None else threads_asked(threads),
        work=work,
        language=language,
        zone=zone,
        currency=currency,
    )


def clear_work(settings: Settings) -> None:
    """Remove what a next run makes again: copies of the data, empty folders. Key and corrections stay."""
    for name in SCRATCH:
        path = settings.work / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for folder in (settings.work, settings.work.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


SCRATCH = ("stage", "spill", "facts.duckdb", "facts.duckdb.wal")


def memory_default() -> int:
    """The smaller of 1 GB and half of what is free. Raises LowMemory when that half is too little."""
    free = free_memory_bytes()
    if free is None:
        return MEMORY_BYTES_DEFAULT
    if free // 2 < MEMORY_BYTES_MIN:
        raise LowMemory(free_mb=free // 1_000_000, needed_mb=2 * MEMORY_BYTES_MIN // 1_000_000)
    return min(MEMORY_BYTES_DEFAULT, free // 2)


def memory_asked(text: str) -> int:
    """Bytes of `1GB`, `800MB`, `1.5g`, `512MiB` or a plain number of bytes. Raises BadOption."""
    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise BadOption(
            option="--memory",
            value=text,
            reason_zh="要写成 1GB 或 800MB 这样",
            reason_en="write it as 1GB or 800MB",
        )
    size = int(Decimal(match["number"]) * UNIT_BYTES[match["unit"].lower()])
    if size < MEMORY_BYTES_MIN:
        least_mb = MEMORY_BYTES_MIN // 1_000_000
        raise BadOption(
            option="--memory",
            value=text,
            reason_zh=f"至少要 {least_mb}MB",
            reason_en=f"at least {least_mb}MB",
        )
    return size


SIZE = re.compile(r"(?P<number>\d{1,15}(\.\d{1,6})?)\s*(?P<unit>([kmgt]i?)?b?)", re.IGNORECASE | re.ASCII)
UNIT_BYTES = {"": 1, "b": 1} | {
    prefix + infix + suffix: base**power
    for power, prefix in enumerate("kmgt", start=1)
    for infix, base in (("", 1000), ("i", 1024))
    for suffix in ("", "b")
}


def threads_default() -> int:
    """As many as there are processors, within our bound."""
    return min(os.cpu_count() or 1, THREADS_MAX)


def threads_asked(threads: int) -> int:
    """`threads` as it is. Raises BadOption outside of the bound."""
    if not 1 <= threads <= THREADS_MAX:
        raise BadOption(
            option="--threads",
            value=threads,
            reason_zh=f"要在 1 到 {THREADS_MAX} 之间",
            reason_en=f"it must lie between 1 and {THREADS_MAX}",
        )
    return threads


def free_memory_bytes() -> int | None:
    """What a new program could still take, within its container; None where the system does not tell."""
    if sys.platform == "win32":
        return _free_memory_windows()
    if sys.platform == "darwin":
        return _free_memory_macos()
    return _free_memory_linux()


def free_disk_bytes(folder: Path) -> int:
    """What is free where `folder` lies or would lie."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free


def _free_memory_linux() -> int | None:
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return None
    kib = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text(), re.MULTILINE)
    available = int(kib[1]) * 1024 if kib else None
    return min((size for size in (available, _free_in_container()) if size is not None), default=None)


CONTAINER = Path("/sys/fs/cgroup")
"""Where a container sees its own cgroup (version 2)."""


def _free_in_container() -> int | None:
    """What a container's cgroup still allows; page cache counts as free."""
    limit, used, parts = (CONTAINER / name for name in ("memory.max", "memory.current", "memory.stat"))
    if not (limit.exists() and used.exists() and parts.exists()):
        return None
    allowed = limit.read_text().strip()
    if allowed == "max":
        return None
    cache = re.search(r"^inactive_file (\d+)", parts.read_text(), re.MULTILINE)
    return max(int(allowed) - int(used.read_text()) + (int(cache[1]) if cache else 0), 0)


def _free_memory_macos() -> int | None:
    told = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, check=False)
    page = re.search(r"page size of (\d+) bytes", told.stdout)
    counts = re.findall(r"^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)", told.stdout, re.MULTILINE)
    return int(page[1]) * sum(map(int, counts)) if page and counts else None


def _free_memory_windows() -> int | None:
    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    told = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
    return int(status.available) if told else None


class MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API, field by field."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load_percent", ctypes.c_ulong),
        ("total", ctypes.c_ulonglong),
        ("available", ctypes.c_ulonglong),
        ("page_file_total", ctypes.c_ulonglong),
        ("page_file_available", ctypes.c_ulonglong),
        ("virtual_total", ctypes.c_ulonglong),
        ("virtual_available", ctypes.c_ulonglong),
        ("virtual_extended_available", ctypes.c_ulonglong),
    )
