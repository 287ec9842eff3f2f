"""`huoshui learn`: a folder of files -> rows of trials -> what can be told of single users -> the model's folder.

run = run_learning(folder, settings=..., assumptions=...)
write_learning(run, out)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huoshui import __version__
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import ArmMoments, CampaignTerms, GrantSums
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.uplift.response_factors import CampaignRows, Learned, learn_factors
from huoshui.core.uplift.row_effects import Estimate, average_effects
from huoshui.core.uplift.rows import TrialRows
from huoshui.core.uplift.tenths import TenthReturn, tenth_returns, users_needed
from huoshui.flow.app import Settings
from huoshui.flow.folder import Progress, Step, engine_over, read_shop, steps, timed
from huoshui.flow.gathering import cost_rules, scope_of
from huoshui.flow.learning.rows import ROWS_MAX, LearningRows, learning_rows
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
from huoshui.lake.engines import Lake
from huoshui.lake.facts import balance, campaigns, decisions, orders
from huoshui.lake.facts.candidates import given_sums
from huoshui.lake.facts.features import trial_rows
from huoshui.lake.facts.prepared import prepare_orders
from huoshui.lake.facts.reading import read
from huoshui.lake.intake import Intake
from huoshui.learn.models import Learned as CampaignModel
from huoshui.learn.models import learn

STAGES = 6
QINI_UNIT = 1e4
FEATURES_TOLD = 10
HASH_BYTES = 16
VERSIONS_OF = ("numpy", "scipy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class LearningRun:
    """What was learned, with the models themselves."""

    card: LearnedCard
    factor: Learned
    models: Mapping[str, CampaignModel]
    intake: Intake
    folder_name: str
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the files tell: the rows, the campaigns, their arms and grants."""

    rows: LearningRows
    terms: Mapping[str, CampaignTerms]
    arms: list[ArmMoments]
    grants: list[GrantSums]
    first_day: str
    last_day: str
    simulated: bool
    gross: bool


def run_learning(
    folder: Path,
    *,
    settings: Settings,
    assumptions: Assumptions,
    seed: int = 1,
    progress: Progress | None = None,
) -> LearningRun:
    """Read `folder` and learn from its randomised campaigns. Raises what the intake raises, and NoOrders."""
    seconds: dict[str, float] = {}
    with timed(seconds, "intake"):
        intake = read_shop(folder, settings=settings, progress=progress)
    step = steps(progress, STAGES)
    with timed(seconds, "facts"), engine_over(intake, settings) as lake:
        told = _gathered(lake, assumptions, step)
    with timed(seconds, "learn"):
        step("learn")
        factor = learn_factors(told.rows.orders, segments=len(SEGMENTS), seed=seed)
        models = {part.campaign_id: learn(part.rows, seed=seed) for part in told.rows.orders}
        card = _card(told, factor, models, seed)
    return LearningRun(card, factor, models, intake, folder.name, seconds)


def _gathered(lake: Lake, assumptions: Assumptions, step: Step) -> _Gathered:
    step("orders")
    rules = cost_rules(lake)
    prepared = prepare_orders(lake, rules, assumptions)
    step("people")
    people = orders.buyers(prepared)
    step("balance")
    given = balance.grants(prepared)
    lapsed = balance.lapses(prepared, given)
    line = balance.lines(prepared, given, lapsed)
    drawn = balance.draws(prepared, line, people)
    results = balance.grant_results(prepared, given, lapsed, balance.lot_draws(line, drawn))
    step("campaigns")
    terms = {term.campaign_id: term for term in campaigns.campaign_terms(lake)}
    scope = scope_of(prepared)
    assigned = decisions.assigned_users(prepared)
    arms: list[ArmMoments] = []
    rows = LearningRows((), (), {}, {}, 0)
    if assigned is not None:
        states = decisions.decision_states(prepared, results.filter(False), assigned, people)
        moments = campaigns.arm_moments(prepared, assigned, results, states)
        arms = [] if moments is None else read(moments, ArmMoments)
        step("features")
        rows = learning_rows(trial_rows(prepared, assigned, given, states, rows_max=ROWS_MAX))
    return _Gathered(
        rows=rows,
        terms=terms,
        arms=arms,
        grants=read(given_sums(results), GrantSums),
        first_day=scope.first_day,
        last_day=scope.last_day,
        simulated=scope.simulated,
        gross=bool((prepared.orders.unknown_goods > 0).any().fill_null(False).to_pyarrow().as_py()),
    )


def _card(told: _Gathered, factor: Learned, models: Mapping[str, CampaignModel], seed: int) -> LearnedCard:
    lines = tuple(_campaign(told, part, models[part.campaign_id]) for part in told.rows.orders)
    known = {line.campaign_id for line in lines}
    return LearnedCard(
        data_first_day=told.first_day,
        data_last_day=told.last_day,
        simulated=told.simulated,
        gross=told.gross,
        data_hash=data_hash(told.rows.orders),
        seed=seed,
        rows=factor.rows,
        users=factor.users,
        young=told.rows.young,
        factor=_factor(told.rows, factor),
        campaigns=lines,
        untold=tuple(term.name for term in told.terms.values() if term.campaign_id not in known),
        uneven=tuple(
            UnevenLine(one.name, campaign, one.errors_est)
            for campaign, found in told.rows.uneven.items()
            for one in found
        ),
        versions={"huoshui": __version__, **{name: version(name) for name in VERSIONS_OF}},
    )


