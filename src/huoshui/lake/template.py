"""Empty tables to fill in: one workbook, a sheet a table, with Chinese or English headers, an example row and a
note a column.

One workbook and not sixteen files, because an operator fills what he has and sends one file round. The first
sheet says what each table adds; each header carries its note; the example row is marked in the last column,
and the intake skips it.
"""

from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from huoshui.base.errors import Language, Text
from huoshui.lake.intake.words import spoken_choices
from huoshui.lake.tables import TABLES, Column, Table

FILE_NAME = Text("活水模板.xlsx", "huoshui-template.xlsx")
EXAMPLE_HEADER = Text("示例行", "example row")
_EXAMPLE_MARK = Text("示例, 读入时跳过, 可删", "example, skipped when read")
_GUIDE = Text("说明", "Read me")
_GUIDE_LINES = (
    Text(
        "只有“订单”必填; 每多一张表, 诊断就多看到一块。有哪张填哪张, 用不上的表留着不动就行。",
        "Only orders are required; each further table shows more. Fill what you have and leave the rest.",
    ),
    Text(
        "红色表头必填。鼠标停在表头上有说明。长编号请保持文本格式。",
        "Red headers are required. Hover over a header for its note. Keep long ids as text.",
    ),
    Text(
        "填好后放进一个文件夹, 运行: huoshui start 文件夹",
        "Put the filled file into a folder and run: huoshui start FOLDER",
    ),
)
_ADDS = Text("补这一列能多看到: ", "Adding this shows: ")
_REQUIRED = Text("必填", "required")
_OPTIONAL = Text("选填", "optional")
_EXAMPLES: dict[str, str] = {
    "order_id": "D20260803001", "user_id": "U1001", "guest_key": "guest@example.com", "product_id": "P01",
    "agent_id": "A01", "upline_id": "A00", "site_id": "S01", "entry_id": "L0001", "recharge_id": "R0001",
    "refund_id": "T0001", "commission_id": "C0001", "campaign_id": "H01", "assignment_id": "F0001", "event_id": "E0001",
    "scope_id": "H01", "payment_channel": "微信直连", "provider": "微信支付", "contact_hash": "13800000000",
    "device_hash": "a1b2c3", "ip_hash": "203.0.113.5", "device": "手机", "tier": "白银会员", "country": "CN",
    "memo": "商品下单", "type": "浏览", "name": "新客礼", "category": "话费", "visitor": "v001", "props": "{}",
    "level": "1",
}  # fmt: skip


def write_template(out: Path, language: Language) -> list[Path]:
    """Write the workbook into the folder `out`; the files written."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / FILE_NAME.say(language)
    # nothing written is a formula, whatever a text begins with
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    styles = _Styles(book)
    _write_guide(book.add_worksheet(_GUIDE.say(language)), styles, language)
    for table in TABLES.values():
        _write_table(book.add_worksheet(table.title.say(language)[:31]), table, styles, language)
    book.close()
    return [path]


class _Styles:
    """The few formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        self.required: Format = book.add_format({**head, "font_color": "#B42318", "bg_color": "#FEF3F2"})
        self.optional: Format = book.add_format({**head, "bg_color": "#F2F4F7"})
        self.example: Format = book.add_format({"font_color": "#98A2B3", "italic": True, "num_format": "@"})
        self.text: Format = book.add_format({"num_format": "@"})
        self.time: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.money: Format = book.add_format({"num_format": "0.00####"})
        self.plain: Format = book.add_format({})
        self.wrap: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.title: Format = book.add_format({"bold": True, "font_size": 14})

    def of(self, column: Column) -> Format:
        """The format of a column's cells: ids as text, so that no digit is lost."""
        match column.kind:
            case "id" | "text" | "choice":
                return self.text
            case "time":
                return self.time
            case "fen" | "price":
                return self.money
            case "rate" | "count" | "flag":
                return self.plain


def _write_guide(sheet: Worksheet, styles: _Styles, language: Language) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 2, 80, styles.wrap)
    for row, line in enumerate(_GUIDE_LINES):
        sheet.write_string(row, 0, line.say(language), styles.title if row == 0 else styles.plain)
    for row, table in enumerate(TABLES.values(), start=len(_GUIDE_LINES) + 1):
        required = table.name == "orders"
        sheet.write_url(
            row, 0, f"internal:'{table.title.say(language)[:31]}'!A1", string=table.title.say(language)
        )
        sheet.write_string(row, 1, (_REQUIRED if required else _OPTIONAL).say(language))
        if table.unlocks:
            sheet.write_string(row, 2, table.unlocks.say(language), styles.wrap)


def _write_table(sheet: Worksheet, table: Table, styles: _Styles, language: Language) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 32)
    for index, column in enumerate(table.columns):
        title = column.title.say(language)
        sheet.set_column(index, index, max(12, len(title) * 2 + 2), styles.of(column))
        sheet.write_string(0, index, title, styles.required if column.required else styles.optional)
        note = column_note(column, language)
        sheet.write_comment(0, index, note, {"x_scale": 1.6, "y_scale": 0.4 + 0.012 * len(note)})
        sheet.write_string(1, index, example_cell(table, column, language), styles.example)
        if column.kind == "choice":
            # choices can be picked; anything else is still accepted, and judged when read
            rule = {
                "validate": "list",
                "source": choices_said(table, column, language),
                "error_type": "warning",
            }
            sheet.data_validation(2, index, 10_000, index, rule)
    last = len(table.columns)
    sheet.set_column(last, last, 26)
    sheet.write_string(0, last, EXAMPLE_HEADER.say(language), styles.optional)
    sheet.write_string(1, last, _EXAMPLE_MARK.say(language), styles.example)


def column_note(column: Column, language: Language) -> str:
    """The note on a header: whether it is required, how to fill it, what it adds."""
    parts = [(_REQUIRED if column.required else _OPTIONAL).say(language)]
    if column.note:
        parts.append(column.note.say(language))
    if column.unlocks:
        parts.append(_ADDS.say(language) + column.unlocks.say(language))
    return "\n".join(parts)


def choices_said(table: Table, column: Column, language: Language) -> list[str]:
    """The choices of a column as an operator would write them, each known to the intake."""
    if language == "en":
        return list(column.choices)
    from_words = spoken_choices(table.name, column)
    return [from_words.get(choice, choice) for choice in column.choices]


def example_cell(table: Table, column: Column, language: Language) -> str:
    """A believable cell."""
    match column.kind:
        case "choice":
            return choices_said(table, column, language)[min(1, len(column.choices) - 1)]
        case "time":
            return str(datetime(2026, 8, 3, 15, 5))
        case "fen" | "price":
            return "12.50"
        case "rate":
            return "5%"
        case "count":
            return "1"
        case "flag":
            return "否" if language == "zh" else "no"
        case "id" | "text":
            return _EXAMPLES.get(column.name, "")
