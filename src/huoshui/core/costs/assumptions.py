"""What the operator tells us where the files are silent; every figure it feeds is marked estimated."""

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Answers from assumptions.toml; None where nobody answered.

    `benchmark_*` are the operator's own: unit costs in fen, the layer's take as a share of order price.
    """

    monthly_incentive_fen: int | None = None
    pot_fen: int | None = None
    gross_margin: Fraction | None = None
    gross_margin_by_category: dict[str, Fraction] = field(default_factory=dict)
    recharge_bonus_rules: tuple[tuple[int, int], ...] = ()
    benchmark_cac_fen: int | None = None
    benchmark_crc_fen: int | None = None
    benchmark_ccv_fen: int | None = None
    benchmark_layer_rate: Fraction | None = None
    newcomer_share: Fraction | None = None
    peak_share: Fraction | None = None
    benefit_cost_fen: int | None = None
    benefit_cost_by_campaign_fen: dict[str, int] = field(default_factory=dict)
    code_cost_fen: int | None = None
    code_cost_by_campaign_fen: dict[str, int] = field(default_factory=dict)

    @property
    def tells_extras(self) -> bool:
        """Whether any cost of benefits or codes was answered."""
        return bool(
            self.benefit_cost_fen
            or self.code_cost_fen
            or self.benefit_cost_by_campaign_fen
            or self.code_cost_by_campaign_fen
        )

    def extras_fen(self, campaign_id: str | None, *, grants: int, codes: int) -> int:
        """What came with so many grants of a campaign, `codes` of them gift cards: benefits at cost, and the codes.

        A campaign's own answer goes first. The one for all campaigns is for each of their grants, none for those of no
        campaign; the one for all codes is for gift cards, for of other grants nothing tells that they were codes.
        """
        benefit = 0 if campaign_id is None else self.benefit_cost_fen or 0
        fen = grants * self.benefit_cost_by_campaign_fen.get(campaign_id or "", benefit)
        if campaign_id in self.code_cost_by_campaign_fen:
            return fen + grants * self.code_cost_by_campaign_fen[campaign_id]
        return fen + codes * (self.code_cost_fen or 0)
