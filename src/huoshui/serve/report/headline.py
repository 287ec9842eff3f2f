"""The answer in plain words: the sentences that open the page and fill the ten lines for a group chat.

Each sentence exists once, as a template with data; its `numbers` stand out on the page, not in the text.
"""

from dataclasses import dataclass
from itertools import islice

from huoshui.base.errors import Language
from huoshui.core.costs.values import Diagnosis, Figure, Finding, Waterfall, WaterfallPart
from huoshui.serve.report import findings, guard
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup
from huoshui.serve.report.names import figure_name, name_of_need, needs_text, part_name
from huoshui.serve.report.speech import Speech, strong
from huoshui.serve.report.table import term_link

SUMMARY_LINES = 10
_LEAK_SHARE_MIN = 0.05
"""Leaks below this part of a month's burn do not explain an empty pot, so the sentence does not claim it."""
_RUNWAY_DAYS_SHOWN_MAX = 365
_TILES = (
    "incentive_per_month",
    "burn_per_day",
    "return_incremental",
    "unit_value",
    "margin_per_month",
    "liability",
    "CAC",
    "price_per_month",
    "agents_per_month",
    "payment_fee_per_month",
    "CRC",
    "breakage",
    "return_attributed",
    "CCV",
    "price_per_order",
    "price_per_buyer",
    "manual_adjust",
    "payment_fee_rate",
    "retention_month1",
    "repeat_purchase_rate",
    "pot_left",
    "incentive_total",
    "margin",
    "price",
)
_TERMS = {
    ("reach", "reached"): "reach_share",
    ("margin", "left"): "margin",
    ("turnover", "price"): "price",
    ("runway", "days"): "runway_days",
    ("burn", "burn"): "burn_per_day",
    ("unit", "value"): "unit_value",
    ("incremental", "value"): "return_incremental",
    ("rows", "aside"): "set_aside",
    ("plan.headline", "kept"): "edge",
    ("plan.headline", "price"): "unit_value",
    ("plan.promise", "value"): "promise",
}
"""What a number of a sentence is called: (the sentence's subject, the number) to the term."""
_TAKERS = ("agent_layer", "agent_unknown", "platform_cut", "site_fee", "payment_fee", "abuse")
NOBODY_TAKES = ("open", "goods", "unknown_goods", "refund")
"""What a waterfall must subtract though nobody took it: no leak, whatever its size."""
TILES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text of ours with its data; `numbers` are the data to emphasise."""

    code: str
    data: dict[str, str]
    numbers: tuple[str, ...] = ()

    def plain(self, speech: Speech) -> str:
        """As text."""
        return speech.say(self.code, **self.data)

    def rich(self, speech: Speech) -> Markup:
        """As HTML, clause by clause; its numbers stand out, and open their definition where they have one."""
        return speech.clauses(
            self.code, **{name: self._shown(name, text) for name, text in self.data.items()}
        )

    def _shown(self, name: str, text: str) -> str:
        if name not in self.numbers:
            return text
        term = _TERMS.get((self.code.partition("_")[0].removeprefix("headline."), name))
        return strong(term_link(term, text) if term else text)


def summary_lines(input: ReportInput, language: Language) -> list[str]:
    """Ten lines of plain text: what, reach, runway, what to mend, worth of the next yuan, rows."""
    speech = Speech(language, input.currency)
    diagnosis = input.diagnosis
    lines = [
        _title(input, speech),
        reach_sentence(diagnosis, speech).plain(speech),
        runway_sentence(input, speech).plain(speech),
        first_sentence(input, speech).plain(speech),
    ]
    untold = left_out_sentence(input, speech)
    if untold is not None:
        lines.insert(2, untold.plain(speech))
    closing = [worth_sentence(input, speech).plain(speech), rows_sentence(input, speech).plain(speech)]
    room = SUMMARY_LINES - len(lines) - len(closing)
    others = islice(findings.ranked(diagnosis), 1, None)
    past = [said for said in [guard.line(input, speech)] if said]
    middle = [_finding_line(rank, f, speech) for rank, f in enumerate(others, start=2)]
    middle = [*middle[: room - len(past)], *past]
    figures = (tile_line(figure, speech) for figure in tiles(diagnosis) if figure.value is not None)
    middle += list(islice((line for line in figures), room - len(middle)))
    return [*lines, *middle, *closing]


def main_waterfall(waterfalls: tuple[Waterfall, ...]) -> Waterfall | None:
    """The one of all sources, if it has anything in it."""
    return next((w for w in waterfalls if w.source is None and w.total_fen > 0), None)


def dearest_part(waterfall: Waterfall, *, takers_only: bool = False) -> WaterfallPart | None:
    """Where most goes; what is only not used yet is not gone. `takers_only`: to somebody, by agreement or abuse."""
    gone = [part for part in waterfall.parts[:-1] if part.code not in NOBODY_TAKES and part.fen > 0]
    if takers_only:
        gone = [part for part in gone if part.code in _TAKERS]
    return max(gone, key=lambda part: part.fen, default=None)


def reach_sentence(diagnosis: Diagnosis, speech: Speech) -> Sentence:
    """每 100 元激励, 真正到用户手里 57.2 元; 二级代理拿走 11.4 元."""
    waterfall = main_waterfall(diagnosis.incentive)
    if waterfall is None:
        return _margin_sentence(diagnosis, speech)
    total = waterfall.total_fen
    partial = waterfall.parts[-1].marking == "partial"
    data = {
        "reached": speech.of_hundred(waterfall.left_share or 0.0),
        "most": speech.say("headline.most") if partial else "",
    }
    dearest, taker = dearest_part(waterfall), dearest_part(waterfall, takers_only=True)
    if taker is not None:
        data |= {
            "who": speech.inside(part_name(taker, speech)),
            "taken": speech.of_hundred(taker.fen / total),
        }
    if dearest is None:
        return Sentence("headline.reach_alone", data, ("reached",))
    if dearest is taker:
        return Sentence("headline.reach", data, ("reached", "taken"))
    data |= {
        "lost": speech.inside(part_name(dearest, speech)),
        "gone": speech.of_hundred(dearest.fen / total),
    }
    code = "headline.reach_lost" if taker is None else "headline.reach_both"
    return Sentence(code, data, ("reached", "taken", "gone"))


def _margin_sentence(diagnosis: Diagnosis, speech: Speech) -> Sentence:
    """What can be said of orders alone: what is left of each hundred, where cost of goods is known or answered."""
    waterfall = opening_waterfall(diagnosis)
    price = diagnosis.figures.get("price_per_month")
    if waterfall is None and price is not None and price.value:
        return Sentence("headline.turnover", {"price": speech.amount(price.value)}, ("price",))
    if waterfall is None:
        return Sentence("headline.reach_missing", {})
    marking = waterfall.parts[-1].marking
    data = {"left": speech.of_hundred(waterfall.left_share or 0.0)}
    if marking == "partial":
        return Sentence("headline.margin_partial", data, ("left",))
    return Sentence("headline.margin", data | {"mark": speech.say(f"mark.{marking}")}, ("left",))


def left_out_sentence(input: ReportInput, speech: Speech) -> Sentence | None:
    """没扣代理拿走的: which costs are in no file, and which tables would tell; None where nothing is left out."""
    diagnosis = input.diagnosis
    scope = diagnosis.scope
    if not scope.left_out:
        return None
    named = speech.say("common.comma").join(
        name_of_need(need, input, speech) for need in scope.left_out_needs
    )
    return Sentence("headline.left_out", {"costs": left_out_costs(diagnosis, speech), "needs": named})


def left_out_costs(diagnosis: Diagnosis, speech: Speech) -> str:
    """The costs that exist and are in no file, in words."""
    kinds = diagnosis.scope.left_out
    return speech.say("common.comma").join(speech.say(f"left_out.{kind}") for kind in kinds)


def opening_waterfall(diagnosis: Diagnosis) -> Waterfall | None:
    """What the page opens with: incentive, else orders where their margin can be told."""
    incentive = main_waterfall(diagnosis.incentive)
    if incentive is not None or diagnosis.scope.gross:
        return incentive
    return main_waterfall(diagnosis.order)


def runway_sentence(input: ReportInput, speech: Speech) -> Sentence:
    """照现在的速度还能撑 11 天(8-14 天); 不是钱少, 是有 5 处在漏."""
    diagnosis = input.diagnosis
    runway, burn = diagnosis.figures.get("runway_days"), diagnosis.figures.get("burn_per_day")
    shown = findings.ranked(diagnosis)[: findings.FINDINGS_SHOWN]
    leaks = [finding for finding in shown if finding.fen_per_month > 0 and finding.code != "no_control"]
    count = speech.counted("places", len(leaks))
    if runway is not None and runway.value is not None:
        data = {"days": speech.days(runway.value), "leaks": count}
        if runway.value > _RUNWAY_DAYS_SHOWN_MAX:
            return Sentence("headline.runway_long", data)
        code = "headline.runway_leaks" if leaks else "headline.runway"
        if leaks and _explains(leaks[0].fen_per_month, burn):
            code = "headline.runway_not_poor"
        if runway.low_est is not None and runway.high_est is not None:
            code = f"{code}_range"
            data |= _day_bounds(runway, speech)
        return Sentence(code, data, ("days", "leaks"))
    if burn is not None and burn.value is not None:
        data = {"burn": speech.amount(burn.value), "needs": _needs(runway, input, speech), "leaks": count}
        return Sentence("headline.burn_leaks" if leaks else "headline.burn", data, ("burn", "leaks"))
    return Sentence("headline.runway_missing", {"needs": _needs(runway or burn, input, speech)})


def first_sentence(input: ReportInput, speech: Speech) -> Sentence:
    """先改这一条: 会员等级只按本金累计, 不算赠送, 每月约省 1.7 万元."""
    ranked = findings.ranked(input.diagnosis)
    if not ranked:
        return Sentence("headline.nothing_first", {})
    first = ranked[0]
    code = "headline.first" if first.fen_per_month > 0 else "headline.first_unpriced"
    data = {"action": speech.inside(findings.action(first, speech)), "saving": findings.saving(first, speech)}
    return Sentence(code, data, ("saving",))


def worth_sentence(input: ReportInput, speech: Speech) -> Sentence:
    """再多投 1 元, 预计多赚毛利 1.36 元(保本线 1.00), or why nobody can know yet and what would tell."""
    diagnosis = input.diagnosis
    unit_value = diagnosis.figures.get("unit_value")
    limit = "_gross" if diagnosis.scope.gross else "_partial" if diagnosis.scope.left_out else ""
    costs = {"costs": left_out_costs(diagnosis, speech)} if limit == "_partial" else {}
    if unit_value is not None and unit_value.value is not None:
        data = {"value": speech.ratio(unit_value.value), **costs}
        return Sentence(f"headline.unit_value{limit}", data, ("value",))
    incremental = diagnosis.figures.get("return_incremental")
    if incremental is not None and incremental.value is not None:
        data = {"value": speech.ratio(incremental.value), **costs}
        return Sentence(f"headline.incremental{limit}", data, ("value",))
    tests = findings.small_tests(diagnosis)
    if tests:
        test = tests[0]
        users = speech.count(test.treated_users + test.control_users)
        return Sentence(
            "headline.unknown_test",
            {
                "name": test.name,
                "users": users,
                "days": speech.days(test.days),
                "cost": speech.amount(test.cost_fen),
            },
            ("users", "days", "cost"),
        )
    return Sentence("headline.unknown", {})


def rows_sentence(input: ReportInput, speech: Speech) -> Sentence:
    """读了 128,431 行: 计入 128,390, 待改 41, 丢弃 0."""
    intake = input.intake
    data = {
        "read": speech.count(intake.rows_read),
        "kept": speech.count(intake.rows_kept),
        "merged": speech.count(intake.rows_merged),
        "aside": speech.count(intake.rows_set_aside),
        "dropped": speech.count(intake.rows_dropped),
    }
    code = "headline.rows_merged" if intake.rows_merged else "headline.rows"
    return Sentence(code, data, ("kept", "aside", "dropped"))


def tiles(diagnosis: Diagnosis) -> list[Figure]:
    """The figures of the first page in our order of interest: those that tell, then 0, then what is missing."""
    found = [diagnosis.figures[code] for code in _TILES if code in diagnosis.figures]
    # Without cost of goods "margin" would only repeat the turnover under another name.
    figures = [figure for figure in found if not (figure.gross and figure.code.startswith("margin"))]
    preferred, spare = figures[:TILES_SHOWN], figures[TILES_SHOWN:]
    telling = [figure for figure in (*preferred, *spare) if figure.value]
    nothing = [figure for figure in preferred if figure.value == 0]
    missing = [figure for figure in preferred if figure.value is None]
    return (telling + nothing + missing)[:TILES_SHOWN]


def figure_text(figure: Figure, speech: Speech) -> str:
    """A figure's value as one says it."""
    value = figure.value
    if value is None:
        return "–"
    if figure.unit == "days":
        return speech.days(value)
    if figure.unit == "count":
        return speech.count(value)
    if figure.unit == "ratio":
        return speech.percent(value) if is_share(figure.code) else speech.ratio(value)
    return speech.amount(value)


