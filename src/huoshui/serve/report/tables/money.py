"""Tables of money: both waterfalls, agents, months, channels, key uses, the drain loop, waste."""

from collections.abc import Iterable
from typing import Literal

from huoshui.core.costs.values import AgentTake, Diagnosis, Waterfall
from huoshui.serve.report.names import layer_name, marked_name, part_name, source_name
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Heading, Interval, heading, table, value_term


def waterfall_table(
    waterfalls: Iterable[Waterfall], kind: Literal["incentive", "order"], speech: Speech
) -> DataTable:
    """Both sides of each waterfall: what it is made of, where it goes."""
    rows: list[tuple[Cell, ...]] = []
    for waterfall in waterfalls:
        source = source_name(waterfall.source, speech)
        for side, parts in (("in", waterfall.inputs), ("out", waterfall.parts)):
            rows += [
                (
                    source,
                    speech.say(f"side.{side}"),
                    part_name(part, speech),
                    part.fen,
                    _share(part.fen, waterfall.total_fen),
                    part.marking,
                )
                for part in parts
            ]
        rows.append(
            (
                source,
                speech.say("side.total"),
                "",
                waterfall.total_fen,
                _share(waterfall.total_fen, waterfall.total_fen),
                "measured",
            )
        )
    headings = (
        heading(speech, "source"),
        heading(speech, "side"),
        heading(speech, "part"),
        heading(speech, "amount_fen", "fen"),
        heading(speech, "share", "percent"),
        heading(speech, "mark", "mark", term="marks"),
    )
    return table(speech, kind, headings, rows, note=speech.say("money.never_added"))


def by_source_table(
    waterfalls: Iterable[Waterfall], kind: Literal["incentive", "order"], speech: Speech
) -> DataTable:
    """Side by side for the page: each part in yuan in all, and per hundred by source."""
    falls = [waterfall for waterfall in waterfalls if waterfall.total_fen > 0]
    keys = list(dict.fromkeys((part.code, part.layer) for waterfall in falls for part in waterfall.parts))
    keys.sort(key=lambda key: key in {(w.parts[-1].code, w.parts[-1].layer) for w in falls})
    found = [{(part.code, part.layer): part for part in waterfall.parts} for waterfall in falls]
    headings = [heading(speech, "part"), heading(speech, "amount_fen", "fen")]
    headings += [
        Heading(speech.say("of_source", source=source_name(w.source, speech)), "percent") for w in falls
    ]
    rows: list[tuple[Cell, ...]] = []
    for key in keys:
        parts = [parts_of.get(key) for parts_of in found]
        named = next(part for part in parts if part is not None)
        shares = [
            None if p is None else _share(p.fen, w.total_fen) for p, w in zip(parts, falls, strict=True)
        ]
        rows.append((marked_name(named, speech), parts[0].fen if parts[0] else None, *shares))
    return table(speech, kind, headings, rows)


def layers_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """What each layer of agents took."""
    return table(
        speech,
        "layers",
        _take_headings(speech, first="layer", term="agent_layer"),
        [(layer_name(take.layer, speech), *_take_cells(take)) for take in diagnosis.layers],
    )


def agents_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """What each agent took."""
    headings = (heading(speech, "agent_id"), *_take_headings(speech, first="layer", term="agent_layer"))
    return table(
        speech,
        "agents",
        headings,
        [(take.agent_id, layer_name(take.layer, speech), *_take_cells(take)) for take in diagnosis.agents],
    )


def months_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """The monthly series."""
    headings = (
        heading(speech, "month"),
        heading(speech, "days", "count"),
        heading(speech, "orders", "count"),
        heading(speech, "buyers", "count"),
        heading(speech, "new_buyers", "count"),
        heading(speech, "repeat_buyers", "count"),
        heading(speech, "price_fen", "fen", term="price"),
        heading(speech, "value_fen", "fen", term=value_term(diagnosis)),
        heading(speech, "issued_fen", "fen", term="issued"),
        heading(speech, "spent_fen", "fen", term="spent"),
        heading(speech, "expired_fen", "fen", term="breakage"),
        heading(speech, "budget_fen", "fen", term="pot"),
        heading(speech, "empty_day"),
        heading(speech, "unit_value", "ratio", term="unit_value", interval=True),
    )
    return table(
        speech,
        "months",
        headings,
        [
            (
                m.month,
                m.days,
                m.orders,
                m.buyers,
                m.new_buyers,
                m.repeat_buyers,
                m.price_fen,
                m.value_fen,
                m.issued_fen,
                m.spent_fen,
                m.expired_fen,
                m.budget_fen,
                m.empty_day,
                Interval(m.unit_value_est, m.unit_value_low_est, m.unit_value_high_est),
            )
            for m in diagnosis.months
        ],
    )


