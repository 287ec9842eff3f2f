"""Inferred lots against a wallet kept by hand; bonus first where a shop keeps one mixed balance.

The engine tells lots by laying stretches of fen end to end; `plain_wallet` keeps a list and goes event by event.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibis.expr.types import Table as IbisTable
from plain_wallet import Drawn, Given, fates

from huoshui.core.costs.assumptions import Assumptions
from huoshui.lake.engines import Lake, open_lake
from huoshui.lake.facts import balance
from huoshui.lake.facts.arithmetic import row_key
from huoshui.lake.facts.orders import buyers
from huoshui.lake.facts.prepared import Prepared, prepare_orders
from huoshui.lake.intake import read_folder

MEMORY = 400_000_000
FIRST = datetime(2026, 1, 1)
TERM_DAYS = {"a": 20, "b": 45}
"""How long the grants of two campaigns last; those of none never expire."""
# An example costs a second or two, so a failing one is shown as found, not made small first.
QUIET = settings(
    max_examples=8, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)


class Shop:
    """The files of a made-up shop, row by row."""

    def __init__(self) -> None:
        self.orders: list[tuple[object, ...]] = []
        self.entries: list[tuple[object, ...]] = []

    def order(self, who: str, at: datetime, order: str, *, balance: int, bonus: int, value: int) -> None:
        goods = balance + bonus - value
        self.orders.append((order, who, at, "delivered", 0, yuan(balance), yuan(bonus), yuan(goods)))

    def entry(
        self, who: str, at: datetime, way: str, fen: int, kind: str, campaign: str = "", of: str = ""
    ) -> str:
        name = f"e{len(self.entries):05d}"
        self.entries.append((name, who, at, way, yuan(fen), kind, of, campaign))
        return name

    def write(self, folder: Path, *, with_bonus: bool) -> None:
        folder.mkdir(parents=True)
        header = [
            "order_id",
            "user_id",
            "created_at",
            "status",
            "paid",
            "balance_paid",
            "bonus_paid",
            "cost_of_goods",
        ]
        orders = self.orders
        if not with_bonus:
            header.remove("bonus_paid")
            orders = [(*row[:5], yuan(fen(row[5]) + fen(row[6])), row[7]) for row in orders]
        write(folder / "orders.csv", header, orders)
        columns = ["entry_id", "user_id", "at", "direction", "amount", "kind", "order_id", "campaign_id"]
        write(folder / "balance_entries.csv", columns, self.entries)


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen(yuan: object) -> int:
    return round(float(str(yuan)) * 100)


def write(path: Path, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def opened(folder: Path, work: Path) -> Lake:
    intake = read_folder(folder, work=work, memory_bytes=MEMORY, language="zh", progress=None)
    assert intake.rows_set_aside == 0
    return open_lake(intake.sources, work=work, memory_bytes=MEMORY, threads=1)


# --- lots ------------------------------------------------------------------------------------------------------


@st.composite
def lives(draw: st.DrawFn) -> list[list[tuple[int, str, int]]]:
    """Per user: (hour, what, fen), what being a grant of a campaign (or of none), a spend, or a clawback."""
    event = st.tuples(
        st.integers(0, 24 * 90),
        st.sampled_from(["a", "a", "b", "b", "", "spend", "spend", "spend", "spend", "clawback"]),
        st.integers(1, 5_000),
    )
    return draw(st.lists(st.lists(event, max_size=14), min_size=3, max_size=8))


def lived(users: list[list[tuple[int, str, int]]]) -> tuple[Shop, list[Given], list[Drawn]]:
    """The shop's files after these lives: bonus burns oldest first, what is left at a term's end expires.

    An order may draw more than there is: the rest is bonus from before the files. No two events are at one moment.
    """
    shop, given, drawn = Shop(), [], []
    _reference(shop, given, drawn)
    for number, events in enumerate(users):
        who = f"u{number}"
        lots: list[list[object]] = []  # grant, campaign, ends, left
        coming = sorted(events, key=lambda event: event[0])
        for index, (hour, what, amount) in enumerate(coming):
            at = FIRST + timedelta(hours=hour, seconds=7 * index + 1000 * number)
            _expire(shop, drawn, who, lots, at)
            if what == "spend":
                order = f"o-{who}-{index}"
                shop.order(who, at, order, balance=100, bonus=amount, value=(amount + 100) // 3 - 50)
                drawn.append(Drawn(who, at, "order", order, amount))
                _burn(lots, amount)
            elif what == "clawback":
                entry = shop.entry(who, at, "out", amount, "clawback")
                drawn.append(Drawn(who, at, "taken", entry, amount))
                _burn(lots, amount)
            else:
                grant = shop.entry(who, at, "in", amount, "task", what)
                given.append(Given(who, at, grant, amount))
                ends = at + timedelta(days=TERM_DAYS[what]) if what else FIRST + timedelta(days=9_999)
                lots.append([grant, what, ends, amount])
        _expire(shop, drawn, who, lots, FIRST + timedelta(days=200))
    return shop, given, drawn


def _reference(shop: Shop, given: list[Given], drawn: list[Drawn]) -> None:
    """Users with a single grant, all of which expired: they tell each campaign's term."""
    for campaign, days in TERM_DAYS.items():
        who, at = f"single-{campaign}", FIRST + timedelta(hours=1)
        grant = shop.entry(who, at, "in", 500, "task", campaign)
        shop.entry(who, at + timedelta(days=days), "out", 500, "expire", campaign)
        given.append(Given(who, at, grant, 500))
        drawn.append(Drawn(who, at + timedelta(days=days), "expired", grant, 500))
    shop.order("late", FIRST + timedelta(days=201), "o-late", balance=100, bonus=0, value=10)