def range_text(figure: Figure, speech: Speech) -> str:
    """Its interval, empty without one."""
    if figure.low_est is None or figure.high_est is None:
        return ""
    if figure.unit == "days":
        return speech.say("days_range", **_day_bounds(figure, speech))
    if figure.unit == "ratio" and not is_share(figure.code):
        return speech.span(speech.ratio(figure.low_est), speech.ratio(figure.high_est))
    if figure.unit == "ratio":
        return speech.span(speech.percent(figure.low_est), speech.percent(figure.high_est))
    return speech.span(speech.amount(figure.low_est), speech.amount(figure.high_est))


def people_text(figure: Figure, speech: Speech) -> str:
    """How many people stand behind a return or a unit cost, empty for the rest."""
    if figure.n is None or not (figure.basis or figure.code in ("CAC", "CRC", "CCV")):
        return ""
    return speech.say("people", n=speech.count(figure.n))


def _day_bounds(figure: Figure, speech: Speech) -> dict[str, str]:
    return {
        "low": speech.number_of_days(figure.low_est or 0.0),
        "high": speech.number_of_days(figure.high_est or 0.0),
    }


def is_share(code: str) -> bool:
    """Whether a ratio is a part of a whole (57.2%) and not yuan per yuan (1.36)."""
    return not code.startswith(("return_", "unit_value"))


