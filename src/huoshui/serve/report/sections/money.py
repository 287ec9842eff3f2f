"""Sections of money: both waterfalls, agents, months, payment channels, key uses, the drain loop, waste."""

from typing import Literal

from huoshui.core.costs.values import Diagnosis, Figure, Waterfall
from huoshui.serve.report.headline import NOBODY_TAKES
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.names import layer_name, marked_name, needs_text, part_name, source_name
from huoshui.serve.report.sections.frame import (
    bars,
    chart,
    empty,
    left_out,
    numbers,
    section,
    sentence,
    subtitle,
)
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import html_table, mark_tag, term_link
from huoshui.serve.report.tables import money as tables

_AGENTS_DRAWN = 8


def waterfalls(input: ReportInput, speech: Speech) -> Markup:
    """Where the money goes: incentive, then orders; never added."""
    diagnosis = input.diagnosis
    return section(
        "money",
        speech,
        el("p", speech.say("money.never_added"), class_="lead"),
        subtitle("incentive", speech, term="incentive_waterfall"),
        _waterfall("incentive", diagnosis.incentive, ("balance_entries", "orders.bonus_paid"), input, speech),
        subtitle("order", speech, term="order_waterfall"),
        el("p", term_link("gross", speech.say("gross.head")), class_="gross")
        if diagnosis.scope.gross
        else None,
        _waterfall("order", diagnosis.order, ("orders.cost_of_goods",), input, speech),
    )


def agents(input: ReportInput, speech: Speech) -> Markup:
    """What each layer and each agent takes."""
    diagnosis = input.diagnosis
    if not diagnosis.layers and not diagnosis.agents:
        return section(
            "agents",
            speech,
            empty("agents", ("orders.agent_id", "commissions", "agent_prices"), input, speech),
        )
    rows = [
        (
            layer_name(take.layer, speech),
            take.take_fen / take.price_fen if take.price_fen else 0.0,
            speech.say(
                "agents.take",
                amount=speech.amount(take.take_fen),
                rate=speech.percent(take.take_fen / take.price_fen) if take.price_fen else "–",
            ),
            "loss" if take.excess_fen > 0 else "taken",
        )
        for take in diagnosis.layers
    ]
    over = [take for take in diagnosis.layers if take.excess_fen > 0]
    said = [
        sentence(
            "agents.excess",
            speech,
            layer=layer_name(take.layer, speech),
            excess=speech.amount(take.excess_fen),
            benchmark=speech.percent(take.benchmark_rate_est or 0.0),
            gap=speech.amount(take.gap_fen),
        )
        for take in over
    ]
    return section(
        "agents",
        speech,
        left_out(input, speech),
        bars(rows),
        said or el("p", speech.say("agents.no_excess")),
        html_table(tables.layers_table(diagnosis, speech), speech),
        subtitle("agents_each", speech) if diagnosis.agents else None,
        _agent_bars(diagnosis, speech),
        numbers(tables.agents_table(diagnosis, speech), speech, rows_max=30),
    )


def _agent_bars(diagnosis: Diagnosis, speech: Speech) -> Markup | None:
    """Who takes most, and how much of it no commission list shows."""
    most = sorted(diagnosis.agents, key=lambda take: -take.take_fen)[:_AGENTS_DRAWN]
    if not most:
        return None
    return bars(
        [
            (
                speech.say(
                    "agents.name",
                    agent=take.agent_id or "–",
                    layer=layer_name(take.layer, speech, short=True),
                ),
                float(take.take_fen),
                speech.say(
                    "agents.each",
                    amount=speech.amount(take.take_fen),
                    gap=speech.percent(take.gap_fen / take.take_fen) if take.take_fen > 0 else "–",
                ),
                "loss" if take.excess_fen > 0 else "taken",
            )
            for take in most
        ]
    )


