"""The commonest faults, word for word as an operator reads them in Chinese: each names the file, the line and the column.

To write the texts anew after a wording has changed: HUOSHUI_GOLDEN=write pytest tests/lake/test_faults_golden.py
"""

# ruff: noqa: E501 -- rows of files as they stand

import gzip
import io
import os
import re
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from huoshui.base.errors import BadMapping, NotEnoughMemory, UnreadableFile
from huoshui.lake.intake import load_mapping, read_folder
from huoshui.lake.intake.faults import FAULTS, REASONS

GOLDEN = Path(__file__).with_name("golden")
HEADER = "订单号,用户ID,下单时间,订单状态,数量,单价,实付金额"
GOOD = "A1,u1,2026-08-03 15:05:00,已完成,1,12.50,12.50"


def with_row(row: str) -> bytes:
    """An orders file whose third line is `row`."""
    return f"{HEADER}\n{GOOD}\n{row}\n".encode()


def workbook(*rows: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("导出")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def cut_parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"order_id": ["a"] * 50}), buffer)
    return buffer.getvalue()[:-20]


def a_zip(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


ROWS: dict[str, tuple[str, bytes]] = {
    "missing_value": ("订单.csv", with_row("A2,u1,,已完成,1,12.50,12.50")),
    "missing_money": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,-")),
    "bad_money": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,十二块")),
    "ambiguous_comma": ("订单.csv", with_row('A2,u1,2026-08-03,已完成,1,12.50,"12,30"')),
    "foreign_currency": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,$12.30")),
    "money_too_large": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,99999999999999")),
    "money_too_fine": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,0.12345678,12.50")),
    "below_zero": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,(12.50)")),
    "ruined_number": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,1.25E+12")),
    "ruined_id": ("订单.csv", with_row("2.02608E+17,u1,2026-08-03,已完成,1,12.50,12.50")),
    "padded_ids": (
        "订单.csv",
        with_row("\n".join(f"202608031505{n}000,u1,2026-08-03,已完成,1,12.50,12.50" for n in range(100, 103))),
    ),
    "ruined_id_in_a_workbook": (
        "订单.xlsx",
        workbook(("订单号", "下单时间", "实付金额"), ("A1", "2026-08-03", 12.5), (202608031505060001, "2026-08-03", 12.5)),
    ),
    "formula_error": (
        "订单.xlsx",
        workbook(("订单号", "下单时间", "实付金额"), ("A1", "2026-08-03", 12.5), ("A2", "2026-08-03", "#REF!")),
    ),
    "bad_id": ("订单.csv", with_row('"A\n2",u1,2026-08-03,已完成,1,12.50,12.50')),
    "bad_count": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,半份,12.50,12.50")),
    "bad_time": ("订单.csv", with_row("A2,u1,昨天下午,已完成,1,12.50,12.50")),
    "no_such_day": ("订单.csv", with_row("A2,u1,2026-02-30,已完成,1,12.50,12.50")),
    "ambiguous_day": ("订单.csv", with_row("A2,u1,3/8/2026,已完成,1,12.50,12.50")),
    "time_out_of_range": ("订单.csv", with_row("A2,u1,1999-08-03,已完成,1,12.50,12.50")),
    "unknown_status": ("订单.csv", with_row("A2,u1,2026-08-03,发芽,1,12.50,12.50")),
    "unknown_kind": (
        "余额流水.csv",
        "流水号,用户ID,时间,方向,金额,类型\nL1,u1,2026-08-03,收入,5,红包雨\n".encode(),
    ),
    "bad_rate": ("支付通道.csv", "支付通道,服务商,费率\n微信,腾讯,零点六\n".encode()),
    "rate_above_one": ("支付通道.csv", "支付通道,服务商,费率\n微信,腾讯,6\n".encode()),
    "bad_flag": ("商品.csv", "商品ID,商品名称,余额专享\nP1,点券,也许\n".encode()),
    "fen_not_whole": ("订单.csv", "订单号,下单时间,实付金额(分)\nA1,2026-08-03,12.5\n".encode()),
    "cell_too_long": ("订单.csv", with_row(f"A2,{'长' * 10_001},2026-08-03,已完成,1,12.50,12.50")),
    "row_too_short": ("订单.csv", with_row("A2,u1,2026-08-03,已完成")),
    "row_cut_at_the_end": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,12.50\nA3,u1,2026-0").rstrip()),
    "row_too_long": ("订单.csv", with_row("A2,u1,2026-08-03,已完成,1,12.50,1,250.00")),
    "unclosed_quote": ("订单.csv", with_row('A2,"u1,2026-08-03,已完成,1,12.50,12.50\nA3,u1,2026-08-03,已完成,1,1,1')),
    "wrong_byte": ("订单.csv", with_row("A2,顾客甲,2026-08-03,已完成,1,12.50,12.50").replace("甲".encode(), b"\xff\xfe")),
    "several_in_one_row": ("订单.csv", with_row("A2,u1,昨天,发芽,半份,12.50,十二")),
    "missing_column": ("订单.csv", "订单号,用户ID,下单时间\nA1,u1,2026-08-03\n".encode()),
    "no_header": ("八月.csv", "甲,乙\n1,2\n".encode()),
}  # fmt: skip

FILES: dict[str, tuple[str, bytes]] = {
    "empty": ("订单.csv", b""),
    "picture": ("订单.xlsx", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    "document": ("订单.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00"),
    "archive": ("订单.xlsx", a_zip(**{"orders.csv": "a,b"})),
    "bad_workbook": ("订单.xlsx", workbook(("订单号",), ("A1",))[:-200]),
    "bad_gzip": ("订单.csv.gz", gzip.compress(with_row(GOOD) * 50, mtime=0)[:-30]),
    "bomb": ("订单.csv.gz", gzip.compress(b"0" * 60_000_000, mtime=0)),
    "bad_parquet": ("订单.parquet", cut_parquet()),
    "binary": ("订单.csv", bytes(range(256)) * 4 + b"\x00\x00\x00\x01" * 400),
    "encrypted": (
        "订单.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(1024)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(500),
    ),
    "html": ("订单.xls", "<html><body>请先登录</body></html>".encode()),
}

MAPPINGS: dict[str, str] = {
    "mapping_not_toml": '[[file]]\nmatch = "订单.csv"\ntable = orders\n',
    "mapping_unknown_column": '[[file]]\nmatch = "订单.csv"\ntable = "orders"\n[file.columns]\n"金额" = "payed"\n',
    "mapping_two_for_one": (
        '[[file]]\nmatch = "订单.csv"\ntable = "orders"\n[file.columns]\n"金额" = "paid"\n"实付" = "paid"\n'
    ),
    "mapping_unknown_zone": 'zone = "Asia/Atlantis"\n',
    "mapping_unknown_choice": (
        '[[file]]\nmatch = "a.csv"\ntable = "orders"\n[file.columns]\n"状态" = "status"\n'
        '[file.values."状态"]\n"发芽" = "sprouted"\n'
    ),
}


def judge(name: str, text: str) -> None:
    """Compare with the stored text, or store it when asked to."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("HUOSHUI_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


def read(tmp_path: Path, name: str, data: bytes) -> list[str]:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    intake = read_folder(tmp_path / "in", work=tmp_path / "work", memory_bytes=200_000_000)
    for fault in intake.faults:
        assert re.search(r"第 \d+ 行", fault.say("zh"))
        assert fault.file == name
    return [fault.say("zh") for fault in intake.faults]


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_in_words(tmp_path: Path, case: str) -> None:
    name, data = ROWS[case]
    lines = read(tmp_path, name, data)
    assert lines
    judge(case, "\n".join(lines))


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_in_words(tmp_path: Path, case: str) -> None:
    name, data = FILES[case]
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, name, data)
    judge(
        f"file_{case}",
        re.sub(r": [^:：]*$", ": ...", said) if "坏了" in (said := caught.value.say("zh")) else said,
    )


@pytest.mark.parametrize("case", MAPPINGS)
def test_a_wrong_mapping_in_words(tmp_path: Path, case: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPINGS[case], encoding="utf-8")
    with pytest.raises(BadMapping) as caught:
        load_mapping(path)
    judge(case, caught.value.say("zh"))


def test_a_workbook_that_would_not_fit_is_told_before(tmp_path: Path) -> None:
    (tmp_path / "订单.xlsx").write_bytes(workbook(*[("订单号", "下单时间", "实付金额")] * 2000))
    with pytest.raises(NotEnoughMemory) as caught:
        read_folder(tmp_path, work=tmp_path / "work", memory_bytes=100_000)
    assert "订单.xlsx" in caught.value.say("zh")


def test_every_code_is_spoken_for() -> None:
    """Each fault of the catalogue and each reason that can be brought about has a stored text."""
    texts = "".join(path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt"))
    for code, text in FAULTS.items():
        longest = max(re.split(r"\{[^}]*\}", text.zh), key=len)
        assert longest.strip("“”") in texts, code
    assert set(FILES) <= set(REASONS)
