"""What was known before a moment: by hand, equal for candidates and assignments, blind to all that came later."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from huoshui.core.costs.assumptions import Assumptions
from huoshui.lake.engines import open_lake
from huoshui.lake.facts import balance, decisions, orders
from huoshui.lake.facts.candidates import candidates
from huoshui.lake.facts.features import FEATURES, OF_SOMETHING, candidate_features, trial_rows
from huoshui.lake.facts.prepared import prepare_orders
from huoshui.lake.intake import read_folder

PERIOD = date(2026, 5, 1)
MOMENT = datetime(2026, 5, 1)
USERS = tuple(f"u{number}" for number in range(24))
HEADS = {
    "orders": "order_id,user_id,created_at,status,paid,bonus_paid,balance_paid,cost_of_goods,coupon,promo_discount,"
    "source,device",
    "users": "user_id,created_at,status,upline_id,cum_spend",
    "recharges": "recharge_id,user_id,created_at,status,amount",
    "events": "event_id,user_id,at,type",
    "campaigns": "campaign_id,name,purpose,window_days,value_cap",
    "balance_entries": "entry_id,user_id,at,direction,amount,kind,campaign_id",
    "refunds": "refund_id,order_id,amount,at",
    "assignments": "assignment_id,campaign_id,user_id,at,arm,amount,probability",
}
Rows = dict[str, list[tuple[object, ...]]]


def gathered(folder: Path, files: Mapping[str, list[tuple[object, ...]]], *, rows_max: int = 10**6):
    """Rows of trials, and candidates of PERIOD, of these files."""
    (folder / "files").mkdir(parents=True)
    for name, head in HEADS.items():
        text = io.StringIO()
        csv.writer(text).writerows([head.split(","), *files.get(name, [])])
        (folder / "files" / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
    work = folder / "work"
    intake = read_folder(folder / "files", work=work, memory_bytes=400_000_000, language="zh")
    assert intake.rows_set_aside == 0
    lake = open_lake(intake.sources, work=work, memory_bytes=400_000_000, threads=1)
    try:
        prepared = prepare_orders(lake, [], Assumptions())
        people, given = orders.buyers(prepared), balance.grants(prepared)
        lapsed = balance.lapses(prepared, given)
        line = balance.lines(prepared, given, lapsed)
        pieces = balance.lot_draws(line, balance.draws(prepared, line, people))
        results = balance.grant_results(prepared, given, lapsed, pieces)
        assigned = decisions.assigned_users(prepared)
        states = decisions.decision_states(prepared, results.filter(False), assigned, people)
        rows = trial_rows(prepared, assigned, given, states, rows_max=rows_max)
        listed = lake.materialise("candidates", candidates(prepared, people, given, first_day=PERIOD))
        told = candidate_features(prepared, given, listed, first_day=PERIOD).order_by("moment").to_pyarrow()
        told = told.append_column("user_id", listed.order_by("key", "user_id").to_pyarrow()["user_id"])
        names = lake.table("assignments").select("assignment_id", "user_id").to_pyarrow()
        assert names.num_rows
        return rows, told
    finally:
        lake.close()


def at(day: datetime) -> str:
    return day.isoformat(sep=" ")


def drawn_files(seed: int) -> Rows:
    """Four months of random life of a few users, all drawn into a campaign on the first instant of the period."""
    rng = np.random.default_rng(seed)

    def when() -> str:
        return at(datetime(2026, 2, 10) + timedelta(seconds=int(rng.integers(0, 110 * 86_400))))

    def who() -> str:
        return str(rng.choice(USERS))

    files: Rows = {"campaigns": [("k", "K", "retain", 14, "")]}
    files["orders"] = [
        (
            f"o{n}", who(), when(), "delivered", int(rng.integers(5, 90)), int(rng.integers(0, 3)),
            int(rng.integers(0, 3)), 4, int(rng.integers(0, 2)), int(rng.integers(0, 2)),
            str(rng.choice(["direct", "agent", "site"])), str(rng.choice(["ios", "android"])),
        )
        for n in range(160)
    ]  # fmt: skip
    files["recharges"] = [(f"r{n}", who(), when(), "paid", 50) for n in range(40)]
    files["events"] = [
        (f"v{n}", who(), when(), str(rng.choice(["product.viewed", "cart.added", "topup_intent", "login"])))
        for n in range(200)
    ]
    files["balance_entries"] = [
        (f"g{n}", who(), when(), "in", int(rng.integers(1, 9)), "cashback", "k") for n in range(240)
    ]
    files["refunds"] = [
        (f"f{n}", f"o{n}", 1, at(datetime.fromisoformat(str(files["orders"][n][2])) + timedelta(days=5)))
        for n in range(0, 160, 8)
    ]
    files["users"] = [
        (user, at(datetime(2026, 1, 1) + timedelta(days=place)), "active", "a" if place % 2 else "", 9_999)
        for place, user in enumerate(USERS)
    ]
    files["assignments"] = [
        (f"s{place}", "k", user, at(MOMENT), "treated" if place % 2 else "control", 5 * (place % 2), 0.5)
        for place, user in enumerate(USERS)
    ]
    return files


DATED = {"orders": 2, "recharges": 2, "events": 2, "balance_entries": 2, "refunds": 3}


def with_another_future(files: Rows, seed: int) -> Rows:
    """The same past: later rows moved, taken away or doubled, and the shop's sums as they would then be."""
    rng = np.random.default_rng(seed)
    changed = dict(files)
    for name, column in DATED.items():
        rows = []
        for row in files[name]:
            if str(row[column]) < at(MOMENT):
                rows.append(row)
                continue
            moved = at(MOMENT + timedelta(seconds=int(rng.integers(0, 25 * 86_400))))
            kept = (*row[:column], moved, *row[column + 1 :])
            rows += [[], [kept], [kept, (f"{row[0]}x", *kept[1:])]][int(rng.integers(0, 3))]
        changed[name] = rows
    known = {row[0] for row in changed["orders"]}
    changed["refunds"] = [row for row in changed["refunds"] if row[1] in known]

    def spent(rows: list[tuple[object, ...]], user: str) -> int:
        return sum(int(str(r[4])) + int(str(r[5])) + int(str(r[6])) for r in rows if r[1] == user)

    changed["users"] = [
        (
            *row[:4],
            int(str(row[4])) + spent(changed["orders"], str(row[0])) - spent(files["orders"], str(row[0])),
        )
        for row in files["users"]
    ]
    return changed


