"""A verdict in words, in both languages: what to do first, then why, with the numbers that tell it."""

from typing import Literal

from huoshui.base.errors import Text
from huoshui.core.trials.verdict import Reason, ReasonCode, Verdict, VerdictState

Unit = Literal["fen", "share", "count"]
"""What an outcome counts: money, yes or no, or things."""

_VERDICTS: dict[VerdictState, Text] = {
    "no_data": Text("还没有数据可读。", "No data to read yet."),
    "unhealthy": Text(
        "测试不健康, 数字一律不读: 先查清原因, 再重新开一个。",
        "The trial is unhealthy and no figure of it is read: find the cause, then start another.",
    ),
    "waiting": Text("还差大约 {days} 天。", "About {days} days left."),
    "ship": Text("可以推广: 有效果, 不是碰巧。", "Ship it: the effect is there, and not by chance."),
    "roll_back": Text("撤回: 已经证明不划算。", "Roll it back: it is proven not to be worth it."),
    "inconclusive": Text(
        "测试已到终点, 仍看不出好坏: 效果若有, 小于这个测试能看清的。",
        "The trial has ended without an answer: an effect, if any, is smaller than it can see.",
    ),
}
_WAITING_UNKNOWN = Text(
    "还没有结论; 每天来多少人未知, 说不出还差几天。",
    "No answer yet; how many come a day is not known, so the days left cannot be told.",
)
_REASONS: dict[ReasonCode, Text] = {
    "arm_sizes": Text(
        "各组人数和抽签对不上: 第 {arm} 组{more} {off} 人, 碰巧如此的概率不到千分之一 (p = {p})。",
        "Arm sizes do not fit the draw: arm {arm} has {off} units too {more}, "
        "by chance in less than 1 trial of 1,000 (p = {p}).",
    ),
    "too_few_units": Text(
        "人数最少的一组只有 {units} 人走完窗口期, 至少要 {least} 人。",
        "The smallest arm has {units} units whose window has passed; {least} are needed.",
    ),
    "too_few_events": Text(
        "两组一共只有 {events} 人有结果, 至少要 {least} 人。",
        "{events} units of both arms have any outcome; {least} are needed.",
    ),
    "no_spread": Text(
        "所有人的结果都一样, 没有可比的。", "All outcomes are the same: nothing can be compared."
    ),
    "gain_shown": Text(
        "每人多带来 {value} ({low} 到 {high}), 区间全在保本线以上。",
        "{value} more a user ({low} to {high}): the whole interval is above the line.",
    ),
    "loss_shown": Text(
        "每人带来的差是 {value} ({low} 到 {high}), 区间全在保本线以下。",
        "{value} a user ({low} to {high}): the whole interval is below the line.",
    ),
    "guardrail_harmed": Text(
        "不该受损的「{name}」受损了: {value} ({low} 到 {high})。",
        "What must not suffer does: {name}, {value} ({low} to {high}).",
    ),
    "guardrail_open": Text(
        "「{name}」还不能说没有受损。", "It is not shown yet that {name} does not suffer."
    ),
    "not_decided_yet": Text(
        "目前看每人差 {value}, 但区间 {low} 到 {high} 还跨着保本线。",
        "{value} a user so far, but the interval of {low} to {high} still holds the line.",
    ),
    "units_reached": Text(
        "计划的 {planned} 人已满 (实到 {units} 人)。", "The planned {planned} units are in ({units})."
    ),
    "budget_spent": Text(
        "预算 {budget} 已用完 (已花 {spent})。", "The budget of {budget} is spent ({spent})."
    ),
}


def sentences(verdict: Verdict, unit: Unit) -> tuple[Text, ...]:
    """The verdict's sentence first, then one for each reason."""
    head = _VERDICTS[verdict.state]
    if verdict.state == "waiting":
        days = verdict.days_left_est
        head = _WAITING_UNKNOWN if days is None else head.filled(days=days)
    return (head, *(_reason(reason, unit) for reason in verdict.reasons))


def _reason(reason: Reason, unit: Unit) -> Text:
    numbers = dict(reason.numbers)
    text = _REASONS[reason.code]
    if reason.code == "arm_sizes":
        off = float(numbers["off_units_est"])
        more = ("多", "many") if off > 0 else ("少", "few")
        data = {
            "arm": int(float(numbers["arm"])),
            "off": f"{abs(off):,.0f}",
            "p": f"{numbers['p_always']:.1g}",
        }
        return Text(text.zh.format(more=more[0], **data), text.en.format(more=more[1], **data))
    zh, en = (
        {
            name.removesuffix("_est").removesuffix("_fen"): _said(name, value, unit, language)
            for name, value in numbers.items()
        }
        for language in ("zh", "en")
    )
    return Text(text.zh.format(**zh), text.en.format(**en))


def _said(name: str, value: float | str, unit: Unit, language: str) -> str:
    """A number in words: effects in the unit of the outcome, money in yuan, the rest as whole numbers."""
    if isinstance(value, str):
        return value
    if name.endswith("_fen") or (name.endswith("_est") and unit == "fen"):
        return f"{value / 100:,.2f} 元" if language == "zh" else f"{value / 100:,.2f} yuan"
    if name.endswith("_est"):
        if unit == "share":
            return f"{value * 100:.2f} 个百分点" if language == "zh" else f"{value * 100:.2f} points"
        return f"{value:.3g}"
    return f"{value:,.0f}"