def _expire(shop: Shop, drawn: list[Drawn], who: str, lots: list[list[object]], until: datetime) -> None:
    for lot in sorted(lots, key=lambda lot: lot[2]):  # type: ignore[arg-type, return-value]
        grant, campaign, ends, left = lot
        assert isinstance(ends, datetime)
        assert isinstance(left, int)
        if ends <= until and left:
            shop.entry(who, ends, "out", left, "expire", str(campaign))
            drawn.append(Drawn(who, ends, "expired", str(grant), left))
            lot[3] = 0


def _burn(lots: list[list[object]], amount: int) -> None:
    for lot in lots:
        assert isinstance(lot[3], int)
        part = min(lot[3], amount)
        lot[3] -= part
        amount -= part


def laid_out(prepared: Prepared) -> tuple[IbisTable, IbisTable, IbisTable]:
    """Grants, the pieces of them that were drawn, and what became of each."""
    given = balance.grants(prepared)
    lapsed = balance.lapses(prepared, given)
    line = balance.lines(prepared, given, lapsed)
    pieces = balance.lot_draws(line, balance.draws(prepared, line, buyers(prepared)))
    return given, pieces, balance.grant_results(prepared, given, lapsed, pieces)


def told_by_engine(
    prepared: Prepared,
) -> tuple[dict[str, tuple[int, int, int, int]], list[dict[str, object]]]:
    """By grant: spent, expired, open, attributed; and the pieces of orders."""
    given, pieces, results = laid_out(prepared)
    named = given.select(known="grant", name="grant_id")
    rows = results.join(named, results.grant == named.known).to_pyarrow().to_pylist()
    found = {row["name"]: (row["spent"], row["expired"], row["open"], row["attributed"]) for row in rows}
    return found, pieces.to_pyarrow().to_pylist()


