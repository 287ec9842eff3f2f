"""Folders as shops give them: what becomes of every row, across files, encodings, corrections and shops."""

# ruff: noqa: E501 -- rows of files as they stand

import csv
import gzip
import json
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from huoshui.base.errors import MissingFolder, NothingToRead
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import Intake, guess_mapping, read_folder
from huoshui.lake.intake.corrections import guarded
from huoshui.lake.tables import TABLES
from huoshui.lake.template import write_template

HEADER = "订单号,用户ID,下单时间,订单状态,实付金额\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "店铺 数据"
    folder.mkdir()
    return folder


def read(shop: Path) -> Intake:
    return read_folder(shop, work=shop.parent / "work", memory_bytes=300_000_000)


def put(shop: Path, name: str, text: str, encoding: str = "utf-8", *, age_seconds: int = 0) -> Path:
    path = shop / name
    path.write_bytes(text.encode(encoding))
    if age_seconds:
        at = path.stat().st_mtime - age_seconds
        os.utime(path, (at, at))
    return path


def rows(intake: Intake, table: str, columns: str, order: str = "1") -> list[tuple[object, ...]]:
    paths = [str(path) for path in intake.sources[table].paths]
    return duckdb.execute(
        f"SELECT {columns} FROM read_parquet({paths}, union_by_name = true) ORDER BY {order}"
    ).fetchall()


def counts(intake: Intake) -> list[tuple[int, int, int, int]]:
    return [(r.rows_read, r.rows_kept, r.rows_merged, r.rows_set_aside) for r in intake.files]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_any_encoding_and_delimiter(shop: Path, encoding: str, delimiter: str) -> None:
    text = HEADER + "A1,小明,2026-08-03 15:05:06,已完成,12.50\n"
    put(shop, "订单.csv", text.replace(",", delimiter), encoding)
    intake = read(shop)
    assert rows(intake, "orders", "order_id, user_id, paid, status") == [("A1", "小明", 1250, "delivered")]


def test_lines_are_those_of_an_editor(shop: Path) -> None:
    """A title, a quoted line break, a blank line, the header again and a total: the bad row is still named by its true line."""
    put(
        shop,
        "订单.csv",
        f'某店订单\n\n{HEADER}A1,"小\n明",2026-08-03,已完成,1\n\n{HEADER}A2,b,2026-08-03,已完成,x\n合计,,,,1\n',
    )
    intake = read(shop)
    assert [(f.line, f.column) for f in intake.faults] == [(4, "用户ID"), (8, "实付金额")]
    (report,) = intake.files
    assert dict(report.skipped) == {"title": 1, "blank": 1, "repeated_header": 1, "total": 1}
    assert (report.rows_read, report.rows_set_aside) == (2, 2)


def test_gzip_workbook_and_page_are_read(shop: Path) -> None:
    (shop / "订单1.csv.gz").write_bytes(gzip.compress((HEADER + "A1,a,2026-08-03,已完成,1\n").encode()))
    book = xlsxwriter.Workbook(shop / "订单2.xlsx")
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 4, "八月订单")
    sheet.write_row(1, 0, HEADER.strip().split(","))
    sheet.write_row(2, 0, ["A2", 1001, "x", "已完成", 12.3])
    sheet.write_datetime(
        2, 2, datetime(2026, 8, 3, 15, 5), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    )
    book.close()
    page = "<table><tr>" + "".join(f"<th>{h}</th>" for h in HEADER.strip().split(","))
    put(shop, "订单3.xls", page + "</tr><tr><td>A3<td>c<td>2026/8/3<td>已退款<td>￥3</tr></table>", "gb18030")
    intake = read(shop)
    assert rows(intake, "orders", "order_id, user_id, created_at, paid") == [
        ("A1", "a", datetime(2026, 8, 3), 100),
        ("A2", "1001", datetime(2026, 8, 3, 15, 5), 1230),
        ("A3", "c", datetime(2026, 8, 3), 300),
    ]


