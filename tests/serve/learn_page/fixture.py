"""What was learned, made by hand: users who differ, users who do not, and too few to tell."""

from dataclasses import replace

from huoshui.base.errors import Text
from huoshui.core.uplift.deciles import Decile
from huoshui.core.uplift.response_factors import REASONS, UNKNOWN
from huoshui.core.uplift.row_effects import Estimate
from huoshui.flow.learning.values import (
    AmountLine,
    CampaignLearned,
    FactorLearned,
    FeatureLine,
    LearnedCard,
    RankingLine,
    TenthLine,
    UnevenLine,
)
from huoshui.flow.learning.words import FEATURE_WORDS
from huoshui.serve.learn_page import LearnInput

DANGEROUS = '<script>alert("活动")</script> {unit} & Co.'
SAME = Text("看不出用户之间的差别。", "No detectable difference between users.")
AVERAGE = Text("平均看有效果。", "On average there is an effect.")


def tenths(best: float, mean: float, worst: float) -> tuple[TenthLine, ...]:
    step = (best - worst) / 9
    each = [mean, *(best - step * number for number in range(10))]
    return tuple(
        TenthLine(place, 900 if place else 9_000, one, one - 0.4, one + 0.4, one * 300, 300.0)
        for place, one in enumerate(each)
    )


def campaign(name: str, state: str, **more: object) -> CampaignLearned:
    base = CampaignLearned(
        campaign_id=f"id-{name}",
        name=name,
        purpose="retain",
        rows=9_000,
        controls=2_700,
        state="users_differ",
        reason=SAME,
        average=AVERAGE,
        chosen="logistic",
        forward=Estimate(0.07, 0.01),
        rankings=(
            RankingLine("logistic", 700.0, 520.0, 880.0, True),
            RankingLine("rule", 300.0, 120.0, 480.0, False),
            RankingLine("propensity", 90.0, -90.0, 270.0, False),
            RankingLine("random", 3.0, -180.0, 186.0, False),
        ),
        amounts=(AmountLine(400, 6_300, Estimate(0.2, 0.03), Estimate(310.0, 60.0), 300.0),),
        tenths=tenths(2.67, 1.02, -0.07),
        slope=Estimate(0.9, 0.1),
        deciles=(Decile(900, 0.02, Estimate(0.01, 0.05)), Decile(900, 0.5, Estimate(0.6, 0.05))),
        users_needed=4_000,
    )
    return replace(base, state=state, **more)  # type: ignore[arg-type]


def card(**more: object) -> LearnedCard:
    base = LearnedCard(
        data_first_day="2026-07-01",
        data_last_day="2026-10-20",
        simulated=True,
        gross=False,
        data_hash="0a" * 16,
        seed=1,
        rows=43_114,
        users=17_680,
        young=2_324,
        factor=FactorLearned(
            state="users_differ",
            reason=REASONS["users_differ"],
            forward=Estimate(0.59, 0.12),
            slope=Estimate(0.81, 0.14),
            believed_est=0.82,
            by_campaign=(("id-周末", Estimate(1.6, 0.3)), ("id-老友", UNKNOWN)),
            features=(
                FeatureLine("carted_30", 0.14),
                FeatureLine("margin_90", -0.09),
                FeatureLine("coupon_share", 0.08),
            ),
            rows=43_114,
            users=17_680,
        ),
        campaigns=(
            campaign("老友", "no_detectable_difference", rows=3_200, users_needed=36_123),
            campaign("周末", "users_differ"),
            campaign(DANGEROUS, "too_few", tenths=(), rankings=(), deciles=(), users_needed=None),
        ),
        untold=("下单即返券",),
        uneven=(UnevenLine("rewards_90", "id-周末", 9.3),),
        versions={"huoshui": "0.1", "numpy": "2"},
    )
    return replace(base, **more)  # type: ignore[arg-type]


def told(of: LearnedCard) -> LearnInput:
    return LearnInput(
        card=of,
        folder_name="店 & Co. <b>",
        made_at="2026-11-23 11:00",
        words=FEATURE_WORDS,
        seconds={"learn": 12.3},
    )


def differing() -> LearnInput:
    return told(card())


def alike() -> LearnInput:
    base = card()
    factor = replace(
        base.factor, state="no_detectable_difference", reason=REASONS["no_detectable_difference"], features=()
    )
    same = tuple(
        campaign(name, "no_detectable_difference", rows=rows, users_needed=needed)
        for name, rows, needed in (("甲", 5_000, 1_200), ("乙", 5_000, None))
    )
    return told(replace(base, factor=factor, campaigns=same, uneven=(), young=0, untold=(), gross=True))


def few() -> LearnInput:
    base = card()
    factor = FactorLearned("too_few", REASONS["too_few"], UNKNOWN, UNKNOWN, 0.0, (), (), 80, 60)
    return told(replace(base, factor=factor, campaigns=(), uneven=(), rows=80, users=60))