def by_user(table: pa.Table, key: str) -> dict[object, dict[str, float]]:
    """What is unknown stands as -1, for nothing else is below 0 here and so rows can be put in order."""
    return {
        row[key]: {name: -1.0 if row[name] is None else row[name] for name in FEATURES}
        for row in table.to_pylist()
    }


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory):
    files = drawn_files(1)
    return files, *gathered(tmp_path_factory.mktemp("features"), files)


def test_a_candidate_and_an_assignment_of_one_user_at_one_moment_are_known_alike(drawn):
    _, rows, told = drawn
    assert rows.num_rows == len(USERS)
    here = sorted(tuple(found.values()) for found in by_user(rows, "assignment").values())
    there = sorted(tuple(found.values()) for found in by_user(told, "user_id").values())
    assert here == there
    varied = [name for place, name in enumerate(FEATURES) if len({row[place] for row in here}) > 1]
    assert len(varied) > 30, "features that are the same for everybody test nothing"


@pytest.mark.parametrize("seed", [2])
def test_nothing_at_or_after_the_moment_is_seen(drawn, tmp_path, seed):
    files, rows, told = drawn
    changed = with_another_future(files, seed)
    assert changed["orders"] != files["orders"]
    later, candidates_later = gathered(tmp_path / "later", changed)
    assert by_user(later, "assignment") == by_user(rows, "assignment")
    assert by_user(candidates_later, "user_id") == by_user(told, "user_id")
    assert later["value_fen"].to_pylist() != rows["value_fen"].to_pylist(), "the outcome is the future"


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory):
    """User u: two orders, a grant a second before the assignment and one a month before, a top-up, events."""
    files: Rows = {
        "campaigns": [("k", "K", "retain", 14, "")],
        "users": [
            ("u", "2026-01-01 00:00:00", "active", "x", 200),
            ("z", "2026-04-30 12:00:00", "active", "", 0),
        ],
        "orders": [
            ("o0", "w", "2026-01-01 00:00:00", "delivered", 1, 0, 0, 0, 0, 0, "direct", "ios"),
            ("o1", "u", "2026-04-25 00:00:00", "delivered", 20, 10, 10, 15, 2, 0, "agent", "ios"),
            ("o2", "u", "2026-04-04 00:00:00", "delivered", 40, 0, 0, 30, 0, 0, "site", "android"),
            ("o3", "u", "2026-05-01 00:00:00", "delivered", 99, 0, 0, 0, 0, 0, "ad", "ios"),
        ],
        "refunds": [("f1", "o2", 40, "2026-04-06 00:00:00"), ("f2", "o1", 1, "2026-05-02 00:00:00")],
        "recharges": [
            ("r1", "u", "2026-04-29 00:00:00", "paid", 100),
            ("r2", "u", "2026-04-30 00:00:00", "failed", 9),
        ],
        "events": [
            ("v1", "u", "2026-04-30 12:00:00", "product.viewed"),
            ("v2", "u", "2026-04-26 00:00:00", "cart.added"),
            ("v3", "u", "2026-04-10 00:00:00", "login"),
        ],
        "balance_entries": [
            ("g1", "u", "2026-04-01 00:00:00", "in", 8, "cashback", "k"),
            ("g2", "u", "2026-04-30 23:59:59", "in", 7, "cashback", "k"),
            ("g3", "u", "2026-04-25 00:00:00", "out", 3, "spend", ""),
            ("g4", "u", "2026-04-26 00:00:00", "in", 5, "cashback", "k"),
            ("c1", "bad", "2026-04-20 00:00:00", "out", 5, "clawback", ""),
        ],
        "assignments": [
            ("s1", "k", "u", "2026-05-01 00:00:00", "treated", 7, 0.5),
            ("s2", "k", "z", "2026-05-01 00:00:00", "control", 0, 0.5),
        ],
    }
    files["users"] += [
        ("bad", "2026-01-01 00:00:00", "abuser", "", 0),
        ("worse", "2026-01-01 00:00:00", "abuser", "", 0),
    ]
    files["assignments"] += [
        ("s3", "k", "bad", "2026-04-21 00:00:00", "treated", 7, 0.5),
        ("s4", "k", "bad", "2026-04-19 00:00:00", "control", 0, 0.5),
        ("s5", "k", "worse", "2026-04-21 00:00:00", "control", 0, 0.5),
    ]  # fmt: skip
    return gathered(tmp_path_factory.mktemp("by_hand"), files)


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("orders_7", 1), ("orders_30", 2), ("orders_90", 2), ("idle_days", 6),
        # 40 of price less 10 of bonus and 15 of goods; the other 40 less 30: refunds come later, and are counted apart.
        ("margin_30", 25), ("mean_price", 40), ("top_price", 40),
        ("bonus_share", 10 / 80), ("principal_share", 10 / 80), ("coupon_share", 0.5), ("weekend_share", 1),
        ("refunds_90", 1),
        # The grant of a second before belongs to the assignment; that of 26 April has time to be answered yet.
        ("rewards_90", 2), ("reward_yuan_90", 13), ("rewarded_days", 5), ("answered_share", 1), ("balance_yuan", 10),
        ("top_ups_90", 1), ("top_up_yuan_90", 100), ("top_up_days", 2),
        ("viewed_1", 1), ("viewed_7", 1), ("carted_1", 0), ("carted_7", 1), ("carted_30", 1), ("other_30", 1),
        ("seen_days", 0.5), ("registered_days", 120), ("spent_before", 200 - 40 - 40 - 99), ("has_upline", 1),
        ("source_agent", 1), ("source_site", 0), ("device_2", 1), ("device_1", 0),
    ],
)  # fmt: skip
def test_by_hand(by_hand, feature, value):
    rows, _ = by_hand
    own = next(row for row in rows.to_pylist() if row["amount_fen"] == 700 and row["value_fen"])
    assert own[feature] == pytest.approx(value)