def test_overlapping_files_meet_by_key(shop: Path) -> None:
    put(shop, "订单7月.csv", HEADER + "A1,a,2026-07-01,已支付,1\nA2,a,2026-07-02,已支付,2\n")
    put(
        shop,
        "订单8月.csv",
        HEADER + "A2,a,2026-07-02,已退款,2\nA1,a,2026-07-01,已支付,1.00\nA3,a,2026-08-01,已支付,3\n",
    )
    intake = read(shop)
    assert rows(intake, "orders", "order_id, status") == [("A1", "paid"), ("A2", "refunded"), ("A3", "paid")]
    assert counts(intake) == [(2, 0, 2, 0), (3, 3, 0, 0)]
    assert intake.conflicts_count == 1
    (conflict,) = intake.conflicts
    assert (conflict.key, conflict.column, conflict.kept, conflict.dropped) == (
        "A2",
        "status",
        "refunded",
        "paid",
    )
    assert (conflict.kept_file, conflict.dropped_file) == ("订单8月.csv", "订单7月.csv")


def test_a_column_one_file_lacks_comes_from_the_other(shop: Path) -> None:
    put(shop, "订单a.csv", "订单号,下单时间,实付金额,货品成本\nA1,2026-07-01,10,8\n")
    put(shop, "订单b.csv", "订单号,下单时间,实付金额\nA1,2026-07-01,10\nA2,2026-08-01,5\n")
    intake = read(shop)
    assert rows(intake, "orders", "order_id, cost_of_goods") == [("A1", 800), ("A2", None)]
    assert intake.conflicts_count == 0


def test_the_order_of_files_changes_nothing(shop: Path, tmp_path: Path) -> None:
    texts = [HEADER + "".join(f"A{n},a,2026-07-0{d},已支付,{n + d}\n" for n in range(5)) for d in (1, 2, 3)]
    for names in (("1.csv", "2.csv", "3.csv"), ("3.csv", "1.csv", "2.csv")):
        for path in shop.iterdir():
            path.unlink()
        for name, text in zip(names, texts, strict=True):
            put(shop, f"订单{name}", text)
        assert rows(read(shop), "orders", "paid", "order_id") == [(n * 100 + 300,) for n in range(5)]


def test_rows_without_a_key_all_stand_but_once_a_file(shop: Path) -> None:
    text = "商品ID,层级,拿货价\nP1,1,8\nP1,1,8\nP1,2,8.5\n"
    put(shop, "代理拿货价1.csv", text)
    put(shop, "代理拿货价2.csv", text + "P2,1,7\n")
    put(shop, "订单.csv", HEADER + "A1,a,2026-07-01,已支付,1\n")
    intake = read(shop)
    assert intake.sources["agent_prices"].rows == 4
    assert sum(r.rows_merged for r in intake.files) == 3


def test_corrections_are_read_again_and_counted_once(shop: Path) -> None:
    put(
        shop,
        "订单.csv",
        HEADER + "'20260803150506123456,a,2026-08-03,已完成,abc\nA2,b,,已完成,x\nA3,c,2026-08-03,已完成,3\n",
    )
    first = read(shop)
    assert counts(first) == [(3, 1, 0, 2)]
    assert first.corrections is not None
    path = first.corrections / "orders.csv"
    text = path.read_text("utf-8-sig")
    assert "订单.csv,2,实付金额" in text
    # one row mended whole, one half; saved as a spreadsheet would
    path.write_bytes(text.replace(",abc,", ',"1,234.5",').replace(",x,", ",7,").encode("gb18030"))
    second = read(shop)
    assert rows(second, "orders", "order_id, paid") == [("20260803150506123456", 123450), ("A3", 300)]
    assert [r.rows_set_aside for r in second.files] == [0, 1]
    assert [(f.file, f.line, f.column) for f in second.faults] == [("订单.csv", 3, "下单时间")]
    # the rest is mended in a copy put beside the data
    copy = (first.corrections / "orders.csv").read_text("utf-8-sig").replace("A2,b,,", "A2,b,2026-08-04,")
    put(shop, "改好的订单.csv", copy)
    third = read(shop)
    assert rows(third, "orders", "order_id") == [("20260803150506123456",), ("A2",), ("A3",)]
    assert third.rows_set_aside == 0
    assert third.corrections is None
    # and nothing mended is lost by reading again
    mended = rows(third, "orders", "order_id, paid")
    assert rows(read(shop), "orders", "order_id, paid") == mended


