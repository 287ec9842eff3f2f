"""A simulated shop that hands over only some of its tables: what agents took is in no file, and every text says so."""

import csv
import shutil
from pathlib import Path

import pytest

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import Diagnosis
from huoshui.flow.app import settings_for
from huoshui.flow.diagnosis import run_diagnosis
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

MARGINS = ("margin", "margin_per_month", "margin_rate")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table of a small platform, as CSV."""
    folder = tmp_path_factory.mktemp("left_out") / "all"
    write_canonical(make_world(5, users=3_000), folder, format="csv", headers="canonical")
    return folder


def diagnosed(world: Path, work: Path, *tables: str, without: tuple[str, ...] = ()) -> Diagnosis:
    """The diagnosis of these tables of the platform, orders without the columns `without`."""
    files = work / "files"
    files.mkdir(parents=True)
    for table in tables:
        shutil.copy(world / f"{table}.csv", files)
    if without:
        with (world / "orders.csv").open(encoding="utf-8-sig", newline="") as source:
            rows = list(csv.DictReader(source))
        with (files / "orders.csv").open("w", encoding="utf-8", newline="") as target:
            kept = [name for name in rows[0] if name not in without]
            writer = csv.DictWriter(target, kept, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    settings = settings_for(work=work / "work", language="zh", memory="400MB", threads=2)
    return run_diagnosis(files, settings=settings, assumptions=Assumptions()).diagnosis


def test_orders_alone_tell_no_measured_margin(world, tmp_path):
    every = [path.stem for path in world.glob("*.csv")]
    whole = diagnosed(world, tmp_path / "whole", *every)
    alone = diagnosed(world, tmp_path / "alone", "orders", without=("agent_commission",))
    assert whole.scope.left_out == ()
    assert {whole.figures[code].marking for code in MARGINS} == {"measured"}
    assert alone.scope.left_out == ("agents", "promoters", "top_up_fee")
    assert alone.scope.left_out_needs == ("agent_prices", "commissions", "recharges")
    for code in MARGINS:
        assert alone.figures[code].marking == "partial"
        assert alone.figures[code].needs == alone.scope.left_out_needs
        assert alone.figures[code].value > whole.figures[code].value, "what is left out can only be less"
    ends = {waterfall.source: waterfall.parts[-1].marking for waterfall in alone.order}
    # Those who come by themselves paid with principal too, and its top-ups bore a fee.
    assert ends[None] == ends["agent"] == ends["promoter"] == "partial"
    assert {finding.code for finding in alone.findings} & {"thin_margin_source", "leak_layer"} == set()
    assert alone.incentive == (), "no reach of a source where the whole is not known"


def test_each_table_takes_one_doubt_away(world, tmp_path):
    held = ("orders", "recharges")
    assert diagnosed(world, tmp_path / "1", *held).scope.left_out == ("agents",), "a column tells commissions"
    bare = diagnosed(world, tmp_path / "2", *held, "agent_prices", "agents", without=("agent_commission",))
    assert bare.scope.left_out == ("promoters",)
    all_of_it = diagnosed(world, tmp_path / "3", *held, "agent_prices", "agents", "commissions")
    assert all_of_it.scope.left_out == ()
    assert all_of_it.figures["margin"].marking == "measured"


def test_prices_of_half_the_products_are_not_all(world, tmp_path):
    half = tmp_path / "half"
    shutil.copytree(world, half)
    with (world / "agent_prices.csv").open(encoding="utf-8-sig", newline="") as source:
        header, *rows = list(csv.reader(source))
    products = sorted({row[header.index("product_id")] for row in rows})
    kept = set(products[::2])
    with (half / "agent_prices.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(
            [header, *(row for row in rows if row[header.index("product_id")] in kept)]
        )
    tables = ("orders", "recharges", "agent_prices", "agents", "commissions", "products")
    assert diagnosed(half, tmp_path / "1", *tables).scope.left_out == ("agents",)
    assert diagnosed(world, tmp_path / "2", *tables).scope.left_out == ()


def test_partly_refunded_orders_and_payments_without_a_fee(world, tmp_path):
    held = ("orders", "recharges", "agent_prices", "agents", "commissions")
    free = diagnosed(world, tmp_path / "1", *held, without=("payment_fee",))
    assert "payment_fee" in free.scope.left_out
    assert free.figures["payment_fee_rate"].marking in ("partial", "missing")
    listed = diagnosed(world, tmp_path / "2", *held, "payment_channels", without=("payment_fee",))
    assert listed.scope.left_out == ()
