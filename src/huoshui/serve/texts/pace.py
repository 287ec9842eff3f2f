"""The words of the pace's page and of its ten lines, in reading order; its terms."""

from huoshui.base.errors import Text
from huoshui.serve.texts.definitions import Definition

_ANSWER: dict[str, Text] = {
    "pace.title": Text("{name}: {period}怎么花", "{name}: how to spend {period}"),
    "pace.what": Text("花钱的节奏", "Pacing"),
    "pace.scope": Text(
        "{period}, 余额池 {budget} · 从 {begins} 起按小时定价 · 数据 {first} 到 {last}",
        "{period}, a pot of {budget} · priced by the hour from {begins} · data {first} to {last}",
    ),
    "pace.headline": Text(
        "还有 {left}可以发, 今天起, 每 1 {unit}至少带回 {price} {unit}才发; 这样刚好花到月底。",
        "{left} is still to be granted: from today only where {unit}1 brings back at least {unit}{price}; so it lasts to the "
        "month's end.",
    ),
    "pace.headline_gross": Text(
        "还有 {left}可以发, 今天起, 每 1 {unit}至少多带来成交额 {price} {unit}才发; 这样刚好花到月底。",
        "{left} is still to be granted: from today only where {unit}1 brings at least {unit}{price} of turnover; so it lasts "
        "to the month's end.",
    ),
    "pace.headline_kept": Text(
        "还有 {left}可以发, 到月底预计剩 {rest}; 再发出去, 每 1 {unit}带不回 {edge} {unit}。",
        "Of {left} still to be granted, {rest} is expected to stay; given out, a further {unit}1 would not bring back "
        "{unit}{edge}.",
    ),
    "pace.headline_empty": Text(
        "这个周期没有可以挑人发的余额了。", "Nothing is left to be granted in this period."
    ),
    "pace.runway": Text(
        "照今天的价发, 还能撑 {days}(八成可能在 {low} 到 {high} 天之间)。",
        "At today's price it lasts {days} (four in five: {low} to {high}).",
    ),
    "pace.runway_open": Text(
        "照今天的价发, 还能撑 {days}(八成可能在 {low} 天以上)。",
        "At today's price it lasts {days} (four in five: {low} or more).",
    ),
    "pace.runway_long": Text(
        "照今天的价发, 一年也用不完。", "At today's price it is not used up within a year."
    ),
    "pace.set_aside": Text(
        "先留出: {parts}; 按小时花的是 {offers}。", "Set aside: {parts}; paced: {offers}."
    ),
    "pace.part": Text("{name} {amount}", "{name} {amount}"),
    "pace.granted": Text("这个周期已经发出", "granted already"),
    "pace.demand_events": Text(
        "预计工作日一天来 {weekday} 人次, 周末 {weekend}; 整体可能高低 {band}。",
        "Expected arrivals: {weekday} on a weekday, {weekend} on a weekend day; all of it within {band} either way.",
    ),
    "pace.demand_orders": Text(
        "预计工作日一天下单 {weekday} 人次, 周末 {weekend}; 整体可能高低 {band}。",
        "People expected to order: {weekday} on a weekday, {weekend} on a weekend day; all of it within {band} either way.",
    ),
    "pace.peak": Text("{day} {name}({factor} 倍)", "{day} {name} (x{factor})"),
    "pace.peaks": Text(
        "大促 {peaks}, 预计用掉这个周期的 {share}。", "Peaks {peaks}, expected to use {share} of the period."
    ),
    "pace.lasts": Text("撑到最后", "lasts"),
    "pace.tile_price": Text("最后 1 元带回", "The last yuan brings"),
    "pace.tile_price_below": Text(
        "不到这个数的不发; 边线 {edge}", "what brings less is not given; edge {edge}"
    ),
    "pace.tile_runway": Text("可撑天数", "Runway"),
    "pace.tile_runway_below": Text("八成在 {band} 天之间", "four in five: {band} days"),
    "pace.tile_left": Text("还没承诺出去", "Uncommitted"),
    "pace.tile_left_below": Text("发出的里面预计还会收回 {back}", "{back} more is expected back"),
    "pace.tile_used": Text("预计用掉", "Expected used"),
    "pace.tile_used_below": Text("带来价值 {value}", "bringing {value} of value"),
    "pace.tile_stays": Text("预计留下", "Expected to stay"),
    "pace.tile_stays_below": Text("再发就带不回边线", "more would not bring the edge"),
    "pace.tile_arrivals": Text("预计来多少人次", "Arrivals expected"),
    "pace.tile_arrivals_below": Text("还剩 {days} 天", "in the {days} days left"),
    "pace.tile_offers": Text("按小时花的", "Paced"),
    "pace.tile_offers_below": Text("余额池 {budget}里, 减去先留出的", "of {budget}, less what is set aside"),
    "pace.tile_settle": Text("几小时没用就收回", "Hours until released"),
    "pace.tile_settle_below": Text("面额里预计用掉 {share}", "{share} of face expected used"),
    "pace.marking": Text(
        "这一页的数字都是推算: 来多少人按过去推, 发了有多大用按随机分过组的数据推。每小时按真实情况重算。",
        "Every figure here is an estimate: arrivals from the past, what a grant brings from randomised data. Each hour it is "
        "solved again from what really happened.",
    ),
    "pace_chart.left": Text("当天结束时还没承诺的余额", "uncommitted at the day's end"),
    "pace_chart.used": Text("当天预计用掉", "expected used that day"),
    "pace_chart.peak": Text("大促", "peak"),
    "pace_chart.past": Text("已经过去", "past"),
    "chart.pace": Text(
        "余额池每天剩多少: {first} 从 {start} 开始, {last} 结束时剩 {end}。",
        "What is left of the pot by day: from {start} on {first} to {end} at the end of {last}.",
    ),
}

