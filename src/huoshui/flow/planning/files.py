"""The files of a plan: the list to give by, the workbook, every figure, what chance drew, and the record.

    plan.csv            who gets which level and why, ready for Excel
    plan.xlsx           the same beside a summary, the curve, the rules, and twenty users to judge by eye
    plan.json           every figure
    explored.csv        what was drawn by chance, as the canonical table `assignments`: import it with the next files
    suspected.csv       accounts suspected to be one hand, a row each, with the evidence and how to clear them
    record.json         what the decisions were made from; with candidates.parquet enough to make them again

Text of the data is never a formula: in the workbook it is written as text, in CSV it is led by an apostrophe.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from huoshui import __version__
from huoshui.base.errors import BadMapping, BadOption, Language
from huoshui.core.allocate.assignments import Assignment, assignments_of_exploring
from huoshui.core.allocate.plan_values import PeriodPlan
from huoshui.core.allocate.record import DIGEST_BYTES, PlanRecord, choice_hash, offers_hash
from huoshui.core.allocate.values import Choices, Option
from huoshui.core.costs.assumptions import Assumptions
from huoshui.flow.app import Settings
from huoshui.flow.planning.facts import Candidates, PlanFacts
from huoshui.flow.planning.making import Earlier, Made, Wish
from huoshui.flow.planning.people_list import LIST_HEADINGS, plan_list
from huoshui.flow.planning.workbook import write_plan_workbook
from huoshui.flow.risk import SUSPECTED_HEADINGS, RiskTold, suspected_rows

PLAN_CSV, PLAN_XLSX, PLAN_JSON = "plan.csv", "plan.xlsx", "plan.json"
EXPLORED_CSV, RECORD_JSON, CANDIDATES = "explored.csv", "record.json", "candidates.parquet"
SUSPECTED_CSV = "suspected.csv"
BOM = b"\xef\xbb\xbf"
VERSIONS_OF = ("numpy", "numba", "highspy")


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """Where the files lie."""

    people: Path
    workbook: Path
    figures: Path
    explored: Path
    record: Path
    candidates: Path
    suspected: Path


@dataclass(frozen=True, slots=True)
class Kept:
    """What a plan came to, as its files hold it: `choice` by the numbers of `options`, nothing first."""

    plan: PeriodPlan
    options: tuple[Option, ...]
    choice: Choices


@dataclass(frozen=True, slots=True)
class Stored:
    """A plan's record, read again. `kept` is None where anything was edited since, or this is another version."""

    record: PlanRecord
    facts: PlanFacts
    people: Candidates
    wish: Wish
    assumptions: Assumptions
    previous: Earlier | None
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a plan decided, as its files hold it: `choice` by the numbers of `options`, nothing first."""

    options: tuple[Option, ...]
    user_ids: Any
    choice: Choices


@dataclass(frozen=True, slots=True)
class _Told:
    """What record.json holds besides the users."""

    record: PlanRecord
    facts: PlanFacts
    wish: Wish
    assumptions: Assumptions
    options: tuple[Option, ...]
    previous_options: tuple[Option, ...] | None
    files: Mapping[str, str] = field(default_factory=dict)
    """Hash of the plan's figures and of its users, by the name of the file."""
    seal: str = ""
    """One hash of all of the above: who finds it whole need not plan again."""


