"""The common form of a figure: ours, the peer and the limit measured in one run, as a table and as JSON lines."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

HEAD = f"{'figure':62}{'ours':>10}{'peer':>10}{'limit':>9}{'ratio':>9}  unit   target"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `ratio` is what `target` speaks of; `met` is None where nothing was promised."""

    figure: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    limit: float | None = None
    ratio: float | None = None
    target: str | None = None
    met: bool | None = None
    unit: str = ""


def tell(figures: Iterable[Figure], *, as_json: bool, packages: Iterable[str]) -> int:
    """Print each figure as it comes; 1 where one misses its target. `packages` are those the figures hang on."""
    where = machine(packages)
    missed = False
    if not as_json:
        print(where, HEAD, sep="\n")
    for figure in figures:
        missed = missed or figure.met is False
        told = {**asdict(figure), "machine": where}
        print(json.dumps(told, ensure_ascii=False) if as_json else _line(figure), flush=True)
    return 1 if missed else 0


def machine(packages: Iterable[str]) -> str:
    """The processor, its cores, and the versions of Python and of `packages`."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"


def _line(figure: Figure) -> str:
    met = {True: "  met", False: "  MISSED", None: ""}[figure.met]
    line = (
        f"{figure.figure:62}{_cell(figure.ours):>10}{_cell(figure.peer):>10}{_cell(figure.limit):>9}"
        f"{_cell(figure.ratio):>9}  {figure.unit:6} {figure.target or ''}{met}"
    )
    return f"{line}\n    peer: {figure.peer_name}" if figure.peer_name else line


def _cell(number: float | None) -> str:
    if number is None:
        return ""
    if number and abs(number) < 0.01:
        return f"{number:.1e}"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.2f}"
