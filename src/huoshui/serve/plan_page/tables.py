"""The page's tables as values; report.table draws them."""

from huoshui.core.allocate.plan_values import CampaignPlan, PeriodPlan
from huoshui.serve.plan_page.headline import baseline_name, earned, name_of, offered_users, status_text
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Heading, Interval, heading, table

CAMPAIGNS_SHOWN = 6
"""On the first page; each has its own part further down."""


def campaigns_table(plan: PeriodPlan, speech: Speech) -> DataTable:
    """Campaigns as the first page shows them: in the plan with their sums, or why not."""
    headings: tuple[Heading, ...] = (
        heading(speech, "campaign"),
        heading(speech, "plan_users", "count"),
        heading(speech, "plan_face", "fen", term="face"),
        heading(speech, "plan_cost", "fen", term="expected_spent"),
        heading(speech, "plan_value", "fen", term="promise"),
        heading(speech, "plan_return", "ratio"),
        heading(speech, "plan_status"),
    )
    ordered = sorted(plan.campaigns, key=lambda c: (c.status != "planned", -c.cost_fen))
    rows: list[tuple[Cell, ...]] = [
        (
            campaign.name,
            *_sums(campaign.users, campaign.face_fen, campaign.cost_fen, campaign.value_est),
            status_text(plan, campaign, speech),
        )
        for campaign in ordered
    ]
    if not any(campaign.users for campaign in plan.campaigns):
        headings, rows = (headings[0], headings[-1]), [(row[0], row[-1]) for row in rows]
    more = len(rows) - CAMPAIGNS_SHOWN
    note = speech.say("plan.more_campaigns", count=more) if more > 0 else ""
    return table(speech, "plan_campaigns", headings, rows[:CAMPAIGNS_SHOWN], note)


def cells_table(plan: PeriodPlan, speech: Speech) -> DataTable:
    """Who gets how much of what, most money first."""
    headings = (
        heading(speech, "segment", term="segment"),
        heading(speech, "campaign"),
        heading(speech, "plan_amount", "fen", term="level"),
        heading(speech, "plan_users", "count"),
        heading(speech, "plan_face", "fen", term="face"),
        heading(speech, "plan_cost", "fen", term="expected_spent"),
        heading(speech, "plan_value", "fen", term="promise"),
        heading(speech, "plan_return", "ratio"),
        heading(speech, "plan_arm"),
    )
    rows = [
        (
            speech.name_of("segment", cell.segment),
            name_of(plan, cell.campaign_id),
            cell.amount_fen,
            *_sums(cell.users, cell.face_fen, cell.cost_fen, cell.value_est),
            speech.say(f"plan_arm.{cell.arm}"),
        )
        for cell in sorted(plan.cells, key=lambda c: (c.arm != "policy", -c.cost_fen))
    ]
    return table(speech, "plan_cells", headings, rows)


def curve_table(plan: PeriodPlan, speech: Speech) -> DataTable:
    """What other pots would bring."""
    headings = (
        heading(speech, "plan_budget", "fen"),
        heading(speech, "plan_spent", "fen"),
        heading(speech, "plan_value", "fen", term="promise"),
        heading(speech, "plan_users", "count"),
        heading(speech, "plan_price", "ratio", term="unit_value"),
    )
    rows = [(p.budget_fen, p.spent_fen, p.value_est, p.users, p.price_est) for p in plan.curve]
    return table(speech, "plan_curve", headings, rows)


def beside_table(plan: PeriodPlan, speech: Speech) -> DataTable:
    """This plan and the other ways, best first."""
    headings = (
        heading(speech, "plan_way"),
        heading(speech, "plan_users", "count"),
        heading(speech, "plan_face", "fen", term="face"),
        heading(speech, "plan_cost", "fen", term="expected_spent"),
        heading(speech, "plan_value", "fen", term="promise", interval=True),
        heading(speech, "plan_return", "ratio"),
        *([] if plan.scope.gross else [heading(speech, "plan_net", "fen")]),
    )
    promise = plan.promise
    this: tuple[Cell, ...] = (
        speech.say("plan_baseline.this"),
        offered_users(plan),
        plan.face_fen,
        plan.spent_fen,
        Interval(promise.value_est, promise.low_est, promise.high_est),
        promise.value_est / plan.spent_fen if plan.spent_fen else None,
        *([] if plan.scope.gross else [promise.value_est - plan.spent_fen]),
    )
    others: list[tuple[Cell, ...]] = [
        (
            baseline_name(way, plan, speech),
            *_sums(way.users, way.face_fen, way.cost_fen, way.value_est),
            *([] if plan.scope.gross else [way.value_est - way.cost_fen]),
        )
        for way in sorted(plan.baselines, key=lambda w: -earned(plan, w.value_est, w.cost_fen))
    ]
    return table(speech, "plan_beside", headings, [this, *others])


def response_table(campaign: CampaignPlan, speech: Speech) -> DataTable:
    """One campaign's amounts, segment by segment."""
    headings = (
        heading(speech, "segment", term="segment"),
        heading(speech, "plan_amount", "fen", term="level"),
        heading(speech, "value_per_user", "fen", interval=True),
        heading(speech, "cost_per_user", "fen"),
        heading(speech, "plan_n", "count"),
        heading(speech, "plan_in_plan", "count"),
    )
    rows = [
        (
            speech.name_of("segment", curve.segment),
            point.amount_fen,
            Interval(point.value_est, point.low_est, point.high_est)
            if point.known
            else speech.say("plan_curves.few"),
            point.cost_est if point.known else None,
            point.n,
            point.users,
        )
        for curve in campaign.curves
        for point in curve.points
    ]
    title = speech.say("table.plan_response", name=campaign.name)
    return DataTable("plan_response", title, headings, tuple(rows))


def reserves_table(plan: PeriodPlan, speech: Speech) -> DataTable:
    """The parts of the pot, and what of the offers stays."""
    headings = (
        heading(speech, "part"),
        heading(speech, "amount_fen", "fen"),
        heading(speech, "share", "percent"),
        heading(speech, "users", "count"),
    )
    rows: list[tuple[Cell, ...]] = []
    for code, fen, users in pot_parts(plan):
        share = fen / plan.budget_fen if plan.budget_fen else None
        rows.append((speech.say(f"plan_reserve.{code}"), fen, share, users or None))
    return table(speech, "plan_reserves", headings, rows)


def pot_parts(plan: PeriodPlan) -> list[tuple[str, int, int]]:
    """Code, fen and users of every part of the pot that is not empty; what is kept stands last."""
    parts = [(line.code, line.fen, line.users) for line in plan.reserves if line.code != "offers"]
    offered = [("offers", plan.spent_fen, offered_users(plan))]
    return [part for part in (*offered, *parts, ("kept", plan.unspent_fen, 0)) if part[1]]


def _sums(users: int, face_fen: int, cost_fen: int, value_est: float) -> tuple[Cell, ...]:
    if not users:
        return (None, None, None, None, None)
    return (users, face_fen, cost_fen, value_est, value_est / cost_fen if cost_fen else None)
