"""What the tables of a simulated platform promise, recomputed from the tables alone in plain Python."""

import hashlib
from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
import pytest

from huoshui.base.errors import BadOption
from huoshui.lake.tables import BONUS_KINDS, SOLD_STATUSES, TABLES
from huoshui.sim.world import World, make_world

Row = dict[str, Any]


def rows_of(world: World, table: str) -> list[Row]:
    columns = world.tables[table]
    cells = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]


def fingerprint(world: World) -> str:
    digest = hashlib.sha256()
    for name, columns in world.tables.items():
        for column, cells in columns.items():
            digest.update(f"{name}.{column}".encode())
            digest.update(
                np.asarray(cells).tobytes() if isinstance(cells, np.ndarray) else repr(cells).encode()
            )
    digest.update(repr(world.truth).encode())
    digest.update(world.response.value_est.tobytes())
    return digest.hexdigest()


def test_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    first, again, other = (fingerprint(make_world(seed, users=400)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_every_table_has_its_canonical_columns_and_valid_choices(world: World) -> None:
    assert set(world.tables) == set(TABLES)
    for name, table in TABLES.items():
        columns = world.tables[name]
        assert tuple(columns) == table.names
        assert len({len(column) for column in columns.values()}) == 1
        assert len(columns[table.names[0]]) > 0, name
        for column in table.columns:
            cells = columns[column.name]
            if column.choices:
                assert set(cells) <= {*column.choices, None}, f"{name}.{column.name}"
            if column.required and column.kind in ("id", "choice"):
                assert None not in cells, f"{name}.{column.name}"
            if column.kind == "fen":
                assert np.asarray(cells).dtype == np.int64
                assert np.asarray(cells).min() >= 0, f"{name}.{column.name}"


def test_all_kinds_of_entries_commissions_users_and_sources_occur(world: World) -> None:
    kinds = set(world.tables["balance_entries"]["kind"])
    assert kinds == {
        "opening", "recharge", "recharge_bonus", "spend", "refund", "adjust", "transfer", "gift_card",
        "task", "cashback", "commission", "withdrawal", "expire", "clawback",
    }  # fmt: skip
    assert set(world.tables["commissions"]["status"]) == {"pending", "confirmed", "withdrawn", "rejected"}
    assert set(world.tables["users"]["status"]) == {"active", "frozen", "abuser"}
    assert set(world.tables["orders"]["source"]) == {"direct", "agent", "promoter", "site", "ad"}
    assert set(world.tables["assignments"]["arm"]) == {"treated", "control", "explore"}


def test_keys_are_unique_and_references_exist(world: World) -> None:
    for name, table in TABLES.items():
        if table.key is not None:
            keys = list(world.tables[name][table.key])
            assert len(set(keys)) == len(keys), name
    known = {name: set(world.tables[table][name]) for table, name in (
        ("users", "user_id"), ("orders", "order_id"), ("products", "product_id"), ("agents", "agent_id"),
        ("campaigns", "campaign_id"), ("payment_channels", "payment_channel"),
    )}  # fmt: skip
    for table, columns in world.tables.items():
        for column, ids in known.items():
            if column in columns:
                assert set(columns[column]) - {None} <= ids, f"{table}.{column}"


def test_every_id_says_simulated(world: World) -> None:
    for name, table in TABLES.items():
        for column in table.columns:
            if column.kind == "id" or column.name.endswith("_hash"):
                cells = [cell for cell in world.tables[name][column.name] if cell is not None]
                assert all(str(cell).startswith("SIM-") for cell in cells), f"{name}.{column.name}"


def test_price_parts_add_up(world: World) -> None:
    columns = world.tables["orders"]
    parts = ("paid", "balance_paid", "bonus_paid", "coupon", "level_discount", "promo_discount")
    total = sum(np.asarray(columns[part]) for part in parts)
    assert np.array_equal(total, np.asarray(columns["list_price"]) * np.asarray(columns["qty"]))
    assert all(np.asarray(columns[part]).min() >= 0 for part in parts)


def test_balances_run_true_and_never_fall_below_nothing(world: World) -> None:
    balance: dict[str, int] = defaultdict(int)
    last_at: dict[str, Any] = {}
    for entry in rows_of(world, "balance_entries"):
        user = entry["user_id"]
        assert entry["at"] >= last_at.get(user, entry["at"])
        last_at[user] = entry["at"]
        balance[user] += entry["amount"] if entry["direction"] == "in" else -entry["amount"]
        assert balance[user] == entry["balance_after"] >= 0
        assert entry["amount"] > 0


def test_orders_draw_bonus_first_then_principal_then_money(world: World) -> None:
    """Principal and bonus kept apart from the entries alone: what an order drew must be what was there."""
    orders = {order["order_id"]: order for order in rows_of(world, "orders")}
    principal: dict[str, int] = defaultdict(int)
    bonus: dict[str, int] = defaultdict(int)
    sent: tuple[int, int] = (0, 0)
    spends = 0
    for entry in rows_of(world, "balance_entries"):
        user, amount, kind = entry["user_id"], entry["amount"], entry["kind"]
        if kind == "spend":
            order = orders[entry["order_id"]]
            price = order["paid"] + order["balance_paid"] + order["bonus_paid"]
            assert order["bonus_paid"] == min(price, bonus[user])
            assert order["balance_paid"] == min(price - order["bonus_paid"], principal[user])
            assert amount == order["bonus_paid"] + order["balance_paid"]
            bonus[user] -= order["bonus_paid"]
            principal[user] -= order["balance_paid"]
            spends += 1
        elif kind == "transfer" and entry["direction"] == "out":
            sent = (min(amount, bonus[user]), amount - min(amount, bonus[user]))
            bonus[user] -= sent[0]
            principal[user] -= sent[1]
        elif kind == "transfer":
            assert sum(sent) == amount
            bonus[user] += sent[0]
            principal[user] += sent[1]
        elif kind in ("expire", "clawback"):
            bonus[user] -= amount
        elif kind == "withdrawal":
            principal[user] -= amount
        elif kind in BONUS_KINDS:
            bonus[user] += amount
        else:
            principal[user] += amount
        assert min(bonus[user], principal[user]) >= 0
    drawn = [
        o for o in orders.values() if o["status"] in SOLD_STATUSES and o["bonus_paid"] + o["balance_paid"]
    ]
    assert spends == len(drawn) > 500


def test_unpaid_orders_and_guests_draw_no_balance(world: World) -> None:
    for order in rows_of(world, "orders"):
        assert (order["user_id"] is None) != (order["guest_key"] is None)
        if order["status"] not in SOLD_STATUSES:
            assert order["paid_at"] is None
        if order["user_id"] is None or order["status"] not in SOLD_STATUSES:
            assert order["bonus_paid"] == order["balance_paid"] == 0


def test_commissions_on_orders_are_the_sum_of_those_not_rejected(world: World) -> None:
    sums: dict[str, int] = defaultdict(int)
    for row in rows_of(world, "commissions"):
        sums[row["order_id"]] += row["amount"] if row["status"] != "rejected" else 0
    for order in rows_of(world, "orders"):
        assert order["agent_commission"] == sums[order["order_id"]]


def test_a_refunded_order_pays_no_commission(world: World) -> None:
    status = dict(zip(world.tables["orders"]["order_id"], world.tables["orders"]["status"], strict=True))
    of_refunded = [
        row["status"] for row in rows_of(world, "commissions") if status[row["order_id"]] == "refunded"
    ]
    assert len(of_refunded) > 5
    assert set(of_refunded) == {"rejected"}


def test_refunds_match_the_status_of_their_orders(world: World) -> None:
    refunds = {row["order_id"]: row["amount"] for row in rows_of(world, "refunds")}
    for order in rows_of(world, "orders"):
        price = order["paid"] + order["balance_paid"] + order["bonus_paid"]
        amount = refunds.get(order["order_id"], 0)
        expected = {"refunded": amount == price > 0, "partly_refunded": 0 < amount < price}
        assert expected.get(order["status"], amount == 0)


def test_cumulative_figures_hold_history_and_files(world: World) -> None:
    """A newcomer has exactly what the files show; an old user at least that."""
    spent: dict[str, int] = defaultdict(int)
    topped_up: dict[str, int] = defaultdict(int)
    for order in rows_of(world, "orders"):
        if order["user_id"] and order["status"] in SOLD_STATUSES:
            spent[order["user_id"]] += order["paid"] + order["balance_paid"] + order["bonus_paid"]
    for row in rows_of(world, "recharges"):
        topped_up[row["user_id"]] += row["amount"] + row["bonus"] if row["status"] == "paid" else 0
    old = 0
    for user in rows_of(world, "users"):
        before = user["cum_spend"] - spent[user["user_id"]]
        counted = user["cum_recharge"] - topped_up[user["user_id"]]
        assert before >= 0
        assert counted >= 0
        if user["created_at"].date() >= date(2026, 7, 1):
            assert before == counted == 0
        old += before > 0
    assert old > 500


def test_nothing_happens_before_registration_or_after_the_cut(world: World) -> None:
    end = np.datetime64("2026-10-21", "s")
    since = dict(zip(world.tables["users"]["user_id"], world.tables["users"]["created_at"], strict=True))
    for table, column in (
        ("orders", "created_at"),
        ("balance_entries", "at"),
        ("assignments", "at"),
        ("events", "at"),
    ):
        users, at = world.tables[table]["user_id"], np.asarray(world.tables[table][column])
        assert at.max() < end
        opening = world.tables[table].get("kind", [None] * len(at))
        early = [
            user for user, moment, kind in zip(users, at, opening, strict=True)
            if user is not None and kind != "opening" and moment < since[user]
        ]  # fmt: skip
        assert early == [], table


def test_shape_is_what_an_operator_would_believe(world: World) -> None:
    orders = world.tables["orders"]
    sold = np.isin(orders["status"], SOLD_STATUSES)
    price = sum(np.asarray(orders[part]) for part in ("paid", "balance_paid", "bonus_paid"))
    assert 4_000 < price[sold].mean() < 8_000
    assert 0.30 < np.mean(np.asarray(orders["source"]) == "agent") < 0.40
    day = np.asarray(orders["created_at"]).astype("datetime64[D]")
    by_day = {str(d): int(n) for d, n in zip(*np.unique(day, return_counts=True), strict=True)}
    usual = float(np.median(list(by_day.values())))
    assert all(by_day[peak] > 1.8 * usual for peak in world.truth.peak_days)
    assert len(world.tables["events"]["at"]) < 2 * len(price)


def test_last_month_can_be_cut_elsewhere_and_bad_options_are_refused() -> None:
    whole = make_world(5, users=300, as_of=date(2026, 10, 31))
    assert str(np.asarray(whole.tables["orders"]["created_at"]).max()) >= "2026-10-25"
    short = make_world(5, users=300, start=date(2027, 1, 1), months=3)
    assert short.truth.as_of == "2027-03-20"
    for bad in (
        {"users": 10}, {"start": date(2026, 7, 2)}, {"months": 2}, {"as_of": date(2026, 9, 30)},
        {"as_of": date(2026, 11, 1)},
    ):  # fmt: skip
        with pytest.raises(BadOption) as caught:
            make_world(5, **{"users": 300, **bad})  # type: ignore[arg-type]
        assert str(next(iter(bad.values()))) in caught.value.say("zh")
