"""The page's tables as values; the workbook writes the same."""

from collections.abc import Callable

from huoshui.core.watch import sentence_of
from huoshui.flow.evaluating.values import ArmEvaluated, CampaignEvaluated
from huoshui.flow.risk import LEVEL
from huoshui.serve.evaluate_page.headline import step_sentence
from huoshui.serve.evaluate_page.input import EvaluateInput
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Interval, heading, table

NOTHING = Interval(None, None, None)


def campaigns_table(input: EvaluateInput, speech: Speech) -> DataTable:
    """What to do about each campaign, and on what."""
    headings = (
        heading(speech, "campaign"),
        heading(speech, "evaluate_advice"),
        heading(speech, "evaluate_each", "ratio", term="return_incremental", interval=True),
        heading(speech, "evaluate_value", "fen", term="control", interval=True),
        heading(speech, "evaluate_given", "fen"),
        heading(speech, "evaluate_stop", term="hindsight"),
        heading(speech, "evaluate_after", "fen"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            speech.say(f"advice.{one.advice}"),
            _each(one.arms[0]) if one.arms else NOTHING,
            _value(one.arms[0]) if one.arms else NOTHING,
            one.granted_fen,
            None if one.stop_on is None else one.stop_on.isoformat(),
            None if one.stop_on is None else one.after_stop_fen,
        )
        for one in input.found.campaigns
    ]
    return table(speech, "evaluate_campaigns", headings, rows)


def arms_table(one: CampaignEvaluated, speech: Speech) -> DataTable:
    """All amounts together, then one by one."""
    headings = (
        heading(speech, "evaluate_amount", term="level"),
        heading(speech, "evaluate_users", "count"),
        heading(speech, "evaluate_verdict"),
        heading(speech, "evaluate_value", "fen", interval=True),
        heading(speech, "evaluate_each", "ratio", interval=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            speech.say("evaluate.all_amounts") if arm.amount_fen is None else speech.amount(arm.amount_fen),
            arm.users,
            speech.say(f"trial_state.{arm.verdict.state}"),
            _value(arm),
            _each(arm),
        )
        for arm in one.arms
    ]
    return table(speech, "evaluate_arms", headings, rows, of=one.name)


def steps_table(one: CampaignEvaluated, speech: Speech) -> DataTable:
    """Day by day what would have been proposed, by comparing the arms and by the guard."""
    headings = (heading(speech, "evaluate_day"), heading(speech, "evaluate_proposal", term="hindsight"))
    said = [(step.day, step_sentence(step, speech)) for step in one.steps]
    said += [(action.day, sentence_of(action).say(speech.language)) for action in one.guard.actions]
    rows: list[tuple[Cell, ...]] = [(day.isoformat(), text) for day, text in sorted(said)]
    return table(speech, "evaluate_steps", headings, rows, of=one.name)


def policies_table(one: CampaignEvaluated, speech: Speech, folder: str | None = None) -> DataTable:
    """What other ways of giving would have brought."""
    headings = (
        heading(speech, "evaluate_policy", term="other_policy"),
        heading(speech, "evaluate_net", "fen", interval=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            speech.say("evaluate.plan_name", folder=folder)
            if line.policy == "plan" and folder
            else speech.say(f"policy.{line.policy}"),
            Interval(line.net_est, line.low_est, line.high_est),
        )
        for line in one.policies
    ]
    return table(speech, "evaluate_policies", headings, rows, of=one.name)


def linked_table(input: EvaluateInput, speech: Speech) -> DataTable:
    """The groups told one by one."""
    headings = (
        heading(speech, "evaluate_level"),
        heading(speech, "evaluate_users", "count"),
        heading(speech, "evaluate_given", "fen"),
        heading(speech, "evaluate_evidence"),
        heading(speech, "evaluate_appeal"),
    )
    risk = input.found.risk
    rows: list[tuple[Cell, ...]] = [
        (
            speech.word(LEVEL[group.level]),
            len(group.user_ids),
            group.given_fen,
            "; ".join(text.say(speech.language) for text in group.evidence),
            group.appeal.say(speech.language),
        )
        for group in (() if risk is None else risk.told)
    ]
    return table(speech, "evaluate_linked", headings, rows)


Build = Callable[[CampaignEvaluated, Speech], DataTable]
OF_A_CAMPAIGN: tuple[Build, ...] = (arms_table, steps_table, policies_table)


def all_tables(input: EvaluateInput, speech: Speech) -> list[DataTable]:
    """Every table that has rows."""
    tables = [campaigns_table(input, speech)]
    tables += [build(one, speech) for one in input.found.campaigns for build in OF_A_CAMPAIGN]
    tables.append(linked_table(input, speech))
    return [data for data in tables if data.rows]


def _each(arm: ArmEvaluated) -> Interval:
    return Interval(arm.each.value_est, arm.each.low_est, arm.each.high_est)


def _value(arm: ArmEvaluated) -> Interval:
    if arm.value is None:
        return NOTHING
    return Interval(arm.value.value_est, arm.value.low_est, arm.value.high_est)