def months(input: ReportInput, speech: Speech) -> Markup:
    """Month by month: issued and used, when the pot was empty, what the last yuan was worth."""
    diagnosis = input.diagnosis
    if not diagnosis.months:
        return section("months", speech, empty("months", ("orders.paid_at",), input, speech))
    blocks: list[Markup | None] = [_empty_days(diagnosis, speech), _month_chart(diagnosis, speech)]
    if any(fen for _, fen in diagnosis.daily_burn_fen):
        blocks += [
            subtitle("daily", speech, term="burn_per_day", sign=speech.unit.strip()),
            _daily_chart(diagnosis, speech),
        ]
    worth = [m for m in diagnosis.months if m.unit_value_est is not None]
    if worth:
        blocks += [subtitle("unit_value", speech, term="unit_value"), _worth_chart(diagnosis, speech)]
    return section("months", speech, *blocks, numbers(tables.months_table(diagnosis, speech), speech))


def channels(input: ReportInput, speech: Speech) -> Markup:
    """True fees by payment channel and what the cheapest route saves."""
    diagnosis = input.diagnosis
    if not diagnosis.channels:
        return section(
            "channels",
            speech,
            empty("channels", ("orders.payment_channel", "orders.payment_fee"), input, speech),
        )
    rows = [
        (
            c.payment_channel,
            c.rate_est or 0.0,
            speech.percent(c.rate_est) if c.rate_est is not None else "–",
            "loss" if c.saving_fen_per_month > 0 else "taken",
        )
        for c in sorted(diagnosis.channels, key=lambda c: -(c.rate_est or 0.0))
    ]
    said = [
        sentence(
            "channels.saving",
            speech,
            channel=c.payment_channel,
            cheapest=c.cheapest,
            saving=speech.amount(c.saving_fen_per_month),
        )
        for c in diagnosis.channels
        if c.saving_fen_per_month > 0 and c.cheapest
    ]
    return section(
        "channels",
        speech,
        bars(rows),
        said or el("p", speech.say("channels.no_saving")),
        html_table(tables.channels_table(diagnosis, speech), speech),
    )


def key_uses(input: ReportInput, speech: Speech) -> Markup:
    """Whether newcomers and big sales got their part."""
    diagnosis = input.diagnosis
    if not diagnosis.key_uses:
        return section(
            "key_uses", speech, empty("key_uses", ("users.created_at", "balance_entries"), input, speech)
        )
    said = []
    for use in diagnosis.key_uses:
        share = speech.percent(use.actual_fen / use.total_fen) if use.total_fen else "–"
        name = speech.say(f"key_use.{use.code}")
        if use.planned_fen is None:
            said.append(
                sentence(
                    "key_uses.no_plan", speech, use=name, share=share, amount=speech.amount(use.actual_fen)
                )
            )
            continue
        planned = speech.percent(use.planned_fen / use.total_fen) if use.total_fen else "–"
        code = "key_uses.short" if use.actual_fen < use.planned_fen else "key_uses.enough"
        said.append(
            sentence(
                code,
                speech,
                use=name,
                share=share,
                planned=planned,
                amount=speech.amount(abs(use.planned_fen - use.actual_fen)),
            )
        )
    return section("key_uses", speech, said, html_table(tables.key_uses_table(diagnosis, speech), speech))


def drain_loop(input: ReportInput, speech: Speech) -> Markup:
    """The loop in three sentences, with its yuan."""
    loop = input.diagnosis.drain_loop
    if loop is None:
        return section(
            "drain_loop",
            speech,
            empty("drain_loop", ("levels", "recharges", "orders.level_discount"), input, speech),
        )
    steps = [el("li", speech.say(f"drain_loop.step{k}")) for k in (1, 2, 3)]
    if loop.excess_discount_fen + loop.excess_commission_fen <= 0:
        said = sentence("drain_loop.none", speech)
    else:
        said = sentence(
            "drain_loop.found",
            speech,
            users=speech.count(loop.users),
            orders=speech.count(loop.orders),
            excess=speech.amount(loop.excess_discount_fen),
            all=speech.amount(loop.discount_fen),
            confidence=speech.percent(loop.confidence_est),
        )
    extra = None
    if loop.excess_commission_fen > 0:
        extra = sentence("drain_loop.commission", speech, amount=speech.amount(loop.excess_commission_fen))
    return section("drain_loop", speech, el("ol", steps, class_="steps"), said, extra)


