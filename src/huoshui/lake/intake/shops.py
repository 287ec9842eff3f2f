"""Files of known shops, recognised by their own headers: what each column really holds there, and its traps in words.

Read from the shops' own exports and tables; a header is not always what it says (in acg-faka an amount in 优惠券 is a
code). A shape maps folded headers to our columns, and may compute columns from the row's texts before they are read.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from huoshui.base.errors import Text
from huoshui.lake.intake.arrow import Array, pc

Texts = dict[str, Array]
"""Column -> its cells as trimmed texts."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file of one shop."""

    shop: str
    table: str
    signature: frozenset[str]
    columns: dict[str, str]
    derive: Callable[[Texts], Texts] | None = None
    derived: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    rows_suspicious: int | None = None
    """A file of exactly so many rows was probably cut by the shop."""
    keep: Callable[[Texts], Array] | None = None
    """Rows that are about our money at all (a mask); the rest is counted as skipped."""
    needs: tuple[str, ...] = field(default=())

    def fits(self, folded: Sequence[str]) -> bool:
        """Whether a header row is this shape's."""
        return self.signature <= set(folded)


SHAPES: tuple[Shape, ...] = ()

MEMO_KINDS: tuple[tuple[str, str], ...] = (
    (r"充值赠送", "recharge_bonus"),
    (r"充值", "recharge"),
    (r"商品下单", "spend"),
    (r"推广分成|自营商品出售|分站商品出售", "commission"),
    (r"转账给|来自", "transfer"),
    (r"兑现|提现", "withdrawal"),
)
"""Words of a memo -> kind of a balance entry, first match; anything else is an adjustment by hand."""


def entry_defaults(texts: Texts) -> Texts:
    """Direction and kind of balance entries whose file has no column for them: from the sign and the memo."""
    out = dict(texts)
    if "direction" not in texts and "amount" in texts:
        negative = pc.match_substring_regex(texts["amount"], r"^\s*[-−–(（]|[-−–]\s*$")
        out["direction"] = pc.if_else(negative, "out", "in")
        out["amount"] = pc.replace_substring_regex(texts["amount"], r"[-−–()（）+]", "")
    if "kind" not in texts and "memo" in texts:
        out["kind"] = memo_kind(texts["memo"])
    return out


def memo_kind(memo: Array) -> Array:
    """The kind a memo's words stand for."""
    filled = pc.fill_null(memo, "")
    tests = [pc.match_substring_regex(filled, pattern) for pattern, _ in MEMO_KINDS]
    conditions = pa.StructArray.from_arrays(tests, names=[str(i) for i in range(len(tests))])
    return pc.case_when(conditions, *[pa.scalar(kind) for _, kind in MEMO_KINDS], pa.scalar("adjust"))


ORDER_IN_MEMO = re.compile(r"\[(\w{6,40})\]")