def write_files(
    out: Path,
    *,
    made: Made,
    facts: PlanFacts,
    people: Candidates,
    wish: Wish,
    assumptions: Assumptions,
    previous: Earlier | None,
    settings: Settings,
) -> PlanFiles:
    """Write all of them into `out` (made if need be), each whole or not at all. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    found = PlanFiles(
        *(
            out / name
            for name in (PLAN_CSV, PLAN_XLSX, PLAN_JSON, EXPLORED_CSV, RECORD_JSON, CANDIDATES, SUSPECTED_CSV)
        )
    )
    rows = plan_list(made, people, settings.language)
    explored = list(
        assignments_of_exploring(
            made.aside.explored,
            made.offers.options,
            people.user_ids.to_pylist(),
            at=f"{wish.first_day.isoformat()} 00:00:00",
        )
    )
    told = _Told(
        record=record_of(made, wish),
        facts=facts,
        wish=wish,
        assumptions=assumptions,
        options=made.offers.options,
        previous_options=None if previous is None else previous.options,
    )
    _whole(found.people, lambda path: write_list(rows, path))
    _whole(found.workbook, lambda path: write_plan_workbook(made, rows, path, settings=settings))
    _whole(found.figures, lambda path: path.write_bytes(as_json(made.plan)))
    _whole(found.explored, lambda path: write_assignments(explored, path))
    _whole(found.suspected, lambda path: write_suspected(facts.risk, path, settings.language))
    users = _table(people, made.choice, previous)
    _whole(found.candidates, lambda path: pq.write_table(users, path, compression="zstd"))
    told = replace(told, files={path.name: _hash_of(path) for path in (found.figures, found.candidates)})
    sealed = replace(told, seal=_seal(told))
    _whole(found.record, lambda path: path.write_bytes(as_json(sealed)))
    return found


def record_of(made: Made, wish: Wish) -> PlanRecord:
    """What proves that a plan made again is the same."""
    return PlanRecord(
        period=wish.period,
        seed=wish.seed,
        budget_fen=wish.budget_fen,
        edge_est=wish.edge_est,
        offers_hash=offers_hash(made.offers),
        choice_hash=choice_hash(made.offers.keys, made.choice),
        prices=dict(made.prices),
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    return {"huoshui": __version__, **{name: version(name) for name in VERSIONS_OF}}


def _seal(told: "_Told") -> str:
    return blake2b(as_json(replace(told, seal="")), digest_size=DIGEST_BYTES).hexdigest()


def _hash_of(path: Path) -> str:
    return blake2b(path.read_bytes(), digest_size=DIGEST_BYTES).hexdigest()


def read_record(folder: Path) -> Stored:
    """The record in `folder`. Raises BadOption where there is none, or where it cannot be read."""
    told, table = _read(folder, option="what-if")
    previous = None
    if told.previous_options is not None:
        previous = Earlier(told.previous_options, table["previous"].to_numpy())
    kept = _kept(told, table, folder)
    return Stored(told.record, told.facts, _people(table), told.wish, told.assumptions, previous, kept)


def read_decisions(folder: Path, *, option: str) -> Decisions:
    """What the plan in `folder` decided, whatever version of ours made it.

    Raises BadOption, in the name of `option`, where there is no plan, or where a file is not as it was written.
    """
    told, table = _read(folder, option=option)
    edited = _edited(told, folder)
    if edited:
        raise BadOption(
            option=option,
            value=str(folder),
            reason_zh=f"写出之后被改过或不见了: {'、'.join(edited)}。改过的计划没法评; 用 huoshui plan 再做一份",
            reason_en=f"changed or gone since it was written: {', '.join(edited)}. An edited plan proves nothing; make "
            "it again with `huoshui plan`",
        )
    return Decisions(told.options, table["user_ids"], table["choice"].to_numpy())


def _edited(told: "_Told", folder: Path) -> list[str]:
    """Names of the plan's files that are not as they were written."""
    found = [] if told.seal == _seal(told) else [RECORD_JSON]
    for name, digest in told.files.items():
        path = folder / name
        if not path.is_file() or _hash_of(path) != digest:
            found.append(name)
    return found


def _read(folder: Path, *, option: str) -> tuple["_Told", pa.Table]:
    """What record.json and candidates.parquet say."""
    file, users = folder / RECORD_JSON, folder / CANDIDATES
    if not file.is_file() or not users.is_file():
        raise BadOption(
            option=option,
            value=str(folder),
            reason_zh=f"里面没有 {RECORD_JSON} 和 {CANDIDATES}, 先用 huoshui plan 做一份计划",
            reason_en=f"it holds no {RECORD_JSON} and {CANDIDATES}; make a plan with `huoshui plan` first",
        )
    try:
        told = msgspec.json.decode(file.read_bytes(), type=_Told, dec_hook=_read_fraction)
        table = pq.read_table(users)
        _people(table)
    except (msgspec.DecodeError, ValueError, KeyError) as error:
        raise BadOption(
            option=option,
            value=str(folder),
            reason_zh=f"{RECORD_JSON} 或 {CANDIDATES} 读不懂, 可能被改过; 用 huoshui plan 再做一份计划",
            reason_en=f"{RECORD_JSON} or {CANDIDATES} cannot be read; were they edited? Make the plan again",
        ) from error
    return told, table


