"""Every word of the report, by code, in Chinese and English.

words.py        states and names: marks, segments, sources, verdicts, waterfall parts
page.py         the report's sentences, in reading order
columns.py      headings of tables and their columns
findings.py     what is wrong, what to do, why we say so
definitions.py  every term, defined once
plan.py         the plan of a period: its states, sentences, terms
close.py        the close of a period
learn.py        what was learned of single users: its sentences, terms
evaluate.py     what campaigns brought: its sentences, terms
guard.py        what the guard would have said, in the report
pace.py         the pace of a period: its sentences, terms
"""

from huoshui.base.errors import Text
from huoshui.serve.texts.close import CLOSE_TEXTS
from huoshui.serve.texts.columns import COLUMN_TEXTS
from huoshui.serve.texts.definitions import DEFINITIONS, Definition
from huoshui.serve.texts.evaluate import EVALUATE_DEFINITIONS, EVALUATE_TEXTS
from huoshui.serve.texts.findings import FINDINGS, FindingWords
from huoshui.serve.texts.guard import GUARD_TEXTS
from huoshui.serve.texts.learn import LEARN_DEFINITIONS, LEARN_TEXTS
from huoshui.serve.texts.pace import PACE_DEFINITIONS, PACE_TEXTS
from huoshui.serve.texts.page import PAGE_TEXTS
from huoshui.serve.texts.plan import PLAN_DEFINITIONS, PLAN_TEXTS
from huoshui.serve.texts.words import WORD_TEXTS

TEXTS: dict[str, Text] = {
    **WORD_TEXTS,
    **PAGE_TEXTS,
    **COLUMN_TEXTS,
    **PLAN_TEXTS,
    **CLOSE_TEXTS,
    **LEARN_TEXTS,
    **PACE_TEXTS,
    **EVALUATE_TEXTS,
    **GUARD_TEXTS,
}

REPORT_DEFINITIONS = DEFINITIONS | {"guard": EVALUATE_DEFINITIONS["guard"]}
"""Every term of the report."""

__all__ = [
    "DEFINITIONS",
    "EVALUATE_DEFINITIONS",
    "FINDINGS",
    "LEARN_DEFINITIONS",
    "PACE_DEFINITIONS",
    "PLAN_DEFINITIONS",
    "REPORT_DEFINITIONS",
    "TEXTS",
    "Definition",
    "FindingWords",
]
