"""Every table of the report, by subject: the diagnosis under headings, nothing computed but shares."""

from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import DataTable
from huoshui.serve.report.tables import campaigns, findings, money, reading, users


def all_tables(input: ReportInput, speech: Speech) -> list[DataTable]:
    """The sheets of the workbook, in the order of the page; tables without a row are left out."""
    tables = [
        findings.figures_table(input, speech),
        findings.findings_table(input, speech),
        money.waterfall_table(input.diagnosis.incentive, "incentive", speech),
        money.waterfall_table(input.diagnosis.order, "order", speech),
        money.layers_table(input.diagnosis, speech),
        money.agents_table(input.diagnosis, speech),
        campaigns.campaigns_table(input.diagnosis, speech),
        campaigns.amounts_table(input.diagnosis.campaigns, speech),
        campaigns.tests_table(input.diagnosis, speech),
        campaigns.guard_table(input, speech),
        campaigns.unit_costs_table(input.diagnosis.unit_costs, input.diagnosis, speech),
        money.months_table(input.diagnosis, speech),
        money.daily_table(input.diagnosis, speech),
        users.segments_table(input.diagnosis, speech),
        users.cohorts_table(input.diagnosis, speech),
        users.rfm_table(input.diagnosis, speech),
        users.funnel_table(input.diagnosis, speech),
        money.channels_table(input.diagnosis, speech),
        money.key_uses_table(input.diagnosis, speech),
        money.drain_loop_table(input.diagnosis, speech),
        money.waste_table(input.diagnosis, speech),
        reading.files_table(input, speech),
        reading.faults_table(input, speech),
        reading.differences_table(input, speech),
        reading.stubs_table(input, speech),
        reading.gaps_table(input, speech),
        reading.missing_table(input, speech),
        *findings.rows_tables(input, speech),
        *findings.further_tables(input, speech),
        reading.words_table(speech),
    ]
    return [data for data in tables if data.rows]
