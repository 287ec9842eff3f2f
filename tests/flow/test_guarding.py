"""The guard's past as the report tells it: the same cohorts and evidence as `huoshui evaluate`."""

from datetime import timedelta

import pytest
from evaluated_shop import AMOUNT, evaluated, shop, write

from huoshui.core.costs.assumptions import Assumptions
from huoshui.flow.app import settings_for
from huoshui.flow.diagnosis import run_diagnosis
from huoshui.flow.guarding import past as guarding
from huoshui.flow.guarding.values import GuardedPast


def guarded(folder, rows, **kept) -> dict[str, GuardedPast]:
    write(folder / "files", rows, **kept)
    settings = settings_for(work=folder / "work", language="zh", memory="400MB", threads=1)
    run = run_diagnosis(folder / "files", settings=settings, assumptions=Assumptions())
    return {past.campaign_id: past for past in run.guarded}


@pytest.mark.parametrize(
    ("drop", "without"),
    [
        ((), ()),
        (("assignments.probability",), ()),
        ((), ("balance_entries",)),
        (("campaigns.value_cap",), ()),
    ],
)
def test_judges_what_evaluate_judges(tmp_path, drop, without):
    rows = shop(3, users=900, effect=0.05, treated=0.7)
    told = guarded(tmp_path / "d", rows, drop=drop, without=without)
    run = evaluated(tmp_path / "e", rows, drop=drop, without=without)
    one = next(campaign for campaign in run.found.campaigns if campaign.campaign_id == "a")
    own, guard = told["a"].guard, one.guard
    assert set(told) == {"a"}
    assert told["a"].split == one.split
    assert (own.judged, own.waiting) == (guard.judged, guard.waiting)
    assert own.judged > 0
    assert own.evidence.e_est == pytest.approx(guard.evidence.e_est, rel=1e-9)
    assert own.evidence.e_est != 1
    assert own.evidence.basis == guard.evidence.basis
    assert own.evidence.loss_fen == guard.evidence.loss_fen
    assert (told["a"].attributed is None) == (guard.evidence.basis == "incremental")


@pytest.fixture(scope="module")
def losing(tmp_path_factory):
    """A campaign that brings nothing, with what its replay said of each day."""
    seen = {}
    whole = guarding.replay

    def replay(*given, **named):
        seen["told"] = whole(*given, **named)
        return seen["told"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guarding, "replay", replay)
        past = guarded(tmp_path_factory.mktemp("losing"), shop(1))["a"]
    return past, seen["told"]


def test_what_would_have_been_kept_is_the_part_above_the_share_of_its_day(losing):
    past, told = losing
    assert past.in_time
    assert past.proposed_on == min(day for day in (told.lowered_on, told.paused_on) if day)
    kept = sum(day.issued_fen * (1 - day.share) for day in told.days)
    assert past.withheld_fen == round(kept)
    after = sum(day.issued_fen for day in told.days if day.day >= past.proposed_on)
    assert 0 < past.withheld_fen <= after
    assert after % (AMOUNT * 100) == 0


def test_a_proposal_after_the_last_grant_keeps_nothing(losing):
    past, _ = losing
    late = guarding.replace(past, last_day=past.proposed_on - timedelta(days=1))
    assert not late.in_time
    assert not guarding.replace(past, split="broken").in_time


def test_without_control_the_return_is_called_attributed(tmp_path):
    rows = shop(4, users=300)
    rows["assignments"] = [row for row in rows["assignments"] if row[4] == "treated"]
    past = guarded(tmp_path, rows)["a"]
    assert past.split == "no_control"
    assert past.guard.evidence.basis == "attributed"
    assert past.attributed is not None
    assert past.attributed.state == "known"
    assert past.attributed.control == 0
    assert past.attributed.return_est > 0


def test_a_split_that_does_not_fit_its_chances_is_broken(tmp_path):
    rows = shop(5, users=600, treated=0.5)
    rows["assignments"] = [(*row[:6], 0.9 if row[4] == "treated" else 0.1) for row in rows["assignments"]]
    assert guarded(tmp_path, rows)["a"].split == "broken"


def test_where_nobody_was_drawn_there_is_nothing(tmp_path):
    assert guarded(tmp_path, shop(6, users=60), without=("assignments",)) == {}