_SECTIONS: dict[str, Text] = {
    "section.pace_if": Text("假如和预计的不一样", "If it goes otherwise"),
    "lead.pace_if": Text(
        "左边是每小时重新定价会怎样, 右边是一直用今天的价会怎样。",
        "First with the price solved again every hour, then with today's price kept all along.",
    ),
    "section.pace_days": Text("每天怎么花", "Day by day"),
    "lead.pace_days": Text(
        "预计来多少人、发多少、用多少、还剩多少。", "Who comes, what is granted, used and left."
    ),
    "section.pace_peaks": Text("大促", "Peaks"),
    "lead.pace_peaks": Text(
        "这些天来的人多, 钱要留到那天。", "More people come on these days: money must last until then."
    ),
    "pace_peaks.none": Text(
        "没有写大促, 过去也看不出每月同一天都有的。把日子写进 calendar.toml。",
        "No peak is written down, and none came back on the same day of each month. Write them into calendar.toml.",
    ),
    "section.pace_assumed": Text("假定了什么", "What is assumed"),
    "lead.pace_assumed": Text(
        "这些不对, 上面的数就不对。", "Where these are wrong, so are the figures above."
    ),
    "pace_assumed.price": Text(
        "每天花多少不求一样, 求每天最后 1 元带回的一样: 一处多花 1 元比另一处值, 就还没花好。",
        "Not each day's spend is evened out but what its last yuan brings: were one day's worth more, it should have more.",
    ),
    "pace_assumed.steps": Text(
        "价一小时最多动 15%, 差不到 1.5% 就不动。",
        "The price moves by at most 15% an hour, and not at all for less than 1.5%.",
    ),
    "pace_assumed.floor": Text(
        "已经发出、还没用掉的按全额占着; 余额池任何时候都不会超。",
        "What is granted and not yet used counts in full: the pot is never overdrawn.",
    ),
    "pace_if.traffic_more": Text("来的人多 {by}", "arrivals are {by} more"),
    "pace_if.traffic_less": Text("来的人少 {by}", "arrivals are {by} fewer"),
    "pace_if.peaks_more": Text("大促比预计大 {by}", "peaks are {by} larger"),
    "pace_if.peaks_less": Text("大促比预计小 {by}", "peaks are {by} smaller"),
    "pace_if.value_more": Text("每人多值 {by}", "each is worth {by} more"),
    "pace_if.value_less": Text("每人少值 {by}", "each is worth {by} less"),
    "pace_if.redemption_more": Text("用掉的多 {by}", "{by} more is used"),
    "pace_if.redemption_less": Text("用掉的少 {by}", "{by} less is used"),
    "pace_if.budget": Text("余额池换成 {amount}", "the pot is {amount}"),
    "pace_if.kept_empty": Text(
        "假如{what}: 价不动的话 {day} 就发不出了; 每小时重算能撑到最后, 价平均 {price}。",
        "If {what}: with the price kept the pot is empty on {day}; solved every hour it lasts, at a mean price of {price}.",
    ),
    "pace_if.kept_rest": Text(
        "假如{what}: 价不动的话会剩 {rest}没发; 每小时重算会花出去, 价平均 {price}。",
        "If {what}: with the price kept {rest} is left over; solved every hour it is used, at a mean price of {price}.",
    ),
    "pace_if.empty": Text(
        "假如{what}: 每小时重算也撑不到最后, {day} 起大半发不出。",
        "If {what}: even solved every hour it does not last; from {day} most is refused.",
    ),
    "pace_if.same": Text(
        "假如{what}: 也撑得到最后, 价平均 {price}。",
        "If {what}: it lasts to the end too, at a mean price of {price}.",
    ),
    "table.pace_days": Text("每天的预计", "Expected by day"),
    "table.pace_if": Text("假如", "What if"),
    "table.pace_peaks": Text("大促的日子", "Peak days"),
    "table.pace_uses": Text("给大促留的钱", "Kept for peaks"),
    "col.pace_day": Text("日期", "Day"),
    "col.pace_kind": Text("哪种日子", "Kind"),
    "col.pace_arrivals": Text("来多少人次", "Arrivals"),
    "col.pace_granted": Text("发出面额", "Granted"),
    "col.pace_used": Text("预计用掉", "Used"),
    "col.pace_value": Text("带来价值", "Value"),
    "col.pace_price": Text("最后 1 元带回", "Last yuan brings"),
    "col.pace_left": Text("还没承诺", "Uncommitted"),
    "col.pace_if": Text("假如", "If"),
    "col.pace_mean_price": Text("平均的价", "Mean price"),
    "col.pace_rest": Text("剩下", "Left"),
    "col.pace_kept_empty": Text("价不动: 哪天发不出", "Price kept: empty on"),
    "col.pace_kept_value": Text("价不动: 价值", "Price kept: value"),
    "col.pace_kept_rest": Text("价不动: 剩下", "Price kept: left"),
    "col.pace_peak": Text("名字", "Name"),
    "col.pace_factor": Text("人数倍数", "Times the people"),
    "col.pace_value_factor": Text("价值倍数", "Times the worth"),
    "col.pace_source": Text("谁说的", "Told by"),
    "col.pace_use": Text("留给", "Kept for"),
    "col.pace_minimum": Text("至少", "At least"),
    "pace_kind.weekday": Text("工作日", "weekday"),
    "pace_kind.weekend": Text("周末", "weekend"),
    "pace_kind.past": Text("已过", "past"),
    "pace_source.operator": Text("您写的", "you"),
    "pace_source.past": Text("照过去的大促", "past peaks"),
    "pace_source.recurring": Text("过去每月这天都是", "this day of past months"),
    "pace_line.title": Text(
        "{name} · {period}怎么花 · 余额池 {budget}", "{name} · how to spend {period} · a pot of {budget}"
    ),
}
PACE_TEXTS: dict[str, Text] = {**_ANSWER, **_SECTIONS}


