"""The workbook: numbers are numbers, text is never a formula, every sheet says what it is."""

import json
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from huoshui.core.costs.values import RowTable
from huoshui.serve.report import write_report
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.tables import all_tables


@pytest.fixture(scope="module")
def written(made, tmp_path_factory):
    return write_report(made.rich(), tmp_path_factory.mktemp("report"), language="zh")


@pytest.fixture(scope="module")
def book(written):
    return load_workbook(written.workbook)


def column(sheet, title):
    heads = {cell.value: cell.column for cell in sheet[2]}
    found = next(index for head, index in heads.items() if head and head.startswith(title))
    return [sheet.cell(row, found) for row in range(3, sheet.max_row + 1)]


def test_amounts_are_numbers_in_yuan_with_a_format(book):
    cells = column(book["代理各层"], "拿走")
    assert [cell.value for cell in cells] == [69_800, 191_130, 64_940]
    assert {cell.number_format for cell in cells} == {"#,##0.00"}
    assert column(book["支付通道"], "真实费率")[0].value == pytest.approx(0.023, abs=1e-4)


def test_an_interval_takes_three_columns(book):
    sheet = book["活动"]
    means, lows, highs = (
        [cell.value for cell in column(sheet, title)]
        for title in ("增量回报", "增量回报 下限", "增量回报 上限")
    )
    assert [means[1], lows[1], highs[1]] == pytest.approx([0.04, -0.12, 0.20])
    assert means[-1] is None


def test_text_of_the_data_is_no_formula(book, made):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert made.FORMULA in {cell.value for cell in cells}
    assert not any(cell.hyperlink for cell in cells)


def test_every_sheet_says_simulated_where_it_is(book, made, tmp_path):
    for sheet in book:
        text = "".join(str(cell.value) for row in sheet.iter_rows(max_row=8) for cell in row if cell.value)
        assert "模拟数据" in text, sheet.title
    live = load_workbook(write_report(made.rich(simulated=False), tmp_path, language="zh").workbook)
    assert "模拟" not in str(live["全部数字"].cell(1, 1).value)


def test_the_headings_stay_in_sight_and_the_columns_are_wide_enough(book):
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "B3"
        assert sheet.auto_filter.ref
        assert all(8 <= dimension.width <= 61 for dimension in sheet.column_dimensions.values())


def test_rows_behind_findings_are_whole(book):
    rows = next(sheet for sheet in book if sheet.title.startswith("明细 1"))
    assert rows.max_row == 2 + 220
    about = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows()}
    assert about[rows.title] == "只放了前 220 行, 共 260 行"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sheet_names_are_taken_by_excel(made, tmp_path, language):
    given = made.rich()
    odd = RowTable("campaign:[a]/b", ("name",), (("x",),), 1)
    twin = RowTable("campaign:[a]/b", ("name",), (("y",),), 1)
    files = write_report(replace(given, tables=(odd, twin)), tmp_path, language=language)
    names = load_workbook(files.workbook, read_only=True).sheetnames
    assert len({name.lower() for name in names}) == len(names)
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_a_table_behind_a_finding_is_not_written_twice(made):
    given = made.rich()
    rows = given.diagnosis.findings[0].rows
    assert rows is not None
    once = all_tables(given, Speech("zh"))
    again = all_tables(replace(given, tables=(rows,)), Speech("zh"))
    assert len(once) == len(again)


def test_figures_are_what_the_diagnosis_holds(written, made):
    document = json.loads(written.figures.read_bytes())
    assert document["schema"] == "huoshui.figures/1"
    assert document["simulated"] is True
    assert document["rows"] == {
        "read": 209_741,
        "kept": 207_940,
        "merged": 1_760,
        "set_aside": 41,
        "dropped": 0,
    }
    given = made.rich().diagnosis
    assert document["diagnosis"]["figures"]["burn_per_day"]["value"] == given.figures["burn_per_day"].value
    parts = document["diagnosis"]["incentive"][0]["parts"]
    assert (
        sum(part["fen"] for part in parts) == made.TOTAL == document["diagnosis"]["incentive"][0]["total_fen"]
    )
    assert [c["name"] for c in document["diagnosis"]["campaigns"]] == [c.name for c in given.campaigns]
