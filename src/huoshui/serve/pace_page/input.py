"""What the page of a pace is made from: the pace, and what stands around it."""

from dataclasses import dataclass

from huoshui.core.pacing.pace_values import PeriodPace
from huoshui.serve.report.input import Around


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceInput(Around):
    """Everything the page says."""

    pace: PeriodPace