def test_corrections_saved_as_a_workbook_are_read_too(shop: Path) -> None:
    put(shop, "订单.csv", HEADER + "A1,a,2026-08-03,已完成,abc\nA2,b,,已完成,2\n")
    first = read(shop)
    assert first.corrections is not None
    lines = (first.corrections / "orders.csv").read_text("utf-8-sig").splitlines()
    book = xlsxwriter.Workbook(first.corrections / "orders.xlsx")
    sheet = book.add_worksheet()
    for number, cells in enumerate(csv.reader(lines)):
        sheet.write_row(number, 0, ["9.5" if cell == "abc" else cell for cell in cells])
    book.close()
    for _ in range(2):
        again = read(shop)
        assert rows(again, "orders", "order_id, paid") == [("A1", 950)]
        assert again.rows_set_aside == 1
    text = (first.corrections / "orders.csv").read_text("utf-8-sig")
    assert "A2" in text
    assert "A1" not in text


def test_what_is_opened_in_a_spreadsheet_is_guarded() -> None:
    assert guarded("=1+1") == "'=1+1"
    assert guarded("@SUM(A1)") == "'@SUM(A1)"
    assert guarded("20260803150506") == "'20260803150506"
    assert guarded("-5") == "-5"
    assert guarded("小明") == "小明"


def test_secrets_are_never_read_and_persons_only_hashed(shop: Path) -> None:
    put(
        shop,
        "订单.csv",
        "订单号,下单时间,实付金额,卡密,联系方式,收货地址,下单IP,备注\n"
        "A1,2026-08-03,1,CARD-SECRET,13800000000,某路 1 号,203.0.113.5,急\n"
        "A2,2026-08-03,x,CARD-SECRET,13800000000,某路 1 号,203.0.113.5,急\n",
    )
    intake = read(shop)
    (report,) = intake.files
    assert set(report.columns_left_out) == {"卡密", "收货地址"}
    assert report.columns_extra == ("备注",)
    ((contact, address, extra),) = rows(intake, "orders", "guest_key, ip_hash, extra")
    assert len(str(contact)) == len(str(address)) == 32
    assert json.loads(str(extra)) == {"备注": "急"}
    stored = b"".join(path.read_bytes() for path in (shop.parent / "work").rglob("*") if path.is_file())
    assert b"CARD-SECRET" not in stored
    again = read(shop)
    assert rows(again, "orders", "guest_key, ip_hash") == [(contact, address)]


def test_stubs_and_gaps_are_counted_and_no_bad_rows(shop: Path) -> None:
    put(
        shop,
        "订单.csv",
        HEADER + "A1,u1,2026-08-01,已完成,1\nA2,u9,2026-08-04,已完成,1\nA3,u9,2026-08-04,已完成,1\n",
    )
    put(shop, "用户.csv", "用户ID,注册时间\nu1,2026-01-01\n")
    intake = read(shop)
    (stub,) = intake.stubs
    assert (stub.column, stub.target, stub.ids, stub.rows, stub.examples) == (
        "user_id",
        "users",
        1,
        2,
        ("u9",),
    )
    assert [(g.first, g.last, g.days) for g in intake.gaps] == [(date(2026, 8, 2), date(2026, 8, 3), 2)]
    assert intake.rows_set_aside == 0


