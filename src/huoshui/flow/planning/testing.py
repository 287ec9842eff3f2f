"""The small test of a campaign that nobody can plan on: its size, and who gets what, ready to be given out."""

from pathlib import Path

import numpy as np

from huoshui.base.errors import BadOption
from huoshui.core.allocate.assignments import assignments_of_test
from huoshui.core.allocate.reserve import ALLOWED, NOT_ALLOWED
from huoshui.core.allocate.small_test import Design, design_test, draw_test
from huoshui.core.costs.effects import USERS_MIN
from huoshui.flow.planning.campaigns import amounts_of, value_spread
from huoshui.flow.planning.commands import PlanRun
from huoshui.flow.planning.files import write_assignments


def write_test(run: PlanRun, campaign_id: str, path: Path) -> Design:
    """Draw the small test of a campaign and write its list to `path` as the canonical table `assignments`.

    Among users without a level in this plan who are not barred, not held out and not exploring. Raises BadOption where
    the files know no such campaign, or too little for a test: no amount, no spread of value, too few users.
    """
    told, aside = run.facts, run.made.aside
    term = next((one for one in told.facts.campaigns if one.campaign_id == campaign_id), None)
    if term is None:
        known = ", ".join(one.campaign_id for one in told.facts.campaigns) or "-"
        raise _bad(
            campaign_id, f"文件里没有这个活动。有: {known}", f"there is no such campaign. There are: {known}"
        )
    amounts, spread = amounts_of(told, campaign_id), value_spread(told)
    if not amounts:
        raise _bad(campaign_id, "文件里看不出这个活动发多少钱", "the files do not tell what amounts it gives")
    if spread is None:
        raise _bad(
            campaign_id,
            "还没有任何对照组, 算不出要多少人; 先随便留出一半人不发, 做一个月",
            "no control group at all yet, so no size can be told; leave half of the users out for a month first",
        )
    free = (aside.reason == ALLOWED) | (aside.reason == NOT_ALLOWED.index("no_curve"))
    eligible = free & ~aside.explored.explores & (run.made.choice == 0)
    design = design_test(
        campaign_id,
        term.name,
        amounts,
        spread_fen_est=spread,
        eligible_users=int(eligible.sum()),
        bar_est=term.bar,
        use_rate_est=run.made.cells.cost_terms[campaign_id].use_rate_est,
        window_days=term.window_days,
    )
    if design is None:
        few = int(np.count_nonzero(eligible))
        raise _bad(
            campaign_id,
            f"只有 {few} 人可以参加, 每组至少要 {USERS_MIN} 人",
            f"only {few} users can take part, and a group needs {USERS_MIN}",
        )
    arms = draw_test(design, run.people.keys, eligible, seed=run.wish.seed)
    at = f"{run.wish.first_day.isoformat()} 00:00:00"
    rows = assignments_of_test(design, arms, run.people.user_ids.to_pylist(), at=at)
    write_assignments(list(rows), path)
    return design


def _bad(campaign: str, zh: str, en: str) -> BadOption:
    return BadOption(option="--test", value=campaign, reason_zh=zh, reason_en=en)
