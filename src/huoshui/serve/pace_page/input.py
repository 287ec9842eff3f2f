"""What the page of a pace is made from: the pace, and what stands around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from huoshui.core.pacing.pace_values import PeriodPace


@dataclass(frozen=True, slots=True)
class PaceInput:
    """Everything the page says; `made_at` is local time to the minute."""

    pace: PeriodPace
    folder_name: str
    made_at: str
    currency: str = "CNY"
    seconds: Mapping[str, float] = field(default_factory=dict)