def test_acg_faka_is_recognised_and_its_traps_are_named(shop: Path) -> None:
    put(
        shop,
        "订单.csv",
        "订单号,金额,商品名称,数量,支付方式,下单时间,下单IP,下单设备,支付时间,订单状态,联系方式,发货状态,优惠券,客户,推广人,分站,"
        "分站手续费,接口手续费,推广分成,返利\n"
        "'260803150506123456,12.50,点券,1,余额,2026-08-03 15:05:06,1.2.3.4,电脑,2026-08-03 15:05:07,已支付,a@b.c,已发货,5.00,小明,,,0.10,0.08,0,0\n"
        "'260803150506123457,30,点券,2,微信,2026-08-03 15:06:06,1.2.3.4,手机,,未支付,138,未发货,,游客,老王,,0.10,0.08,1.00,0.50\n",
        "utf-8-sig",
    )
    put(
        shop,
        "bill.csv",
        "id,owner,amount,balance,type,currency,log,create_time\n"
        "1,5,100.00,100.00,1,0,充值,2026-08-01 00:00:00\n2,5,8.00,108.00,1,0,充值赠送,2026-08-01 00:00:00\n"
        "3,5,12.5,95.5,0,0,商品下单[260803150506123456],2026-08-03 15:05:06\n4,5,3,3,1,1,推广分成[1],2026-08-03 15:05:06\n"
        "5,5,3,98.5,1,0,送你的,2026-08-04 00:00:00\n6,5,1,97.5,0,0,转账给ID:7,2026-08-04 00:00:00\n",
    )
    put(
        shop,
        "user.csv",
        "id,username,email,password,salt,balance,coin,recharge,pid,business_level,create_time,status,login_ip\n"
        "5,小明,a@b.c,xxx,sss,95.5,0,100,0,1,2026-07-01 00:00:00,1,1.1.1.1\n",
    )
    intake = read(shop)
    assert not intake.faults
    assert "coupon" not in intake.sources["orders"].columns
    assert rows(
        intake, "orders", "user_id, paid, balance_paid, status, source, agent_commission", "order_id"
    ) == [
        ("5", 0, 1250, "delivered", "direct", 0),
        (None, 3000, 0, "unpaid", "promoter", 150),
    ]
    assert rows(intake, "balance_entries", "kind, direction, order_id", "entry_id") == [
        ("recharge", "in", None),
        ("recharge_bonus", "in", None),
        ("spend", "out", "260803150506123456"),
        ("adjust", "in", None),
        ("transfer", "out", None),
    ]
    said = "".join(note.zh for note in intake.notes)
    for trap in ("券码", "分站手续费", "5,000", "硬币"):
        assert trap in said


def test_five_thousand_rows_are_suspicious(shop: Path) -> None:
    header = "订单号,金额,会员,支付方式,下单时间,下单IP,支付时间,支付状态\n"
    line = "R{},10,小明,微信,2026-08-03 15:05:06,1.1.1.1,2026-08-03 15:05:06,已支付\n"
    put(shop, "充值.csv", header + "".join(line.format(n) for n in range(5000)))
    assert any("正好 5,000 行" in note.zh for note in read(shop).notes)
    put(shop, "充值.csv", header + "".join(line.format(n) for n in range(4999)))
    assert not any("正好" in note.zh for note in read(shop).notes)


def test_other_shops(shop: Path) -> None:
    put(
        shop,
        "orders.csv",
        "id,order_sn,goods_id,title,goods_price,buy_amount,coupon_discount_price,wholesale_discount_price,total_price,actual_price,"
        "email,pay_id,buy_ip,status,created_at\n"
        "1,SN1,7,点券,10,2,1,0,20,19,a@b.c,3,1.1.1.1,4,2026-08-03 15:05:06\n2,SN2,7,点券,10,1,0,0,10,10,a@b.c,3,1.1.1.1,-1,2026-08-03\n",
    )
    intake = read(shop)
    assert rows(intake, "orders", "order_id, paid, coupon, qty, status") == [
        ("SN1", 1900, 100, 2, "delivered"),
        ("SN2", 1000, 0, 1, "closed"),
    ]
    put(
        shop,
        "wallet_transactions.csv",
        "id,user_id,type,direction,amount,balance_after,reference,created_at\n"
        "1,5,recharge,in,100,100,REF1,2026-08-03\n2,5,order_pay,out,10,90,REF2,2026-08-04\n3,5,admin_adjust,in,5,95,REF3,2026-08-04\n",
    )
    entries = rows(read(shop), "balance_entries", "kind, direction, amount", '"at", amount')
    assert entries == [("recharge", "in", 10000), ("adjust", "in", 500), ("spend", "out", 1000)]


