"""A folder opened: what is at hand is not read again, no orders are refused, an engine is always let go."""

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from huoshui.base.errors import NoOrders
from huoshui.flow.app import settings_for
from huoshui.flow.folder import engine_over, read_shop, steps, timed

ORDERS = "order_id,user_id,created_at,status,paid\no1,u1,2026-09-01 10:00:00,paid,5\n"


def settings_in(folder: Path):
    return settings_for(work=folder, language="zh", memory="400MB", threads=1)


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


def test_what_is_at_hand_is_not_read_again(shop, tmp_path):
    settings = settings_in(tmp_path / "work")
    intake = read_shop(shop, settings=settings)
    assert read_shop(tmp_path / "nowhere", settings=settings, intake=intake) is intake


def test_files_without_orders_are_refused(tmp_path):
    empty = SimpleNamespace(sources={}, faults=())
    with pytest.raises(NoOrders, match="shop"):
        read_shop(tmp_path / "shop", settings=settings_in(tmp_path), intake=empty)


def test_an_engine_is_let_go_also_where_the_work_fails(shop, tmp_path):
    settings = settings_in(tmp_path / "work")
    intake = read_shop(shop, settings=settings)
    with engine_over(intake, settings) as lake:
        assert lake.table("orders").count().to_pyarrow().as_py() == 1
    with pytest.raises(ZeroDivisionError), engine_over(intake, settings) as lake:
        raise ZeroDivisionError
    with pytest.raises(duckdb.ConnectionException):
        lake.table("orders").count().to_pyarrow()


def test_stages_are_told_in_their_order_and_nobody_need_listen():
    told = []
    step = steps(lambda *said: told.append(said), 2)
    step("orders")
    step("people")
    assert told == [("orders", 1, 2), ("people", 2, 2)]
    steps(None, 1)("orders")


def test_seconds_are_written_of_what_came_to_its_end():
    seconds = {}
    with timed(seconds, "facts"):
        pass
    with pytest.raises(KeyError), timed(seconds, "costs"):
        raise KeyError
    assert list(seconds) == ["facts"]
