"""ECharts for one HTML file: taken from the bundle in the NiceGUI wheel, read as a file, never imported.

The wheel holds an ES module `index.js` that says under which name a sibling module exports `echarts`. That
sibling ends in `export{local as exported, ...};`: the tail is cut off, the local name handed to our script.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from huoshui.base.errors import HuoshuiError, Text

GLOBAL_NAME = "huoshuiECharts"
NOTICE = (
    "/*! Apache ECharts (Apache-2.0, Apache Software Foundation), zrender (BSD-3-Clause), tslib (0BSD) */"
)

_FOLDER = Path("elements") / "echart" / "dist"
_IMPORT = re.compile(r'import\s*\{([^}]*)\}\s*from\s*"\./([\w.-]+\.js)"')
_FURTHER = re.compile(r'import\("\./[^"]*"\)')
"""Parts that the wheel would load on demand (the 3D charts): one file has nowhere to load them from."""
_EXPORT = re.compile(r"export\s*\{([^{}]*)\}\s*;?\s*(?://#[^\n]*)?\s*$")


class MissingBundle(HuoshuiError):
    """The drawing library is not installed, or is not as we know it."""

    code = "missing_bundle"
    text = Text(
        "画图用的 ECharts 没找到 ({detail})。它在 nicegui 这个包里, 运行: pip install --no-deps nicegui",
        "ECharts, which draws the charts, was not found ({detail}). The nicegui package carries it; "
        "run: pip install --no-deps nicegui",
    )


@cache
def echarts_module() -> str:
    """The text of a module script that defines `globalThis.huoshuiECharts`. Raises MissingBundle."""
    folder = _bundle_folder()
    index = _read(folder / "index.js")
    imported = _IMPORT.search(index)
    if imported is None:
        raise MissingBundle(detail="index.js")
    exported = _exported_name(index=index, imports=imported.group(1))
    source = _read(folder / imported.group(2))
    tail = _EXPORT.search(source)
    if tail is None:
        raise MissingBundle(detail=f"{imported.group(2)}: export")
    local = _pairs(tail.group(1), "as", reverse=True).get(exported)
    if local is None:
        raise MissingBundle(detail=f"{imported.group(2)}: {exported}")
    body = _FURTHER.sub('Promise.reject(new Error("not carried"))', source[: tail.start()])
    return f"{NOTICE}\n{body}\nglobalThis.{GLOBAL_NAME}={local};\n"


def _bundle_folder() -> Path:
    spec = find_spec("nicegui")
    if spec is None or not spec.submodule_search_locations:
        raise MissingBundle(detail="nicegui")
    return Path(spec.submodule_search_locations[0]) / _FOLDER


def _read(path: Path) -> str:
    if not path.is_file():
        raise MissingBundle(detail=path.name)
    return path.read_text(encoding="utf-8")


def _exported_name(*, index: str, imports: str) -> str:
    """What the sibling calls the namespace that index.js hands on as `echarts`."""
    handed_on = _EXPORT.search(index)
    if handed_on is None:
        raise MissingBundle(detail="index.js: export")
    local = _pairs(handed_on.group(1), "as", reverse=True).get("echarts")
    for exported, name in _pairs(imports, "as").items():
        if name == local:
            return exported
    raise MissingBundle(detail="index.js: echarts")


def _pairs(clause: str, word: str, *, reverse: bool = False) -> dict[str, str]:
    """{'a': 'b'} of 'a as b, c' ('c': 'c'); the other way round if `reverse`."""
    pairs = [part.split(f" {word} ") for part in (piece.strip() for piece in clause.split(",")) if part]
    return {(p[-1] if reverse else p[0]).strip(): (p[0] if reverse else p[-1]).strip() for p in pairs}