def _kept(told: _Told, table: pa.Table, folder: Path) -> Kept | None:
    """The plan itself, where its files are as they were written and by what would plan now."""
    if _edited(told, folder) or dict(told.record.versions) != _versions():
        return None
    plan = msgspec.json.decode((folder / PLAN_JSON).read_bytes(), type=PeriodPlan)
    return Kept(plan, told.options, table["choice"].to_numpy())


def as_json(value: Any) -> bytes:
    """Any of our values as readable JSON."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=_say_fraction), indent=1) + b"\n"


def _say_fraction(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(type(value))


def _read_fraction(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError(kind)


# --- the list ----------------------------------------------------------------------------------------------


def write_list(rows: pa.Table, path: Path) -> None:
    """The list as CSV with the mark that lets Excel read Chinese; text of the data is no formula."""
    columns = [_guarded(column) if pa.types.is_string(column.type) else column for column in rows.columns]
    with path.open("wb") as file:
        file.write(BOM)
        pa_csv.write_csv(pa.table(columns, names=rows.column_names), file)


def _guarded(texts: Any) -> Any:
    """An apostrophe before what a spreadsheet would take for a formula."""
    risky = pc.match_substring_regex(texts, r"^[=+\-@\t\r]")
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def previous_choice(path: Path, people: Candidates) -> Earlier:
    """The levels of an earlier plan.csv for the users of this one; who is not in it had none.

    Raises BadMapping where the file is no plan.csv of ours, with its line.
    """
    wanted = ("user_id", "campaign_id", "amount")
    options: dict[Option, int] = {}
    levels: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            places = _places(next(reader, []), wanted)
            if places is None:
                raise _no_plan(path, 1)
            for cells in reader:
                if len(cells) <= max(places):
                    raise _no_plan(path, reader.line_num)
                user, campaign, amount = (cells[place] for place in places)
                option = Option(_bare(campaign), _fen(amount, path, reader.line_num))
                levels[_bare(user)] = options.setdefault(option, len(options) + 1)
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError) as error:
        raise _no_plan(path, 1) from error
    choice = np.array([levels.get(str(user), 0) for user in people.user_ids.to_pylist()], np.int8)
    return Earlier(tuple(options), choice)


def _places(header: list[str], wanted: Iterable[str]) -> list[int] | None:
    names = {text: code for code, title in LIST_HEADINGS.items() for text in title}
    codes = [names.get(title) for title in header]
    places = [codes.index(code) if code in codes else -1 for code in wanted]
    return None if -1 in places else places


def _bare(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text


def _fen(text: str, path: Path, line: int) -> int:
    try:
        return round(Fraction(text) * 100)
    except ValueError as error:
        raise _no_plan(path, line) from error


def _no_plan(path: Path, line: int) -> BadMapping:
    return BadMapping(
        file=path.name,
        line=line,
        reason_zh="不是 huoshui plan 写出的名单 (plan.csv)",
        reason_en="this is no list written by `huoshui plan` (plan.csv)",
    )


def write_assignments(rows: list[Assignment], path: Path) -> None:
    """Random assignments as the canonical table of that name."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Assignment._fields)
        writer.writerows(rows)


def write_suspected(risk: RiskTold | None, path: Path, language: Language) -> None:
    """Whom a plan leaves out on suspicion, and whom to watch; the heading alone where there is nobody."""
    rows = [] if risk is None else suspected_rows(risk, language)
    headings = [title.say(language) for title in SUSPECTED_HEADINGS]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(headings)
    write_list(pa.table([pa.array(column, pa.string()) for column in columns], names=headings), path)


# --- the users ---------------------------------------------------------------------------------------------


def _table(people: Candidates, choice: Choices, previous: Earlier | None) -> pa.Table:
    names = [name for name in Candidates.__dataclass_fields__ if name != "user_ids"]
    columns = {"user_ids": people.user_ids, **{name: pa.array(getattr(people, name)) for name in names}}
    columns["choice"] = pa.array(choice)
    if previous is not None:
        columns["previous"] = pa.array(previous.choice)
    return pa.table(columns)


def _people(table: pa.Table) -> Candidates:
    names = [name for name in Candidates.__dataclass_fields__ if name != "user_ids"]
    return Candidates(table["user_ids"], **{name: table[name].to_numpy() for name in names})


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
