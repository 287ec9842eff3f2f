"""HTML that cannot be broken by data: plain text is escaped on its way in, only Markup passes as it is."""

import html
import json
from collections.abc import Iterable, Mapping

_VOID_TAGS = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})


class Markup(str):
    """Text that is already HTML; nothing else is ever written unescaped."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]
Attribute = str | int | bool | None

NOTHING = Markup("")


def el(tag: str, *children: Child, **attributes: Attribute) -> Markup:
    """One element. `class_`, `for_` lose their underscore, `aria_label` becomes aria-label.

    None and False leave an attribute out, True writes its bare name; None leaves a child out.
    """
    opening = "".join(f" {_name(name)}{_value(value)}" for name, value in attributes.items() if _said(value))
    if tag in _VOID_TAGS:
        return Markup(f"<{tag}{opening}>")
    return Markup(f"<{tag}{opening}>{join(children)}</{tag}>")


def join(children: Iterable[Child], between: str = "") -> Markup:
    """Children one after the other, texts escaped; `between` is plain text."""
    return Markup(html.escape(between).join(escaped(child) for child in children if child is not None))


def escaped(child: Child) -> Markup:
    """One child as HTML."""
    if child is None:
        return NOTHING
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int):
        return Markup(html.escape(str(child), quote=True))
    return join(child)


def json_block(element_id: str, data: object) -> Markup:
    """Data for our script; no text in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    guarded = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    guarded = guarded.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(f'<script type="application/json" id="{html.escape(element_id)}">{guarded}</script>')


def styles(properties: Mapping[str, str | float]) -> str:
    """An inline style of numbers and names of ours (never of the data)."""
    return ";".join(f"{name}:{value}" for name, value in properties.items())


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _said(value: Attribute) -> bool:
    return value is not None and value is not False


def _value(value: Attribute) -> str:
    return "" if value is True else f'="{html.escape(str(value), quote=True)}"'
