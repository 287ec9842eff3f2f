"""Events and orders of a shop's files become the events of the score: by hand, and on a simulated platform."""

import csv
from datetime import datetime

import numpy as np
import pytest

from huoshui.flow.potential import learn_potential, read_history
from huoshui.lake.engines import open_lake
from huoshui.lake.facts.event_stream import LOOKS, ORDERED, OTHER, PAID
from huoshui.lake.intake import read_folder
from huoshui.lake.tables import SOLD_STATUSES
from huoshui.learn.potential import KINDS, Asked, State, features_of
from huoshui.sim.events import TYPES
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

TABLES = {
    "orders": [
        ("order_id", "user_id", "created_at", "paid_at", "status", "paid", "balance_paid", "bonus_paid", "product_id"),
        ("o1", "ann", "2026-09-01 10:10:00", "2026-09-01 10:12:00", "paid", "10.00", "2.00", "0.50", "p1"),
        ("o2", "ann", "2026-09-02 10:00:00", "", "unpaid", "10.00", "0", "0", "p1"),
        ("o3", "", "2026-09-02 11:00:00", "2026-09-02 11:00:00", "paid", "10.00", "0", "0", "p1"),
        ("o4", "bob", "2026-09-03 10:00:00", "2026-09-03 10:00:05", "refunded", "7.00", "0", "0", "p2"),
    ],
    "products": [("product_id", "name", "price"), ("p1", "card", "12.50"), ("p2", "code", "7.00")],
    "events": [
        ("event_id", "user_id", "at", "type", "product_id"),
        ("e1", "ann", "2026-09-01 10:00:00", "product.viewed", "p1"),
        ("e2", "ann", "2026-09-01 10:05:00", "cart.added", "p1"),
        ("e3", "bob", "2026-09-01 09:00:00", "topup_intent", ""),
        ("e4", "bob", "2026-09-01 09:01:00", "page.scrolled", ""),
        ("e5", "", "2026-09-01 09:02:00", "product.viewed", "p1"),
        ("e6", "bob", "2026-09-01 09:03:00", "product.viewed", "p9"),
    ],
}  # fmt: skip


def us(text):
    return int((datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds() * 1e6)


EXPECTED = {
    # user's first event tells who it is: happened, kind, price in fen, whether goods are named
    "ann": [
        (us("2026-09-01 10:00:00"), 0, 1_250, True),
        (us("2026-09-01 10:05:00"), 1, 1_250, True),
        (us("2026-09-01 10:10:00"), 3, 1_250, True),
        (us("2026-09-01 10:12:00"), 4, 1_250, True),
        (us("2026-09-02 10:00:00"), 3, 1_000, True),
    ],
    "bob": [
        (us("2026-09-01 09:00:00"), 2, 0, False),
        (us("2026-09-01 09:01:00"), 5, 0, False),
        (us("2026-09-01 09:03:00"), 0, 0, True),
        (us("2026-09-03 10:00:00"), 3, 700, True),
        (us("2026-09-03 10:00:05"), 4, 700, True),
    ],
}


def history_of(folder, work):
    intake = read_folder(folder, work=work, memory_bytes=10**9, language="en")
    lake = open_lake(intake.sources, work=work, memory_bytes=10**9, threads=1)
    try:
        return read_history(lake)
    finally:
        lake.close()


def test_events_of_files_by_hand(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name, rows in TABLES.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    history = history_of(folder, tmp_path / "work")
    assert history.users == 2
    events, found = history.events, []
    for user in range(2):
        own = events.user == user
        columns = (events.happened_us[own], events.kind[own], events.price_fen[own], events.product[own] >= 0)
        found.append(list(zip(*(column.tolist() for column in columns), strict=True)))
    assert sorted(found) == sorted(EXPECTED.values())
    assert history.until_us == us("2026-09-03 10:00:05")
    assert len(set(events.key.tolist())) == len(events)
    assert (events.recorded_us == events.happened_us).all()


def test_codes_of_the_files_are_those_of_the_score():
    assert KINDS == ("viewed", "carted", "top_up_opened", "ordered", "paid", "other")
    assert LOOKS == ("viewed", "carted", "top_up_seen")
    assert (KINDS[ORDERED], KINDS[PAID], KINDS[OTHER]) == ("ordered", "paid", "other")


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    place = tmp_path_factory.mktemp("potential")
    world = make_world(5, users=1_200, months=3)
    write_canonical(world, place / "files", format="parquet")
    return world, history_of(place / "files", place / "work")


def test_every_event_and_order_of_the_platform_is_there_once(platform):
    world, history = platform
    kinds = np.bincount(history.events.kind, minlength=len(KINDS))
    orders, seen = world.tables["orders"], world.tables["events"]
    looks = [kind for user, kind in zip(seen["user_id"], seen["type"], strict=True) if user]
    users = [user for user in orders["user_id"] if user]
    paid = [
        user
        for user, status in zip(orders["user_id"], orders["status"], strict=True)
        if user and status in SOLD_STATUSES
    ]
    assert kinds[:3].tolist() == [looks.count(name) for name in TYPES]
    assert len(looks) < len(seen["type"])
    assert kinds[PAID] == len(paid)
    assert kinds[ORDERED] == len(users)
    assert kinds[OTHER] == 0


def test_a_model_of_the_files_scores_the_live_state(platform):
    _, history = platform
    fitted = learn_potential(history)
    assert fitted.model is not None
    assert fitted.judged.auc.value > 0.6
    live, events = State(history.users), history.events
    for start in range(0, len(events), 977):
        live.take(events.cut(start, start + 977))
    asked = Asked(np.arange(history.users), np.full(history.users, history.until_us + 1))
    offline, taken = features_of(events, asked, users=history.users)
    assert live.features(asked).tobytes() == offline.tobytes()
    assert taken.applied == len(events)
    chance = fitted.model.chance(offline)
    assert ((chance > 0) & (chance < 1)).all()
    assert chance.std() > 0.02


def test_files_without_events_make_no_model(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    with (folder / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(TABLES["orders"])
    history = history_of(folder, tmp_path / "work")
    assert learn_potential(history).verdict == "too_few"
