"""plan.xlsx: the plan in a few sheets that can be filtered, twenty users to judge, and the list where it fits.

Text of the data is written as text and never read as a formula.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from huoshui.base.errors import Language, Text
from huoshui.core.allocate.plan_values import CheckedUser, PeriodPlan, PlanScope, Rule
from huoshui.flow.app import Settings
from huoshui.flow.planning.making import Made
from huoshui.flow.planning.people_list import LIST_HEADINGS
from huoshui.flow.planning.texts import (
    ARM_NAMES,
    BASELINE_NAMES,
    BOOK,
    BOOK_OF_TURNOVER,
    NOT_ALLOWED_NAMES,
    RESERVE_NAMES,
    SEGMENT_NAMES,
    SIMULATED,
    STATUS_NAMES,
)

LIST_ROWS_MAX = 100_000
"""Users of the list in the workbook; plan.csv holds all."""
WIDTH_MAX = 60
LIST_WIDTHS = {"user_id": 18, "campaign_id": 14, "campaign": 26, "reason": 60, "segment": 12}
"""In characters; other columns of the list are as wide as their headings."""
Cell = str | int | float | None


def write_plan_workbook(made: Made, rows: pa.Table, path: Path, *, settings: Settings) -> None:
    """Write the workbook to `path`. `rows` is planning_list.plan_list."""
    import xlsxwriter

    language = settings.language
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        pages = _Pages(book, language, made.plan.scope)
        pages.table("summary", ("item", "figure"), _summary(made.plan, pages.words, language, rows.num_rows))
        pages.table("cells", CELL_HEADINGS, _cells(made, language))
        pages.table("campaigns", CAMPAIGN_HEADINGS, _campaigns(made.plan, language))
        pages.table("responses", RESPONSE_HEADINGS, _responses(made.plan, language))
        pages.table("curve", CURVE_HEADINGS, _curve(made.plan))
        pages.table("rules", RULE_HEADINGS, _rules(made.plan, language))
        pages.table("beside", BESIDE_HEADINGS, _beside(made, language))
        _checks(pages, made.plan.checked, language)
        pages.listed(rows.slice(0, LIST_ROWS_MAX))


CELL_HEADINGS = ("segment", "campaign", "amount", "arm", "users", "face", "cost", "value", "return")
CAMPAIGN_HEADINGS = (
    "campaign",
    "status",
    "users",
    "face",
    "cost",
    "value",
    "test_users",
    "test_days",
    "test_cost",
)
RESPONSE_HEADINGS = (
    "campaign", "segment", "amount", "value_each", "low", "high", "cost_each", "seen", "users",
)  # fmt: skip
CURVE_HEADINGS = ("budget", "spent", "value", "users", "price")
RULE_HEADINGS = ("rule", "used", "limit", "rule_price", "costs", "why")
BESIDE_HEADINGS = ("way", "users", "face", "cost", "value", "return")
CHECK_HEADINGS = (
    "verdict", "note", "user_id", "segment", "campaign", "amount", "reason", "history", "value", "cost", "below",
    "below_value", "above", "above_value",
)  # fmt: skip


class _Pages:
    """The sheets of one workbook, each a table with its headings."""

    def __init__(self, book: Any, language: Language, scope: PlanScope) -> None:
        self.book, self.language, self.simulated = book, language, scope.simulated
        self.words = BOOK | BOOK_OF_TURNOVER if scope.gross else BOOK
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        # Amounts and rates are floats, users and days whole numbers.
        self.numbers = {
            float: book.add_format({"num_format": "#,##0.00", "valign": "top"}),
            int: book.add_format({"num_format": "#,##0", "valign": "top"}),
        }
        self.chance = book.add_format({"num_format": "0.0000", "valign": "top"})
        self.warning = book.add_format({"bold": True, "font_color": "#9c3d14"})

    def say(self, code: str) -> str:
        """A title or heading."""
        return self.words[code].say(self.language)

    def sheet(self, code: str, headings: Sequence[str], widths: Sequence[int]) -> tuple[Any, int]:
        """A new sheet with its headings, and its first row of data."""
        sheet = self.book.add_worksheet(self.say(f"sheet.{code}"))
        # A sheet written row by row takes its column widths first.
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(WIDTH_MAX, width))
        top = 0
        if self.simulated:
            sheet.write_string(0, 0, SIMULATED.say(self.language), self.warning)
            top = 1
        for column, title in enumerate(headings):
            sheet.write_string(top, column, title, self.bold)
        sheet.freeze_panes(top + 1, 1)
        return sheet, top + 1

    def table(self, code: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """A sheet of a few rows, to be filtered."""
        kept = [tuple(row) for row in rows]
        titles = [self.say(heading) for heading in headings]
        widths = [
            max([_width(titles[column]), *(_width(row[column]) for row in kept)])
            for column in range(len(titles))
        ]
        sheet, top = self.sheet(code, titles, widths)
        for number, row in enumerate(kept, start=top):
            self.row(sheet, number, row)
        if kept and len(titles) > 2:
            sheet.autofilter(top - 1, 0, top + len(kept) - 1, len(titles) - 1)

    def row(self, sheet: Any, number: int, cells: Sequence[Cell]) -> None:
        """Text as text, numbers as numbers, nothing as nothing."""
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell, self.wrap)
            elif cell is not None:
                sheet.write_number(number, column, cell, self.numbers[type(cell)])

    def listed(self, rows: pa.Table) -> None:
        """The list itself, in the order of its columns."""
        codes = list(LIST_HEADINGS)
        widths = [
            LIST_WIDTHS.get(code, _width(title)) for code, title in zip(codes, rows.column_names, strict=True)
        ]
        sheet, top = self.sheet("list", rows.column_names, widths)
        columns = [column.to_pylist() for column in rows.columns]
        for number, cells in enumerate(zip(*columns, strict=True), start=top):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    chance = codes[column] == "probability"
                    sheet.write_number(number, column, cell, self.chance if chance else self.numbers[float])
        if rows.num_rows:
            sheet.autofilter(top - 1, 0, top + rows.num_rows - 1, rows.num_columns - 1)


def _summary(
    plan: PeriodPlan, words: Mapping[str, Text], language: Language, listed: int
) -> list[tuple[Cell, ...]]:
    say = {code: text.say(language) for code, text in words.items()}
    promise, scope = plan.promise, plan.scope
    rows: list[tuple[Cell, ...]] = [
        (say["period"], f"{scope.first_day} – {scope.last_day}"),
        (say["files"], f"{scope.data_first_day} – {scope.data_last_day}"),
        (say["budget"], plan.budget_fen / 100),
        *((RESERVE_NAMES[line.code].say(language), line.fen / 100) for line in plan.reserves),
        (say["spent"], plan.spent_fen / 100),
        (say["face"], plan.face_fen / 100),
        (say["unspent"], plan.unspent_fen / 100),
        (say["price"], round(plan.price_est, 4)),
        (say["edge"], plan.edge_est),
        (say["promise"], round(promise.value_est / 100, 2)),
        (say["low"], round(promise.low_est / 100, 2)),
        (say["high"], round(promise.high_est / 100, 2)),
        (say["uncalibrated"], round(promise.uncalibrated_est / 100, 2)),
        (say["people"], scope.users),
        (say["allowed"], scope.users_allowed),
        (say["with_level"], scope.users_with_level),
        *((NOT_ALLOWED_NAMES[code].say(language), users) for code, users in plan.not_allowed),
    ]
    if listed > LIST_ROWS_MAX:
        rows.append((say["list_cut"].format(shown=f"{LIST_ROWS_MAX:,}", total=f"{listed:,}"), None))
    return [*rows, *((note.say(language), None) for note in plan.notes)]


def _cells(made: Made, language: Language) -> list[tuple[Cell, ...]]:
    return [
        (
            SEGMENT_NAMES[cell.segment].say(language),
            made.cells.terms[cell.campaign_id].name,
            cell.amount_fen / 100,
            ARM_NAMES[cell.arm].say(language),
            cell.users,
            cell.face_fen / 100,
            cell.cost_fen / 100,
            round(cell.value_est / 100, 2),
            round(cell.value_est / cell.cost_fen, 3) if cell.cost_fen else None,
        )
        for cell in made.plan.cells
    ]


def _campaigns(plan: PeriodPlan, language: Language) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for one in plan.campaigns:
        test = one.small_test
        rows.append(
            (
                one.name,
                STATUS_NAMES[one.status].say(language),
                one.users,
                one.face_fen / 100,
                one.cost_fen / 100,
                round(one.value_est / 100, 2),
                None if test is None else test.control_users + test.treated_users,
                None if test is None else test.days,
                None if test is None else test.cost_fen / 100,
            )
        )
    return rows


def _responses(plan: PeriodPlan, language: Language) -> list[tuple[Cell, ...]]:
    return [
        (
            one.name,
            SEGMENT_NAMES[curve.segment].say(language),
            point.amount_fen / 100,
            *(
                (
                    round(point.value_est / 100, 2),
                    round(point.low_est / 100, 2),
                    round(point.high_est / 100, 2),
                    round(point.cost_est / 100, 2),
                )
                if point.known
                else (BOOK["few"].say(language), None, None, None)
            ),
            point.n,
            point.users,
        )
        for one in plan.campaigns
        for curve in one.curves
        for point in curve.points
    ]


def _curve(plan: PeriodPlan) -> list[tuple[Cell, ...]]:
    return [
        (
            point.budget_fen / 100,
            point.spent_fen / 100,
            round(point.value_est / 100, 2),
            point.users,
            round(point.price_est, 4),
        )
        for point in plan.curve
    ]


def _rules(plan: PeriodPlan, language: Language) -> list[tuple[Cell, ...]]:
    return [
        (
            rule.words.say(language),
            _in_unit(rule, rule.used),
            _in_unit(rule, rule.limit),
            round(rule.price_est, 4),
            None if rule.costs_est is None else round(rule.costs_est / 100, 2),
            None if rule.why is None else rule.why.say(language),
        )
        for rule in plan.rules
    ]


def _in_unit(rule: Rule, amount: float) -> Cell:
    """Yuan, whole users, or a return as it is."""
    if rule.unit == "users":
        return round(amount)
    return round(amount / 100 if rule.unit == "fen" else amount, 2)


def _beside(made: Made, language: Language) -> list[tuple[Cell, ...]]:
    plan = made.plan

    def line(name: Text, users: int, face_fen: int, cost_fen: int, value_est: float) -> tuple[Cell, ...]:
        rate = round(value_est / cost_fen, 3) if cost_fen else None
        return name.say(language), users, face_fen / 100, cost_fen / 100, round(value_est / 100, 2), rate

    users = sum(cell.users for cell in plan.cells if cell.arm == "policy")
    return [
        line(BOOK["this_plan"], users, plan.face_fen, plan.spent_fen, plan.promise.value_est),
        *(
            line(BASELINE_NAMES[one.code], one.users, one.face_fen, one.cost_fen, one.value_est)
            for one in plan.baselines
        ),
    ]


def _checks(pages: _Pages, users: Sequence[CheckedUser], language: Language) -> None:
    """Twenty users, with a cell for right or wrong that offers both."""
    titles = [pages.say(heading) for heading in CHECK_HEADINGS]
    widths = [10, 24, 18, 10, 22, 8, 60, 44, 10, 10, 8, 10, 8, 10]
    sheet, top = pages.sheet("check", titles, widths)
    if users:
        allowed = {"validate": "list", "source": [pages.say("right"), pages.say("wrong")]}
        sheet.data_validation(top, 0, top + len(users) - 1, 0, allowed)
    for number, user in enumerate(users, start=top):
        cells: tuple[Cell, ...] = (
            None,
            None,
            user.user_id,
            SEGMENT_NAMES[user.segment].say(language),
            user.campaign_name,
            user.amount_fen / 100,
            user.reason.say(language),
            "; ".join(line.say(language) for line in user.history),
            round(user.value_est / 100, 2),
            user.cost_fen / 100,
            None if user.below_fen is None else user.below_fen / 100,
            None if user.below_value_est is None else round(user.below_value_est / 100, 2),
            None if user.above_fen is None else user.above_fen / 100,
            None if user.above_value_est is None else round(user.above_value_est / 100, 2),
        )
        pages.row(sheet, number, cells)


def _width(cell: Cell) -> int:
    """Columns that a cell takes as it is shown: a CJK character counts two."""
    text = "" if cell is None else cell if isinstance(cell, str) else f"{cell:,.2f}"
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text) + 2
