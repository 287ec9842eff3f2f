"""The plan in plain words: the sentences that open the page and the ten lines of the terminal.

The page computes no figure; it divides what it is given (a return, a share) and nothing else.
"""

from itertools import islice

from huoshui.base.errors import Language, Text
from huoshui.core.allocate.plan_values import Baseline, CampaignPlan, PeriodPlan, PlanCell
from huoshui.serve.plan_page.input import PlanInput
from huoshui.serve.plan_page.speech import speech_of
from huoshui.serve.report.headline import Sentence
from huoshui.serve.report.speech import Speech

LINES_MAX = 10
_KEPT_SHARE_MIN = 0.0005
"""A smaller rest of the pot is what no whole reward fits into, and no decision to keep."""
_CELLS_SAID = 3
_NAMES_SAID = 3


def plan_lines(input: PlanInput, language: Language) -> list[str]:
    """At most ten lines: what for, what to spend and keep, the promise, beside other ways, who, what to mind."""
    plan = input.plan
    speech = speech_of(plan, language, input.currency)
    title = speech.say(
        "plan_line.title",
        name=input.folder_name,
        period=period_text(plan.scope.period, speech),
        budget=money(plan.budget_fen, speech),
    )
    first = speech.say("plan_line.simulated", line=title) if plan.scope.simulated else title
    lines = [first, headline(plan, speech).plain(speech)]
    promised = promise_sentence(plan, speech)
    if promised is not None:
        lines += [promised.plain(speech), _used_line(plan, speech)]
    beside = beside_sentence(plan, speech)
    lines += [beside.plain(speech)] if beside is not None else []
    told = (_most, _first, _not_allowed, _rule, _unknown, _check)
    lines += [line for line in (say(plan, speech) for say in told) if line]
    return list(islice(lines, LINES_MAX))


def headline(plan: PeriodPlan, speech: Speech) -> Sentence:
    """What is spent, what stays, and what the next yuan would bring."""
    spent, kept = plan.budget_fen - plan.unspent_fen, plan.unspent_fen
    say = money if money(spent, speech) != money(plan.budget_fen, speech) else to_the_yuan
    data = {
        "budget": money(plan.budget_fen, speech),
        "spent": say(spent, speech),
        "kept": money(kept, speech),
        "edge": edge_text(plan.edge_est),
        "price": speech.ratio(plan.price_est),
    }
    known = any(curve.points for campaign in plan.campaigns for curve in campaign.curves)
    if not plan.budget_fen and known:
        return Sentence("plan.headline_no_money", _only(data, "price"), ("price",))
    if plan.offers_fen <= 0 and known:
        return Sentence("plan.headline_owed", _only(data, "budget", "price"), ("budget", "price"))
    if not plan.scope.users_with_level:
        left = any(campaign.status not in ("excluded", "over") for campaign in plan.campaigns)
        if plan.campaigns and not left:
            return Sentence("plan.headline_left_out", _only(data, "kept"), ("kept",))
        if known and not plan.scope.users_allowed:
            return Sentence("plan.headline_nobody", _only(data, "kept"), ("kept",))
        code = "plan.headline_nothing_pays" if known else "plan.headline_none"
        return Sentence(code, _only(data, "kept", "edge") if known else _only(data, "kept"), ("kept",))
    if keeps(plan):
        return Sentence(
            "plan.headline_kept", _only(data, "budget", "spent", "kept", "edge"), ("spent", "kept")
        )
    return Sentence("plan.headline_used", _only(data, "budget", "price"), ("budget", "price"))


def keeps(plan: PeriodPlan) -> bool:
    """Whether money stays because nobody is worth it, and not for want of a reward small enough."""
    return plan.price_est <= plan.edge_est and plan.unspent_fen > _KEPT_SHARE_MIN * plan.budget_fen