def waste(input: ReportInput, speech: Speech) -> Markup:
    """Six kinds, each in yuan a month; never added."""
    diagnosis = input.diagnosis
    longest = max((float(w.figure.value or 0) for w in diagnosis.waste), default=0.0)
    rows = []
    for item in diagnosis.waste:
        figure = item.figure
        text = (
            speech.amount(figure.value) if figure.value is not None else _waste_needs(figure, input, speech)
        )
        name = join([speech.say(f"waste.{item.kind}"), " ", mark_tag(figure.marking, speech)])
        rows.append(
            (
                name,
                float(figure.value or 0),
                text,
                "loss" if figure.value and figure.value == longest else "taken",
            )
        )
    if not rows:
        return section("waste", speech, empty("waste", ("assignments", "balance_entries"), input, speech))
    return section(
        "waste",
        speech,
        el("p", speech.say("waste.never_added"), class_="note"),
        bars(rows),
        numbers(tables.waste_table(diagnosis, speech), speech),
    )


def _waste_needs(figure: Figure, input: ReportInput, speech: Speech) -> str:
    needs = needs_text(figure, input, speech)
    return speech.say("waste.needs", needs=needs) if needs else "–"


def _waterfall(
    kind: Literal["incentive", "order"],
    falls: tuple[Waterfall, ...],
    needs: tuple[str, ...],
    input: ReportInput,
    speech: Speech,
) -> Markup:
    drawn = [w for w in falls if w.total_fen > 0]
    if len(drawn) == 2 and drawn[0].total_fen == drawn[1].total_fen:
        drawn = drawn[:1]
    if not drawn:
        return empty(kind, needs, input, speech)
    untold = left_out(input, speech) if drawn[0].parts[-1].marking == "partial" else None
    bars_of = [_waterfall_bars(waterfall, speech) for waterfall in drawn]
    names = [source_name(waterfall.source, speech) for waterfall in drawn]
    said = speech.say("common.comma").join(f"{row['name']} {row['text']}" for row in bars_of[0])
    views = [{"name": name, "rows": rows} for name, rows in zip(names, bars_of, strict=True)]
    drawing = chart(
        kind,
        "waterfall",
        {"views": views},
        label=speech.say(f"chart.{kind}", parts=said),
        rows=max(len(rows) for rows in bars_of),
        caption=speech.say(f"caption.{kind}"),
    )
    numbers_below = numbers(tables.by_source_table(drawn, kind, speech), speech)
    return join([untold, _choice(kind, names, speech), drawing, _made_of(drawn[0], speech), numbers_below])


def _choice(kind: str, names: list[str], speech: Speech) -> Markup | None:
    """Buttons that show one source instead of all."""
    if len(names) < 2:
        return None
    buttons = [
        el("button", name, type="button", data_view=index, aria_pressed="false" if index else "true")
        for index, name in enumerate(names)
    ]
    label = speech.say("chart.by_source")
    return el("div", buttons, class_="choice", data_for=f"chart-{kind}", role="group", aria_label=label)


def _waterfall_bars(waterfall: Waterfall, speech: Speech) -> list[dict[str, object]]:
    """The bars of one source, as parts of 100; the largest taker stands out."""
    total = waterfall.total_fen
    takers = [part.fen for part in waterfall.parts[:-1] if part.code not in NOBODY_TAKES]
    largest = max(takers, default=0)
    rows: list[dict[str, object]] = [
        _bar(speech.say(f"start.{waterfall.kind}"), 0.0, 100.0, total, "start", speech)
    ]
    left = 100.0
    for part in waterfall.parts[:-1]:
        if part.fen == 0:
            continue
        size = part.fen / total * 100
        left -= size
        tone = "loss" if part.fen == largest and part.code not in NOBODY_TAKES else "taken"
        rows.append(_bar(marked_name(part, speech), left, size, part.fen, tone, speech))
    last = waterfall.parts[-1]
    rows.append(_bar(marked_name(last, speech), 0.0, last.fen / total * 100, last.fen, "left", speech))
    return rows


