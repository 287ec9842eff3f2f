"""Every feature in words: what it is called, and how one says that a user has more or less of it than others."""

from typing import NamedTuple

from huoshui.base.errors import Text


class FeatureWords(NamedTuple):
    """`name` stands in tables; `more` and `less` stand in a sentence about a user."""

    name: Text
    more: Text
    less: Text


def _count(zh: str, en: str) -> FeatureWords:
    return FeatureWords(Text(zh, en), Text(f"{zh}多", f"more {en}"), Text(f"{zh}少", f"fewer {en}"))


def _amount(zh: str, en: str) -> FeatureWords:
    return FeatureWords(Text(zh, en), Text(f"{zh}多", f"more {en}"), Text(f"{zh}少", f"less {en}"))


def _long(zh: str, en: str) -> FeatureWords:
    return FeatureWords(Text(zh, en), Text(f"{zh}长", f"longer {en}"), Text(f"{zh}短", f"shorter {en}"))


def _high(zh: str, en: str) -> FeatureWords:
    return FeatureWords(Text(zh, en), Text(f"{zh}高", f"higher {en}"), Text(f"{zh}低", f"lower {en}"))


def _is(zh: str, en: str) -> FeatureWords:
    return FeatureWords(Text(zh, en), Text(zh, en), Text(f"不是{zh}", f"not: {en}"))


_SEEN = {
    "viewed": ("看商品", "products looked at"),
    "carted": ("加购物车", "things put in the cart"),
    "top_up_seen": ("打开充值", "visits of the top-up page"),
    "other": ("别的动作", "other events"),
}
_SPANS = {1: ("近 1 天", "in 1 day"), 7: ("近 7 天", "in 7 days"), 30: ("近 30 天", "in 30 days")}
_SOURCES = {
    "direct": ("上一单自己来的", "last order came directly"),
    "agent": ("上一单从代理来", "last order came through an agent"),
    "promoter": ("上一单从推广来", "last order came through a promoter"),
    "site": ("上一单从分站来", "last order came through a site"),
    "ad": ("上一单从广告来", "last order came through an ad"),
}

FEATURE_WORDS: dict[str, FeatureWords] = {
    "orders_7": _count("近 7 天下单", "orders in 7 days"),
    "orders_30": _count("近 30 天下单", "orders in 30 days"),
    "orders_90": _count("近 90 天下单", "orders in 90 days"),
    "margin_30": _amount("近 30 天毛利", "margin in 30 days"),
    "margin_90": _amount("近 90 天毛利", "margin in 90 days"),
    "idle_days": _long("没下单的时间", "time without an order"),
    "mean_price": _high("每单金额", "order price"),
    "top_price": _high("最贵一单", "dearest order"),
    "bonus_share": _high("用激励余额付的比例", "share paid by bonus"),
    "principal_share": _high("用本金付的比例", "share paid by principal"),
    "coupon_share": _count("用券", "coupons used"),
    "promo_share": _count("大促时下单", "orders on promotion"),
    "weekend_share": _count("周末下单", "orders on weekends"),
    "refunds_90": _count("近 90 天退款", "refunds in 90 days"),
    "rewards_90": _count("近 90 天得过奖励", "rewards in 90 days"),
    "reward_yuan_90": _amount("近 90 天奖励金额", "reward amount in 90 days"),
    "rewarded_days": _long("离上次奖励", "time since the last reward"),
    "answered_share": _count("得了奖励后下单", "orders after rewards"),
    "balance_yuan": _amount("手里余额", "balance in hand"),
    "top_ups_90": _count("近 90 天充值次数", "top-ups in 90 days"),
    "top_up_yuan_90": _amount("近 90 天充值金额", "top-up amount in 90 days"),
    "top_up_days": _long("离上次充值", "time since the last top-up"),
    **{
        f"{kind}_{span}": _count(f"{when_zh}{zh}", f"{en} {when_en}")
        for kind, (zh, en) in _SEEN.items()
        for span, (when_zh, when_en) in _SPANS.items()
    },
    "seen_days": _long("没来看的时间", "time since the last visit"),
    "registered_days": _long("注册时间", "time since registration"),
    "spent_before": _amount("更早以前的消费", "spent before these files"),
    "has_upline": _is("有上级", "has an upline"),
    **{f"source_{source}": _is(zh, en) for source, (zh, en) in _SOURCES.items()},
    **{
        f"device_{number}": _is(f"用第 {number} 类设备", f"device of kind {number}") for number in range(1, 9)
    },
}
