"""How a plan says things: as the report does, but where the cost of goods is unknown no gain is called a profit."""

from dataclasses import dataclass

from huoshui.base.errors import Language, Text
from huoshui.core.allocate.plan_values import PeriodPlan
from huoshui.serve.report.speech import Speech
from huoshui.serve.texts import TEXTS


@dataclass(frozen=True, slots=True)
class PlanSpeech(Speech):
    """`gross`: value is turnover. Texts that would promise a profit have another wording for it."""

    gross: bool = False

    def text(self, code: str) -> Text:
        """The text `code`, or its wording for turnover."""
        return TEXTS.get(f"{code}.gross" if self.gross else code) or TEXTS[code]


def speech_of(plan: PeriodPlan, language: Language, currency: str = "CNY") -> PlanSpeech:
    """The speech for a plan."""
    return PlanSpeech(language, currency, plan.scope.gross)
