"""From a simulated shop's files to groups with evidence: rings found, households left alone, nothing too early."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from huoshui.core.allocate.reserve import NOT_ALLOWED
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.risk import LEVELS
from huoshui.flow.gathering import cost_rules
from huoshui.flow.planning.facts import as_candidates
from huoshui.flow.planning.files import write_suspected
from huoshui.flow.planning.matrix import standing_of
from huoshui.flow.planning.notes import risk_note
from huoshui.flow.risk import SUSPECTED_HEADINGS, find_risk, suspected_rows
from huoshui.lake.engines import open_lake
from huoshui.lake.facts.prepared import prepare_orders
from huoshui.lake.intake import read_folder
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

AFTER = date(2026, 11, 1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The truth; what is found after the files, without and with marks; and what is found in the midst of them."""
    world = make_world(3, users=4_000)
    folder = tmp_path_factory.mktemp("shop")
    write_canonical(world, folder / "files", format="parquet")
    work = folder / "work"
    intake = read_folder(folder / "files", work=work, memory_bytes=400_000_000, language="zh")
    lake = open_lake(intake.sources, work=work, memory_bytes=400_000_000)
    try:
        prepared = prepare_orders(lake, cost_rules(lake), Assumptions())
        found = {
            "unmarked": find_risk(prepared, before=AFTER, marks=False),
            "marked": find_risk(prepared, before=AFTER),
            "early": find_risk(prepared, before=date(2026, 8, 15), marks=False),
        }
    finally:
        lake.close()
    return world, found


def ids(found, users) -> set[str]:
    return set(found.user_ids.take(pa.array(np.flatnonzero(users))).to_pylist())


def test_rings_are_left_out_and_few_others(shop):
    world, found = shop
    guilty = {user for ring in world.truth.rings for user in ring.members}
    hit = ids(found["unmarked"], found["unmarked"].risk.excluded)
    assert found["unmarked"].risk.threshold.state == "chosen"
    assert len(hit & guilty) >= 0.7 * len(guilty)
    assert len(hit - guilty) <= 0.1 * len(hit)


def test_nothing_of_the_day_or_later_is_known(shop):
    _, found = shop
    early = found["early"]
    registered = early.people.registered_s
    day = int((date(2026, 8, 15) - date(1970, 1, 1)).days) * 86_400
    assert registered.max() < day
    assert early.risk.groups.known_s[early.risk.groups.group >= 0].max() <= day
    assert len(early.user_ids) < len(found["unmarked"].user_ids)
    assert early.people.rewards.sum() < found["unmarked"].people.rewards.sum()


def test_marks_count_only_where_they_are_asked_for(shop):
    _, found = shop
    assert not found["unmarked"].people.marked.any()
    marked = found["marked"]
    assert marked.people.marked.any()
    held = marked.risk.user_level[marked.people.marked & (marked.risk.groups.group >= 0)]
    assert (held >= LEVELS.index("watch")).all()


def test_a_linked_group_is_one_unit_once_it_is_known(shop):
    _, found = shop
    risk = found["unmarked"].risk
    members = np.flatnonzero(risk.groups.group == risk.groups_of("high")[0])
    names = pa.concat_arrays(
        [found["unmarked"].user_ids.take(pa.array(members)), pa.array(["nobody", "else"])]
    )
    late, early = np.full(len(names), 2**40), np.zeros(len(names), np.int64)
    assert found["unmarked"].units_of(names, late).tolist() == [0] * len(members) + [
        len(members),
        len(members) + 1,
    ]
    assert found["unmarked"].units_of(names, early).tolist() == list(range(len(names)))


def test_the_shop_is_told_groups_amounts_evidence_and_how_to_appeal(shop):
    _, found = shop
    told = found["unmarked"].told()
    risk = found["unmarked"].risk
    high = risk.level == LEVELS.index("high")
    assert dict(told.groups)["high"] == high.sum()
    assert dict(told.users)["high"] == risk.groups.sizes()[high].sum() == risk.excluded.sum()
    assert dict(told.given_fen)["high"] == risk.given_fen[high].sum() > 0
    first = told.told[0]
    assert first.level == "high"
    assert (
        first.given_fen
        == found["unmarked"]
        .people.reward_fen[np.isin(found["unmarked"].user_ids.to_pylist(), first.user_ids)]
        .sum()
    )
    for language in ("zh", "en"):
        said = " ".join(text.say(language) for text in (*first.evidence, first.appeal, told.line))
        assert "{" not in said
    assert "疑似" in first.evidence[0].zh
    assert "suspected" in first.evidence[0].en


def test_the_list_of_the_suspected_is_whole(shop, tmp_path):
    _, found = shop
    told = found["unmarked"].told()
    rows = suspected_rows(told, "zh")
    assert sum(row[1] == "先不发" for row in rows) == found["unmarked"].risk.excluded.sum()
    write_suspected(told, tmp_path / "suspected.csv", "zh")
    write_suspected(None, tmp_path / "none.csv", "en")
    lines = (tmp_path / "suspected.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == len(rows) + 1
    assert len((tmp_path / "none.csv").read_text("utf-8-sig").splitlines()) == 1
    assert len(SUSPECTED_HEADINGS) == len(rows[0])


def test_a_plan_bars_the_suspected_but_not_whom_the_operator_trusts(shop):
    _, found = shop
    names = found["unmarked"].user_ids
    levels = found["unmarked"].levels_of(names)
    zero = pa.array(np.zeros(len(names), np.int64))
    table = pa.table(
        {
            "user_id": names,
            "segment": pa.array(["regular"] * len(names)),
            "standing": pa.array(["active"] * len(names)),
            **dict.fromkeys(
                ("orders", "orders_90", "value", "idle_days", "rewarded_days", "granted", "drawn"), zero
            ),
            "value_squares": zero.cast("float64"),
            "risk": pa.array(levels),
        }
    )
    people = as_candidates(table)
    barred = standing_of(people, frozenset()).linked_risk
    assert barred.sum() == found["unmarked"].risk.excluded.sum()
    cleared = people.user_ids[int(np.flatnonzero(barred)[0])].as_py()
    assert standing_of(people, frozenset([cleared])).linked_risk.sum() == barred.sum() - 1
    assert "linked_risk" in NOT_ALLOWED


def test_of_a_linked_group_one_is_a_newcomer(shop):
    """Counted by hand among those who registered within 92 days: who is alone, or the first of a group."""
    _, found = shop
    risk, registered = found["unmarked"].risk, found["unmarked"].people.registered_s
    lately = registered >= risk.as_of_s - 92 * 86_400
    groups: dict[int, bool] = {}
    units = 0
    for user in np.lexsort((np.arange(len(registered)), registered)):
        group = int(risk.groups.group[user])
        first = group < 0 or group not in groups
        groups[group] = True
        units += first and bool(lately[user])
    assert found["unmarked"].told().newcomer_units_est == pytest.approx(units / lately.sum())
    assert units < lately.sum()


def test_who_is_unknown_to_the_files_has_no_level(shop):
    _, found = shop
    assert found["unmarked"].levels_of(pa.array(["nobody"])).tolist() == [0]


def test_the_note_of_a_plan_says_how_many_and_how_much(shop):
    _, found = shop
    told = found["unmarked"].told()
    note = risk_note(told)
    assert f"{dict(told.users)['high']:,}" in note.zh
    assert "suspected.csv" in note.en
