"""What an action says to a person: what changes, why, on which figures, and what leads back. Chinese and English."""

from typing import assert_never

from huoshui.base.errors import Text
from huoshui.base.money import yuan_text
from huoshui.core.watch.values import Action, ActionKind, BreakerCode, ReasonCode

REASONS: dict[ReasonCode, Text] = {
    "below_bar": Text(
        "已到期的 {cohorts} 天、{users} 人说明每 1 元赚回的低于保本线: 证据值 {e_est:.3g}, 达到 {threshold:.0f} 就降。"
        "真在保本线上的活动, 任何时候看都至多二十分之一会到这里。",
        "{cohorts} matured days of {users} users say that a yuan brings less than the bar: evidence {e_est:.3g}, and "
        "{threshold:.0f} lowers. Of campaigns at the bar at most 1 in 20 ever gets here, however often one looks.",
    ),
    "surely_below_bar": Text(
        "已到期的 {cohorts} 天、{users} 人说明每 1 元赚回的确实低于保本线: 证据值 {e_est:.3g}, "
        "达到 {threshold:.0f} 就停。真在保本线上的活动至多百分之一会到这里。",
        "{cohorts} matured days of {users} users say surely that a yuan brings less than the bar: evidence "
        "{e_est:.3g}, and {threshold:.0f} pauses. Of campaigns at the bar at most 1 in 100 ever gets here.",
    ),
    "drift": Text(
        "以前够得上保本线, 最近到期的几天够不上了 (漂移检测报警)。",
        "It used to reach the bar; the days that matured lately do not (the drift detector sounded).",
    ),
    "drift_sure": Text(
        "漂移报警之后到期的几天也都够不上保本线: 证据值 {since_drift_e_est:.3g}。",
        "The days that matured after the drift alarm do not reach the bar either: evidence {since_drift_e_est:.3g}.",
    ),
    "young_cohorts": Text(
        "窗口期没走完的 {young_users} 人到现在带来的, 比同样天数的往期少 (推算每 1 元赚回 {young_return_est:.2f} 元)。"
        "还没到期, 只提醒和放慢, 不停。",
        "{young_users} users whose window is open have brought less so far than earlier ones of that age (about "
        "{young_return_est:.2f} a yuan). Not matured yet: it warns and slows, it never stops.",
    ),
    "recovered": Text(
        "不利的证据已经消退 (证据值 {e_est:.3g}), 升一级。",
        "The evidence against it has gone ({e_est:.3g}): one rung up.",
    ),
    "loss_cap": Text(
        "已到期的人里, 成本比价值多出 {loss_fen} 元, 到了定好的亏损上限 {loss_fen_max} 元。",
        "Matured users cost {loss_fen} yuan more than they brought; the cap on losses is {loss_fen_max} yuan.",
    ),
    "by_person": Text("{by} 的指令。", "By order of {by}."),
    "daily_cap": Text(
        "今天已经给出 {committed_fen} 元, 到了每日上限 {daily_cap_fen} 元; 明天自动恢复。",
        "{committed_fen} yuan were committed today; the cap a day is {daily_cap_fen} yuan. It ends by itself tomorrow.",
    ),
    "ledger_imbalance": Text(
        "账本有 {ledger_findings} 条规则对不上; 对平了自动恢复。",
        "{ledger_findings} rules of the books do not hold; it ends once they do.",
    ),
    "burn_above_plan": Text(
        "花得比计划快: 近 {long_days} 天 {long_fen} 元 (计划 {long_planned_fen}), "
        "近 {short_days} 天 {short_fen} 元 (计划 {short_planned_fen})。",
        "Spending is above plan: {long_fen} yuan in {long_days} days ({long_planned_fen} planned), {short_fen} in the "
        "last {short_days} ({short_planned_fen} planned).",
    ),
    "risk_spike": Text(
        "今天 {granted} 笔发放里有 {risky} 笔给了可疑账号, 平时是 {risky_usual_est:.1%}。",
        "{risky} of today's {granted} grants went to suspicious accounts; usually {risky_usual_est:.1%} do.",
    ),
    "no_values": Text(
        "一直没有收到订单价值, 看不见这个活动带来了什么。",
        "No order values have arrived for long: nobody sees what this campaign brings.",
    ),
    "cause_gone": Text("原因已经消失。", "Its cause has gone."),
    "values_late": Text(
        "订单价值晚了 (天数: {late_days})。缺数不等于没带来价值: 先不按数字升降, 等数据补上。",
        "Order values are late (days: {late_days}). Missing is not worth nothing: no step by figures until they come.",
    ),
    "values_back": Text("订单价值补上了, 恢复判断。", "Order values are here again; judging goes on."),
    "pulled_forward": Text(
        "看 {days} 天: 窗口期之后, 发了的人反而比留出的少 (每人差 {after_fen_est} 元)。"
        "这笔奖励可能只是把购买提前了。",
        "Over {days} days: after the window, the rewarded bring less than the holdout ({after_fen_est} yuan a user). "
        "The reward may only have pulled purchases forward.",
    ),
    "rule_below_bar": Text(
        "写明规则给的, 不能扣下; 但已到期的 {cohorts} 天、{users} 人说明每 1 元赚回的低于保本线 (证据值 {e_est:.3g})。"
        "要改就改规则。",
        "A published rule gives it, so it is not withheld; but {cohorts} matured days of {users} users say that a yuan "
        "brings less than the bar (evidence {e_est:.3g}). To change it, change the rule.",
    ),
    "margin_harm": Text(
        "看 {days} 天: 发了的人每人毛利比留出的少 (每人差 {whole_fen_est} 元)。",
        "Over {days} days: the rewarded leave less margin than the holdout ({whole_fen_est} yuan a user).",
    ),
}
LIMITS: dict[BreakerCode, Text] = {
    "daily_cap": Text("每日上限", "cap a day"),
    "ledger_imbalance": Text("账不平", "books out of balance"),
    "burn_above_plan": Text("花得超计划", "burn above plan"),
    "risk_spike": Text("可疑账号激增", "spike of suspicious accounts"),
    "no_values": Text("没有价值数据", "no value feed"),
}
ON_RETURN: tuple[ReasonCode, ...] = ("below_bar", "surely_below_bar", "drift", "drift_sure", "rule_below_bar")
ON_VALUE: tuple[ReasonCode, ...] = (*ON_RETURN, "young_cohorts", "recovered", "loss_cap")
GROSS = Text("成交额口径, 不是利润。", "Turnover, not profit.")
BASIS = {
    "incremental": Text("和对照组比。", "Against a control."),
    "attributed": Text(
        "按归因算, 没有对照组: 分不出本来就会买的。",
        "Attributed, without a control: who would have bought anyway is in it.",
    ),
}


