"""From facts, users and the operator's wishes to the plan: reserves first, then who gets what, then what is said of it.

The same function makes a plan, makes it again from its record, and answers what-if: same input, same decisions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate import Impossible, Plan, solve
from huoshui.core.allocate.baselines import baselines
from huoshui.core.allocate.plan_values import (
    Baseline,
    BudgetPoint,
    PeriodPlan,
    PlanCell,
    PlanScope,
    Promise,
    ReserveLine,
    Rule,
    Solved,
)
from huoshui.core.allocate.reserve import (
    MONTHS_BACK,
    BudgetShare,
    Limits,
    SetAside,
    budget_share,
    entitlement_costs,
    expected,
    newcomers_line,
    set_aside,
    with_newcomers,
)
from huoshui.core.allocate.values import Certificate, Choices, Offers, Option
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.uplift import Calibration, Group, calibrate
from huoshui.flow.planning.campaigns import campaign_plans
from huoshui.flow.planning.facts import NEVER, Candidates, PlanFacts
from huoshui.flow.planning.matrix import (
    Cells,
    by_cell,
    cells_of,
    chosen,
    explorable,
    offers_of,
    standing_of,
)
from huoshui.flow.planning.notes import notes_of
from huoshui.flow.planning.people import checked_users
from huoshui.flow.planning.rules import PlanRules, RuleRow, check_rules, rule_rows, with_amount
from huoshui.flow.planning.texts import BUDGET_RULE, CHANGES_RULE
from huoshui.lake.facts.candidates import next_month

SAMPLE_USERS = 60_000
"""The curve and the cost of each rule are told from so many users: their order by key is a random one."""
CURVE_SHARES = (0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
"""Budgets of the curve, as shares of what all levels worth giving would cost."""
PLENTY_FEN = 10**12
"""A budget that binds nobody."""
RULES_PRICED_MAX = 12
"""So many rules that bind are priced by planning without them, the dearest first."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asks for: a period ('YYYY-MM'), a budget, the least return of the last fen, and rules."""

    period: str
    budget_fen: int
    edge_est: float
    rules: PlanRules
    seed: int
    learned: bool = True
    """Whether what was learned of single users counts."""

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return date.fromisoformat(f"{self.period}-01")

    @property
    def next_day(self) -> date:
        """The first day after the period."""
        return next_month(self.first_day)

    @property
    def days(self) -> int:
        """Days of the period."""
        return (self.next_day - self.first_day).days


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier plan: `choice` (N,) by the numbers of its own `options` (nothing first)."""

    options: tuple[Option, ...]
    choice: Choices

    def choice_among(self, options: Sequence[Option], *, unknown: int = 0) -> Choices:
        """The same by the numbers of `options`; a level that is not among them is `unknown` (nothing)."""
        numbers = {option: number for number, option in enumerate(options, start=1)}
        table = np.array([0, *(numbers.get(option, unknown) for option in self.options)], np.int8)
        return np.asarray(table[self.choice])


@dataclass(frozen=True, slots=True)
class Made:
    """A plan with what it was made of. `choice` (N,) holds the planned levels and those drawn by chance.

    `offers` are those of all users as the curves say, before anybody was set aside.
    """

    plan: PeriodPlan
    cells: Cells
    offers: Offers
    aside: SetAside
    rows: tuple[RuleRow, ...]
    choice: Choices
    value_est: npt.NDArray[np.float64]
    """(N,): calibrated."""
    cost_fen: npt.NDArray[np.int64]
    prices: Mapping[str, float]
    factor_est: float


@dataclass(frozen=True, slots=True)
class _Solution:
    """The decisions with newcomers apart: `choice` (N,) of the users in the files."""

    choice: Choices
    plan: Plan | None
    newcomers: ReserveLine
    newcomers_expected: int


def make_plan(
    told: PlanFacts,
    people: Candidates,
    wish: Wish,
    *,
    assumptions: Assumptions,
    previous: Earlier | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Made:
    """The plan of a period. `previous`: an earlier plan of these users.

    Raises core.allocate.Impossible where the rules cannot all be kept, BadOption where one names no campaign.
    """
    check_rules(told.facts.campaigns, wish.rules)
    step("curves")
    cells = cells_of(
        told,
        assumptions,
        wish.rules,
        first_day=wish.first_day.isoformat(),
        seed=wish.seed,
        learned=wish.learned,
    )
    offers = offers_of(cells, people)
    aside = _set_aside(offers, told, people, wish, cells)
    rows = (
        rule_rows(aside.offers, cells.terms, wish.rules, wish.edge_est, _budgets(told, wish, cells))
        if cells.options
        else ()
    )
    step("solve")
    before = None if previous is None else previous.choice_among(offers.options)
    found = _solved(aside, rows, told, wish, cells, before)
    choice = aside.choices(found.choice)
    step("calibrate")
    calibration = _calibration(aside, wish, cells)
    factor = calibration.factor_est
    value, cost = chosen(offers, choice)
    value *= factor
    step("beside")
    plan = _told(
        told, people, wish, cells, offers, aside, rows, found, choice, value, cost, calibration, before
    )
    return Made(
        plan, cells, offers, aside, rows, choice, value, cost, found.plan.prices if found.plan else {}, factor
    )


def _budgets(told: PlanFacts, wish: Wish, cells: Cells) -> dict[str, BudgetShare]:
    """What the campaigns table leaves each campaign for the period."""
    shares = {
        campaign: budget_share(
            term,
            told.facts.grants,
            use_share_est=cells.cost_terms[campaign].use_rate_est,
            first_day=wish.first_day,
            next_day=wish.next_day,
        )
        for campaign, term in cells.terms.items()
    }
    return {campaign: share for campaign, share in shares.items() if share is not None}


def _set_aside(offers: Offers, told: PlanFacts, people: Candidates, wish: Wish, cells: Cells) -> SetAside:
    rules = wish.rules
    limits = Limits(
        holdout_share=float(rules.holdout_share),
        explore_share=float(rules.explore_share),
        cap_fen=rules.cap_fen,
        cool_down_days=rules.cool_down_days,
    )
    decided = {term.campaign_id for term in told.facts.campaigns if term.purpose is not None}
    decided |= {cell.campaign_id for cell in told.facts.arms}
    published = entitlement_costs(told.facts.grants, told.months, days=wish.days, offered=frozenset(decided))
    aside = set_aside(
        offers,
        standing_of(people, rules.trusted_users),
        limits,
        seed=wish.seed,
        period=wish.period,
        budget_fen=wish.budget_fen,
        entitlements_fen=sum(cost.cost_fen for cost in published) + rules.protected_fen,
        explorable=explorable(cells, wish.edge_est) if cells.options else None,
    )
    if not rules.protected_fen:
        return aside
    # What is kept back goes the way of the published rules; the lines tell the two apart again.
    first = aside.lines[0]
    kept = min(rules.protected_fen, first.fen)
    lines = (replace(first, fen=first.fen - kept), ReserveLine("protected", kept), *aside.lines[1:])
    return replace(aside, lines=lines)


def _solved(
    aside: SetAside,
    rows: tuple[RuleRow, ...],
    told: PlanFacts,
    wish: Wish,
    cells: Cells,
    previous: Choices | None,
) -> _Solution:
    """Who gets what among the users of the files and the newcomers expected, who compete at the same price."""
    users = aside.offers.users
    count = newcomers_expected(told)
    values, costs = _of_a_newcomer(cells)
    together = aside.offers
    if count and np.isfinite(values).any():
        together = with_newcomers(
            aside.offers,
            count,
            values_est=values,
            costs=costs,
            segment="newcomer",
            seed=wish.seed,
            period=wish.period,
            holdout_share=float(wish.rules.holdout_share),
        )
    changes = wish.rules.changes_max if previous is not None else None
    before = None
    if changes is not None and previous is not None:
        # A change of who may get nothing now is none of ours: only the others count.
        before = np.zeros(together.users, np.int8)
        before[:users] = np.where(np.isfinite(aside.offers.values_est).any(axis=0), previous, 0)
    plan = solve(
        together,
        budget_fen=aside.offers_fen,
        rows=tuple(rule.row for rule in rows),
        edge_est=wish.edge_est,
        previous=before,
        changes_max=changes,
    )
    line = newcomers_line(together, plan.choice, users)
    return _Solution(plan.choice[:users], plan, line, together.users - users)


def newcomers_expected(told: PlanFacts) -> int:
    """Users who will register in the period, by the last full months; of a linked group one."""
    registered = dict(told.registered)
    counts = [registered.get(month, 0) for month in told.months[-MONTHS_BACK:]]
    units = 1.0 if told.risk is None else told.risk.newcomer_units_est
    return round(expected(counts).mean_est * units) if registered else 0


def _of_a_newcomer(cells: Cells) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Value and cost (K,) of one newcomer: only campaigns that welcome are for them."""
    count = max(1, len(cells.options))
    values, costs = np.full(count, -np.inf, np.float32), np.zeros(count, np.int32)
    place = SEGMENTS.index("newcomer")
    for row, option in enumerate(cells.options):
        if cells.terms[option.campaign].purpose == "acquire" and np.isfinite(cells.value_est[row, place]):
            values[row] = cells.value_est[row, place]
            costs[row] = round(cells.cost_est[row, place])
    return values, costs