def promise_sentence(plan: PeriodPlan, speech: Speech) -> Sentence | None:
    """What it brings, with its range, and what of it is earned; None where nobody gets anything."""
    if not plan.scope.users_with_level:
        return None
    promise = plan.promise
    net = promise.value_est - plan.spent_fen
    data = {
        "users": speech.count(offered_users(plan)),
        "value": money(promise.value_est, speech),
        "low": money(promise.low_est, speech),
        "high": money(promise.high_est, speech),
        "cost": money(plan.spent_fen, speech),
    }
    if plan.scope.gross:
        return Sentence("plan.promise_gross", data, ("value",))
    data["net"] = money(abs(net), speech)
    return Sentence("plan.promise" if net >= 0 else "plan.promise_loss", data, ("value", "net"))


def beside_sentence(plan: PeriodPlan, speech: Speech) -> Sentence | None:
    """The best of the other ways to give the same money, by what is earned; None without any.

    Other ways keep no rule but the pot: where one does better and rules cost something, that is why.
    """
    if not plan.baselines or not plan.scope.users_with_level:
        return None
    best = max(plan.baselines, key=lambda way: earned(plan, way.value_est, way.cost_fen))
    theirs = earned(plan, best.value_est, best.cost_fen)
    more = earned(plan, plan.promise.value_est, plan.spent_fen) - theirs
    data = {
        "other": speech.inside(speech.say(f"plan_baseline.{best.code}")),
        "earns": earns_word(plan, theirs, speech),
        "value": money(theirs if plan.scope.gross else abs(theirs), speech),
        "more": money(abs(more), speech),
    }
    if more > 0:
        return Sentence("plan.beside", data, ("more",))
    ruled = any(rule.costs_est for rule in plan.rules)
    return Sentence("plan.beside_rules" if ruled else "plan.beside_not_better", data, ("more",))


def earned(plan: PeriodPlan, value_est: float, cost_fen: float) -> float:
    """Value less cost; of turnover nothing can be earned, so it stands as it is."""
    return value_est if plan.scope.gross else value_est - cost_fen


def earns_word(plan: PeriodPlan, earned_fen_est: float, speech: Speech) -> str:
    """净赚 or 净亏; 带来成交额 where the cost of goods is unknown."""
    known = "margin" if earned_fen_est >= 0 else "loss"
    return speech.say("plan_earns.turnover" if plan.scope.gross else f"plan_earns.{known}")


def status_text(plan: PeriodPlan, campaign: CampaignPlan, speech: Speech) -> str:
    """Whether a campaign is in the plan; at a price above the edge others may only be better uses of the money."""
    crowded = campaign.status == "nothing_pays" and plan.price_est > plan.edge_est
    return speech.say("plan_status.crowded_out" if crowded else f"plan_status.{campaign.status}")


def offers(plan: PeriodPlan) -> list[PlanCell]:
    """Cells of the plan itself: neither by chance nor held out."""
    return [cell for cell in plan.cells if cell.arm == "policy" and cell.users]


def offered_users(plan: PeriodPlan) -> int:
    """Users who get a level by the plan, and not by chance."""
    return sum(cell.users for cell in offers(plan))


def name_of(plan: PeriodPlan, campaign_id: str | None) -> str:
    """A campaign's name, else its id."""
    return next((c.name for c in plan.campaigns if c.campaign_id == campaign_id), campaign_id or "")


def baseline_name(way: Baseline, plan: PeriodPlan, speech: Speech) -> str:
    """The way to give, with campaign and amount where it is one."""
    name = speech.say(f"plan_baseline.{way.code}")
    if way.amount_fen is None:
        return name
    parts = [name_of(plan, way.campaign_id), money(way.amount_fen, speech)]
    return speech.say("plan_beside.amount", name=name, amount=" ".join(part for part in parts if part))


def money(fen: float, speech: Speech) -> str:
    """An amount as one says it, without a tenth that is none: 20 万元."""
    return speech.amount(fen).replace(".0 万", " 万").replace(".00 亿", " 亿")


