"""Payments as the shop and as a payment channel have them: a key and an amount each, for the three-way check.

The shop's are its top-ups that were paid; the channel's are the lines of a bill as it comes from the channel, with the
shop's own number of each payment.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import ibis
from ibis import _

from huoshui.base.errors import UnreadableFile
from huoshui.base.money import fen
from huoshui.core.ledger.three_way import Payment
from huoshui.lake.engines import Lake
from huoshui.lake.intake.cells import Refusal, number_text, unwrap
from huoshui.lake.intake.folder import grids_of
from huoshui.lake.intake.grids import HEAD_ROWS, RawChunk
from huoshui.lake.intake.opening import open_file, shown_name
from huoshui.lake.intake.words import fold, is_fen_header

KEYS = (
    "商户订单号", "商家订单号", "商户单号", "外部订单号", "充值单号", "商户流水号", "out_trade_no", "merchant_order_no",
    "merchant order no", "recharge_id", "订单号", "order_no", "order_id", "reference",
)  # fmt: skip
"""What channels call the shop's number of a payment, the surest first."""
AMOUNTS = (
    "应结订单金额", "订单金额", "订单金额（元）", "收入（+元）", "收入金额（+元）", "收入", "交易金额",
    "充值金额", "商家实收（元）", "总金额", "支付金额", "金额", "金额（元）", "total_amount", "amount",
    "trade_amount", "gross", "total",
)  # fmt: skip
STATUSES = (
    "交易状态",
    "支付状态",
    "订单状态",
    "状态",
    "业务类型",
    "trade_state",
    "trade_status",
    "status",
    "type",
)
NOT_PAID = ("退", "失败", "关闭", "未", "refund", "fail", "closed", "revoked", "unpaid", "pending", "notpay")
"""Words in a status that say that no money came, or that it went back."""


class Columns(NamedTuple):
    """Where a bill has what is needed; a bill may have no status."""

    key: int
    amount: int
    status: int | None
    amount_title: str
    width: int


def paid_top_ups(lake: Lake, first_day: date, next_day: date) -> list[Payment]:
    """The shop's top-ups paid within a span of business days, by their number."""
    if not lake.has("recharges"):
        return []
    recharges = lake.table("recharges")
    paid = recharges.filter(recharges.status.isnull() | (recharges.status == "paid"))
    at = paid.paid_at.fill_null(paid.created_at)
    rows = paid.filter((at.date() >= first_day) & (at.date() < next_day)).select(_.recharge_id, _.amount)
    return [Payment(row["recharge_id"], row["amount"]) for row in rows.to_pyarrow().to_pylist()]


def top_ups_by_entry(lake: Lake) -> dict[str, str]:
    """The number of the top-up behind a balance entry, by the entry's: same user, amount and day, in order of time.

    Books that were mirrored know a top-up by its entry.
    """
    if not (lake.has("recharges") and lake.has("balance_entries")):
        return {}
    recharges, entries = lake.table("recharges"), lake.table("balance_entries")
    paid = recharges.filter(recharges.status.isnull() | (recharges.status == "paid"))
    paid = paid.mutate(when=paid.paid_at.fill_null(paid.created_at))
    entries = entries.filter(entries.kind == "recharge").mutate(when=entries["at"])
    numbered = [
        rows.select(
            "user_id",
            "amount",
            name,
            day=rows.when.date(),
            place=ibis.row_number().over(
                ibis.window(
                    group_by=[rows.user_id, rows.amount, rows.when.date()], order_by=[rows.when, rows[name]]
                )
            ),
        )
        for rows, name in ((paid, "recharge_id"), (entries, "entry_id"))
    ]
    both = numbered[0].inner_join(numbered[1], ["user_id", "amount", "day", "place"])
    found = both.select("entry_id", "recharge_id").to_pyarrow()
    return dict(zip(found["entry_id"].to_pylist(), found["recharge_id"].to_pylist(), strict=True))


def entries_not_paid(lake: Lake) -> frozenset[str]:
    """Balance entries that came in and were no top-up: gift cards, transfers, refunds."""
    if not lake.has("balance_entries"):
        return frozenset()
    entries = lake.table("balance_entries").filter((_.direction == "in") & (_.kind != "recharge"))
    return frozenset(entries.select("entry_id").to_pyarrow()["entry_id"].to_pylist())


def billed_payments(files: Sequence[Path], *, memory_bytes: int) -> list[Payment]:
    """The payments of a channel's bill, in one file or several. Raises UnreadableFile, NotEnoughMemory."""
    return [payment for file in files for payment in _of_file(file, memory_bytes)]


def _of_file(file: Path, memory_bytes: int) -> Iterator[Payment]:
    known = False
    for grid in grids_of(open_file(file), memory_bytes):
        columns: Columns | None = None
        for chunk in grid.chunks:
            begin = 0
            if columns is None:
                columns, begin = _header(chunk)
            if columns is not None:
                known = True
                yield from _payments(grid.label, chunk, begin, columns)
    if not known:
        raise UnreadableFile(
            file=shown_name(file),
            reason_zh="没有找到商户订单号和金额这两列",
            reason_en="no column of the shop's payment number and none of amounts was found",
        )


def _header(chunk: RawChunk) -> tuple[Columns | None, int]:
    """The first row that names a key and an amount, and the row after it."""
    for at, row in enumerate(chunk.rows[:HEAD_ROWS]):
        titles = [_plain(cell) for cell in row]
        found = [_place(titles, names) for names in (KEYS, AMOUNTS, STATUSES)]
        key, amount, status = found
        if key is not None and amount is not None:
            return Columns(key, amount, status, unwrap(row[amount]), len(row)), at + 1
    return None, 0


def _place(titles: list[str], names: tuple[str, ...]) -> int | None:
    return next((titles.index(_plain(name)) for name in names if _plain(name) in titles), None)


def _plain(title: str) -> str:
    return fold(unwrap(title).strip("`"))


def _payments(label: str, chunk: RawChunk, begin: int, columns: Columns) -> Iterator[Payment]:
    """Rows with a key that were paid; refunds and rows of sums are passed over."""
    for row, line in zip(chunk.rows[begin:], chunk.lines[begin:], strict=True):
        if len(row) < columns.width - 1:
            continue
        key = unwrap(row[columns.key].strip().strip("`"))
        status = "" if columns.status is None else row[columns.status].strip().lower()
        if not key or any(word in status for word in NOT_PAID):
            continue
        text = unwrap(row[columns.amount].strip().strip("`"))
        yuan = number_text(text)
        if isinstance(yuan, Refusal):
            raise UnreadableFile(
                file=label,
                reason_zh=f"第 {line} 行“{columns.amount_title}”列的“{text}”不是金额",
                reason_en=f"line {line}, column '{columns.amount_title}': '{text}' is not an amount",
            )
        yield Payment(key, int(yuan) if is_fen_header(columns.amount_title) else fen(yuan))