def test_signed_amounts_tell_the_direction(shop: Path) -> None:
    put(
        shop,
        "余额流水.csv",
        "流水号,用户ID,时间,变动金额,备注\n1,u,2026-08-01,+10.00,充值\n2,u,2026-08-02,-3,商品下单\n",
    )
    assert rows(read(shop), "balance_entries", "direction, amount, kind", "entry_id") == [
        ("in", 1000, "recharge"),
        ("out", 300, "spend"),
    ]


def test_the_template_is_read_back_without_fault(shop: Path) -> None:
    for language in ("zh", "en"):
        (path,) = write_template(shop, language)
        intake = read_folder(shop, work=shop.parent / "work", memory_bytes=300_000_000)
        assert not intake.faults
        assert not intake.notes
        assert {report.table for report in intake.files} == set(TABLES)
        for report in intake.files:
            assert dict(report.skipped) == {"example": 1}
            assert len(report.columns) == len(TABLES[report.table].columns)
            assert report.rows_read == 0
        path.unlink()


def canonical(path: Path, **columns: pa.Array) -> None:
    pq.write_table(pa.table(columns).replace_schema_metadata({"huoshui": "canonical"}), path)


TIMES = pa.array([datetime(2026, 8, 3, 23, 30), datetime(2026, 8, 4)], pa.timestamp("us"))


def test_canonical_parquet_is_adopted_where_it_lies(shop: Path) -> None:
    canonical(
        shop / "orders.parquet",
        order_id=pa.array(["a", "b"]),
        created_at=TIMES,
        paid=pa.array([100, 250], pa.int64()),
    )
    intake = read(shop)
    assert intake.files[0].adopted
    assert intake.sources["orders"].paths == (shop / "orders.parquet",)


def test_a_shops_own_types_are_cast_in_place(shop: Path) -> None:
    table = pa.table({
        "订单号": pa.array([1, 2], pa.int64()),
        "下单时间": pa.array([datetime(2026, 8, 3, 15, 30), datetime(2026, 8, 3, 16, 30)], pa.timestamp("ms", "UTC")),
        "实付金额": pa.array([Decimal("12.30"), Decimal("0.05")], pa.decimal128(10, 2)),
        "数量": pa.array([1, 2], pa.int32()),
    })  # fmt: skip
    pq.write_table(table, shop / "订单.parquet")
    intake = read(shop)
    assert intake.files[0].adopted
    lake = open_lake(intake.sources, work=shop.parent / "lake", memory_bytes=300_000_000)
    orders = lake.table("orders")
    got = (
        orders.select("order_id", "paid", "qty", day=orders.created_at.date())
        .order_by("order_id")
        .to_pyarrow()
    )
    lake.close()
    # 15:30 UTC is 23:30 of the same business day, 16:30 UTC is half past midnight of the next
    assert got.to_pylist() == [
        {"order_id": "1", "paid": 1230, "qty": 1, "day": date(2026, 8, 3)},
        {"order_id": "2", "paid": 5, "qty": 2, "day": date(2026, 8, 4)},
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"order_id": ["a", "a"]}, {"order_id": ["a", None]}, {"status": ["paid", "发芽"]}, {"paid": [1, -1]}, {"paid": [1, None]},
    ],
)  # fmt: skip
def test_a_doubtful_parquet_is_read_row_by_row(shop: Path, broken: dict[str, list[object]]) -> None:
    columns = {"order_id": ["a", "b"], "status": ["paid", "paid"], "paid": [100, 200], **broken}
    canonical(
        shop / "orders.parquet",
        created_at=TIMES,
        **{name: pa.array(values) for name, values in columns.items()},
    )
    intake = read(shop)
    (report,) = intake.files
    assert not report.adopted
    assert report.rows_merged + report.rows_set_aside == 1
    assert rows(intake, "orders", "paid")[0][0] in (100, 200, 1)