def daily_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """What left the pot each day."""
    return table(
        speech,
        "daily",
        (heading(speech, "day"), heading(speech, "issued_fen", "fen", term="burn_per_day")),
        list(diagnosis.daily_burn_fen),
    )


def channels_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """True fees, and what the cheapest route would save."""
    headings = (
        heading(speech, "payment_channel"),
        heading(speech, "provider"),
        heading(speech, "payments", "count"),
        heading(speech, "paid_fen", "fen"),
        heading(speech, "fee_fen", "fen"),
        heading(speech, "fee_rate", "rate", term="payment_fee_rate"),
        heading(speech, "cheapest"),
        heading(speech, "saving_fen", "fen"),
        heading(speech, "mark", "mark", term="marks"),
    )
    return table(
        speech,
        "channels",
        headings,
        [
            (
                c.payment_channel,
                c.provider,
                c.payments,
                c.amount_fen,
                c.fee_fen,
                c.rate_est,
                c.cheapest,
                c.saving_fen_per_month,
                c.marking,
            )
            for c in diagnosis.channels
        ],
    )


def key_uses_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """Planned against actual shares of the incentive."""
    headings = (
        heading(speech, "use"),
        heading(speech, "planned_fen", "fen"),
        heading(speech, "actual_fen", "fen"),
        heading(speech, "planned_share", "percent"),
        heading(speech, "actual_share", "percent"),
        heading(speech, "days"),
    )
    return table(
        speech,
        "key_uses",
        headings,
        [
            (
                speech.say(f"key_use.{use.code}"),
                use.planned_fen,
                use.actual_fen,
                None if use.planned_fen is None else _share(use.planned_fen, use.total_fen),
                _share(use.actual_fen, use.total_fen),
                speech.say("common.comma").join(use.days),
            )
            for use in diagnosis.key_uses
        ],
    )


def drain_loop_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """The drain loop in one row."""
    loop = diagnosis.drain_loop
    headings = (
        heading(speech, "users", "count"),
        heading(speech, "orders", "count"),
        heading(speech, "excess_discount_fen", "fen", term="drain_loop"),
        heading(speech, "excess_commission_fen", "fen"),
        heading(speech, "discount_fen", "fen"),
        heading(speech, "confidence", "percent"),
    )
    rows: list[tuple[Cell, ...]] = []
    if loop is not None:
        rows.append(
            (
                loop.users,
                loop.orders,
                loop.excess_discount_fen,
                loop.excess_commission_fen,
                loop.discount_fen,
                loop.confidence_est,
            )
        )
    return table(speech, "drain_loop", headings, rows)


def waste_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """Six kinds of waste a month; never added."""
    headings = (
        heading(speech, "waste", term="waste"),
        heading(speech, "fen_per_month", "fen", interval=True),
        heading(speech, "basis"),
        heading(speech, "mark", "mark", term="marks"),
    )
    return table(
        speech,
        "waste",
        headings,
        [
            (
                speech.say(f"waste.{waste.kind}"),
                Interval(waste.figure.value, waste.figure.low_est, waste.figure.high_est),
                speech.name_of("basis", waste.figure.basis) if waste.figure.basis else "",
                waste.figure.marking,
            )
            for waste in diagnosis.waste
        ],
        note=speech.say("waste.never_added"),
    )


def _take_headings(speech: Speech, *, first: str, term: str) -> tuple[Heading, ...]:
    return (
        heading(speech, first, term=term),
        heading(speech, "orders", "count"),
        heading(speech, "price_fen", "fen", term="price"),
        heading(speech, "take_fen", "fen"),
        heading(speech, "gap_fen", "fen", term="price_gap"),
        heading(speech, "bonus_take_fen", "fen"),
        heading(speech, "take_rate", "percent"),
        heading(speech, "benchmark_rate", "percent", term="benchmark"),
        heading(speech, "excess_fen", "fen"),
    )


def _take_cells(take: AgentTake) -> tuple[Cell, ...]:
    return (
        take.orders,
        take.price_fen,
        take.take_fen,
        take.gap_fen,
        take.bonus_take_fen,
        _share(take.take_fen, take.price_fen),
        take.benchmark_rate_est,
        take.excess_fen,
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
