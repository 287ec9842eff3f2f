"""Who could get a level, by hand: segment as of the period, standing, rewards, draws; later days do not count."""

import csv
from datetime import date
from pathlib import Path

import pytest

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.trials.draws import user_keys
from huoshui.flow.planning.facts import NEVER, Candidates, as_candidates, gather_for_plan
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder

PERIOD = date(2026, 10, 1)
KEY_OF_ONCE = 7622487718807839586
ORDERS = (
    # order_id, user_id, created_at, paid; goods are unknown, so value is the price
    ("o1", "new", "2026-09-20 10:00:00", "10.00"),
    ("o2", "low", "2026-05-01 10:00:00", "20.00"),
    ("o3", "low", "2026-08-20 10:00:00", "30.00"),
    ("o4", "dormant", "2026-05-02 10:00:00", "20.00"),
    ("o5", "dormant", "2026-07-20 10:00:00", "20.00"),
    ("o6", "lost", "2026-02-01 10:00:00", "20.00"),
    ("o7", "high", "2026-02-02 10:00:00", "20.00"),
    ("o8", "high", "2026-09-02 10:00:00", "900.00"),
    ("o9", "late", "2026-10-03 10:00:00", "50.00"),
    ("o10", "regular", "2026-03-01 10:00:00", "5.00"),
    ("o11", "regular", "2026-08-25 10:00:00", "5.00"),
    ("o12", "regular", "2026-09-05 10:00:00", "5.00"),
    ("o14", "rich", "2026-04-02 10:00:00", "20.00"),
    ("o15", "rich", "2026-09-02 10:00:00", "800.00"),
    ("o13", "unlisted", "2026-09-29 10:00:00", "5.00"),
)
USERS = (
    # user_id, status, cum_spend
    *(
        (name, "active", "0")
        for name in ("new", "low", "dormant", "lost", "high", "late", "regular", "never")
    ),
    ("bad", "abuser", "0"),
    ("once", "active", "80.00"),
)
ENTRIES = (
    ("e1", "low", "2026-09-11 10:00:00", "in", "3.00", "task", "C1"),
    ("e2", "low", "2026-10-02 10:00:00", "in", "4.00", "task", "C1"),
    ("e3", "high", "2026-09-11 10:00:00", "in", "3.00", "recharge_bonus", ""),
)
ASSIGNMENTS = (
    ("a1", "C1", "low", "2026-09-10 10:00:00", "treated", "3.00", "0.5"),
    ("a2", "C1", "dormant", "2026-09-10 10:00:00", "control", "0", "0.5"),
    ("a3", "C2", "dormant", "2026-09-10 10:00:00", "control", "0", "0.5"),
)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Candidates, dict[str, int]]:
    """The candidates of the files above, and each user's place."""
    return gathered(tmp_path_factory.mktemp("candidates"), ASSIGNMENTS, PERIOD)


def gathered(
    folder: Path, assignments: tuple[tuple[str, ...], ...], first_day: date
) -> tuple[Candidates, dict[str, int]]:
    write(folder, "orders", "order_id,user_id,created_at,paid", ORDERS)
    write(folder, "users", "user_id,status,cum_spend", USERS)
    write(folder, "balance_entries", "entry_id,user_id,at,direction,amount,kind,campaign_id", ENTRIES)
    write(folder, "assignments", "assignment_id,campaign_id,user_id,at,arm,amount,probability", assignments)
    work = folder / "work"
    intake = read_folder(folder, work=work, memory_bytes=400_000_000, language="zh")
    assert intake.rows_set_aside == 0
    lake = open_lake(intake.sources, work=work, memory_bytes=400_000_000)
    try:
        told, table = gather_for_plan(lake, Assumptions(), first_day=first_day, step=lambda _: None)
    finally:
        lake.close()
    assert told.drawn_by == ("C1", "C2")
    found = as_candidates(table)
    return found, {name: place for place, name in enumerate(found.user_ids.to_pylist())}


def write(folder: Path, table: str, header: str, rows: tuple[tuple[str, ...], ...]) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def test_everybody_once_in_the_order_of_the_keys(people):
    found, place = people
    assert len(place) == found.users == 12
    assert (found.keys[1:] > found.keys[:-1]).all()


def test_keys_are_made_by_us_and_not_by_the_engine(people):
    """Another engine, or a new one, must leave the holdout of a quarter as it is."""
    found, place = people
    assert found.keys.tolist() == user_keys(list(place)).tolist()
    assert int(found.keys[place["once"]]) == KEY_OF_ONCE


@pytest.mark.parametrize(
    ("user", "segment"),
    [
        ("new", "newcomer"),
        ("unlisted", "newcomer"),
        ("never", "newcomer"),
        ("late", "newcomer"),
        ("once", "lost"),
        ("lost", "lost"),
        ("dormant", "dormant"),
        ("high", "high_value"),
        ("low", "low_frequency"),
        ("regular", "regular"),
    ],
)
def test_the_segment_as_of_the_first_day(people, user, segment):
    found, place = people
    assert SEGMENTS[int(found.segment[place[user]])] == segment


def test_users_are_judged_by_as_much_history_as_those_of_the_draws_were(tmp_path):
    """Drawn on 10 April, 68 days after the first order: who was idle for longer could not be told then, nor is now."""
    early = tuple((*row[:3], "2026-04-10 10:00:00", *row[4:]) for row in ASSIGNMENTS)
    found, place = gathered(tmp_path, early, PERIOD)
    told = {user: SEGMENTS[int(found.segment[at])] for user, at in place.items()}
    for user in ("dormant", "lost", "once"):
        assert told[user] == "unknown"
    assert (told["high"], told["low"], told["regular"]) == ("high_value", "low_frequency", "regular")
    assert (told["new"], told["never"]) == ("newcomer", "newcomer")
    assert found.idle_days[place["dormant"]] == 72, "what is shown of a user is all that is known"


def test_days_that_the_files_do_not_reach_make_nobody_idle(tmp_path):
    """The files end on 3 October; in a plan for December who ordered in September is still no dormant user."""
    found, place = gathered(tmp_path, ASSIGNMENTS, date(2026, 12, 1))
    told = {user: SEGMENTS[int(found.segment[at])] for user, at in place.items()}
    assert (told["high"], told["low"], told["regular"]) == ("high_value", "low_frequency", "regular")
    assert told["dormant"] == "dormant"
    assert told["late"] == "newcomer"


def test_orders_of_the_period_itself_do_not_count(people):
    found, place = people
    late = place["late"]
    assert (found.orders[late], found.value[late], found.idle_days[late]) == (0, 0, NEVER)
    low = place["low"]
    assert (found.orders[low], found.orders_90[low], found.value[low]) == (2, 1, 5_000)
    assert found.idle_days[low] == 41


def test_rewards_are_those_of_campaigns_and_what_the_period_gave_counts_towards_its_cap(people):
    found, place = people
    low, high = place["low"], place["high"]
    assert (found.rewarded_days[low], found.granted[low]) == (19, 400)
    assert (found.rewarded_days[high], found.granted[high]) == (NEVER, 0)


def test_draws_and_standing(people):
    found, place = people
    drawn = {user: int(found.drawn[at]) for user, at in place.items() if found.drawn[at]}
    assert drawn == {"low": 0b01, "dormant": 0b11}
    assert [user for user, at in place.items() if found.standing[at]] == ["bad"]