def _bar(name: str, start: float, size: float, fen: int, tone: str, speech: Speech) -> dict[str, object]:
    return {
        "name": name,
        "start": round(start, 4),
        "size": round(size, 4),
        "text": f"{size:.1f}",
        "amount": speech.amount(fen),
        "tone": tone,
    }


def _made_of(waterfall: Waterfall, speech: Speech) -> Markup | None:
    if not waterfall.inputs:
        return None
    parts = speech.say("common.comma").join(
        f"{part_name(p, speech)} {speech.amount(p.fen)}" for p in waterfall.inputs if p.fen
    )
    return el(
        "p", speech.say("money.made_of", total=speech.amount(waterfall.total_fen), parts=parts), class_="note"
    )


def _empty_days(diagnosis: Diagnosis, speech: Speech) -> Markup | None:
    days = [m.empty_day for m in diagnosis.months if m.empty_day]
    if not days:
        return None
    return sentence("months.empty", speech, days=speech.say("common.comma").join(days))


def _month_chart(diagnosis: Diagnosis, speech: Speech) -> Markup:
    """Issued and used against the pot; turnover and value where no incentive is seen."""
    rows = diagnosis.months
    names = [row.month for row in rows]
    if any(row.issued_fen or row.spent_fen for row in rows):
        code = "chart.months"
        series = [
            _series("issued_fen", [row.issued_fen for row in rows], "taken", speech),
            _series("spent_fen", [row.spent_fen for row in rows], "left", speech),
        ]
        if any(row.budget_fen is not None for row in rows):
            series.append(_series("budget_fen", [row.budget_fen for row in rows], "outline", speech))
    else:
        code = "chart.turnover"
        series = [_series("price_fen", [row.price_fen for row in rows], "left", speech)]
    label = speech.say(code, first=names[0], last=names[-1])
    return chart("months", "columns", {"names": names, "series": series}, label=label, rows=7)


def _series(column: str, fen: list[int | None] | list[int], tone: str, speech: Speech) -> dict[str, object]:
    values = [None if amount is None else amount / 100 for amount in fen]
    return {"name": speech.say(f"col.{column}"), "values": values, "tone": tone}


def _daily_chart(diagnosis: Diagnosis, speech: Speech) -> Markup:
    days = [day for day, _ in diagnosis.daily_burn_fen]
    values = [fen / 100 for _, fen in diagnosis.daily_burn_fen]
    empties = [
        {"day": m.empty_day, "name": speech.say("months.empty_flag")}
        for m in diagnosis.months
        if m.empty_day in days
    ]
    data = {
        "names": days,
        "values": values,
        "name": speech.say("col.issued_fen"),
        "flags": empties,
        "unit": speech.unit,
    }
    return chart(
        "daily", "daily", data, label=speech.say("chart.daily", first=days[0], last=days[-1]), rows=6
    )


def _worth_chart(diagnosis: Diagnosis, speech: Speech) -> Markup:
    worth = [m for m in diagnosis.months if m.unit_value_est is not None]
    rows = [
        {
            "name": m.month,
            "value": m.unit_value_est,
            "low": m.unit_value_low_est,
            "high": m.unit_value_high_est,
            "bar": 1.0,
            "muted": False,
            "text": speech.ratio(m.unit_value_est or 0.0),
        }
        for m in worth
    ]
    label = speech.say(
        "chart.unit_value", parts=speech.say("common.comma").join(f"{r['name']} {r['text']}" for r in rows)
    )
    return chart(
        "unit_value",
        "intervals",
        {"rows": rows, "bar": speech.say("col.bar")},
        label=label,
        rows=len(rows) + 1,
    )