def _d(zh: str, en: str, meaning_zh: str, meaning_en: str) -> Definition:
    return Definition(Text(zh, en), Text(meaning_zh, meaning_en))


PACE_DEFINITIONS: dict[str, Definition] = {
    "arrival": _d(
        "人次",
        "Arrival",
        "一个人在一个小时里来过一次: 看过、加过购物车或下过单。每次都可以决定发不发。",
        "One person in one hour: looked, filled a cart or ordered. Each is an occasion to decide.",
    ),
    "uncommitted": _d(
        "未承诺余额",
        "Uncommitted rest",
        "余额池减去已经发出的面额, 加上已经收回的。发出没用的也占着。",
        "The pot less the face value granted, with what came back. What is granted and unused counts as gone.",
    ),
    "settlement": _d(
        "收回时限",
        "Settlement limit",
        "发出的余额多少小时没用就收回余额池。",
        "Hours after which what was granted and not used goes back to the pot.",
    ),
    "protected_minimum": _d(
        "保底",
        "Protected minimum",
        "给一个用途(大促、新客)至少留的钱, 别的用途动不了; 真用不上才放出来。",
        "The least kept for a use (a big sale, newcomers): others cannot touch it, until it surely cannot be used.",
    ),
    "pace_price": _d(
        "节奏",
        "Pacing",
        "把一个周期的余额按小时分开花: 每小时按还剩多少钱、还会来多少人重新定价。",
        "Spending a period's pot over its hours: each hour the price is solved from what is left and who will still come.",
    ),
}
