"""What is written: labelled as simulated everywhere, exact in every format, readable without fault."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from huoshui.base.errors import BadOption
from huoshui.lake.intake import read_folder
from huoshui.lake.tables import SOLD_STATUSES, TABLES
from huoshui.sim.faka import ORDER_HEADER, ROWS_PER_EXPORT
from huoshui.sim.files import is_simulated, write_acg_faka, write_canonical
from huoshui.sim.label import LABEL_FILE, TRUTH_FILE
from huoshui.sim.world import World, make_world


def read_csv(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@pytest.fixture(scope="session")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("canonical") / "demo"
    write_canonical(world, out)
    return out


@pytest.fixture(scope="session")
def shop(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("faka") / "shop"
    write_acg_faka(world, out)
    return out


def test_csv_holds_every_table_under_its_chinese_name(world: World, folder: Path) -> None:
    for name, table in TABLES.items():
        path = folder / f"{table.title.zh}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        header, rows = read_csv(path)
        assert header == [column.title.zh for column in table.columns]
        assert len(rows) == len(world.tables[name][table.names[0]])
        for position, column in enumerate(table.columns):
            if column.kind == "fen":
                cells = [row[position] for row in rows]
                assert all(len(cell.rpartition(".")[2]) == 2 for cell in cells)
                assert [int(Decimal(cell) * 100) for cell in cells] == list(world.tables[name][column.name])


def test_parquet_is_typed_exact_and_marked(world: World, tmp_path: Path) -> None:
    write_canonical(world, tmp_path / "demo", format="parquet")
    kinds = {
        "fen": "int64",
        "price": "decimal128(18, 6)",
        "rate": "decimal128(12, 8)",
        "time": "timestamp[us]",
    }
    for name, table in TABLES.items():
        read = pq.read_table(tmp_path / "demo" / f"{name}.parquet")
        assert read.schema.metadata == {b"huoshui": b"canonical", b"huoshui.simulated": b"1"}
        assert tuple(read.column_names) == table.names
        for column in table.columns:
            assert str(read.schema.field(column.name).type) == kinds.get(
                column.kind, str(read.schema.field(column.name).type)
            )
            if column.kind == "fen":
                assert read[column.name].to_pylist() == list(world.tables[name][column.name])
            if column.kind == "price":
                cells = read[column.name].to_pylist()
                assert [int(cell * 100) for cell in cells] == list(world.tables[name][column.name])
    (tmp_path / "demo" / LABEL_FILE).unlink()
    assert is_simulated(tmp_path / "demo")


def test_canonical_headers_can_be_had(world: World, tmp_path: Path) -> None:
    write_canonical(world, tmp_path / "demo", headers="canonical")
    header, _ = read_csv(tmp_path / "demo" / "orders.csv")
    assert tuple(header) == TABLES["orders"].names


def test_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for run in ("one", "two"):
        write_canonical(make_world(9, users=300), tmp_path / run)
        write_acg_faka(make_world(9, users=300), tmp_path / f"{run}-shop")
    for kind in ("", "-shop"):
        files = sorted(
            path.relative_to(tmp_path / f"one{kind}") for path in (tmp_path / f"one{kind}").rglob("*.*")
        )
        assert len(files) >= 7
        for file in files:
            assert (tmp_path / f"one{kind}" / file).read_bytes() == (
                tmp_path / f"two{kind}" / file
            ).read_bytes()


def test_label_and_truth_lie_beside_the_data(world: World, folder: Path, shop: Path) -> None:
    for out in (folder, shop):
        label = (out / LABEL_FILE).read_text("utf-8")
        assert "不是真实平台的数据" in label
        assert "simulated" in label
        truth = json.loads((out / TRUTH_FILE).read_text("utf-8"))
        assert truth["simulated"] is True
        assert truth["leak"]["layer"] == world.truth.leak.layer
        assert truth["campaigns"][1]["total"]["incremental_value_fen"] == 0
        assert is_simulated(out)


def test_simulated_data_is_known_by_its_ids_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes((folder / "订单.csv").read_bytes())
    assert is_simulated(tmp_path)
    (tmp_path / "orders.csv").write_text("订单号,实付金额\nA1,3.00\n", encoding="utf-8")
    assert not is_simulated(tmp_path)
    (tmp_path / "orders.csv").write_text("订单号\n", encoding="utf-8")
    assert not is_simulated(tmp_path)


def test_real_files_are_never_mixed_with_simulated_ones(world: World, tmp_path: Path) -> None:
    (tmp_path / "订单.csv").write_text("订单号\n1\n", encoding="utf-8")
    for write in (write_canonical, write_acg_faka):
        with pytest.raises(BadOption) as caught:
            write(world, tmp_path)
        assert "空文件夹" in caught.value.say("zh")
    assert [path.name for path in tmp_path.iterdir()] == ["订单.csv"]


def test_intake_reads_it_without_fault(world: World, folder: Path, tmp_path: Path) -> None:
    intake = read_folder(folder, work=tmp_path, memory_bytes=500_000_000)
    assert [fault.text.zh for fault in intake.faults] == []
    rows = {name: source.rows for name, source in intake.sources.items()}
    assert rows == {name: len(world.tables[name][table.names[0]]) for name, table in TABLES.items()}
    assert intake.stubs == ()


# --- the shop's own export ---------------------------------------------------------------------------------


def test_shop_exports_overlap_and_hold_every_paid_order_once(world: World, shop: Path) -> None:
    seen: dict[str, list[str]] = {}
    sizes = []
    for path in sorted(shop.glob("订单_*.csv")):
        header, rows = read_csv(path)
        assert tuple(header) == ORDER_HEADER
        sizes.append(len(rows))
        for row in rows:
            assert seen.setdefault(row[0], row) == row
    assert max(sizes) <= ROWS_PER_EXPORT
    assert sum(sizes) > len(seen), "the files overlap"
    sold = np.isin(world.tables["orders"]["status"], SOLD_STATUSES)
    ids = {f"'{order}" for order, paid in zip(world.tables["orders"]["order_id"], sold, strict=True) if paid}
    assert {number for number, row in seen.items() if row[9] == "已支付"} == ids


def test_shop_export_has_the_traps_of_that_shop(world: World, shop: Path) -> None:
    rows = [row for path in sorted(shop.glob("订单_*.csv")) for row in read_csv(path)[1]]
    column = {name: [row[position] for row in rows] for position, name in enumerate(ORDER_HEADER)}
    assert not any("成本" in name or "退款" in name for name in ORDER_HEADER)
    assert set(column["订单状态"]) == {"已支付", "未支付"}, "a refund leaves no trace"
    assert any(code.isdigit() and int(code) > 10_000_000 for code in column["优惠券"]), "a code, no amount"
    assert any(float(amount) > 0 for amount in column["返利"]), "layer 2 stands in 返利"
    assert "余额" in column["支付方式"]
    members = read_csv(shop / "user.csv")[1]
    names = {row[1] for row in members}
    assert {name for name in column["客户"] if name} <= names
    assert len(names) < len(world.tables["users"]["user_id"]), "deleted members are gone"
    bill = read_csv(shop / "bill.csv")[1]
    assert {row[1] for row in bill} <= {row[0] for row in members}
    assert {row[5] for row in bill} == {"0", "1"}, "coins among balance"
    assert all(len(row[6]) <= 64 for row in bill)
    credited = {row[7]: row[2] for row in bill if row[6] == "充值"}
    for row in read_csv(shop / "充值_01.csv")[1][:200]:
        if row[7] == "已支付":
            assert Decimal(row[1]) > Decimal(credited[row[6]]), "the amount is before the fee"


def test_bill_of_the_shop_runs_true(shop: Path) -> None:
    running: dict[tuple[str, str], Decimal] = {}
    for _, owner, amount, after, way, currency, _, _ in read_csv(shop / "bill.csv")[1]:
        change = Decimal(amount) if way == "1" else -Decimal(amount)
        running[owner, currency] = running.get((owner, currency), Decimal(0)) + change
        assert running[owner, currency] == Decimal(after) >= 0
    for row in read_csv(shop / "user.csv")[1]:
        assert Decimal(row[3]) == running.get((row[0], "0"), Decimal(0))
        assert Decimal(row[4]) == running.get((row[0], "1"), Decimal(0))


def test_intake_knows_the_shop(world: World, shop: Path, tmp_path: Path) -> None:
    intake = read_folder(shop, work=tmp_path, memory_bytes=500_000_000)
    assert [fault.text.zh for fault in intake.faults] == []
    assert {"orders", "recharges", "balance_entries", "users"} <= set(intake.sources)
    sold = int(np.isin(world.tables["orders"]["status"], SOLD_STATUSES).sum())
    assert sold <= intake.sources["orders"].rows <= len(world.tables["orders"]["status"])
