"""The operator's rules of a plan, and the rows of the problem that they become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from huoshui.base.errors import BadOption, Language, Text
from huoshui.base.money import yuan_text
from huoshui.core.allocate.plan_values import RuleKind, RuleUnit
from huoshui.core.allocate.reserve import EXPLORE_SHARE, BudgetShare
from huoshui.core.allocate.rows import Scope, at_least, at_most, return_at_least
from huoshui.core.allocate.values import Offers, Row
from huoshui.core.costs.facts import CampaignTerms
from huoshui.core.costs.values import Segment
from huoshui.core.trials.holdout import HOLDOUT_SHARE
from huoshui.flow.planning.texts import (
    BUDGET_LEFT,
    BUDGET_LEFT_BY_DAYS,
    BUDGET_NOT_YET,
    BUDGET_REOPENED,
    CAMPAIGN_BUDGET,
    PEOPLE_MAX,
    RETURN_FLOOR,
    RETURN_FLOOR_ALL,
    SEGMENT_MAX,
    SEGMENT_MIN,
    SEGMENT_NAMES,
)

NO_NAME = Text("", "")


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What rows.toml says, amounts in fen; empty where it says nothing.

    `leave_out` are campaigns, or one amount of one: ("C04", 2000).
    """

    campaign_budget_fen: dict[str, int] = field(default_factory=dict)
    campaign_users_max: dict[str, int] = field(default_factory=dict)
    segment_minimum_fen: dict[Segment, int] = field(default_factory=dict)
    segment_maximum_fen: dict[Segment, int] = field(default_factory=dict)
    campaign_return_floor: dict[str, Fraction] = field(default_factory=dict)
    return_floor: Fraction | None = None
    cap_fen: int | None = None
    cool_down_days: int | None = None
    protected_fen: int = 0
    holdout_share: Fraction = Fraction(str(HOLDOUT_SHARE))
    explore_share: Fraction = Fraction(str(EXPLORE_SHARE))
    changes_max: int | None = None
    leave_out: tuple[tuple[str, int | None], ...] = ()
    skip_ended: bool = False
    open_to_all: frozenset[str] = frozenset()
    """Campaigns that may go to users outside their random draw: it was a random part of everybody."""
    trusted_users: frozenset[str] = frozenset()
    """Users whom no suspicion bars from offers: somebody has looked."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a row of the problem, with what is said of it."""

    row: Row
    kind: RuleKind
    unit: RuleUnit
    limit: float
    """As the operator wrote it."""
    words: Text
    from_table: bool = False
    campaign_id: str | None = None
    segment: Segment | None = None
    why: Text | None = None


def check_rules(campaigns: Sequence[CampaignTerms], rules: PlanRules) -> None:
    """Raise BadOption for the first campaign that a rule names and the files do not."""
    known = {term.campaign_id for term in campaigns}
    named = [
        *rules.campaign_budget_fen,
        *rules.campaign_users_max,
        *rules.campaign_return_floor,
        *(campaign for campaign, _ in rules.leave_out),
        *sorted(rules.open_to_all),
    ]
    for campaign in named:
        if campaign not in known:
            shown = ", ".join(sorted(known)) or "-"
            raise BadOption(
                option="--rows",
                value=campaign,
                reason_zh=f"文件里没有这个活动。有: {shown}",
                reason_en=f"the files hold no such campaign. There are: {shown}",
            )


