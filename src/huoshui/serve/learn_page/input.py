"""What the learned page is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from huoshui.base.errors import Text
from huoshui.flow.learning.values import LearnedCard


@dataclass(frozen=True, slots=True)
class LearnInput:
    """The card and what stands around it. `words` by feature: its name, and how one says more and less of it."""

    card: LearnedCard
    folder_name: str
    made_at: str
    words: Mapping[str, tuple[Text, Text, Text]]
    currency: str = "CNY"
    seconds: Mapping[str, float] = field(default_factory=dict)
