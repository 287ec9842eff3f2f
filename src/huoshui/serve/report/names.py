"""What parts of a waterfall, layers, sources, figures and missing data are called."""

from huoshui.core.costs.values import Figure, WaterfallPart
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.speech import Speech
from huoshui.serve.texts import DEFINITIONS


def part_name(part: WaterfallPart, speech: Speech) -> str:
    """What a part of a waterfall is called."""
    if part.code == "agent_layer":
        return layer_name(part.layer, speech)
    return speech.say(f"part.{part.code}")


def marked_name(part: WaterfallPart, speech: Speech) -> str:
    """A part's name; what is not measured says so beside it."""
    name = part_name(part, speech)
    return name if part.marking == "measured" else speech.say(f"mark.beside_{part.marking}", name=name)


def layer_name(layer: int | None, speech: Speech, *, short: bool = False) -> str:
    """二级代理 / Layer-2 agents."""
    if layer is None:
        return speech.say("part.agent_unknown")
    return speech.say("layer.short" if short else "layer.n", layer=_layer_number(layer, speech))


def source_name(source: str | None, speech: Speech) -> str:
    """A source, or all of them."""
    return speech.say("common.all") if source is None else speech.name_of("source", source)


def name_of_table(name: str, input: ReportInput, speech: Speech) -> str:
    """A canonical table in words."""
    text = input.names.get(name)
    return speech.word(text) if text else name


def name_of_need(need: str, input: ReportInput, speech: Speech) -> str:
    """A column ("orders.cost_of_goods") or table in words: 订单表的「货品成本」."""
    owner, dot, column = need.partition(".")
    if not dot:
        return speech.say("need.table", table=name_of_table(owner, input, speech))
    text = input.names.get(need)
    return speech.say(
        "need.column", table=name_of_table(owner, input, speech), column=speech.word(text) if text else column
    )


def figure_name(code: str, speech: Speech) -> str:
    """What a figure is called."""
    definition = DEFINITIONS.get(code)
    return speech.word(definition.term) if definition else code


def needs_text(figure: Figure, input: ReportInput, speech: Speech) -> str:
    """The columns or tables that would make a figure measured."""
    return speech.say("common.comma").join(name_of_need(need, input, speech) for need in figure.needs)


def _layer_number(layer: int, speech: Speech) -> str:
    numerals = "零一二三四五六七八九十"
    return (
        numerals[layer]
        if speech.language == "zh" and 0 <= layer <= 10
        else f"{layer} "
        if speech.language == "zh"
        else str(layer)
    )