def sentence_of(action: Action) -> Text:
    """The whole of an action in a few sentences."""
    parts = [_what(action), _why(action)]
    if action.reason in ON_RETURN:
        parts.append(BASIS[action.evidence.basis])
    if action.evidence.gross and action.reason in ON_VALUE:
        parts.append(GROSS)
    parts.append(_way_back(action))
    return Text("".join(part.zh for part in parts), " ".join(part.en for part in parts))


def _what(action: Action) -> Text:
    shares = {"before": _percent(action.share_before), "after": _percent(action.share_after)}
    kind: ActionKind = action.kind
    match kind:
        case "warn":
            return Text("提醒, 什么都不改。", "A warning; nothing changes.")
        case "freeze":
            return Text("暂不判断, 发放比例不变。", "Judging waits; the issuing share stays.")
        case "thaw":
            return Text("恢复判断。", "Judging goes on.")
        case "pause":
            return Text("建议停止新发放, 已发的不动。", "Pause new grants; what was issued stays.")
        case "resume":
            return Text("恢复发放, 比例 {after}。", "Resume, issuing share {after}.").filled(**shares)
        case "lower" | "raise" | "undo":
            return Text(
                "发放比例从 {before} 改为 {after}。", "Issuing share from {before} to {after}."
            ).filled(**shares)
        case "limit" | "lift":
            return _limited(action).filled(**shares)
    assert_never(kind)


def _limited(action: Action) -> Text:
    assert action.limit is not None
    name = LIMITS[action.limit.code]
    if action.kind == "limit":
        return Text(
            f"触发熔断 ({name.zh}): 发放比例从 {{before}} 压到 {{after}}。",
            f"A breaker tripped ({name.en}): issuing share from {{before}} to {{after}}.",
        )
    return Text(
        f"解除熔断 ({name.zh}): 发放比例从 {{before}} 回到 {{after}}。",
        f"A breaker is lifted ({name.en}): issuing share from {{before}} to {{after}}.",
    )


def _why(action: Action) -> Text:
    told = {
        name: yuan_text(round(value)) if "_fen" in name and not isinstance(value, str) else value
        for name, value in action.numbers
    }
    return REASONS[action.reason].filled(**told)


def _way_back(action: Action) -> Text:
    if action.undo.how == "look":
        return Text("请看一眼。", "Please have a look.")
    if action.undo.how == "send_values":
        return Text("价值数据到了就自动恢复。", "It ends by itself when values arrive.")
    return Text("撤回即回到 {share}。", "Undo leads back to {share}.").filled(
        share=_percent(action.undo.share)
    )


def _percent(share: float) -> str:
    return f"{share:.0%}"
