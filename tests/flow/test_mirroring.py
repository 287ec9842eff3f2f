"""A shop's own entries booked in mirror mode: balances as the shop's, differences explained, replays change nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from huoshui.core.ledger.mirror import Entry, named_id
from huoshui.flow.app import settings_for
from huoshui.flow.closing import draft, month_of
from huoshui.flow.mirroring import MirrorRun, mirror, mirror_folder
from huoshui.flow.payments import outside_of
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world
from huoshui.store.postgres import Store, open_store

DAY = datetime(2026, 8, 3, 10, 0)


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    store = open_store(database, tmp_path)
    yield store
    store.close()


class Shop:
    """Writes a shop's entries as they happen."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.balances: dict[str, int] = {}

    def write(self, user: str, fen: int, kind: str, *, day: int = 0, order: str | None = None) -> None:
        number = len(self.entries)
        self.balances[user] = self.balances.get(user, 0) + fen
        at = DAY + timedelta(days=day, seconds=number)
        after = self.balances[user]
        self.entries.append(Entry(f"e{number}", user, at, fen > 0, abs(fen), kind, order, after, None))


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.balances["ann"] = 1_000
    shop.write("ann", 5_000, "recharge")
    shop.write("bob", 800, "recharge_bonus")
    shop.write("ann", 500, "recharge_bonus")
    shop.write("ann", -5_700, "spend", order="o1")
    shop.write("bob", -300, "spend", order="o2", day=1)
    shop.write("ann", 700, "refund", order="o1", day=1)
    shop.write("bob", 450, "refund", order="o2", day=1)
    shop.write("bob", -200, "expire", day=1)
    shop.write("ann", -100, "withdrawal", day=2)
    shop.write("ann", -50, "transfer", day=2)
    return shop


def booked(store: Store, user: str) -> tuple[int, int]:
    with psycopg.connect(store.dsn()) as connection:
        row = connection.execute(
            "select principal_fen, bonus_fen from wallets where user_id = %s",
            (named_id("user", "shop", user),),
        ).fetchone()
    return row or (0, 0)


def sums(store: Store) -> dict[str, tuple[int, int]]:
    with psycopg.connect(store.dsn()) as connection:
        rows = connection.execute("select kind, sum(principal_fen), sum(bonus_fen) from accounts group by 1")
        return {kind: (int(principal), int(bonus)) for kind, principal, bonus in rows}


def test_balances_come_out_as_the_shop_has_them(store: Store, shop: Shop) -> None:
    run = mirror(store, shop.entries, source="shop")
    assert run.differences == ()
    assert all(day.green for day in run.days)
    assert (run.users, run.entries) == (2, 10)
    for user, balance in shop.balances.items():
        assert sum(booked(store, user)) == balance
    found = sums(store)
    assert found["legacy"] == (-1_000, 0)
    assert found["campaign"] == (0, -1_300)
    assert found["breakage"] == (0, 200)
    assert sum(principal for principal, _ in found.values()) == -sum(
        booked(store, u)[0] for u in ("ann", "bob")
    )


def test_a_spend_draws_bonus_first_and_a_refund_gives_principal_first(store: Store, shop: Shop) -> None:
    mirror(store, shop.entries[:4], source="shop")
    assert booked(store, "ann") == (800, 0)
    mirror(store, shop.entries[:6], source="shop")
    assert booked(store, "ann") == (1_500, 0)


def test_replaying_a_file_again_changes_nothing(store: Store, shop: Shop) -> None:
    first = mirror(store, shop.entries, source="shop")
    before = sums(store)
    again = mirror(store, shop.entries, source="shop")
    assert sums(store) == before
    assert again == replace(first, new=0)
    shop.write("bob", 40, "task", day=3)
    longer = mirror(store, shop.entries, source="shop")
    assert (longer.new, longer.differences) == (1, ())


def of_user(run: MirrorRun, user: str) -> list[tuple[str, int]]:
    return [(one.cause, one.fen) for one in run.differences if one.user_id == user]


def test_an_edit_by_hand_in_the_shop_is_told_with_its_day(store: Store, shop: Shop) -> None:
    shop.balances["bob"] += 77
    shop.write("bob", 10, "task", day=3)
    run = mirror(store, shop.entries, source="shop")
    assert of_user(run, "bob") == [("moved_by_hand", 77)]
    assert [day.off_fen for day in run.days] == [0, 0, 0, 77]
    assert all(day.green for day in run.days)


def test_an_entry_that_is_refused_is_told(store: Store, shop: Shop) -> None:
    shop.balances["cat"] = 50
    shop.write("cat", 20, "task", day=3)
    shop.entries[-1] = shop.entries[-1]._replace(balance_after=None)
    shop.write("cat", -60, "spend", day=3)
    shop.entries[-1] = shop.entries[-1]._replace(balance_after=None)
    run = mirror(store, shop.entries, source="shop")
    assert of_user(run, "cat") == [("refused", -60)]
    assert "insufficient" in run.differences[0].detail


def test_what_nothing_explains_makes_its_day_red(store: Store, shop: Shop) -> None:
    mirror(store, shop.entries, source="shop")
    with psycopg.connect(store.dsn()) as connection:
        connection.execute(
            "update wallets set principal_fen = principal_fen + 9 where user_id = %s",
            (named_id("user", "shop", "ann"),),
        )
    run = mirror(store, shop.entries, source="shop")
    assert of_user(run, "ann") == [("unknown", -9)]
    assert [day.green for day in run.days] == [True, True, False]


def test_a_mirrored_month_closes(store: Store, shop: Shop) -> None:
    mirror(store, shop.entries, source="shop")
    close = draft(store, "2026-08").figures.close
    assert close.off == ()
    assert close.line("taken_over").principal_fen == 1_000
    assert sum(close.line("closing")) == sum(shop.balances.values())


def test_a_simulated_shop_of_files_is_mirrored(store: Store, tmp_path: Path) -> None:
    """Its entries go back before its first file: what was held then is taken over, everything else is booked."""
    folder = tmp_path / "shop"
    write_canonical(make_world(3, users=300), folder)
    settings = settings_for(work=tmp_path / "work", language="en", threads=1)
    run = mirror_folder(store, folder, settings=settings)
    assert run.entries > 1_000
    assert run.differences == ()
    month = draft(store, "2026-08").figures.close
    assert month.off == ()
    assert month.line("spent") != (0, 0, 0)


def test_a_mirrored_month_agrees_with_the_shops_top_ups_and_the_bill(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    write_canonical(make_world(3, users=300), folder)
    settings = settings_for(work=tmp_path / "work", language="en", threads=1)
    mirror_folder(store, folder, settings=settings)
    month = month_of("2026-08")
    outside = outside_of(folder, [], month, settings=settings)
    shop = list(outside.shop or [])
    assert len(shop) > 10
    agreed = draft(store, "2026-08", outside=replace(outside, bill=shop)).figures
    assert agreed.payments is not None
    assert (agreed.payments.agreed, agreed.off) == (len(shop), ())
    short = [replace(shop[0], fen=shop[0].fen - 60), *shop[2:]]
    found = draft(store, "2026-08", outside=replace(outside, bill=short)).figures.payments
    assert found is not None
    assert {(one.key, one.cause) for one in found.unequal} == {
        (shop[0].key, "amount_bill"),
        (shop[1].key, "not_settled"),
    }
