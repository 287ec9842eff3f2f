"""Simulated and real data never meet: what a folder holds, and the books that refuse the other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from huoshui.base.clock import new_id, now_utc
from huoshui.base.errors import SimulatedAndReal
from huoshui.core.ledger import DataKind
from huoshui.core.ledger.mirror import Entry
from huoshui.flow.app import Settings, settings_for
from huoshui.flow.closing import draft, month_of, sign, signed
from huoshui.flow.commands import TopUp
from huoshui.flow.folder import check_folder
from huoshui.flow.handlers.money import execute
from huoshui.flow.marking import books_hold, mark_books
from huoshui.flow.mirroring import mirror, mirror_folder
from huoshui.flow.payments import outside_of
from huoshui.lake.engines import open_lake
from huoshui.lake.simulated import data_of
from huoshui.sim.files import write_acg_faka, write_canonical
from huoshui.sim.label import LABEL_FILE
from huoshui.sim.world import make_world
from huoshui.store.postgres import Store, open_store
from huoshui.store.seals import Log

ENTRY = Entry("e1", "ann", datetime(2026, 8, 3, 10), True, 500, "recharge", None, 500, None)


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    store = open_store(database, tmp_path)
    yield store
    store.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(work=tmp_path / "work", language="en", threads=1)


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    write_canonical(make_world(3, users=200), folder)
    return folder


def kind_of(folder: Path, settings: Settings) -> DataKind:
    intake = check_folder(folder, settings=settings)
    lake = open_lake(intake.sources, work=settings.work, memory_bytes=settings.memory_bytes, threads=1)
    try:
        return data_of(folder, lake)
    finally:
        lake.close()


def everything(store: Store) -> list[object]:
    """How many rows there are of each thing that a booking could leave."""
    tables = "ops", "wallets", "lots", "requests", "accounts", "audit_leaves", "books_mark"
    with psycopg.connect(store.dsn()) as connection:
        return [connection.execute(f"select count(*) from {table}").fetchone() for table in tables]


def real(store: Store) -> None:
    execute(store, [TopUp(id=new_id(now_utc()), user=new_id(now_utc()), fen=5)])


def test_a_simulated_folder_goes_into_empty_books_and_again(
    store: Store, simulated: Path, settings: Settings
) -> None:
    assert books_hold(store) is None
    run = mirror_folder(store, simulated, settings=settings)
    assert (run.data, books_hold(store)) == ("simulated", "simulated")
    assert mirror_folder(store, simulated, settings=settings) == replace(run, new=0)


def test_a_simulated_folder_is_refused_by_real_books_and_nothing_done(
    store: Store, simulated: Path, settings: Settings
) -> None:
    real(store)
    before = everything(store)
    with pytest.raises(SimulatedAndReal, match="the books hold real data, the files simulated data"):
        mirror_folder(store, simulated, settings=settings)
    assert everything(store) == before


def test_real_entries_are_refused_by_simulated_books_and_nothing_done(store: Store) -> None:
    mark_books(store, "simulated")
    before = everything(store)
    with pytest.raises(SimulatedAndReal) as caught:
        mirror(store, [ENTRY], source="shop")
    assert "账本里是模拟数据, 文件里是真实数据" in caught.value.say("zh")
    assert everything(store) == before


def test_real_entries_mark_empty_books_and_none_leave_them_as_they_are(store: Store) -> None:
    assert mirror(store, [], source="shop", data="simulated").entries == 0
    assert books_hold(store) is None
    mirror(store, [ENTRY], source="shop")
    assert books_hold(store) == "real"
    with pytest.raises(SimulatedAndReal):
        mark_books(store, "simulated")


def test_a_close_is_not_compared_with_a_shop_of_the_other_kind(
    store: Store, simulated: Path, settings: Settings, tmp_path: Path
) -> None:
    outside = outside_of(simulated, [], month_of("2026-08"), settings=settings)
    assert outside.data == "simulated"
    real(store)
    log = Log(store, tmp_path / "keys")
    for ask in (
        lambda: draft(store, "2026-08", outside=outside),
        lambda: sign(store, log, "2026-08", name="财务甲", reason="x", outside=outside),
    ):
        with pytest.raises(SimulatedAndReal):
            ask()
    assert signed(store, "2026-08") is None
    assert draft(store, "2026-08").data == "real"


def test_every_closing_of_simulated_books_knows_it(store: Store, tmp_path: Path) -> None:
    log = Log(store, tmp_path / "keys")
    mirror(store, [ENTRY], source="shop", data="simulated")
    assert draft(store, "2026-08").data == "simulated"
    assert sign(store, log, "2026-08", name="财务甲").data == "simulated"
    found = signed(store, "2026-08")
    assert found is not None
    assert found.data == draft(store, "2026-08").data == "simulated"


# --- what a folder holds ----------------------------------------------------------------------------------


def test_files_are_known_by_their_ids_without_the_label(simulated: Path, settings: Settings) -> None:
    (simulated / LABEL_FILE).unlink()
    assert kind_of(simulated, settings) == "simulated"


def test_files_are_known_by_the_label_beside_them_whatever_their_ids(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "shop").mkdir()
    write_orders(tmp_path / "shop", ["1", "2"])
    (tmp_path / "shop" / LABEL_FILE).touch()
    assert kind_of(tmp_path / "shop", settings) == "simulated"


def test_an_exported_shop_is_known_by_label_and_by_ids(tmp_path: Path, settings: Settings) -> None:
    """Members and entries are plain numbers there, as in the shop; order numbers say what they are."""
    folder = tmp_path / "faka"
    write_acg_faka(make_world(3, users=200), folder)
    assert kind_of(folder, settings) == "simulated"
    (folder / LABEL_FILE).unlink()
    assert kind_of(folder, settings) == "simulated"


def test_parquet_is_known_by_its_metadata_whatever_its_ids(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "shop"
    write_canonical(make_world(3, users=200), folder, format="parquet")
    kept = folder / "campaigns.parquet"
    table = pq.read_table(kept)
    for file in folder.glob("*"):
        if file.is_file():
            file.unlink()
    write_orders(folder, ["1", "2"])
    assert kind_of(folder, settings) == "real"
    pq.write_table(table, kept)
    assert kind_of(folder, settings) == "simulated"


def write_orders(folder: Path, ids: list[str]) -> None:
    rows = [f"{order},u1,2026-08-0{at} 10:00:00,paid,5.00\n" for at, order in enumerate(ids, 1)]
    text = "订单号,用户ID,下单时间,订单状态,实付金额\n" + "".join(rows)
    (folder / "orders.csv").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("ids", "kind"), [(["1", "2"], "real"), (["SIM-D1", "SIM-D2"], "simulated"), (["XSIM-1"], "real")]
)
def test_ids_of_orders_tell(tmp_path: Path, settings: Settings, ids: list[str], kind: DataKind) -> None:
    (tmp_path / "shop").mkdir()
    write_orders(tmp_path / "shop", ids)
    assert kind_of(tmp_path / "shop", settings) == kind


def test_a_table_that_holds_both_is_refused(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "shop").mkdir()
    write_orders(tmp_path / "shop", ["SIM-D1", "7", "8"])
    with pytest.raises(SimulatedAndReal, match="of 3 rows of orders, 1 have ids"):
        kind_of(tmp_path / "shop", settings)
