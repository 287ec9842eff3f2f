"""What was learned, as values: all that the page, the terminal, the workbook and card.json show of it.

Effects are told in orders (how many an amount adds in the window) and in fen of value; estimates are floats.
"""

from dataclasses import dataclass
from typing import Literal

from huoshui.base.errors import Text
from huoshui.core.uplift.deciles import Decile
from huoshui.core.uplift.response_factors import FactorState
from huoshui.core.uplift.row_effects import Estimate

LearnState = Literal["users_differ", "no_detectable_difference", "too_few"]


@dataclass(frozen=True, slots=True)
class RankingLine:
    """A learner or a plain way to rank, by its Qini (x 1e4) on users not learned from, with its interval."""

    name: str
    qini_est: float
    low_est: float
    high_est: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class AmountLine:
    """An amount that was tried: what it adds on average, in orders and in fen, and what it costs."""

    amount_fen: int
    users: int
    orders: Estimate
    value: Estimate
    cost_fen_est: float


@dataclass(frozen=True, slots=True)
class TenthLine:
    """Value per fen of cost: everybody (tenth 0), or a tenth of the ranking, 1 the best."""

    tenth: int
    users: int
    each_est: float
    low_est: float
    high_est: float
    value_est: float
    cost_fen_est: float


@dataclass(frozen=True, slots=True)
class FeatureLine:
    """A feature with the weight of one spread of it within a segment: the factor goes up (or down) by so much."""

    name: str
    weight_est: float


@dataclass(frozen=True, slots=True)
class UnevenLine:
    """A feature that was left out, for it tells the arm: by how many errors the arms differ."""

    name: str
    campaign_id: str
    errors_est: float


@dataclass(frozen=True, slots=True)
class CampaignLearned:
    """One campaign: whether users differ, how the rankings compare, what tenths bring.

    `users_needed`: so many rows would find differences worth finding; None where that cannot be told. `tenths` are
    empty where nothing can be ranked. `slope`: seen on foretold differences, 1 where they are as large as foretold.
    """

    campaign_id: str
    name: str
    purpose: str | None
    rows: int
    controls: int
    state: LearnState
    reason: Text
    average: Text
    chosen: str | None
    forward: Estimate
    rankings: tuple[RankingLine, ...]
    amounts: tuple[AmountLine, ...]
    tenths: tuple[TenthLine, ...]
    slope: Estimate
    deciles: tuple[Decile, ...]
    users_needed: int | None


@dataclass(frozen=True, slots=True)
class FactorLearned:
    """What all campaigns together tell of who answers more than others of their segment."""

    state: FactorState
    reason: Text
    forward: Estimate
    slope: Estimate
    believed_est: float
    by_campaign: tuple[tuple[str, Estimate], ...]
    features: tuple[FeatureLine, ...]
    rows: int
    users: int


@dataclass(frozen=True, slots=True)
class LearnedCard:
    """The model card: what was learned from what, how well, and when not to use it."""

    data_first_day: str
    data_last_day: str
    simulated: bool
    gross: bool
    data_hash: str
    seed: int
    rows: int
    users: int
    young: int
    """Rows left out because their window has not passed."""
    factor: FactorLearned
    campaigns: tuple[CampaignLearned, ...]
    untold: tuple[str, ...]
    """Campaigns (by name) without a control, or with too few users to say anything."""
    uneven: tuple[UnevenLine, ...]
    versions: dict[str, str]