def test_a_double_of_money_is_read_by_its_shortest_text(shop: Path) -> None:
    table = pa.table(
        {"订单号": ["a", "b"], "下单时间": TIMES, "实付金额": pa.array([0.29, 1.005], pa.float64())}
    )
    pq.write_table(table, shop / "订单.parquet")
    assert rows(read(shop), "orders", "paid", "order_id") == [(29,), (100,)]


def test_a_mapping_names_what_our_words_do_not_know(shop: Path) -> None:
    put(shop, "钱包.csv", "no,who,when,delta(分),what\n1,u,2026-08-01 16:30,500,老带新\n")
    put(shop, "订单.csv", HEADER + "A1,u1,2026-08-01,已完成,1\n")
    proposal = guess_mapping(shop)
    assert any("钱包.csv" in question.zh for question in proposal.questions)
    proposal.write(shop / "mapping.toml", "zh")
    read(shop)
    put(
        shop,
        "mapping.toml",
        '[[file]]\nmatch = "钱包*"\ntable = "balance_entries"\nzone = "UTC"\n[file.columns]\n'
        '"no" = "entry_id"\n"who" = "user_id"\n"when" = "at"\n"delta(分)" = {column = "amount", unit = "fen"}\n"what" = "kind"\n'
        '[file.values."what"]\n"老带新" = "task"\n',
    )
    assert rows(read(shop), "balance_entries", 'amount, kind, "at", direction') == [
        (500, "task", datetime(2026, 8, 2, 0, 30), "in")
    ]


def test_folders_without_data_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MissingFolder):
        read_folder(tmp_path / "nowhere", work=tmp_path / "work", memory_bytes=10**8)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToRead):
        read_folder(tmp_path / "empty", work=tmp_path / "work", memory_bytes=10**8)


def test_progress_runs_up_to_the_bytes_there_are(shop: Path) -> None:
    size = put(shop, "订单.csv", HEADER + "A1,a,2026-07-01,已支付,1\n").stat().st_size
    told: list[tuple[str, int, int]] = []
    read_folder(
        shop,
        work=shop.parent / "work",
        memory_bytes=300_000_000,
        progress=lambda name, done, total: told.append((name, done, total)),
    )
    assert told[0] == ("订单.csv", 0, size)
    assert told[-1] == ("", size, size)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_the_key_decides_the_hashes(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(
        shop,
        "订单.csv",
        "订单号,下单时间,实付金额,下单IP\nA1,2026-08-03,1,1.1.1.1\nA2,2026-08-03,1,1.1.1.1\n",
    )
    found = []
    for key in ("one", "one", "two"):
        monkeypatch.setenv("HUOSHUI_KEY", key)
        (first,), (second,) = rows(read(shop), "orders", "ip_hash")
        assert first == second
        found.append(first)
    assert found[0] == found[1] != found[2]


def test_notes_beside_the_data_stop_nobody(shop: Path) -> None:
    put(shop, "订单.csv", HEADER + "A1,a,2026-07-01,已支付,1\n")
    put(shop, "说明.txt", "")
    put(shop, "随便.txt", "今天天气不错\n")
    put(shop, "~$订单.xlsx", "a lock file of a spreadsheet")
    put(shop, "备份.zip", "PK")
    (shop / "旧的").mkdir()
    put(shop / "旧的", "订单.csv", HEADER)
    intake = read(shop)
    assert intake.sources["orders"].rows == 1
    said = "".join(note.zh for note in intake.notes)
    assert all(name in said for name in ("说明.txt", "随便.txt", "备份.zip", "旧的"))
