"""The pace in plain words: the sentences that open the page and the ten lines of the terminal.

Nothing is computed here but what the next sentence divides.
"""

from itertools import islice

from huoshui.base.errors import Language
from huoshui.core.pacing.pace_values import PaceWhatIf, PeriodPace
from huoshui.serve.pace_page.input import PaceInput
from huoshui.serve.plan_page.headline import edge_text, money, names, period_text
from huoshui.serve.report.headline import Sentence
from huoshui.serve.report.speech import Speech

LINES_MAX = 10
_REST_SHARE_MIN = 0.005
"""A smaller rest is what no whole reward fits into."""
_PEAKS_SAID = 3


def pace_lines(input: PaceInput, language: Language) -> list[str]:
    """At most ten lines: what for, today's price, the runway, the days, peaks, what if, what to mind."""
    pace = input.pace
    speech = Speech(language, input.currency)
    title = speech.say(
        "pace_line.title",
        name=input.folder_name,
        period=period_text(pace.scope.period, speech),
        budget=money(pace.budget_fen, speech),
    )
    first = speech.say("plan_line.simulated", line=title) if pace.scope.simulated else title
    lines = [first, headline(pace, speech).plain(speech), runway_sentence(pace, speech).plain(speech)]
    lines += [_set_aside(pace, speech), demand_sentence(pace, speech).plain(speech)]
    peaks = peaks_sentence(pace, speech)
    lines += [peaks.plain(speech)] if peaks is not None else []
    lines += [what_if_sentence(one, pace, speech).plain(speech) for one in pace.what_ifs]
    return list(islice((line for line in lines if line), LINES_MAX))


def headline(pace: PeriodPace, speech: Speech) -> Sentence:
    """Today's price in a sentence, and what stays."""
    data = {
        "price": speech.ratio(pace.price_est),
        "edge": edge_text(pace.edge_est),
        "rest": money(pace.rest_stays_est, speech),
        "left": money(pace.left_fen + pace.back_est, speech),
    }
    if pace.left_fen + pace.back_est <= 0:
        return Sentence("pace.headline_empty", {}, ())
    if keeps(pace):
        return Sentence(
            "pace.headline_kept", {name: data[name] for name in ("edge", "rest", "left")}, ("rest",)
        )
    code = "pace.headline_gross" if pace.scope.gross else "pace.headline"
    return Sentence(code, {name: data[name] for name in ("left", "price")}, ("price",))


def keeps(pace: PeriodPace) -> bool:
    """Whether money is expected to stay because nobody is worth it."""
    return pace.price_est <= pace.edge_est and pace.rest_stays_est > _REST_SHARE_MIN * max(1, pace.offers_fen)


def runway_sentence(pace: PeriodPace, speech: Speech) -> Sentence:
    """Days at today's price, with the band."""
    if pace.runway_est is None:
        return Sentence("pace.runway_long", {}, ())
    data = {"days": speech.days(pace.runway_est), "low": speech.number_of_days(pace.runway_low_est or 0.0)}
    if pace.runway_high_est is None:
        return Sentence("pace.runway_open", data, ("days",))
    return Sentence("pace.runway", {**data, "high": speech.number_of_days(pace.runway_high_est)}, ("days",))


def demand_sentence(pace: PeriodPace, speech: Speech) -> Sentence:
    """How many come on which kind of day."""
    kinds = dict(pace.a_day_est)
    return Sentence(
        f"pace.demand_{pace.scope.arrivals_from}",
        {
            "weekday": speech.count(kinds["weekday"]),
            "weekend": speech.count(kinds["weekend"]),
            "band": speech.percent(pace.level_sd * 1.2816),
        },
    )


def peaks_sentence(pace: PeriodPace, speech: Speech) -> Sentence | None:
    """The days on which more come; None where none is known."""
    if not pace.peaks:
        return None
    said = [
        speech.say("pace.peak", day=peak.day[5:], name=peak.name, factor=f"{peak.factor:.3g}").replace(
            "  ", " "
        )
        for peak in pace.peaks[:_PEAKS_SAID]
    ]
    inside = {peak.day for peak in pace.peaks}
    used = sum(day.used_est for day in pace.days if day.day in inside)
    whole = sum(day.used_est for day in pace.days) or 1.0
    return Sentence(
        "pace.peaks", {"peaks": names(said, speech), "share": speech.percent(used / whole)}, ("share",)
    )


def what_if_name(asked: PaceWhatIf, speech: Speech) -> str:
    """What is otherwise, as a phrase."""
    if asked.code == "budget":
        return speech.say("pace_if.budget", amount=money(asked.budget_fen, speech))
    way = "more" if asked.factor >= 1 else "less"
    return speech.say(f"pace_if.{asked.code}_{way}", by=f"{abs(asked.factor - 1) * 100:.3g}%")


def what_if_sentence(asked: PaceWhatIf, pace: PeriodPace, speech: Speech) -> Sentence:
    """What the price does, and what would happen if it stayed as it is."""
    data = {
        "what": what_if_name(asked, speech),
        "price": speech.ratio(asked.price_mean_est),
        "rest": money(asked.kept_rest_est, speech),
    }
    if asked.empty_day is not None:
        return Sentence("pace_if.empty", {**data, "day": asked.empty_day[5:]}, ("day",))
    if asked.kept_empty_day is not None:
        return Sentence("pace_if.kept_empty", {**data, "day": asked.kept_empty_day[5:]}, ("day",))
    more = asked.kept_rest_est - asked.rest_est
    if more > 0.02 * max(1, pace.offers_fen):
        return Sentence("pace_if.kept_rest", data, ("rest",))
    return Sentence("pace_if.same", data, ())


def _set_aside(pace: PeriodPace, speech: Speech) -> str:
    """What of the pot is not for pacing."""
    parts = [
        speech.say("pace.part", name=speech.say(f"plan_reserve.{line.code}"), amount=money(line.fen, speech))
        for line in pace.reserves
        if line.fen > 0
    ]
    if pace.committed_fen:
        granted = money(pace.committed_fen, speech)
        parts.append(speech.say("pace.part", name=speech.say("pace.granted"), amount=granted))
    if not parts:
        return ""
    return speech.say("pace.set_aside", parts=names(parts, speech), offers=money(pace.offers_fen, speech))
