"""What may be asked of a period: `traffic=+25%`, `peaks=half`, `value=-30%`, `redemption=+20%`, `budget=30万`."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from huoshui.base.errors import BadOption, Text
from huoshui.core.pacing import Truth
from huoshui.core.pacing.pace_values import WhatIfCode
from huoshui.flow.assumptions import NotUnderstood, read_money

WORDS: dict[str, Decimal] = {
    "half": Decimal("0.5"), "一半": Decimal("0.5"), "double": Decimal(2), "翻倍": Decimal(2), "none": Decimal(0),
    "没有": Decimal(0),
}  # fmt: skip
NAMES: dict[str, WhatIfCode] = {
    "traffic": "traffic", "人数": "traffic", "peaks": "peaks", "大促": "peaks", "value": "value", "价值": "value",
    "redemption": "redemption", "使用率": "redemption", "budget": "budget", "预算": "budget",
}  # fmt: skip
FACTOR_MAX = Decimal(20)
NOT_ASKED = Text(
    "要写成 traffic=+25%、peaks=half、value=-30%、redemption=+20% 或 budget=300000 这样",
    "write it as traffic=+25%, peaks=half, value=-30%, redemption=+20% or budget=300000",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing otherwise. `factor` of what the forecast says; for `budget` the new pot is `budget_fen`."""

    code: WhatIfCode
    factor: float = 1.0
    budget_fen: int | None = None

    @property
    def truth(self) -> Truth:
        """The month that it would be."""
        match self.code:
            case "traffic":
                return Truth(traffic=self.factor)
            case "peaks":
                return Truth(peaks=self.factor)
            case "value":
                return Truth(value=self.factor)
            case "redemption":
                return Truth(redemption=self.factor)
            case "budget":
                return Truth()


def parse_what_if(typed: str) -> Asked:
    """What was asked. Raises BadOption."""
    name, equals, said = (part.strip() for part in typed.partition("="))
    code = NAMES.get(name.casefold())
    if code is None or not equals or not said:
        raise _bad(typed)
    if code == "budget" and not said.endswith("%"):
        try:
            return Asked("budget", budget_fen=read_money(said))
        except NotUnderstood as error:
            raise _bad(typed) from error
    return Asked(code, float(_factor(typed, said)))


def _factor(typed: str, said: str) -> Decimal:
    """1.25 of '+25%', 0.5 of 'half' or '50%', 1.5 of 'x1.5' or '1.5'."""
    if said.casefold() in WORDS:
        return WORDS[said.casefold()]
    try:
        if said.endswith("%"):
            factor = Decimal(said[:-1]) / 100 + (1 if said[0] in "+-" else 0)
        else:
            factor = Decimal(said.lstrip("xX×"))
    except InvalidOperation as error:
        raise _bad(typed) from error
    if not factor.is_finite() or not 0 <= factor <= FACTOR_MAX:
        raise _bad(typed)
    return factor


def _bad(typed: str) -> BadOption:
    return BadOption(option="--what-if", value=typed, reason_zh=NOT_ASKED.zh, reason_en=NOT_ASKED.en)
