"""Who shares what and who did what, by hand: links by kind and time, transfers paired, nothing of the day or later."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.risk import LINK_KINDS
from huoshui.flow.gathering import cost_rules
from huoshui.lake.engines import Lake, open_lake
from huoshui.lake.facts.links import events_of, has_links, risk_links, risk_people
from huoshui.lake.facts.prepared import prepare_orders
from huoshui.lake.intake import read_folder

BEFORE = datetime(2026, 9, 1)
FILES = {
    "users": (
        "user_id,created_at,status,upline_id,device_hash,contact_hash,ip_hash",
        ("a", "2026-08-01 00:00:10", "active", "", "d1", "c1", "i1"),
        ("b", "2026-08-02 00:00:20", "abuser", "a", "d1", "c2", "i1"),
        ("late", "2026-09-01 00:00:00", "active", "a", "d1", "c1", "i1"),
    ),
    "products": (
        "product_id,name,category,price,cost",
        ("P1", "商城礼品卡", "礼品卡", "50", "40"),
        ("P2", "音乐会员", "软件会员", "50", "40"),
    ),
    "orders": (
        "order_id,user_id,created_at,status,product_id,paid,balance_paid,bonus_paid,ip_hash,device",
        ("o1", "a", "2026-08-05 00:00:00", "paid", "P1", "40.00", "0", "10.00", "i1", "phone-a"),
        ("o2", "a", "2026-08-06 00:00:00", "paid", "P2", "50.00", "0", "0", "i2", "phone-a"),
        ("o3", "a", "2026-09-01 00:00:00", "paid", "P1", "50.00", "0", "0", "i3", "phone-a"),
        ("o4", "c", "2026-08-07 00:00:00", "unpaid", "P1", "50.00", "0", "0", "i2", "phone-c"),
    ),
    "refunds": (
        "refund_id,order_id,amount,at",
        ("f1", "o2", "20.00", "2026-08-20 00:00:00"),
    ),
    "recharges": (
        "recharge_id,user_id,created_at,paid_at,status,amount,ip_hash",
        ("r1", "b", "2026-08-03 00:00:00", "2026-08-03 00:01:00", "paid", "30.00", "i9"),
        ("r2", "b", "2026-08-03 00:00:00", "", "unpaid", "99.00", "i9"),
    ),
    "balance_entries": (
        "entry_id,user_id,at,direction,amount,kind",
        ("e1", "a", "2026-08-02 00:00:00", "in", "3.00", "task"),
        ("e2", "a", "2026-08-03 00:00:00", "in", "5.00", "recharge_bonus"),
        ("e3", "a", "2026-08-04 00:00:00", "in", "4.00", "cashback"),
        ("e4", "a", "2026-09-01 00:00:00", "in", "9.00", "task"),
        ("e5", "b", "2026-08-10 10:00:00", "out", "2.00", "transfer"),
        ("e6", "a", "2026-08-10 10:00:00", "in", "2.00", "transfer"),
        ("e7", "a", "2026-08-11 10:00:00", "out", "1.00", "transfer"),
        ("e8", "b", "2026-08-11 10:00:00", "out", "1.00", "transfer"),
        ("e9", "c", "2026-08-11 10:00:00", "in", "1.00", "transfer"),
        ("e10", "c", "2026-08-11 10:00:00", "in", "1.00", "transfer"),
    ),
}  # fmt: skip


def lake_of(folder: Path, files: dict[str, tuple]) -> Lake:
    for name, (header, *rows) in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header.split(","), *rows])
    intake = read_folder(folder, work=folder / "work", memory_bytes=400_000_000, language="zh")
    assert intake.rows_set_aside == 0
    return open_lake(intake.sources, work=folder / "work", memory_bytes=400_000_000)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """People by id, links as (user, kind, number of its value, second), events."""
    lake = lake_of(tmp_path_factory.mktemp("links"), FILES)
    try:
        prepared = prepare_orders(lake, cost_rules(lake), Assumptions())
        table = risk_people(prepared, BEFORE)
        people = table.order_by("place").to_pyarrow().to_pylist()
        name = [row["user_id"] for row in people]
        links = [
            (name[row["place"]], LINK_KINDS[row["kind"]], row["value"], row["first_s"])
            for row in risk_links(prepared, table, BEFORE).to_pyarrow().to_pylist()
        ]
        events = [
            (name[row["place"]], row["what"])
            for row in events_of(prepared, table, [0, 1, 2], BEFORE).to_pylist()
        ]
        assert has_links(lake)
    finally:
        lake.close()
    return {row["user_id"]: row for row in people}, links, events


def second(text: str) -> int:
    return int((datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds())


def sharing(links, kind: str) -> set[tuple[str, ...]]:
    """The users of each value of a kind that several have."""
    values = {value for _, of, value, _ in links if of == kind}
    sets = (tuple(sorted(user for user, of, v, _ in links if of == kind and v == value)) for value in values)
    return {users for users in sets if len(users) > 1}


def test_everybody_known_before_the_day_once_in_the_order_of_their_places(told):
    people, _, _ = told
    assert set(people) == {"a", "b", "c"}
    assert [row["place"] for row in people.values()] == [0, 1, 2]
    assert people["a"]["registered_s"] == second("2026-08-01 00:00:10")
    assert (people["c"]["registered_s"], people["c"]["first_s"]) == (None, second("2026-08-07"))


def test_what_each_did_before_the_day(told):
    people, _, _ = told
    a, b, c = (people[user] for user in "abc")
    # A top-up bonus is no reward, and 50 less 20 refunded and 40 of the other order are money of their own.
    assert (a["rewards"], a["reward_fen"], a["own_fen"]) == (2, 700, 7_000)
    assert (a["orders"], a["bonus_orders"], a["cash_like_orders"], a["sent_fen"]) == (2, 1, 1, 100)
    assert (b["marked"], b["own_fen"], b["sent_fen"], b["orders"]) == (True, 3_000, 300, 0)
    assert b["upline"] == a["place"]
    assert (c["orders"], c["upline"], c["sent_fen"]) == (0, -1, 0)


def test_who_shares_what(told):
    _, links, _ = told
    assert sharing(links, "device") == {("a", "b")}
    assert sharing(links, "contact") == set()
    assert sharing(links, "address") == {("a", "b"), ("a", "c")}
    assert sharing(links, "upline") == {("a", "b")}


def test_a_transfer_is_paired_where_one_pair_fits(told):
    """Two out and two in of one moment and amount could be paired in two ways, so they are not."""
    _, links, _ = told
    found = [(user, at) for user, kind, _, at in links if kind == "recipient"]
    assert sorted(found) == [("a", second("2026-08-10 10:00:00")), ("b", second("2026-08-10 10:00:00"))]


def test_a_link_is_known_from_when_it_was_first_seen(told):
    _, links, _ = told
    device = {
        user: at for user, kind, value, at in links if kind == "device" and ("a", "b") in sharing(links, kind)
    }
    assert device["b"] == second("2026-08-02 00:00:20")
    assert max(at for _, _, _, at in links) < second("2026-09-01")
    first = min(at for user, kind, _, at in links if user == "a" and kind == "address")
    assert first == second("2026-08-01 00:00:10")


def test_events_are_rewards_and_orders_before_the_day(told):
    _, _, events = told
    assert sorted(events) == [("a", "order"), ("a", "order"), ("a", "reward"), ("a", "reward")]


def test_files_without_any_link_tell_of_none(tmp_path):
    files = {"orders": ("order_id,user_id,created_at,paid", ("o1", "a", "2026-08-05 00:00:00", "40.00"))}
    lake = lake_of(tmp_path, files)
    try:
        assert not has_links(lake)
        prepared = prepare_orders(lake, cost_rules(lake), Assumptions())
        table = risk_people(prepared, BEFORE)
        assert risk_links(prepared, table, BEFORE).to_pyarrow().num_rows == 0
        assert table.to_pyarrow().num_rows == 1
    finally:
        lake.close()


def test_a_column_of_device_models_is_no_device(tmp_path):
    header = "order_id,user_id,created_at,paid,device"
    models = [
        (f"o{n}", f"u{n}", "2026-08-05 00:00:00", "40.00", ("Android", "iPhone")[n % 2]) for n in range(30)
    ]
    lake = lake_of(tmp_path, {"orders": (header, *models)})
    try:
        prepared = prepare_orders(lake, cost_rules(lake), Assumptions())
        assert risk_links(prepared, risk_people(prepared, BEFORE), BEFORE).to_pyarrow().num_rows == 0
    finally:
        lake.close()