def _calibration(aside: SetAside, wish: Wish, cells: Cells) -> Calibration:
    """How much of its promise the plan keeps: users in groups who may be offered the same."""
    campaigns = list(dict.fromkeys(option.campaign for option in cells.options))
    if not campaigns:
        return Calibration(1.0, 1.0, 1.0, 0)
    offers = aside.offers
    mask = np.zeros(offers.users, np.int64)
    for bit, campaign in enumerate(campaigns):
        own = [row for row, option in enumerate(offers.options) if option.campaign == campaign]
        mask |= np.isfinite(offers.values_est[own]).any(axis=0).astype(np.int64) << bit
    assert offers.segment is not None
    found, counts = np.unique(mask * len(SEGMENTS) + offers.segment, return_counts=True)
    groups = [
        Group(
            SEGMENTS[int(code) % len(SEGMENTS)],
            frozenset(c for bit, c in enumerate(campaigns) if int(code) // len(SEGMENTS) >> bit & 1),
            int(users),
        )
        for code, users in zip(found, counts, strict=True)
        if code >= len(SEGMENTS)
    ]
    if not groups:
        return Calibration(1.0, 1.0, 1.0, 0)
    return calibrate(
        cells.responses, groups, budget_fen=aside.offers_fen, edge_est=wish.edge_est, seed=wish.seed
    )


def _told(
    told: PlanFacts,
    people: Candidates,
    wish: Wish,
    cells: Cells,
    offers: Offers,
    aside: SetAside,
    rows: tuple[RuleRow, ...],
    found: _Solution,
    choice: Choices,
    value: npt.NDArray[np.float64],
    cost: npt.NDArray[np.int64],
    calibration: Calibration,
    previous: Choices | None,
) -> PeriodPlan:
    solved = found.plan
    assert solved is not None
    explores = aside.explored.explores
    may = np.isfinite(aside.offers.values_est).any(axis=0)
    policy = ~explores & (choice > 0)
    amounts = np.array([0, *(option.amount_fen for option in offers.options)], np.int64)
    spent, face = int(cost[policy].sum()), int(amounts[choice[policy]].sum())
    plain = float(value[policy].sum()) / (calibration.factor_est or 1.0)
    left = aside.offers_fen - found.newcomers.fen
    planned_cells = plan_cells(offers, choice, value, cost, explores)
    beside = _baselines(aside, told, people, left, calibration.factor_est)
    rules, curve = _rules_and_curve(aside, rows, wish, solved, left, calibration.factor_est)
    return PeriodPlan(
        scope=_scope(told, people, wish, aside, policy | (explores & (choice > 0))),
        budget_fen=wish.budget_fen,
        edge_est=wish.edge_est,
        price_est=solved.price_est,
        offers_fen=left,
        spent_fen=spent,
        face_fen=face,
        unspent_fen=left - spent,
        promise=Promise(
            plain * calibration.factor_est, plain * calibration.low, plain * calibration.high, plain
        ),
        solved=_certified(solved),
        reserves=(*aside.lines[:-1], found.newcomers, replace(aside.lines[-1], fen=left)),
        cells=planned_cells,
        curve=curve,
        baselines=beside,
        rules=rules,
        campaigns=campaign_plans(told, cells, aside.offers, planned_cells),
        checked=checked_users(
            people,
            cells,
            offers,
            aside,
            choice,
            solved.price_est,
            calibration.factor_est,
            seed=wish.seed,
            period=wish.period,
        ),
        not_allowed=aside.counts(),
        holdout_share=float(wish.rules.holdout_share),
        explore_share=aside.explored.share_est,
        cap_fen=wish.rules.cap_fen,
        cool_down_days=wish.rules.cool_down_days,
        changes=None if previous is None else int(((previous != choice) & may).sum()),
        changes_max=wish.rules.changes_max if previous is not None else None,
        sampled_users=None if sample_of(aside.offers)[1] == 1 else SAMPLE_USERS,
        notes=notes_of(told, cells, aside, wish.first_day, wish.budget_fen, found.newcomers_expected),
    )


def _certified(plan: Plan) -> Solved:
    proof: Certificate = plan.certificate
    return Solved(proof.value_est, proof.bound_est, proof.gap, proof.violation, plan.passes)


def plan_cells(
    offers: Offers,
    choice: Choices,
    value: npt.NDArray[np.float64],
    cost: npt.NDArray[np.int64],
    explores: npt.NDArray[np.bool_],
) -> tuple[PlanCell, ...]:
    """Segments by campaign and amount: first those of the plan, then those drawn by chance."""
    cells = []
    for arm, wanted in (("policy", ~explores), ("explore", explores)):
        users, (worth, fen) = by_cell(
            offers, np.where(wanted, choice, 0).astype(np.int8), (value, cost.astype(np.float64))
        )
        for row, option in enumerate(offers.options):
            for column, segment in enumerate(SEGMENTS):
                count = int(users[row, column])
                if count:
                    cells.append(
                        PlanCell(
                            campaign_id=option.campaign,
                            segment=segment,
                            amount_fen=option.amount_fen,
                            arm="policy" if arm == "policy" else "explore",
                            users=count,
                            face_fen=count * option.amount_fen,
                            cost_fen=round(fen[row, column]),
                            value_est=float(worth[row, column]),
                        )
                    )
    return tuple(cells)


def _baselines(
    aside: SetAside, told: PlanFacts, people: Candidates, left: int, factor: float
) -> tuple[Baseline, ...]:
    mix = {(segment, campaign, amount): users for segment, campaign, amount, users in told.last_month}
    never = np.iinfo(np.int64).max
    seen = np.where(people.idle_days == NEVER, never, people.idle_days)
    found = baselines(aside.offers, left, last_month=mix, first_seen=seen)
    return tuple(replace(one, value_est=one.value_est * factor) for one in found)


def _rules_and_curve(
    aside: SetAside, rows: tuple[RuleRow, ...], wish: Wish, solved: Plan, left: int, factor: float
) -> tuple[tuple[Rule, ...], tuple[BudgetPoint, ...]]:
    """What each rule costs and what other budgets would bring: from a sample of the users where they are many."""
    sample, share = sample_of(aside.offers)
    scaled = tuple(scaled_row(rule, share) for rule in rows)
    prices = solved.prices
    curve = _curve(sample, scaled, share, wish.edge_est, left, prices, factor)
    used = {result.code: result for result in solved.rows}
    binding = sorted(
        (rule for rule in rows if used[rule.row.code].price_est > 0),
        key=lambda rule: -used[rule.row.code].price_est * abs(rule.row.limit),
    )[:RULES_PRICED_MAX]
    costs: dict[str, float] = {}
    if binding:
        base = _value_of(sample, scaled, round(left * share), wish.edge_est, prices)
        for rule in binding:
            others = tuple(row for row in scaled if row.row.code != rule.row.code)
            without = _value_of(sample, others, round(left * share), wish.edge_est, prices)
            if base is not None and without is not None:
                costs[rule.row.code] = max(0.0, without - base) / share * factor
    told = [
        Rule(
            code="budget",
            kind="budget",
            unit="fen",
            used=float(solved.spent_fen),
            limit=float(aside.offers_fen),
            price_est=solved.price_est - wish.edge_est,
            costs_est=None,
            words=with_amount(BUDGET_RULE, aside.offers_fen),
        )
    ]
    for rule in rows:
        result = used[rule.row.code]
        told.append(
            Rule(
                code=rule.row.code,
                kind=rule.kind,
                unit=rule.unit,
                used=_used(rule, result.used, aside.offers, solved),
                limit=float(rule.limit),
                price_est=result.price_est,
                costs_est=costs.get(rule.row.code),
                words=rule.words,
                from_table=rule.from_table,
                why=rule.why,
            )
        )
    for code, result in used.items():
        if code == "changes":
            words = CHANGES_RULE.filled(users=f"{round(result.limit):,}")
            told.append(
                Rule(code, "changes", "users", result.used, result.limit, result.price_est, None, words)
            )
    return tuple(told), curve


def _used(rule: RuleRow, used: float, offers: Offers, solved: Plan) -> float:
    """What of the rule is used, in the operator's own terms: a minimum turned round, a return as value over cost."""
    if rule.kind == "segment_minimum":
        return -used
    if rule.kind != "return_floor":
        return used
    choice = solved.choice[: offers.users]
    if rule.campaign_id is not None:
        own = [False, *(option.campaign == rule.campaign_id for option in offers.options)]
        choice = np.where(np.array(own)[choice], choice, 0).astype(np.int8)
    value, cost = chosen(offers, choice)
    return float(value.sum()) / max(1, int(cost.sum()))


def sample_of(offers: Offers) -> tuple[Offers, float]:
    """About SAMPLE_USERS of the users, evenly by their keys' order (a random one), and what share of all they are."""
    stride = -(-offers.users // SAMPLE_USERS) if offers.users else 1
    if stride == 1:
        return offers, 1.0
    assert offers.segment is not None
    return (
        Offers(
            offers.options,
            np.ascontiguousarray(offers.values_est[:, ::stride]),
            np.ascontiguousarray(offers.costs[:, ::stride]),
            offers.keys[::stride],
            offers.segments,
            offers.segment[::stride],
        ),
        len(offers.keys[::stride]) / offers.users,
    )


def scaled_row(rule: RuleRow, share: float) -> RuleRow:
    """The rule for a share of the users."""
    return replace(rule, row=replace(rule.row, limit=rule.row.limit * share))


def _curve(
    sample: Offers,
    rows: tuple[RuleRow, ...],
    share: float,
    edge_est: float,
    left: int,
    prices: Mapping[str, float],
    factor: float,
) -> tuple[BudgetPoint, ...]:
    most = _planned(sample, rows, PLENTY_FEN, edge_est, prices)
    full = left if most is None else round(most.spent_fen / share)
    points = [BudgetPoint(0, 0, 0.0, 0, 0.0)]
    for budget in sorted(
        {round(full * part) for part in CURVE_SHARES} | {left, round(1.2 * max(full, left))}
    ):
        plan = _planned(sample, rows, round(budget * share), edge_est, prices)
        if plan is not None and budget > 0:
            points.append(
                BudgetPoint(
                    budget_fen=budget,
                    spent_fen=round(plan.spent_fen / share),
                    value_est=plan.certificate.value_est / share * factor,
                    users=round(int((plan.choice > 0).sum()) / share),
                    price_est=plan.price_est,
                )
            )
    if len(points) > 1:
        points[0] = replace(points[0], price_est=points[1].price_est)
    return tuple(points)


def _value_of(
    sample: Offers, rows: tuple[RuleRow, ...], budget: int, edge_est: float, prices: Mapping[str, float]
) -> float | None:
    """Value less edge x cost, which is what a plan makes most of; None where the rules cannot be kept."""
    plan = _planned(sample, rows, budget, edge_est, prices)
    return None if plan is None else plan.certificate.value_est - edge_est * plan.spent_fen


def _planned(
    sample: Offers, rows: tuple[RuleRow, ...], budget: int, edge_est: float, prices: Mapping[str, float]
) -> Plan | None:
    known = {"budget", *(rule.row.code for rule in rows)}
    warm = {code: price for code, price in prices.items() if code in known}
    try:
        return solve(
            sample,
            budget_fen=budget,
            rows=tuple(rule.row for rule in rows),
            edge_est=edge_est,
            warm=warm,
            proof=False,
        )
    except Impossible:
        # Another budget may be too small for the minimums: that point of the curve does not exist.
        return None


def _scope(
    told: PlanFacts, people: Candidates, wish: Wish, aside: SetAside, given: npt.NDArray[np.bool_]
) -> PlanScope:
    scope = told.facts.scope
    last = date.fromordinal(wish.next_day.toordinal() - 1)
    allowed = np.isfinite(aside.offers.values_est).any(axis=0) | aside.explored.explores
    return PlanScope(
        period=wish.period,
        first_day=wish.first_day.isoformat(),
        last_day=last.isoformat(),
        data_first_day=scope.first_day,
        data_last_day=scope.last_day,
        users=people.users,
        users_allowed=int(allowed.sum()),
        users_with_level=int(given.sum()),
        simulated=scope.simulated,
        gross=scope.gross,
        seed=wish.seed,
    )