def data_hash(parts: tuple[CampaignRows, ...]) -> str:
    """One hash of all that was learned from: other rows, another hash."""
    digest = blake2b(digest_size=HASH_BYTES)
    for part in parts:
        digest.update(part.campaign_id.encode())
        digest.update(part.rows.data_hash.encode())
    return digest.hexdigest()


def _factor(rows: LearningRows, found: Learned) -> FactorLearned:
    weights = () if found.model is None else zip(rows.names, found.model.weights.tolist(), strict=True)
    ranked = sorted(weights, key=lambda item: -abs(item[1]))
    return FactorLearned(
        state=found.state,
        reason=found.reason,
        forward=found.forward,
        slope=found.slope,
        believed_est=found.believed_est,
        by_campaign=found.by_campaign,
        features=tuple(FeatureLine(name, weight) for name, weight in ranked[:FEATURES_TOLD]),
        rows=found.rows,
        users=found.users,
    )


def _campaign(told: _Gathered, part: CampaignRows, found: CampaignModel) -> CampaignLearned:
    term = told.terms[part.campaign_id]
    rows = found.rows
    value = _valued(told, part, rows)
    cost = _costs(told, part.campaign_id, rows.amounts_fen)
    choice = found.choice
    score = found.apart.get(choice.chosen or "")
    tenths = () if score is None else tenth_returns(value, score, cost, part=found.fold)
    worth = max(1.0, _worth_of_an_order(told, part.campaign_id))
    return CampaignLearned(
        campaign_id=part.campaign_id,
        name=term.name,
        purpose=term.purpose,
        rows=rows.rows,
        controls=int(rows.control.sum()),
        state=choice.state,
        reason=choice.reason,
        average=choice.averages[-1].reason if choice.averages else choice.reason,
        chosen=choice.chosen,
        forward=Estimate(choice.deciding.value_est, choice.deciding.error_est),
        rankings=tuple(
            RankingLine(
                one.name,
                one.qini.value_est * QINI_UNIT,
                one.qini.low_est * QINI_UNIT,
                one.qini.high_est * QINI_UNIT,
                one.name == choice.chosen,
            )
            for one in choice.candidates
        ),
        amounts=_amounts(rows, value, cost),
        tenths=tuple(_tenth(one) for one in tenths),
        slope=found.calibration.slope,
        deciles=found.calibration.deciles,
        users_needed=users_needed(
            rows, least_effect_est=float(cost.max(initial=0.0)) / worth, expected_est=_known(found)
        ),
    )


def _known(found: CampaignModel) -> npt.NDArray[np.float64] | None:
    return found.expected_est if np.isfinite(found.expected_est).all() else None


def _valued(told: _Gathered, part: CampaignRows, rows: TrialRows) -> TrialRows:
    """The same rows by what came of them in fen."""
    value = told.rows.value_fen[part.campaign_id]
    if rows.rows != part.rows.rows:
        value = value[part.rows.control | np.isin(part.rows.amount_fen, rows.amounts_fen)]
    return TrialRows(rows.names, rows.features, rows.amount_fen, rows.probability, value, rows.unit)


def _costs(told: _Gathered, campaign: str, amounts: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """(K,): expected cost of a user assigned to each amount: what was used, and of what is open the usual share."""
    own = [row for row in told.grants if row.campaign_id == campaign]
    spent, expired = sum(row.spent_fen for row in own), sum(row.expired_fen for row in own)
    use = spent / (spent + expired) if spent + expired else 1.0
    costs = []
    for amount in amounts:
        cells = [
            cell
            for cell in told.arms
            if cell.campaign_id == campaign and not cell.control and cell.amount_fen == amount
        ]
        users = sum(cell.n for cell in cells)
        used = sum(cell.spent_fen + cell.open_fen * use for cell in cells)
        costs.append(used / users if users else amount * use)
    return np.array(costs)


def _worth_of_an_order(told: _Gathered, campaign: str) -> float:
    """Mean value of an order in the windows of a campaign, in fen; 0 without any."""
    part = next(one for one in told.rows.orders if one.campaign_id == campaign)
    orders_seen = float(part.rows.outcome.sum())
    return float(told.rows.value_fen[campaign].sum()) / orders_seen if orders_seen else 0.0


def _amounts(rows: TrialRows, value: TrialRows, cost: npt.NDArray[np.float64]) -> tuple[AmountLine, ...]:
    told = zip(rows.amounts_fen, average_effects(rows), average_effects(value), cost.tolist(), strict=True)
    return tuple(
        AmountLine(amount, int((rows.amount_fen == amount).sum()), orders_est, value_est, fen)
        for amount, orders_est, value_est, fen in told
    )


def _tenth(one: TenthReturn) -> TenthLine:
    each = one.each
    return TenthLine(
        one.tenth,
        one.users,
        each.value_est,
        each.low_est,
        each.high_est,
        one.value.value_est,
        one.cost_fen_est,
    )