def to_the_yuan(fen: float, speech: Speech) -> str:
    """An amount in whole yuan, where a rounder one would hide what matters."""
    number = speech.count(fen / 100)
    return f"{number} {speech.unit}" if speech.language == "zh" else f"{speech.unit}{number}"


def edge_text(edge_est: float) -> str:
    """1 or 1.2, as it was asked for."""
    return f"{edge_est:.4g}"


def period_text(period: str, speech: Speech) -> str:
    """2026 年 12 月 / 2026-12."""
    year, _, month = period.partition("-")
    return f"{year} 年 {int(month)} 月" if speech.language == "zh" and month.isdigit() else period


def told(text: Text, speech: Speech) -> str:
    """A sentence that already holds its data: names in it may have braces of their own."""
    return text.say(speech.language)


def names(parts: list[str], speech: Speech) -> str:
    """A list in words."""
    return speech.say("common.comma").join(parts)


def not_allowed_text(plan: PeriodPlan, speech: Speech) -> tuple[int, str]:
    """How many get nothing because they may not, and why, most first."""
    ranked = sorted(((code, users) for code, users in plan.not_allowed if users), key=lambda item: -item[1])
    parts = [
        speech.say("plan_who.part", name=speech.say(f"plan_not.{code}"), users=speech.count(users))
        for code, users in ranked
    ]
    return sum(users for _, users in ranked), names(parts, speech)


def _used_line(plan: PeriodPlan, speech: Speech) -> str:
    return speech.say(
        "plan_line.used",
        face=money(plan.face_fen, speech),
        cost=money(plan.spent_fen, speech),
        mean=speech.ratio(plan.promise.value_est / plan.spent_fen) if plan.spent_fen else "–",
        price=speech.ratio(plan.price_est),
    )


def _most(plan: PeriodPlan, speech: Speech) -> str:
    largest = sorted(offers(plan), key=lambda cell: -cell.cost_fen)[:_CELLS_SAID]
    parts = [
        speech.say(
            "plan_line.cell",
            segment=speech.name_of("segment", cell.segment),
            campaign=name_of(plan, cell.campaign_id),
            amount=money(cell.amount_fen, speech),
            users=speech.count(cell.users),
        )
        for cell in largest
    ]
    return speech.say("plan_line.most", parts=names(parts, speech)) if parts else ""


def _first(plan: PeriodPlan, speech: Speech) -> str:
    parts = [
        speech.say(
            "plan_line.part", name=speech.say(f"plan_reserve.{line.code}"), amount=money(line.fen, speech)
        )
        for line in plan.reserves
        if line.code != "offers" and line.fen
    ]
    return speech.say("plan_line.first", parts=names(parts, speech)) if parts else ""


def _not_allowed(plan: PeriodPlan, speech: Speech) -> str:
    users, parts = not_allowed_text(plan, speech)
    return speech.say("plan_who.not_allowed", users=speech.count(users), parts=parts) if users else ""


def _rule(plan: PeriodPlan, speech: Speech) -> str:
    dear = [(rule.costs_est, rule) for rule in plan.rules if rule.costs_est]
    if not dear:
        return ""
    costs, rule = max(dear, key=lambda item: item[0])
    return speech.say("plan_line.rule", rule=told(rule.words, speech), amount=money(costs, speech))


def _unknown(plan: PeriodPlan, speech: Speech) -> str:
    untold = [c.name for c in plan.campaigns if c.status in ("no_random_data", "not_enough_data")]
    if not untold:
        return ""
    shown = names(untold[:_NAMES_SAID], speech) + ("…" if len(untold) > _NAMES_SAID else "")
    return speech.say("plan_line.unknown", names=shown)


def _check(plan: PeriodPlan, speech: Speech) -> str:
    told_of = plan.checked and plan.scope.users_with_level
    return speech.say("plan_line.check", n=len(plan.checked)) if told_of else ""


def _only(data: dict[str, str], *keys: str) -> dict[str, str]:
    return {key: data[key] for key in keys}
