"""What the files of a pace say in words, in both languages; names of the data go in unread."""

from huoshui.base.errors import Text
from huoshui.base.money import yuan_text
from huoshui.core.pacing import DayKind
from huoshui.core.pacing.pace_values import PaceWhatIf, PeakFrom

KIND_NAMES: dict[DayKind, Text] = {
    "weekday": Text("工作日", "weekday"),
    "weekend": Text("周末", "weekend"),
}
PEAK_SOURCES: dict[PeakFrom, Text] = {
    "operator": Text("您写的", "as you wrote"),
    "past": Text("照过去的大促", "as past peaks were"),
    "recurring": Text("过去每月这一天都是", "this day of each month was one"),
}
BOOK: dict[str, Text] = {
    "sheet.days": Text("每天", "Days"),
    "sheet.what_ifs": Text("假如", "What if"),
    "sheet.peaks": Text("大促", "Peaks"),
    "day": Text("日期", "Day"),
    "kind": Text("哪种日子", "Kind"),
    "peak": Text("大促", "Peak"),
    "arrivals": Text("预计来多少人次", "Arrivals expected"),
    "low": Text("下限 (八成)", "Low (80%)"),
    "high": Text("上限 (八成)", "High (80%)"),
    "granted": Text("发出面额(元)", "Face granted"),
    "used": Text("预计用掉(元)", "Expected used"),
    "value": Text("预计多赚(元)", "Value expected"),
    "price": Text("最后 1 元带回(元)", "The last yuan brings"),
    "left": Text("当天结束时未承诺的余额(元)", "Uncommitted at its end"),
    "what_if": Text("假如", "What if"),
    "budget": Text("余额池(元)", "Pot"),
    "price_mean": Text("平均的单位余额价值", "Mean price"),
    "rest": Text("最后剩下(元)", "Left at the end"),
    "empty": Text("哪天发不出", "Empty on"),
    "kept_empty": Text("价不变的话哪天发不出", "Empty on, price kept"),
    "kept_value": Text("价不变的话预计多赚(元)", "Value, price kept"),
    "kept_rest": Text("价不变的话最后剩下(元)", "Left, price kept"),
    "lasts": Text("撑到最后", "lasts"),
    "name": Text("名字", "Name"),
    "factor": Text("人数是平常的几倍", "Times the people"),
    "value_factor": Text("每人值平常的几倍", "Times the worth"),
    "source": Text("谁说的", "Told by"),
}
WHAT_IF_WORDS: dict[str, tuple[Text, Text]] = {
    "traffic": (Text("来的人多 {by}", "{by} more arrivals"), Text("来的人少 {by}", "{by} fewer arrivals")),
    "peaks": (
        Text("大促比预计大 {by}", "peaks {by} larger"),
        Text("大促比预计小 {by}", "peaks {by} smaller"),
    ),
    "value": (Text("每人多值 {by}", "{by} more value"), Text("每人少值 {by}", "{by} less value")),
    "redemption": (Text("用掉的多 {by}", "{by} more is used"), Text("用掉的少 {by}", "{by} less is used")),
}
BUDGET_WORDS = Text("余额池 {amount} 元", "a pot of {amount}")


def what_if_words(asked: PaceWhatIf) -> Text:
    """What is otherwise, as a phrase."""
    if asked.code == "budget":
        return BUDGET_WORDS.filled(amount=yuan_text(asked.budget_fen).removesuffix(".00"))
    more, less = WHAT_IF_WORDS[asked.code]
    by = f"{abs(asked.factor - 1) * 100:.3g}%"
    return (more if asked.factor >= 1 else less).filled(by=by)
