"""The sections after the first page, one file a subject, in reading order."""

from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup
from huoshui.serve.report.sections import campaigns, money, reading, users
from huoshui.serve.report.speech import Speech

SECTIONS = (
    ("money", money.waterfalls),
    ("agents", money.agents),
    ("campaigns", campaigns.campaigns),
    ("costs", campaigns.unit_costs),
    ("months", money.months),
    ("users", users.users),
    ("channels", money.channels),
    ("key_uses", money.key_uses),
    ("drain_loop", money.drain_loop),
    ("waste", money.waste),
    ("reading", reading.what_was_read),
    ("missing", reading.what_is_missing),
    ("words", reading.terms),
)


def all_sections(input: ReportInput, speech: Speech) -> list[Markup]:
    """Every section; one without data says what would give it."""
    return [build(input, speech) for _, build in SECTIONS]
