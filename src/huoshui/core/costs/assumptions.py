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