def test_who_did_nothing_stands_at_the_far_end(by_hand):
    rows, told = by_hand
    own = next(row for row in told.to_pylist() if row["user_id"] == "z")
    for name in ("idle_days", "rewarded_days", "top_up_days", "seen_days"):
        assert own[name] == 90
    assert own["registered_days"] == 0.5
    assert not any(own[name] for name in ("orders_90", "balance_yuan", "viewed_30", "spent_before"))
    assert "spent_before" in rows.column_names


def test_means_and_shares_of_nothing_are_unknown(by_hand):
    """As 0 they would be the lowest of all: who ordered nothing looked like the cheapest of buyers."""
    _, told = by_hand
    idle, buyer = (next(row for row in told.to_pylist() if row["user_id"] == user) for user in "zu")
    unknown = {name for name in FEATURES if idle[name] is None}
    assert unknown == OF_SOMETHING
    assert {"mean_price", "top_price", "answered_share", "coupon_share", "source_agent"} <= unknown
    assert all(buyer[name] is not None for name in FEATURES)


def test_an_abuser_is_left_out_from_the_first_clawback_on_and_no_sooner(by_hand):
    rows, _ = by_hand
    kinds = sorted((row["control"], row["at_us"]) for row in rows.to_pylist())
    assert rows.num_rows == 4, "s3 alone is left out: bad was known, worse was found out later"
    assert not any(not control and us < 1_777_000_000_000_000 for control, us in kinds)


def test_of_many_rows_whole_users_are_read(tmp_path, drawn):
    files, _, _ = drawn
    some, _ = gathered(tmp_path / "some", files, rows_max=8)
    assert 1 <= some.num_rows < len(USERS)
