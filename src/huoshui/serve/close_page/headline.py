"""The close in plain words: the sentence that opens the page, and the lines of the terminal."""

from huoshui.base.errors import Language
from huoshui.serve.close_page.input import CloseInput
from huoshui.serve.close_page.tables import UNITS, of_unit, place_of
from huoshui.serve.plan_page.headline import period_text
from huoshui.serve.report.markup import Markup
from huoshui.serve.report.speech import Speech, strong

OFF_SAID = 4


def headline(input: CloseInput, speech: Speech) -> Markup:
    """What users hold at the end, and whether the books balance."""
    figures = input.closing.figures
    closing = figures.close.line("closing")
    data = {
        "period": period_text(figures.close.period, speech),
        "bonus": strong(exact(closing.bonus_fen, speech)),
        "principal": strong(exact(closing.principal_fen, speech)),
    }
    if figures.off:
        return speech.rich("close.headline_off", **data, count=str(len(figures.off)))
    return speech.rich("close.headline_even", **data)


def exact(fen: int, speech: Speech) -> str:
    """An amount to the fen, with its unit."""
    return (
        f"{speech.exact(fen)} {speech.unit}"
        if speech.language == "zh"
        else f"{speech.unit}{speech.exact(fen)}"
    )


def scope(input: CloseInput, speech: Speech) -> str:
    """Which days, and who signed."""
    figures, signed = input.closing.figures, input.closing.signed
    days = {"first": figures.first_day, "last": last_day(input)}
    if signed is None:
        return speech.say("close.scope_draft", **days)
    return speech.say("close.scope_signed", **days, name=signed.signed_by, at=input.signed_at)


def last_day(input: CloseInput) -> str:
    """The last day of the period."""
    figures = input.closing.figures
    return figures.next_day.fromordinal(figures.next_day.toordinal() - 1).isoformat()


def close_lines(input: CloseInput, language: Language) -> list[str]:
    """The close in about ten lines: each unit's roll-forward, what is open, what is off, who signed."""
    speech = Speech(language, input.currency)
    closing, figures = input.closing, input.closing.figures
    title = speech.say("close.title", period=period_text(figures.close.period, speech))
    first = f"{title} · {scope(input, speech)}"
    lines = [speech.say("close.simulated", line=first) if input.simulated else first]
    for unit in UNITS:
        parts = [
            f"{speech.say(f'close_line.{line.code}')} {speech.exact(of_unit(line.moved, unit))}"
            for line in figures.close.users
            if of_unit(line.moved, unit) or (unit != "debt" and line.code in ("opening", "closing"))
        ]
        if parts:
            words = " · ".join(parts)
            lines.append(speech.say("close.said_unit", name=speech.say(f"close_unit.{unit}"), parts=words))
    dues = [f"{speech.say(f'close_due.{b.code}')} {speech.exact(b.fen)}" for b in figures.close.liability]
    lines += [speech.say("close.said_due", parts=" · ".join(dues))] if dues else []
    late = sum(line.ops for line in figures.close.late)
    lines += [speech.say("close.said_late", count=speech.count(late))] if late else []
    lines += _off_lines(input, speech)
    if closing.signed is None:
        return [*lines, speech.say("close.unsigned", period=figures.close.period)]
    seal = speech.say(
        "close.seal", size=speech.count(closing.signed.size), root=closing.signed.root.hex()[:16]
    )
    return [*lines, seal, speech.say("close.id", id=closing.signed.id)]


def _off_lines(input: CloseInput, speech: Speech) -> list[str]:
    off = input.closing.figures.off
    if not off:
        return [speech.say("close.said_even")]
    told = [
        f"· {speech.say(f'close_off.{one.code}')} {place_of(one, speech)} {exact(one.fen, speech)}"
        for one in off[:OFF_SAID]
    ]
    more = ["· …"] if len(off) > OFF_SAID else []
    return [speech.say("close.said_off", count=len(off)), *told, *more]
