"""What to mend first: findings in yuan a month, the largest first."""

from collections.abc import Iterator

from huoshui.core.costs.facts import Facts
from huoshui.core.costs.left_out import left_out
from huoshui.core.costs.values import (
    AgentTake,
    CampaignOutcome,
    ChannelCost,
    Diagnosis,
    DrainLoop,
    Finding,
    FindingCode,
    SmallTest,
    Verdict,
    Waste,
)
from huoshui.core.costs.waste import flat_amount, flat_waste, per_month

FINDING_FEN_MIN = 10_000
"""Less than 100 yuan a month is not worth a person's attention."""


def findings(facts: Facts, draft: Diagnosis) -> tuple[Finding, ...]:
    """All findings worth mending; the report shows the first five."""
    found = [
        *_campaigns(facts, draft.campaigns),
        *_layers(facts, draft.layers),
        *_drain(facts, draft.drain_loop),
        *_channels(facts, draft.channels),
        *_waste(facts, draft.waste),
        *_manual(facts),
        *_sources(facts, draft.layers),
    ]
    worth = [finding for finding in found if finding.fen_per_month >= FINDING_FEN_MIN]
    ranked = sorted(worth, key=lambda finding: (-_rank_fen(finding), finding.code, str(finding.facts)))
    return (*ranked, *_untested(facts, draft.small_tests))


def _rank_fen(finding: Finding) -> int:
    """What a finding is ranked by: its yuan, but a source that is thin for its agent layer stands behind that layer."""
    shared = finding.facts.get("layers_fen")
    if isinstance(shared, int) and 2 * shared > finding.fen_per_month:
        return min(shared, finding.fen_per_month) - 1
    return finding.fen_per_month


def _campaigns(facts: Facts, outcomes: tuple[CampaignOutcome, ...]) -> Iterator[Finding]:
    codes: dict[Verdict, FindingCode] = {
        "negative": "negative_campaign",
        "useless": "useless_campaign",
        "below_bar": "below_bar_campaign",
    }
    for outcome in outcomes:
        code = codes.get(outcome.verdict)
        if code is not None and outcome.lost_fen_per_month is not None:
            yield Finding(
                code,
                round(outcome.lost_fen_per_month),
                "measured",
                "incremental",
                {
                    "campaign_id": outcome.campaign_id,
                    "name": outcome.name,
                    "return_est": outcome.incremental_return_est,
                    "low_est": outcome.return_low_est,
                    "high_est": outcome.return_high_est,
                    "attributed_return_est": outcome.attributed_return_est,
                    "users": outcome.users_treated,
                    "control": outcome.users_control,
                },
                facts.rows.get(f"campaign:{outcome.campaign_id}"),
            )
        flat = flat_amount(outcome)
        if flat is not None:
            yield Finding(
                "flat_amount",
                round(per_month(facts, flat_waste(outcome))),
                "measured",
                "incremental",
                {
                    "campaign_id": outcome.campaign_id,
                    "name": outcome.name,
                    "amount_fen": flat.amount_fen,
                    "highest_fen": outcome.amounts[-1].amount_fen,
                },
                facts.rows.get(f"campaign:{outcome.campaign_id}"),
            )


def _layers(facts: Facts, layers: tuple[AgentTake, ...]) -> Iterator[Finding]:
    for take in layers:
        if take.excess_fen > 0 and take.benchmark_rate_est is not None:
            yield Finding(
                "leak_layer",
                round(per_month(facts, take.excess_fen)),
                "measured",
                None,
                {
                    "layer": take.layer,
                    "rate_est": take.compared_rate_est,
                    "benchmark_est": take.benchmark_rate_est,
                    "gap_share_est": take.gap_fen / take.take_fen if take.take_fen else 0.0,
                    "orders": take.orders,
                },
                facts.rows.get(f"layer:{take.layer}"),
            )


def _drain(facts: Facts, loop: DrainLoop | None) -> Iterator[Finding]:
    if (
        loop is not None
        and loop.excess_discount_fen + loop.excess_commission_fen > 0
        and loop.confidence_est > 0.5
    ):
        yield Finding(
            "drain_loop",
            round(per_month(facts, loop.excess_discount_fen + loop.excess_commission_fen)),
            "measured",
            None,
            {"users": loop.users, "orders": loop.orders, "confidence_est": loop.confidence_est},
            facts.rows.get("drain_loop"),
        )


def _channels(facts: Facts, channels: tuple[ChannelCost, ...]) -> Iterator[Finding]:
    for channel in channels:
        if channel.saving_fen_per_month > 0:
            yield Finding(
                "dear_channel",
                channel.saving_fen_per_month,
                channel.marking,
                None,
                {
                    "payment_channel": channel.payment_channel,
                    "cheapest": channel.cheapest,
                    "rate_est": channel.rate_est,
                    "amount_fen": channel.amount_fen,
                },
                facts.rows.get("channels"),
            )


def _waste(facts: Facts, kinds: tuple[Waste, ...]) -> Iterator[Finding]:
    for item in kinds:
        if item.kind in ("abuse", "never_back") and item.figure.value:
            yield Finding(
                "abuse" if item.kind == "abuse" else "never_back",
                round(item.figure.value),
                item.figure.marking,
                None,
                {"users": facts.rows[item.kind].total_rows if item.kind in facts.rows else None},
                facts.rows.get(item.kind),
            )


def _manual(facts: Facts) -> Iterator[Finding]:
    manual = [row for row in facts.grants if row.kind == "adjust" and row.campaign_id is None]
    if manual:
        yield Finding(
            "manual_adjust",
            round(per_month(facts, sum(row.issued_fen for row in manual))),
            "measured",
            None,
            {"grants": sum(row.grants for row in manual)},
            facts.rows.get("manual_adjust"),
        )


def _sources(facts: Facts, layers: tuple[AgentTake, ...]) -> Iterator[Finding]:
    """A source that keeps less than half the margin rate of all: what the difference is a month.

    `layers_fen` is the part of it that the findings on agent layers name too, a month.
    """
    # While a cost of some source is not in the files, nobody can say which one keeps less.
    if facts.scope.gross or left_out(facts):
        return
    rows = [row for row in facts.orders if not row.abuser]
    price = sum(row.price_fen for row in rows)
    rate = sum(row.value_fen - row.bonus_fen for row in rows) / price if price else 0.0
    for source in {row.source for row in rows}:
        own = [row for row in rows if row.source == source]
        own_price = sum(row.price_fen for row in own)
        left = sum(row.value_fen - row.bonus_fen for row in own)
        taken = sum(fen for take in layers for where, fen in take.excess_by_source if where == source)
        if own_price and rate > 0 and left < rate / 2 * own_price:
            yield Finding(
                "thin_margin_source",
                round(per_month(facts, rate * own_price - left)),
                "measured",
                None,
                {
                    "source": source,
                    "rate_est": left / own_price,
                    "all_est": rate,
                    "layers_fen": round(per_month(facts, min(taken, rate * own_price - left))),
                },
                facts.rows.get(f"source:{source}"),
            )


def _untested(facts: Facts, tests: tuple[SmallTest, ...]) -> Iterator[Finding]:
    """Campaigns of which nobody can know yet; no yuan, so they come last."""
    for test in tests:
        yield Finding(
            "no_control",
            0,
            "missing",
            None,
            {
                "campaign_id": test.campaign_id,
                "name": test.name,
                "control_users": test.control_users,
                "days": test.days,
            },
            facts.rows.get(f"campaign:{test.campaign_id}"),
        )
