"""What each campaign cost and brought, its verdict, its amounts, and the small test where nobody can know yet."""

from collections import defaultdict
from math import ceil, sqrt

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.effects import Arm, Effect, adjusted, anyway, arms_of, difference, slope, total_effect
from huoshui.core.costs.facts import ArmMoments, CampaignTerms, Facts, GrantSums
from huoshui.core.costs.values import AmountOutcome, CampaignOutcome, SmallTest, Verdict
from huoshui.core.costs.waterfalls import reserve_rate

DAYS_PER_MONTH = 30
CONTROL_SHARE = 0.05
"""Of a small test, unless more users are needed to see a return on the bar."""
USELESS_SHARE = 0.1
"""An effect that at best brings a tenth of the bar is none worth the name, however surely it is seen."""
POWER_Z = 1.959964 + 0.841621
"""A difference of so many standard errors is found four times in five at 5 %."""


def campaign_outcomes(facts: Facts, assumptions: Assumptions) -> tuple[CampaignOutcome, ...]:
    """Every campaign that granted or assigned anything, the largest loss first, then by what was granted."""
    grants: dict[str, list[GrantSums]] = defaultdict(list)
    for row in facts.grants:
        if row.campaign_id is not None:
            grants[row.campaign_id].append(row)
    cells: dict[str, list[ArmMoments]] = defaultdict(list)
    for cell in facts.arms:
        cells[cell.campaign_id].append(cell)
    outcomes = [
        _outcome(
            facts,
            terms,
            grants[terms.campaign_id],
            cells[terms.campaign_id],
            riding_rate(facts, assumptions, terms.campaign_id),
        )
        for terms in facts.campaigns
        if grants[terms.campaign_id] or cells[terms.campaign_id]
    ]
    return tuple(
        sorted(outcomes, key=lambda o: (-(o.lost_fen_per_month or 0.0), -o.granted_fen, o.campaign_id))
    )


def _outcome(
    facts: Facts, terms: CampaignTerms, grants: list[GrantSums], cells: list[ArmMoments], riding: float
) -> CampaignOutcome:
    granted = sum(row.issued_fen for row in grants) or int(sum(cell.granted_fen for cell in cells))
    spent = sum(row.spent_fen for row in grants)
    expired = sum(row.expired_fen for row in grants)
    open_fen = sum(row.open_fen for row in grants)
    use_rate = spent / (spent + expired) if spent + expired else 1.0
    cost = spent + open_fen * use_rate + granted * riding
    attributed = sum(row.attributed_value_fen for row in grants) if grants else None
    control, arms = arms_of(cells)
    users_all = sum(cell.n_all for cell in cells if not cell.control)
    measured = _measured(control, arms, use_rate, riding) if control and arms else None
    gone = anyway(arms, control) if control and arms else None
    everyone = sum(cell.n_all for cell in cells)
    return CampaignOutcome(
        campaign_id=terms.campaign_id,
        name=terms.name,
        purpose=terms.purpose,
        window_days=terms.window_days,
        bar_est=terms.bar,
        first_day=terms.first_day,
        last_day=terms.last_day,
        users_treated=users_all or sum(row.users for row in grants),
        users_control=sum(cell.n_all for cell in cells if cell.control),
        granted_fen=granted,
        spent_fen=spent,
        expired_fen=expired,
        open_fen=open_fen,
        cost_fen_est=cost,
        attributed_value_fen=attributed,
        attributed_return_est=attributed / cost if attributed is not None and cost > 0 else None,
        incremental_value_fen_est=measured.effect.mean_est if measured else None,
        incremental_low_fen_est=measured.effect.low_est if measured else None,
        incremental_high_fen_est=measured.effect.high_est if measured else None,
        incremental_return_est=measured.ratio(measured.effect.mean_est) if measured else None,
        return_low_est=measured.ratio(measured.effect.low_est) if measured else None,
        return_high_est=measured.ratio(measured.effect.high_est) if measured else None,
        maturity_est=sum(cell.maturity_sum for cell in cells) / everyone if everyone else 1.0,
        anyway_share_est=min(1.0, gone[1]) if gone else None,
        anyway_low_est=gone[0] if gone else None,
        anyway_high_est=gone[2] if gone else None,
        lost_fen_per_month=_lost_per_month(facts, measured, users_all) if measured else None,
        margin_30d_treated_est=_margin_of(arms, "30d"),
        margin_30d_control_est=_margin_of([control], "30d") if control else None,
        margin_90d_treated_est=_margin_of(arms, "90d"),
        margin_90d_control_est=_margin_of([control], "90d") if control else None,
        verdict=_verdict(terms, cells, measured),
        amounts=_amounts(control, arms, use_rate, riding) if control else (),
        gross=facts.scope.gross,
    )


def riding_rate(facts: Facts, assumptions: Assumptions, campaign_id: str) -> float:
    """What rides on a fen granted by a campaign and is not in value: risk reserve, and the answered benefits and codes.

    Benefits go by the grant; here they are spread over what the campaign granted, so that every cut bears its part.
    """
    own = [row for row in facts.grants if row.campaign_id == campaign_id]
    issued = sum(row.issued_fen for row in own)
    extras = sum(
        assumptions.extras_fen(
            campaign_id, grants=row.grants, codes=row.grants if row.kind == "gift_card_given" else 0
        )
        for row in own
    )
    return reserve_rate(facts) + (extras / issued if issued else 0.0)


