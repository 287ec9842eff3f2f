"""What was assumed of a period, and what to mind: one sentence each, in both languages."""

from collections.abc import Iterator

from huoshui.base.errors import Text
from huoshui.core.pacing import Learned, PacePlan
from huoshui.core.pacing.demand import WEEKS_FOR_SD
from huoshui.core.pacing.pace_values import ArrivalsFrom
from huoshui.flow.pacing.calendar_file import CALENDAR_FILE, PaceCalendar

BY_ORDERS = Text(
    "没有行为事件, 只能按下单算来了多少人; 看了没买的人不在里面。",
    "Without events only orders tell how many came; those who looked and did not order are not among them.",
)
SHORT_HISTORY = Text(
    "历史只有 {weeks} 个整周, 来多少人说不准, 范围按上下三分之一算。",
    "The files hold {weeks} whole weeks: who will come is told within a third either way.",
)
SETTLES = Text(
    "假定发出的余额 {hours} 小时没用就收回余额池, 面额里 {share} 会被用掉; 不是这样就在 {file} 里写 settle_hours。",
    "What is not used within {hours} hours is taken to go back to the pot, and {share} of the face value to be used; "
    "else write settle_hours into {file}.",
)
NEVER_BACK = Text(
    "发出的余额要等到这个周期以后才收回, 所以这里按面额花, 不按预计用掉的花。",
    "What is granted comes back after the period, so the pot is spent at face value and not at what is expected used.",
)
NO_CALENDAR = Text(
    "没有 {file}, 大促只看得出过去每个月同一天都有的; 别的大促请写进去 (--calendar-example 给样子)。",
    "There is no {file}: only peaks that came back on the same day of each month are known. Write the others into it "
    "(--calendar-example shows how).",
)
PEAK_UNKNOWN = Text(
    "“{name}”({day})没写是平常的几倍, 过去也没有同名的日子, 按平常的日子算。",
    "“{name}” ({day}) has no factor and no past day of that name: it is taken for an ordinary day.",
)
PROTECTED_NO_PEAK = Text(
    "{day} 写了要留的钱, 但它不是大促也不在这个周期里, 没有留。",
    "Money is protected for {day}, which is no peak of this period: none is kept.",
)


def notes_of(
    plan: PacePlan, learned: Learned, arrivals_from: ArrivalsFrom, calendar: PaceCalendar
) -> tuple[Text, ...]:
    """The sentences that apply."""
    return tuple(_notes(plan, learned, arrivals_from, calendar))


def _notes(
    plan: PacePlan, learned: Learned, arrivals_from: ArrivalsFrom, calendar: PaceCalendar
) -> Iterator[Text]:
    if arrivals_from == "orders":
        yield BY_ORDERS
    if learned.weeks < WEEKS_FOR_SD:
        yield SHORT_HISTORY.filled(weeks=learned.weeks)
    settlement = plan.settlement
    if settlement.limit_hours >= plan.hours:
        yield NEVER_BACK
    else:
        share = f"{settlement.use_share * 100:.1f}%"
        yield SETTLES.filled(hours=settlement.limit_hours, share=share, file=CALENDAR_FILE)
    if not calendar.days:
        yield NO_CALENDAR.filled(file=CALENDAR_FILE)
    peaks = {peak.day: peak for peak in plan.forecast.peaks}
    known = {peak.name for peak in learned.past_peaks}
    for told in calendar.days:
        if told.day in peaks and told.factor is None and told.name not in known and not learned.past_peaks:
            yield PEAK_UNKNOWN.filled(name=told.name, day=told.day)
    kept = {next(iter(one.peaks)) for one in plan.protected}
    for day in calendar.protected_fen:
        if day not in {plan.forecast.peaks[place].day for place in kept}:
            yield PROTECTED_NO_PEAK.filled(day=day)