def rule_rows(
    offers: Offers,
    terms: Mapping[str, CampaignTerms],
    rules: PlanRules,
    edge_est: float,
    budgets: Mapping[str, BudgetShare],
) -> tuple[RuleRow, ...]:
    """Every rule that can bind: those of the file, and of the campaigns table where the file says nothing else.

    `budgets`: what the table leaves each campaign for the period. A bar at or below the edge is kept by every level on
    its own, so it is no row.
    """
    planned = list(dict.fromkeys(option.campaign for option in offers.options))
    rows: list[RuleRow] = []
    for campaign in planned:
        own = rules.campaign_budget_fen.get(campaign)
        share = budgets.get(campaign)
        if own is not None:
            rows.append(_campaign_budget(offers, terms[campaign], own))
        elif share is not None:
            told = _campaign_budget(offers, terms[campaign], share.limit_fen)
            rows.append(replace(told, from_table=True, why=why_limited(share)))
        users = rules.campaign_users_max.get(campaign)
        if users is not None:
            row = at_most(offers, f"campaign_users:{campaign}", users, unit="users", of=Scope(campaign))
            words = PEOPLE_MAX.filled(name=terms[campaign].name, users=f"{users:,}")
            rows.append(RuleRow(row, "user_count", "users", users, words, campaign_id=campaign))
        floor = rules.campaign_return_floor.get(campaign)
        bar = terms[campaign].bar if floor is None else float(floor)
        if bar > edge_est:
            row = return_at_least(offers, f"campaign_return:{campaign}", bar, of=Scope(campaign))
            words = RETURN_FLOOR.filled(name=terms[campaign].name, bar=f"{bar:g}")
            rows.append(
                RuleRow(row, "return_floor", "return", bar, words, floor is None, campaign_id=campaign)
            )
    if rules.return_floor is not None and rules.return_floor > edge_est:
        bar = float(rules.return_floor)
        row = return_at_least(offers, "return_floor", bar)
        rows.append(RuleRow(row, "return_floor", "return", bar, RETURN_FLOOR_ALL.filled(bar=f"{bar:g}")))
    rows += _segment_rows(offers, rules)
    return tuple(replace(rule, row=replace(rule.row, words=rule.words)) for rule in rows)


def _campaign_budget(offers: Offers, term: CampaignTerms, limit: int) -> RuleRow:
    row = at_most(offers, f"campaign_budget:{term.campaign_id}", limit, of=Scope(term.campaign_id))
    words = with_amount(CAMPAIGN_BUDGET, limit, Text(term.name, term.name))
    return RuleRow(row, "campaign_budget", "fen", limit, words, campaign_id=term.campaign_id)


def why_limited(share: BudgetShare) -> Text | None:
    """How what the campaigns table leaves for the period comes about; None where it is all of it."""
    if share.limit_fen == share.whole_fen:
        return None
    if share.reopened:
        why = BUDGET_REOPENED
    elif not share.days:
        why = BUDGET_NOT_YET
    elif share.days_left is None or share.days == share.days_left:
        why = BUDGET_LEFT
    else:
        why = BUDGET_LEFT_BY_DAYS

    def said(template: str, language: Language) -> str:
        whole, used = amount_in(share.whole_fen, language), amount_in(share.used_fen, language)
        return template.format(whole=whole, used=used, days=share.days, of=share.days_left)

    return Text(said(why.zh, "zh"), said(why.en, "en"))


def _segment_rows(offers: Offers, rules: PlanRules) -> list[RuleRow]:
    rows = []
    for segment, limit in rules.segment_minimum_fen.items():
        row = at_least(offers, f"segment_minimum:{segment}", limit, of=Scope(segment=segment))
        words = with_amount(SEGMENT_MIN, limit, SEGMENT_NAMES[segment])
        rows.append(RuleRow(row, "segment_minimum", "fen", limit, words, segment=segment))
    for segment, limit in rules.segment_maximum_fen.items():
        row = at_most(offers, f"segment_maximum:{segment}", limit, of=Scope(segment=segment))
        words = with_amount(SEGMENT_MAX, limit, SEGMENT_NAMES[segment])
        rows.append(RuleRow(row, "segment_maximum", "fen", limit, words, segment=segment))
    return rows


def with_amount(words: Text, fen: int, name: Text = NO_NAME) -> Text:
    """`words` with an amount in yuan, and a name, filled in."""
    return Text(
        words.zh.format(name=name.zh, amount=amount_in(fen, "zh")),
        words.en.format(name=name.en, amount=amount_in(fen, "en")),
    )


def amount_in(fen: int, language: Language) -> str:
    """An amount as each language writes it."""
    return f"{yuan_text(fen)} 元" if language == "zh" else f"¥{yuan_text(fen)}"
