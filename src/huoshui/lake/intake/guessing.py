"""A proposal for mapping.toml: for each file its table, for each column what it is, with samples, certainty and
questions.

Only what is unclear becomes a question: a required column nobody claims, two columns that claim the same, or
cells that do not read as what their header says. Files of known shops need no mapping and are named as such.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huoshui.base.errors import Language, Text
from huoshui.lake.intake.cells import Cell, How, parse_cell
from huoshui.lake.intake.headers import ColumnPlan, TablePlan, hinted_tables
from huoshui.lake.intake.words import choice_words, column_words, fold, is_personal_header, is_secret_header
from huoshui.lake.tables import Column

Certainty = Literal["sure", "likely", "unclear"]
SAMPLES = 3
CERTAINTY_WORDS: dict[Certainty, Text] = {
    "sure": Text("确定", "sure"),
    "likely": Text("多半是", "likely"),
    "unclear": Text("请确认", "please check"),
}
_HIDDEN = "***"
"""Stands for personal data and secrets in samples."""


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """One header of a file: the column proposed ('' for none of ours), samples, certainty, what is to be asked."""

    header: str
    column: str
    samples: tuple[str, ...]
    certainty: Certainty
    question: Text | None = None


@dataclass(frozen=True, slots=True)
class FileProposal:
    """One file: its table ('' if none was recognised), its columns, what it lacks, and its shop if known."""

    file: str
    sheet: str
    table: str
    shop: str
    certainty: Certainty
    columns: tuple[ColumnProposal, ...]
    missing: tuple[Column, ...]
    questions: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class MappingProposal:
    """What mapping.toml could say of a folder."""

    files: tuple[FileProposal, ...]

    @property
    def questions(self) -> tuple[Text, ...]:
        """Everything that is unclear, in the order of the files."""
        found: list[Text] = []
        for file in self.files:
            found += file.questions
            found += [column.question for column in file.columns if column.question]
        return tuple(found)

    def write(self, path: Path, language: Language) -> None:
        """Write it as a commented mapping.toml."""
        path.write_text(self.toml(language), encoding="utf-8")

    def toml(self, language: Language) -> str:
        """The commented text of a mapping.toml."""
        head = Text(
            "# 每个文件是哪张表、每一列是什么。改好后放在数据文件夹里, 下次读取就按它来。\n"
            '# 左边是您的列名, 右边是活水的列名; 右边写 "" 表示不用这一列。带“请确认”的几行需要您看一眼。',
            "# Which table each file is and what each column is. Mend it and keep it in the data folder.\n"
            '# Left your header, right our column; "" leaves a column unused. Lines marked "please check" need a look.',
        )
        return "\n".join([head.say(language), "", *(_file_toml(file, language) for file in self.files)])


def propose(
    file: str, sheet: str, plan: TablePlan | None, headers: Sequence[str], rows: Sequence[Sequence[str]]
) -> FileProposal:
    """The proposal for one file from its header's plan and its first rows."""
    if plan is None:
        table = max(hinted_tables(file).items(), key=lambda item: item[1], default=("", 0))[0]
        question = Text(
            f'{file}: 没认出这是什么表。如果用不上, 把 table 写成 "skip"。',
            f'{file}: the table was not recognised. Write table = "skip" if it is of no use.',
        )
        columns = tuple(
            ColumnProposal(h, "", _samples(rows, i, h), "unclear") for i, h in enumerate(headers) if h
        )
        return FileProposal(file, sheet, table, "", "unclear", columns, (), (question,))
    by_index = {column.index: column for column in plan.columns}
    proposals = []
    for index, header in enumerate(plan.headers):
        if header and index not in plan.correction:
            proposals.append(_column(file, plan, by_index.get(index), index, header, rows))
    questions = tuple(
        _ask_missing(file, column, plan, rows) for column in plan.missing if column.name != "direction"
    )
    certainty: Certainty = (
        "unclear" if plan.missing else "sure" if plan.shape or len(plan.columns) >= 5 else "likely"
    )
    shop = plan.shape.shop if plan.shape else ""
    return FileProposal(
        file, sheet, plan.table.name, shop, certainty, tuple(proposals), plan.missing, questions
    )


