"""One file or sheet to one proposed source: table, notation, mapping, values, and what has to be asked.

- Columns that identify people, and columns that nothing is known of, are put under `drop`; the latter is asked.
- A guess is never silent: whatever the names and cells do not make certain is written as a doubt.
- No text of a cell is repeated unless at least three people share it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from pilot_analysis.intake.cells import Cells
from pilot_analysis.intake.describe_cells import (
    clearly_missing,
    date_notation,
    decimal_sign,
    far_dates,
    frequent,
    holds_dates,
    holds_numbers,
    is_missing,
    texts_of,
)
from pilot_analysis.intake.describe_columns import Match, ao_percent_is, choose, return_date_is
from pilot_analysis.intake.describe_files import Opened
from pilot_analysis.intake.describe_names import MARKS, PLATFORM, UNCLEAR, VERSIONS, key
from pilot_analysis.intake.describe_text import Proposed
from pilot_analysis.intake.describe_values import WITHDRAWN, propose
from pilot_analysis.intake.names import identifies, medical, register_number, words
from pilot_analysis.intake.privacy import found_in_cells, shown
from pilot_analysis.intake.rules import RULES
from pilot_analysis.intake.sources import ITEM
from pilot_analysis.intake.translate import kind_of
from pilot_analysis.schemas.canonical import CASE_ID, TABLES

_ORDER = (
    "table", "supplier", "file", "format", "encoding", "delimiter", "decimal", "date_format", "sheet", "header_rows",
    "columns", "values", "missing", "open_date", "drop", "return_date_is", "ao_percent_is", "latest_by", "withdrawn",
)  # fmt: skip
_BOUNDS = {"contract_fte": (0.0, 1.2), "birth_year": (1900.0, 2100.0), "ao_percent": (0.0, 100.0)}


@dataclass
class _Work:
    """What is known while one source is made."""

    label: str
    match: Match
    cells: dict[str, Cells]
    source: Proposed

    @property
    def people(self) -> Cells | None:
        """Cells of the pseudonym, if its column is known."""
        return self.cells.get(self.match.columns.get("case_id", ""))

    def of_kind(self, *kinds: str) -> dict[str, Cells]:
        """Cells of the canonical columns found that are of one of `kinds`."""
        table = self.match.table
        return {
            column: self.cells[name] for column, name in self.match.columns.items() if kind_of(table, column) in kinds
        }


def proposed(found: Opened) -> tuple[Proposed | None, list[str]]:
    """The source for a file or sheet (None: nothing recognised), and remarks that belong to no source."""
    raw = found.raw
    if raw is None:
        return None, [f"{found.file}: {problem}" for problem in found.problems]
    numbered = list(zip(raw.headers, raw.columns, range(1, len(raw.headers) + 1), strict=True))
    hidden = [place for name, cells, place in numbered if shown(name, place, cells) != name]
    cells = {name: column for name, column, place in numbered if place not in hidden}
    match, doubts = choose([name for name in cells if not identifies(name)], raw.label)
    if match is None:
        return None, [_unrecognised(raw.label, list(cells), hidden)]
    work = _Work(raw.label, match, cells, Proposed())
    source = work.source
    source.remarks = [*doubts, *found.problems]
    if hidden:
        places = ", ".join(map(str, hidden))
        source.remarks.append(f"the names of columns {places} look like values and are not shown: is there a header?")
    if len(cells) + len(hidden) < len(numbered):
        source.remarks.append("a column name occurs twice")
    source.keys |= {"table": match.table, "supplier": TABLES[match.table].owner, "file": found.file} | found.keys
    for path, doubt in found.doubts.items():
        source.doubt(path, doubt)
    if "arbo" in raw.label.lower() and source.keys["supplier"] == "employer":
        source.doubt("supplier", "the file name speaks of an occupational health service")
    for step in (_columns, _notation, _values, _others, _missing, _meanings, _versions):
        step(work)
    source.keys = {name: source.keys[name] for name in _ORDER if source.keys.get(name)}
    return source, []


def _unrecognised(label: str, names: list[str], hidden: list[int]) -> str:
    columns = ", ".join(f"`{name}`" for name in names) or "none that can be shown"
    header = "; some names look like values: is there a header?" if hidden else ""
    return f"{label}: no table was recognised (columns: {columns}{header}); describe it, or take it out of the delivery"


def _columns(work: _Work) -> None:
    """`columns`, with a doubt for unclear names and for cells that do not fit."""
    match, source = work.match, work.source
    others = [name for name in work.cells if name not in match.columns.values()]
    source.keys["columns"] = {
        column: match.columns[column]
        for column in TABLES[match.table].columns
        if column in match.columns and match.columns[column] != column
    }
    for column, name in match.columns.items():
        cells, path = work.cells[name], f"columns.{column}"
        only_date = key(name) == "datum" and not any(holds_dates(work.cells[other]) for other in others)
        if match.clearness[column] == UNCLEAR and not only_date:
            source.doubt(path, "the name is not clear: is this what it holds?")
        if (doubt := _misfit(match.table, column, cells)) is not None:
            source.doubt(path, doubt)
        for rule in found_in_cells(cells):
            source.doubt(path, f"{RULES[rule].what}: the run will stop; have the supplier take them out")


def _misfit(table: str, column: str, cells: Cells) -> str | None:
    kind, texts = kind_of(table, column), [text for text in texts_of(cells) if not is_missing(text)]
    if not texts:
        return None
    if column == "case_id" and not all(re.fullmatch(CASE_ID, text) for text in texts):
        return "not all cells have the form of a pseudonym: 4-64 letters, digits, _ or -"
    if kind == "date" and not holds_dates(cells) and not holds_numbers(cells):
        return "most cells are no dates"
    if kind in ("number", "whole") and not holds_numbers(cells):
        return "most cells are no numbers"
    low, high = _BOUNDS.get(column, (None, None))
    numbers = [float(text.replace(",", ".")) for text in texts if re.fullmatch(r"\d+([.,]\d+)?", text)]
    if low is not None and high is not None and any(not low <= value <= high for value in numbers):
        return f"numbers outside {low:g} to {high:g}: another unit?"
    return None


def _notation(work: _Work) -> None:
    """`decimal` and `date_format`."""
    table = TABLES[work.match.table]
    items = [cells for name, cells in work.cells.items() if table.items and name not in work.match.columns.values()]
    sign, doubt = decimal_sign([*work.of_kind("number", "whole").values(), *items])
    if sign == ",":
        work.source.keys["decimal"] = sign
    if doubt:
        work.source.keys["decimal"] = sign or "."
        work.source.doubt("decimal", doubt)
    form, doubt = date_notation(list(work.of_kind("date").values()))
    if form:
        work.source.keys["date_format"] = form
    if doubt and form:
        work.source.doubt("date_format", doubt)
    elif doubt:
        work.source.remarks.append(doubt)


def _values(work: _Work) -> None:
    """`values` of columns with a list of values."""
    values = {}
    for column, cells in work.of_kind("text").items():
        proposal = propose(work.match.table, column, cells, work.people)
        path = f"values.{column}"
        for text in proposal.asked:
            work.source.doubt(f"{path}.{text}", "a guess: codes differ between suppliers")
        if proposal.values:
            values[column] = proposal.values
            for question in proposal.questions:
                work.source.doubt(path, question)
        else:
            work.source.remarks += [f"column {work.match.columns[column]}: {text}" for text in proposal.questions]
    work.source.keys["values"] = values


def _others(work: _Work) -> None:
    """Columns that are not canonical: dropped, items of a survey, or left for `latest_by` and `withdrawn`."""
    source, items = work.source, TABLES[work.match.table].items
    drop: list[str] = []
    for name, cells in work.cells.items():
        deciding = key(name) in VERSIONS | MARKS and not items
        if name in work.match.columns.values() or deciding:
            continue
        if items and not identifies(name) and key(name) not in PLATFORM and holds_numbers(cells):
            _item(name, source)
            continue
        drop.append(name)
        doubt = _why_dropped(name, work)
        if doubt:
            source.doubt(f"drop.{name}", doubt)
    source.keys["drop"] = drop


def _item(name: str, source: Proposed) -> None:
    if ITEM.fullmatch(name):
        return
    item = "_".join(words(name)) or "item"
    item = item if item[0].isalpha() else f"q_{item}"
    while item in source.keys["columns"]:
        item += "_2"
    source.keys["columns"][item] = name


def _why_dropped(name: str, work: _Work) -> str | None:
    if identifies(name):
        return None
    if register_number(name):
        return "a number of some register; the pseudonym only is needed"
    if work.source.keys["supplier"] == "employer" and medical(name):
        return "medical: an employer must not deliver it; have it taken out"
    if TABLES[work.match.table].items:
        platform = key(name) in PLATFORM
        return None if platform else "text: map its labels to numbers under `values`, or declare it under `free_text`"
    return "not recognised, so dropped; map it under `columns` if it is needed"


def _missing(work: _Work) -> None:
    """`missing` and `open_date`."""
    source, table = work.source, TABLES[work.match.table]
    missing: dict[str, bool] = {}
    for column, name in work.match.columns.items():
        free = kind_of(work.match.table, column) == "text" and column not in table.optional
        for text, common in frequent(work.cells[name], work.people).items():
            if column != "case_id" and is_missing(text) and text not in source.keys["values"].get(column, {}):
                clear = clearly_missing(text)
                if common and (clear or not free):
                    missing[text] = missing.get(text, True) and clear
    source.keys["missing"] = sorted(missing)
    for text in missing:
        if not missing[text]:
            source.doubt(f"missing.{text}", "does this mean that the value is missing?")
    dates = work.of_kind("date")
    far = {
        text: frequent(cells, work.people).get(text, False)
        for cells in dates.values()
        for text in far_dates(cells, source.keys.get("date_format"))
    }
    common = sorted(text for text in far if far[text])
    if common:
        source.keys["open_date"] = common[0]
    if len(far) > len(common[:1]):
        source.remarks.append("dates after the year 2900, which are not all `open_date`: what do they mean?")


def _meanings(work: _Work) -> None:
    """`return_date_is` and `ao_percent_is`, from the names."""
    columns, source = work.match.columns, work.source
    if columns.get("return_date", "return_date") != "return_date":
        source.keys["return_date_is"], clear = return_date_is(columns["return_date"])
        if not clear:
            source.doubt("return_date_is", "the first day back, or the last sick day, which is one day earlier?")
    if columns.get("ao_percent", "ao_percent") != "ao_percent":
        source.keys["ao_percent_is"], clear = ao_percent_is(columns["ao_percent"])
        if not clear:
            source.doubt("ao_percent_is", "the share absent, or the share recovered?")


def _versions(work: _Work) -> None:
    """`latest_by` and `withdrawn`; a key that occurs twice without a version column is told."""
    source, table = work.source, TABLES[work.match.table]
    deciding = [name for name in work.cells if name not in work.match.columns.values() and not table.items]
    source.keys["latest_by"] = [name for name in deciding if key(name) in VERSIONS][:1]
    for name in [name for name in deciding if key(name) in VERSIONS][1:]:
        source.remarks.append(f"column `{name}` may be a version as well: add it to `latest_by`, or drop it")
    source.keys["withdrawn"] = {}
    for name in [name for name in deciding if key(name) in MARKS]:
        common = frequent(work.cells[name], work.people)
        marks = [text for text, often in common.items() if often and text.casefold() in WITHDRAWN]
        if marks:
            source.keys["withdrawn"][name] = marks[0]
        else:
            question = "which of its values withdraws a row? name it under `withdrawn`, or drop the column"
            source.remarks.append(f"column `{name}`: {question}")
    keys = [work.match.columns.get(column) for column in table.key]
    if not source.keys["latest_by"] and None not in keys:
        frame = pd.DataFrame({str(place): work.cells[str(name)].codes for place, name in enumerate(keys)})
        if frame.duplicated().any():
            source.remarks.append("rows with the same key: is there a column that tells which of them holds?")
