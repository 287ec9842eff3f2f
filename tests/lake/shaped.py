"""Files shaped like a shop's own, from a seed, for the tests of the intake: bytes by file name."""

# ruff: noqa: E501, SIM905 -- rows of files as they stand

import gzip
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

ACG_ORDERS = (
    "订单号,金额,商品名称,数量,支付方式,下单时间,下单IP,下单设备,支付时间,订单状态,联系方式,发货状态,优惠券,客户,推广人,分站,"
    "分站手续费,接口手续费,推广分成,返利"
).split(",")
ORDERS = "订单号 用户ID 下单时间 订单状态 商品ID 数量 单价 实付金额 激励余额支付 货品成本 支付通道 下单IP 备注".split()
RECHARGES = "充值单号 会员 下单时间 支付状态 充值金额 赠送金额 支付方式".split()
BILL = "id owner amount balance type currency log create_time".split()
USERS = "用户ID 注册时间 状态 会员等级 手机号 累计充值 密码".split()
Rows = list[list[str]]


def orders(dice: random.Random, count: int) -> Rows:
    """Plain orders, some written as people do."""
    rows = [ORDERS]
    for number in range(count):
        at = _time(dice)
        amount = f"{dice.randint(1, 200000) / 100:.2f}"
        written = dice.choice([amount] * 6 + [f"¥{amount}", f"{float(amount):,.2f}元", f'="{amount}"'])
        rows.append([
            f"D{dice.randint(10**6, 10**9)}-{number}", f"U{dice.randint(1, 60)}", at, dice.choice(["已完成", "已支付", "已退款"]),
            f"P{dice.randint(1, 9)}", "1", amount, written, "0", "", dice.choice(["微信", "支付宝"]), f"10.0.0.{dice.randint(1, 9)}",
            dice.choice(["", "急", '他说"快点"', "第一行\n第二行", "a,b"]),
        ])  # fmt: skip
    return rows


def acg_orders(dice: random.Random, count: int) -> Rows:
    """An acg-faka order export."""
    rows = [ACG_ORDERS]
    for number in range(count):
        at = _time(dice)
        rows.append([
            f"'2608{dice.randint(10**10, 10**11)}{number}", f"{dice.randint(1, 9999) / 100:.2f}", "点券", "1",
            dice.choice(["余额", "微信"]), at, "1.2.3.4", "手机", at, dice.choice(["已支付", "未支付"]), "138", "已发货", "",
            dice.choice(["小明", "游客", ""]), "", "", "0.00", "0.08", "0", "0",
        ])  # fmt: skip
    return rows


def recharges(dice: random.Random, count: int) -> Rows:
    """Top-ups."""
    return [
        RECHARGES,
        *(
            [f"R{number}", f"U{dice.randint(1, 60)}", _time(dice), "已支付", "100", "8", "微信"]
            for number in range(count)
        ),
    ]


def bill(dice: random.Random, count: int) -> Rows:
    """A dump of acg-faka's bill."""
    memos = ["充值", "充值赠送", "商品下单[260800000001]", "转账给ID:5", "送你的"]
    return [
        BILL,
        *(
            [
                str(number),
                str(dice.randint(1, 60)),
                "5.00",
                "20.00",
                dice.choice("01"),
                "0",
                dice.choice(memos),
                _time(dice),
            ]
            for number in range(count)
        ),
    ]


def users(dice: random.Random, count: int) -> Rows:
    """Members, with a column that must never be read."""
    return [
        USERS,
        *(
            [f"U{number}", _time(dice), "正常", "白银", "13800000000", "100", "hunter2"]
            for number in range(count)
        ),
    ]


MAKERS = (orders, acg_orders, recharges, bill, users)


def csv_bytes(
    rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",", end: str = "\n"
) -> bytes:
    """Rows as delimited text, quoted where needed."""

    def cell(text: str) -> str:
        special = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if special else text

    return "".join(delimiter.join(map(cell, row)) + end for row in rows).encode(encoding)


def xlsx_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as a workbook, with a title line and numbers where they are numbers."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("导出")
    sheet.write(0, 0, "某店导出")
    for number, row in enumerate(rows, start=1):
        for index, cell in enumerate(row):
            sheet.write_string(number, index, cell) if index == 0 else sheet.write(
                number, index, _number(cell)
            )
    book.close()
    return buffer.getvalue()


def parquet_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as Parquet with texts."""
    buffer = io.BytesIO()
    columns = list(zip(*rows[1:], strict=True)) if len(rows) > 1 else [() for _ in rows[0]]
    pq.write_table(
        pa.table([pa.array(column, pa.string()) for column in columns], names=list(rows[0])), buffer
    )
    return buffer.getvalue()


def shaped_file(dice: random.Random, number: int) -> tuple[str, bytes, Rows]:
    """One sound file: its name, its bytes and its rows."""
    maker = dice.choice(MAKERS)
    rows = maker(dice, dice.randint(1, 40))
    kind = dice.choice(["csv"] * 6 + ["tsv", "gz", "utf16", "xlsx", "parquet", "semicolon", "gbk", "gbk"])
    name = f"{maker.__name__}{number:05d}"
    match kind:
        case "tsv":
            return f"{name}.tsv", csv_bytes(rows, delimiter="\t"), rows
        case "gz":
            return f"{name}.csv.gz", gzip.compress(csv_bytes(rows), mtime=0), rows
        case "utf16":
            return f"{name}.csv", csv_bytes(rows, "utf-16", "\t"), rows
        case "xlsx":
            return f"{name}.xlsx", xlsx_bytes(rows), rows
        case "parquet":
            return f"{name}.parquet", parquet_bytes(rows), rows
        case "semicolon":
            return f"{name}.csv", csv_bytes(rows, delimiter=";"), rows
        case "gbk":
            return f"{name}.csv", csv_bytes(rows, "gb18030", end="\r\n"), rows
        case _:
            return f"{name}.csv", csv_bytes(rows, dice.choice(["utf-8", "utf-8-sig"])), rows


def write(folder: Path, name: str, data: bytes | str) -> Path:
    """Put a file into a folder that is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def _time(dice: random.Random) -> str:
    at = datetime(2026, 7, 1) + timedelta(seconds=dice.randint(0, 10**7))
    return dice.choice([str(at), str(at), f"{at:%Y/%m/%d %H:%M}", str(int(at.timestamp()))])


def _number(cell: str) -> str | float:
    try:
        return float(cell) if cell.replace(".", "").isdigit() and len(cell) < 12 else cell
    except ValueError:
        return cell
