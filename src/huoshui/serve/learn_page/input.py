"""What the learned page is made from."""

from collections.abc import Mapping
from dataclasses import dataclass

from huoshui.base.errors import Text
from huoshui.flow.learning.values import LearnedCard
from huoshui.serve.report.input import Around


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnInput(Around):
    """The card and what stands around it. `words` by feature: its name, and how one says more and less of it."""

    card: LearnedCard
    words: Mapping[str, tuple[Text, Text, Text]]