class _Measured:
    """The users whose window has passed: what they cost and what they brought beyond control, in fen."""

    def __init__(self, effect: Effect, cost_est: float, users: int) -> None:
        self.effect = effect
        self.cost_est = cost_est
        self.users = users

    def ratio(self, value_est: float) -> float | None:
        """Value per fen of cost; None of no cost."""
        return value_est / self.cost_est if self.cost_est > 0 else None


def _measured(control: Arm, arms: list[Arm], use_rate: float, riding: float) -> _Measured:
    cost = sum(arm_cost(arm, use_rate, riding) for arm in arms)
    return _Measured(total_effect(arms, control), cost, sum(arm.n for arm in arms))


def arm_cost(arm: Arm, use_rate: float, riding: float) -> float:
    """Spent + expected still to be spent + what rides on the grant, of the users whose window has passed, in fen."""
    return arm.total("spent_fen") + arm.total("open_fen") * use_rate + arm.total("granted_fen") * riding


def _lost_per_month(facts: Facts, measured: _Measured, users_all: int) -> float:
    """Cost less incremental value, carried to all treated users at the rate of those whose window has passed."""
    per_user = (measured.cost_est - measured.effect.mean_est) / measured.users
    return max(0.0, per_user * users_all * DAYS_PER_MONTH / facts.scope.days)


def _margin_of(arms: list[Arm], span: str) -> float | None:
    """Margin a user in so many days, in fen: Hajek means of the arms, by users seen so long."""
    seen = [arm for arm in arms if arm.total(f"n_{span}") > 0]
    if not seen:
        return None
    means = [
        (arm.total(f"n_{span}"), arm.total(f"sum_wm_{span}") / arm.total(f"sum_w_{span}")) for arm in seen
    ]
    return sum(n * mean for n, mean in means) / sum(n for n, _ in means)


def _verdict(terms: CampaignTerms, cells: list[ArmMoments], measured: _Measured | None) -> Verdict:
    if not any(cell.control for cell in cells):
        return "unknown"
    if measured is None or measured.cost_est <= 0:
        return "immature"
    low, high = measured.ratio(measured.effect.low_est), measured.ratio(measured.effect.high_est)
    assert low is not None
    assert high is not None
    if measured.effect.high_est < 0:
        return "negative"
    if low >= terms.bar:
        return "pays"
    if high < terms.bar:
        return "useless" if low <= 0 or high < USELESS_SHARE * terms.bar else "below_bar"
    return "unclear"


def _amounts(control: Arm, arms: list[Arm], use_rate: float, riding: float) -> tuple[AmountOutcome, ...]:
    """Each amount against control, and its step over the next lower one."""
    theta = slope([control, *arms])
    base = adjusted(control, theta)
    outcomes: list[AmountOutcome] = []
    value_below = cost_below = 0.0
    for arm in arms:
        effect = difference(adjusted(arm, theta), base)
        cost = arm_cost(arm, use_rate, riding) / arm.n
        step = cost - cost_below
        outcomes.append(
            AmountOutcome(
                amount_fen=arm.amount_fen,
                n=arm.n,
                cost_per_user_est=cost,
                value_per_user_est=effect.mean_est,
                low_est=effect.low_est,
                high_est=effect.high_est,
                marginal_return_est=(effect.mean_est - value_below) / step if step > 0 else None,
            )
        )
        value_below, cost_below = effect.mean_est, cost
    return tuple(outcomes)


def small_tests(facts: Facts, outcomes: tuple[CampaignOutcome, ...]) -> tuple[SmallTest, ...]:
    """For each campaign without a control: how many users to leave out, for how long, and what the test costs.

    Sized so that a return on the bar would be told from none: the difference to be seen is bar x cost a user, the
    spread that of a buyer's value in the files.
    """
    spread = value_spread(facts)
    tests = []
    for outcome in outcomes:
        if outcome.verdict != "unknown" or outcome.users_treated == 0 or spread is None:
            continue
        cost_per_user = outcome.cost_fen_est / outcome.users_treated
        target = max(cost_per_user * outcome.bar_est, 1.0)
        each = max(1, ceil(2 * (POWER_Z * spread / target) ** 2))
        control, treated = _groups(each, outcome.users_treated)
        tests.append(
            SmallTest(
                campaign_id=outcome.campaign_id,
                name=outcome.name,
                control_users=control,
                treated_users=treated,
                days=outcome.window_days,
                cost_fen=round(treated * cost_per_user),
                detectable_return_est=POWER_Z
                * spread
                * sqrt(1 / control + 1 / treated)
                / max(cost_per_user, 1.0),
            )
        )
    return tuple(tests)


def _groups(each: int, users: int) -> tuple[int, int]:
    """Control and treated that see as much as `each` on both sides, with as small a control as `users` allow."""
    if users < 2 * each:
        return each, each
    # The smaller root of 1/control + 1/(users - control) = 2/each.
    least = ceil((users - sqrt(users * (users - 2 * each))) / 2)
    control = max(least, ceil(users * CONTROL_SHARE))
    return control, users - control


def value_spread(facts: Facts) -> float | None:
    """Standard deviation of a user's value in a window: of the control arms, else as wide as a buyer's mean month."""
    pooled = Arm(0, True, tuple(cell for cell in facts.arms if cell.control and cell.n > 1))
    if pooled.cells:
        return adjusted(pooled, 0.0).error_est * sqrt(pooled.n)
    buyers = sum(month.buyers for month in facts.months)
    return abs(sum(month.value_fen for month in facts.months)) / buyers if buyers else None
