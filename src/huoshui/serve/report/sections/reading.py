"""Sections about the data: what was read, what does not add up, what more would tell; and the words."""

from fractions import Fraction

from huoshui.core.costs.assumptions import Assumptions
from huoshui.serve.report import headline
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.sections.frame import numbers, section, subtitle, words
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import html_table
from huoshui.serve.report.tables import reading as tables
from huoshui.serve.report.tables.findings import figures_table
from huoshui.serve.texts import REPORT_DEFINITIONS

_FAULTS_SHOWN = 40


def what_was_read(input: ReportInput, speech: Speech) -> Markup:
    """Files and rows, rows to correct, gaps, ids without a record, differences, notes."""
    scope = input.diagnosis.scope
    return section(
        "reading",
        speech,
        el("p", headline.rows_sentence(input, speech).rich(speech), class_="rows"),
        html_table(tables.files_table(input, speech), speech),
        _faults(input, speech),
        subtitle("differences", speech),
        _differences(input, speech),
        _notes(input, speech),
        _answers(input.assumptions, speech),
        el(
            "p",
            speech.say(f"book.{scope.book_mode}"),
            speech.say("full_stop"),
            speech.say("reading.lots_inferred") if scope.lots_inferred else None,
            class_="note",
        ),
        numbers(figures_table(input, speech), speech),
    )


def what_is_missing(input: ReportInput, speech: Speech) -> Markup:
    """What each missing table would add."""
    data = tables.missing_table(input, speech)
    if not data.rows:
        return section("missing", speech, el("p", speech.say("missing.nothing")))
    return section("missing", speech, html_table(data, speech))


def terms(_: ReportInput, speech: Speech) -> Markup:
    """Every term, defined."""
    return words(REPORT_DEFINITIONS, speech)


def _faults(input: ReportInput, speech: Speech) -> Markup | None:
    intake = input.intake
    if not intake.rows_set_aside and not intake.faults:
        return None
    where = speech.say("reading.corrections", file=intake.corrections) if intake.corrections else ""
    return join(
        [
            subtitle("faults", speech, term="set_aside"),
            el("p", speech.say("reading.faults", count=speech.count(intake.rows_set_aside)), " ", where),
            numbers(tables.faults_table(input, speech), speech, rows_max=_FAULTS_SHOWN)
            if intake.faults
            else None,
        ]
    )


def _differences(input: ReportInput, speech: Speech) -> Markup:
    if not input.differences:
        return el("p", speech.say("reading.no_differences"))
    return html_table(tables.differences_table(input, speech), speech)


def _notes(input: ReportInput, speech: Speech) -> Markup | None:
    intake = input.intake
    items = [speech.word(note) for note in intake.notes]
    if intake.gaps:
        shown = speech.say("common.comma").join(intake.gaps[:8])
        items.append(speech.say("reading.gaps", days=shown + ("…" if len(intake.gaps) > 8 else "")))
    stubs = tables.stubs_table(input, speech).rows
    if stubs:
        said = speech.say("common.comma").join(
            f"{name} {speech.count(count)}" for name, count in stubs if isinstance(count, int)
        )
        items.append(speech.say("reading.stubs", ids=said))
    if intake.conflicts:
        items.append(speech.say("reading.conflicts", count=speech.count(intake.conflicts)))
    if not items:
        return None
    return join([subtitle("notes", speech), el("ul", [el("li", item) for item in items], class_="dashes")])


def _answers(answers: Assumptions, speech: Speech) -> Markup | None:
    """What the operator told us: estimated figures rest on it."""
    rules = speech.say("common.comma").join(
        speech.say("answer.bonus_rule", amount=speech.amount(amount), bonus=speech.amount(bonus))
        for amount, bonus in answers.recharge_bonus_rules
    )
    fractions = {name: float(margin) for name, margin in answers.gross_margin_by_category.items()}
    items = [
        _answer("monthly_incentive", _money(answers.monthly_incentive_fen, speech), speech),
        _answer("pot", _money(answers.pot_fen, speech), speech),
        _answer("gross_margin", _share(answers.gross_margin, speech), speech),
        *(
            speech.say("answer.gross_margin_of", name=k, value=speech.percent(v))
            for k, v in fractions.items()
        ),
        _answer("bonus_rules", rules or None, speech),
        _answer("benchmark_cac", _money(answers.benchmark_cac_fen, speech), speech),
        _answer("benchmark_crc", _money(answers.benchmark_crc_fen, speech), speech),
        _answer("benchmark_ccv", _money(answers.benchmark_ccv_fen, speech), speech),
        _answer("benchmark_layer", _share(answers.benchmark_layer_rate, speech), speech),
        _answer("newcomer_share", _share(answers.newcomer_share, speech), speech),
        _answer("peak_share", _share(answers.peak_share, speech), speech),
        _answer("benefit_cost", _money(answers.benefit_cost_fen, speech), speech),
        _answer("code_cost", _money(answers.code_cost_fen, speech), speech),
        *(
            speech.say(f"answer.{code}_of", name=name, value=speech.amount(fen))
            for code, amounts in (
                ("benefit_cost", answers.benefit_cost_by_campaign_fen),
                ("code_cost", answers.code_cost_by_campaign_fen),
            )
            for name, fen in amounts.items()
        ),
    ]
    given = [item for item in items if item is not None]
    if not given:
        return None
    lines = el("ul", [el("li", item) for item in given], class_="dashes")
    return join([subtitle("answers", speech), el("p", speech.say("answers.used")), lines])


def _answer(code: str, value: str | None, speech: Speech) -> str | None:
    return None if value is None else speech.say(f"answer.{code}", value=value)


def _money(fen: int | None, speech: Speech) -> str | None:
    return None if fen is None else speech.amount(fen)


def _share(share: Fraction | None, speech: Speech) -> str | None:
    return None if share is None else speech.percent(float(share))