@QUIET
@given(users=lives())
def test_every_lot_is_spent_expired_and_open_as_in_a_wallet_kept_by_hand(users, tmp_path_factory):
    shop, given_rows, drawn_rows = lived(users)
    base = tmp_path_factory.mktemp("lots")
    shop.write(base / "files", with_bonus=True)
    lake = opened(base / "files", base / "work")
    try:
        prepared = prepare_orders(lake, [], Assumptions())
        found, pieces = told_by_engine(prepared)
        values = prepared.orders.value.sum().to_pyarrow().as_py()
    finally:
        lake.close()
    by_hand, legacy = fates(given_rows, drawn_rows)
    assert {name: row[:3] for name, row in found.items()} == {
        name: (fate.spent, fate.expired, fate.open) for name, fate in by_hand.items()
    }
    # Pieces of orders are whole orders cut up: they add up to what was drawn and not legacy, to the fen.
    drawn_by_orders = sum(row.fen for row in drawn_rows if row.how == "order")
    ordered = sum(fate.spent for fate in by_hand.values())
    assert ordered == drawn_by_orders - legacy
    taken = sum(fate.expired for fate in by_hand.values()) - sum(
        r.fen for r in drawn_rows if r.how == "expired"
    )
    assert sum(int(str(piece["fen"])) for piece in pieces) == ordered + taken
    # Value is attributed once: never more than all orders brought.
    positive = sum(max(0, (row.fen + 100) // 3 - 50) for row in drawn_rows if row.how == "order") + 10
    assert sum(row[3] for row in found.values()) <= positive
    if legacy == 0 and all(fate.spent for fate in by_hand.values() if fate.fen):
        assert sum(row[3] for row in found.values()) <= values


@QUIET
@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 5_000), st.booleans()), min_size=1, max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_an_orders_value_is_shared_by_fen_and_none_of_it_is_lost(tmp_path_factory, orders):
    """Orders whose bonus lies in several lots: the pieces' values add up to the order's value exactly."""
    shop = Shop()
    total = 0
    for number, lots in enumerate(orders):
        who = f"u{number}"
        for index, (amount, _) in enumerate(lots):
            shop.entry(who, FIRST + timedelta(hours=index), "in", amount, "task", f"c{index}")
        bonus = sum(amount for amount, _ in lots)
        value = bonus * 7 // 10 if lots[0][1] else -(bonus // 3)
        shop.order(who, FIRST + timedelta(days=9), f"o{number}", balance=300, bonus=bonus, value=value)
        total += value
    base = tmp_path_factory.mktemp("share")
    shop.write(base / "files", with_bonus=True)
    lake = opened(base / "files", base / "work")
    try:
        found, _ = told_by_engine(prepare_orders(lake, [], Assumptions()))
    finally:
        lake.close()
    assert sum(row[3] for row in found.values()) == total
    assert all(row[2] == 0 for row in found.values()), "all of it was spent"


# --- one mixed balance -----------------------------------------------------------------------------------------


@QUIET
@given(users=lives())
def test_in_a_mixed_balance_bonus_is_spent_first(users, tmp_path_factory):
    """The shop tells one balance; who spends x has spent bonus as long as there was any, and principal then."""
    shop = Shop()
    expected: dict[str, int] = {}
    for number, events in enumerate(users):
        who, purse = f"u{number}", 0
        for index, (hour, what, amount) in enumerate(sorted(events, key=lambda event: event[0])):
            at = FIRST + timedelta(hours=hour, seconds=7 * index + 1000 * number)
            if what == "spend":
                order = f"o-{who}-{index}"
                shop.order(who, at, order, balance=amount, bonus=0, value=0)
                shop.entry(who, at, "out", amount, "spend", of=order)
                expected[order] = min(purse, amount)
                purse -= expected[order]
            elif what == "clawback":
                shop.entry(who, at, "out", amount, "clawback")
                purse -= min(purse, amount)
            elif what:
                shop.entry(who, at, "in", amount, "cashback")
                purse += amount
            else:
                shop.entry(who, at, "in", amount, "recharge")  # principal: no bonus
    shop.order("late", FIRST + timedelta(days=99), "o-late", balance=100, bonus=0, value=0)
    base = tmp_path_factory.mktemp("mixed")
    shop.write(base / "files", with_bonus=False)
    lake = opened(base / "files", base / "work")
    try:
        prepared = prepare_orders(lake, [], Assumptions())
        written = lake.table("orders")
        ids = written.select("order_id", written_key=row_key(written.order_id))
        named = prepared.orders.join(ids, prepared.orders.key == ids.written_key)
        rows = named.select("order_id", "bonus", "principal", "price").to_pyarrow().to_pylist()
    finally:
        lake.close()
    assert prepared.lots_inferred or not shop.entries
    found = {row["order_id"]: row["bonus"] for row in rows if row["order_id"] != "o-late"}
    assert found == expected
    assert all(row["bonus"] + row["principal"] == row["price"] for row in rows)


