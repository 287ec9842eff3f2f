"""A finding in words: what is wrong, what to do, its cost. A missing fact shortens, never misleads."""

import string
from dataclasses import replace

from huoshui.base.errors import Text
from huoshui.core.costs.values import Diagnosis, Finding, RowTable, SmallTest
from huoshui.serve.report.names import layer_name
from huoshui.serve.report.speech import Speech
from huoshui.serve.texts import FINDINGS

_SHARES = ("benchmark_est", "all_est", "confidence_est")
"""Facts that are parts of a whole though their name does not say so."""
FINDINGS_SHOWN = 5
"""More would not be read; the workbook holds them all."""


def ranked(diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """Findings as they are told: campaigns that nobody can judge yet are one finding, after all that have a price."""
    untested = [finding for finding in diagnosis.findings if finding.code == "no_control"]
    rest = tuple(finding for finding in diagnosis.findings if finding.code != "no_control")
    if not untested:
        return rest
    feasible = {test.campaign_id for test in small_tests(diagnosis)}
    first = next((f for f in untested if f.facts.get("campaign_id") in feasible), None)
    if len(untested) == 1 and first is not None:
        return (*rest, first)
    columns = ("campaign_id", "name")
    rows = tuple(tuple(finding.facts.get(name) for name in columns) for finding in untested)
    told = RowTable("no_control", columns, rows, len(rows))
    return (*rest, replace(untested[0], facts={}, rows=told))


def small_tests(diagnosis: Diagnosis) -> tuple[SmallTest, ...]:
    """Tests that the platform has enough users for; a test of more users than exist tells nothing."""
    users = diagnosis.scope.users
    return tuple(t for t in diagnosis.small_tests if 0 < t.control_users + t.treated_users <= users)


def title(finding: Finding, speech: Speech) -> str:
    """What is wrong."""
    words = FINDINGS[finding.code]
    return _filled(words.title, words.title_plain, finding, speech)


def action(finding: Finding, speech: Speech) -> str:
    """What to do, as one imperative."""
    words = FINDINGS[finding.code]
    return _filled(words.action, words.action_plain, finding, speech)


def why(finding: Finding, speech: Speech) -> str:
    """Why we say so, and what the amount counts."""
    return speech.word(FINDINGS[finding.code].why)


def saving(finding: Finding, speech: Speech) -> str:
    """What the yuan a month mean."""
    said = speech.word(FINDINGS[finding.code].saving, amount=speech.amount(finding.fen_per_month))
    shared = finding.facts.get("layers_fen")
    if not isinstance(shared, int) or shared <= 0:
        return said
    return speech.say("findings.of_it_layers", saving=said, amount=speech.amount(shared))


def _filled(full: Text, plain: Text, finding: Finding, speech: Speech) -> str:
    template = full.zh if speech.language == "zh" else full.en
    wanted = {name for _, name, _, _ in string.Formatter().parse(template) if name and name != "unit"}
    known = {**finding.facts, "loss_est": _negated(finding.facts.get("return_est"))}
    facts = {name: known.get(name) for name in wanted}
    if any(value is None for value in facts.values()):
        return speech.word(plain)
    spoken = speech.word(full, **{name: _said(name, value, speech) for name, value in facts.items()})
    return spoken[:1].upper() + spoken[1:]


def _said(name: str, value: str | int | float | None, speech: Speech) -> str:
    """One fact as text, by the suffix of its name."""
    if isinstance(value, str):
        return speech.name_of("source", value) if name == "source" else value
    assert value is not None
    if name == "layer":
        return speech.inside(layer_name(int(value), speech))
    if name.endswith("_fen"):
        return speech.amount(value)
    if name in _SHARES or name.endswith(("rate_est", "share_est")):
        return speech.percent(value)
    return speech.ratio(value) if name.endswith("_est") else speech.count(value)


def _negated(value: str | int | float | None) -> float | None:
    """How much margin each yuan loses, where it loses any."""
    return -value if isinstance(value, int | float) and value < 0 else None