def _column(
    file: str,
    plan: TablePlan,
    column: ColumnPlan | None,
    index: int,
    header: str,
    rows: Sequence[Sequence[str]],
) -> ColumnProposal:
    if column is None:
        claimed = column_words(plan.table.name).get(fold(header), "")
        samples = _samples(rows, index, header)
        if claimed and not plan.shape:
            other = next((c.header for c in plan.columns if c.column.name == claimed), "")
            question = Text(
                f"{file}: “{header}”和“{other}”都像是{plan.table.column(claimed).title.zh}, 现在用的是“{other}”, 对吗?",
                f"{file}: '{header}' and '{other}' both look like {claimed}; '{other}' is used. Is that right?",
            )
            return ColumnProposal(header, "", samples, "unclear", question)
        return ColumnProposal(header, "", samples, "sure")
    cells = [row[index] for row in rows if index < len(row) and row[index].strip()]
    bad = [cell for cell in cells if not isinstance(parse_cell(column.column, cell, column.how), Cell)]
    own = fold(header) in (
        fold(column.column.name),
        fold(column.column.title.zh),
        fold(column.column.title.en),
    )
    samples = () if column.column.hashed else _samples(rows, index, header)
    shown = (_HIDDEN,) if column.column.hashed and cells else samples
    if bad and not plan.shape:
        question = Text(
            f"{file}: “{header}”当作{column.column.title.zh}来读, 可是“{bad[0][:30]}”读不懂。"
            f"这一列是{column.column.title.zh}吗?",
            f"{file}: '{header}' is read as {column.column.name}, but '{bad[0][:30]}' makes no sense as that. Is it?",
        )
        return ColumnProposal(header, column.column.name, shown, "unclear", question)
    return ColumnProposal(header, column.column.name, shown, "sure" if own or plan.shape else "likely")


def _ask_missing(file: str, column: Column, plan: TablePlan, rows: Sequence[Sequence[str]]) -> Text:
    """Which column could be the required one that nobody claims: those whose cells would all read as it."""
    fitting = []
    for index, header in plan.extra:
        cells = [row[index] for row in rows if index < len(row) and row[index].strip()]
        if cells and _fits(plan.table.name, column, cells):
            fitting.append(header)
    zh = f"可能是: {'、'.join(fitting)}。" if fitting else "没有哪一列看着像。"
    en = f"It may be: {', '.join(fitting)}." if fitting else "No column looks like it."
    return Text(
        f"{file}: 哪一列是“{column.title.zh}”? {zh}",
        f"{file}: which column is '{column.title.en}' ({column.name})? {en}",
    )


def _fits(table: str, column: Column, cells: Sequence[str]) -> bool:
    """Whether the cells could be the column's: all of them, or of a choice some (words can be named in the mapping)."""
    words = choice_words(table, column) if column.kind == "choice" else {}
    answers = [parse_cell(column, cell, How(words=words)) for cell in cells]
    fine = [isinstance(answer, Cell) or answer.code == "below_zero" for answer in answers]
    return any(fine) if column.kind == "choice" else all(fine)


def _samples(rows: Sequence[Sequence[str]], index: int, header: str) -> tuple[str, ...]:
    if is_secret_header(header) or is_personal_header(header):
        return (_HIDDEN,)
    found = dict.fromkeys(row[index].strip()[:24] for row in rows if index < len(row) and row[index].strip())
    return tuple(found)[:SAMPLES]


def _file_toml(file: FileProposal, language: Language) -> str:
    if file.shop:
        said = Text(
            f"# {file.file}: 这是 {file.shop} 自己的格式, 已经认识, 不用写。",
            f"# {file.file}: {file.shop}'s own format, known already; nothing to write.",
        )
        return said.say(language) + "\n"
    lines = [f"# ? {question.say(language)}" for question in file.questions]
    lines += ["[[file]]", f"match = {_quoted(file.file)}"]
    if file.sheet:
        lines.append(f"sheet = {_quoted(file.sheet)}")
    lines += [f"table = {_quoted(file.table or 'skip')}", "[file.columns]"]
    for column in file.columns:
        if column.question:
            lines.append(f"# ? {column.question.say(language)}")
        word = CERTAINTY_WORDS[column.certainty].say(language)
        samples = " | ".join(column.samples).replace("\n", " ").replace("\r", " ")
        lines.append(f"{_quoted(column.header)} = {_quoted(column.column)}  # {word}: {samples}".rstrip(": "))
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