# --- attribution -----------------------------------------------------------------------------------------------


@pytest.fixture
def attributed(tmp_path: Path) -> Iterator[dict[str, int]]:
    """Attributed value by campaign of a small shop: see the test for each order."""
    shop = Shop()

    def day(number: float) -> datetime:
        return FIRST + timedelta(days=number)

    shop.entry("ann", day(0), "in", 1_000, "task", "early")
    shop.entry("ann", day(5), "in", 1_000, "task", "late")
    shop.order("ann", day(1), "in-early", balance=5_000, bonus=0, value=100)
    shop.order("ann", day(6), "in-both", balance=5_000, bonus=0, value=20)
    shop.order("ann", day(8), "drawn", balance=4_000, bonus=1_500, value=3_000)
    shop.order("ann", day(19.5), "after", balance=5_000, bonus=0, value=7)
    shop.order("bob", day(1), "nobodys", balance=5_000, bonus=0, value=1_000)
    shop.order("bob", day(40), "end", balance=5_000, bonus=0, value=1_000)
    shop.write(tmp_path / "files", with_bonus=True)
    lake = opened(tmp_path / "files", tmp_path / "work")
    prepared = prepare_orders(lake, [], Assumptions())
    _, _, results = laid_out(prepared)
    sums: dict[str, int] = defaultdict(int)
    for row in results.select("campaign_id", "attributed").to_pyarrow().to_pylist():
        sums[row["campaign_id"]] += row["attributed"]
    yield dict(sums)
    lake.close()


def test_each_order_counts_once_for_the_lots_it_drew_else_for_the_last_grant_in_its_window(attributed):
    # in-early 100 -> early (the only grant). in-both 20 -> late (the last of two). drawn 3,000: 1,000 of early and
    # 500 of late: 2,000 and 1,000. after 7: more than 14 days after the last grant: nobody's. Bob had no grant.
    assert attributed == {"early": 100 + 2_000, "late": 20 + 1_000}


FEES = """
order_id,user_id,created_at,status,paid,balance_paid,bonus_paid,cost_of_goods,payment_fee
a1,ann,2026-01-03 10:00:00,delivered,6,0,4,1,1.00
a2,ann,2026-01-04 10:00:00,delivered,4,0,6,1,2.00
b1,bob,2026-01-03 10:00:00,refunded,5,0,5,1,1.00
b2,bob,2026-01-04 10:00:00,delivered,5,0,5,1,3.00
b3,bob,2026-01-04 10:00:00,delivered,5,0,5,1,7.00
c1,cat,2026-01-03 10:00:00,delivered,5,0,5,1,1.00
"""
"""Bob's first order was given back, and of the next two at one moment b2 is the first. Cat bought before the files."""
RIDDEN = {"ann": (160, 40), "bob": (550, 150), "cat": (50, 0)}
"""ride and first_ride: each order's bonus share of its fee."""


def test_what_rides_on_a_new_users_first_order_is_told_apart(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "orders.csv").write_text(FEES.lstrip(), encoding="utf-8")
    (folder / "users.csv").write_text("user_id,cum_spend\nann,20\nbob,30\ncat,99\n", encoding="utf-8")
    entries = [f"e{n},{who},2026-01-02 10:00:00,in,15,task,,c" for n, who in enumerate(RIDDEN)]
    header = "entry_id,user_id,at,direction,amount,kind,order_id,campaign_id"
    (folder / "balance_entries.csv").write_text("\n".join([header, *entries]) + "\n", encoding="utf-8")
    lake = opened(folder, tmp_path / "work")
    try:
        prepared = prepare_orders(lake, [], Assumptions())
        given, _, results = laid_out(prepared)
        named = given.select(known="grant", name="user_id")
        rows = results.join(named, results.grant == named.known).to_pyarrow().to_pylist()
    finally:
        lake.close()
    assert {row["name"]: (row["ride"], row["first_ride"]) for row in rows} == RIDDEN