def tile_line(figure: Figure, speech: Speech) -> str:
    """A figure as one line of text."""
    gross = speech.say("gross_suffix") if figure.gross else ""
    return speech.say(
        "tile_line",
        name=figure_name(figure.code, speech),
        gross=gross,
        value=figure_text(figure, speech),
        mark=speech.say(f"mark.{figure.marking}"),
    )


def scope_line(input: ReportInput, speech: Speech) -> str:
    """What was looked at: days, orders, users."""
    scope = input.diagnosis.scope
    return speech.say(
        "scope",
        first=scope.first_day,
        last=scope.last_day,
        days=speech.days(scope.days),
        orders=speech.count(scope.orders),
        users=speech.count(scope.users),
    )


def _title(input: ReportInput, speech: Speech) -> str:
    code = "summary.title_simulated" if input.diagnosis.scope.simulated else "summary.title"
    scope = input.diagnosis.scope
    return speech.say(
        code, name=" ".join(input.folder_name.split()), first=scope.first_day, last=scope.last_day
    )


def _finding_line(rank: int, finding: Finding, speech: Speech) -> str:
    code = "summary.finding" if finding.fen_per_month > 0 else "summary.finding_unpriced"
    return speech.say(
        code,
        rank=rank,
        title=findings.title(finding, speech),
        saving=findings.saving(finding, speech),
        action=speech.inside(findings.action(finding, speech)),
    )


def _explains(fen_per_month: float, burn: Figure | None) -> bool:
    return burn is None or burn.value is None or fen_per_month >= _LEAK_SHARE_MIN * burn.value * 30


def _needs(figure: Figure | None, input: ReportInput, speech: Speech) -> str:
    text = needs_text(figure, input, speech) if figure is not None else ""
    return text or speech.say("need.pot")
