"""Privacy at the door: what is left after `drop` is looked at before anything else is done with the cells.

- Names of columns that are direct identifiers stop the run; a personnel number does, unless it is the pseudonym.
- All columns, the pseudonym included: numbers that are BSNs, and e-mail addresses, telephone numbers, IBANs, postcode
  with house number, BSN in any text.
- Sentences are refused in columns of categories; free text is taken only where a source declares it.
- Works on distinct cells. Issues give lines and counts, never a cell; a name that looks like a value is not repeated.
- Fails on identifiers in other notations, and on the names of people in columns with innocent names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilot_analysis.intake.cells import Cells, flags
from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.identifiers import bsn_like, in_texts
from pilot_analysis.intake.names import identifies, register_number
from pilot_analysis.intake.sources import Source
from pilot_analysis.intake.translate import kind_of
from pilot_analysis.schemas.canonical import TABLES

Column = tuple[str, Cells, int]
"""Name, cells and place (from 1) of a column."""

_VALUE_LIKE = re.compile(
    r"[\d\s.,:/%+-]+|.*@.*|[A-Za-z]{0,4}[ _-]?\d{3,}\w*|[A-Z]{2}\d{2} ?[A-Z]{4}[ \d]+|.*\d{6}.*|[0-9a-f-]{12,}|"
    r"[1-9]\d{3} ?[A-Z]{2}|.*\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|.*\d{4}-\d{2}-\d{2}.*"
)
_LONG_NAME = 80
_LONGEST = 120
_FEW_WORDS = r"^\S+(\s+\S+){4,}\s*$"
_MANY_WORDS = r"^\S+(\s+\S+){11,}\s*$"
# Words that sentences have and names of categories have not.
_SENTENCE = (
    r"(?i)(^|[\s(,;])(ik|hij|zij|ze|wij|mij|mijn|haar|zijn|heeft|hebben|heb|had|hadden|is|was|waren|ben|wordt|werd|worden|kan|"
    r"kon|wil|wilde|moet|moest|zal|zou|gaat|ging|komt|kreeg|krijgt|niet|geen|omdat|maar|sinds|vanwege|toen|nog|"
    r"he|she|they|has|have|had|been|were|because|since|not|my|his|her|wants|cannot)([\s,.;:!?)]|$)"
)
_END = r"[.!?]\s*$|[.!?]\s+\p{Lu}"


def shown(name: str, place: int, cells: Cells | None = None) -> str:
    """A column name for an issue: its number instead where the name looks like a value, or is one of the column."""
    own = cells is not None and any(type(value) is str and value.strip() == name for value in cells.values)
    if own or len(name) > _LONG_NAME or _VALUE_LIKE.fullmatch(name):
        return f"column {place} (its name looks like a value and is not shown)"
    return name


def refuse_identifiers(
    columns: Sequence[Column], source: Source, lines: np.ndarray, label: str, findings: Findings
) -> set[str]:
    """Report direct identifiers and free text in `columns`, of which `lines` are the lines of the rows.

    Returns the names of columns that are refused for their name.
    """
    about = {"table": source.table, "file": label}
    refused = set()
    for name, cells, place in columns:
        rule = _named(name, source)
        if rule is not None:
            findings.add(rule, **about, column=shown(name, place))
        if rule in ("identifier_column", "register_number"):
            refused.add(name)
            continue
        for found, rows in _found_in(name, cells, source).items():
            findings.add(found, **about, column=shown(name, place, cells), lines=lines[rows])
    return refused


def _named(name: str, source: Source) -> str | None:
    """The rule that the name of a column breaks."""
    if identifies(name):
        return "identifier_column"
    if not register_number(name):
        return None
    pseudonym = name in (source.columns.get("case_id"), source.columns.get("interview_id"))
    return "register_number_as_pseudonym" if pseudonym else "register_number"


def found_in_cells(cells: Cells) -> dict[str, np.ndarray]:
    """For each rule on cells that is broken, the rows concerned; free text is not among them."""
    texts, at = _texts(cells)
    numbers, numeric = _numbers(cells)
    found = {rule: at[hits] for rule, hits in in_texts(texts).items()}
    bsn = np.concatenate([at, numeric])[bsn_like(texts, numbers)]
    return {rule: _rows(cells, values) for rule, values in (found | {"bsn_column": bsn}).items() if len(values)}


def sentences(cells: Cells) -> np.ndarray:
    """Which rows hold a sentence: twelve words, 120 signs, or five words with a verb, a pronoun or a full stop."""
    texts, at = _texts(cells)
    long = pc.or_(pc.match_substring_regex(texts, _MANY_WORDS), pc.greater(pc.utf8_length(texts), _LONGEST))
    some = np.flatnonzero(pc.match_substring_regex(texts, _FEW_WORDS).to_numpy(zero_copy_only=False))
    close = texts.take(pa.array(some))
    speaks = pc.or_(pc.match_substring_regex(close, _SENTENCE), pc.match_substring_regex(close, _END))
    hits = long.to_numpy(zero_copy_only=False).copy()
    hits[some] |= speaks.to_numpy(zero_copy_only=False)
    return _rows(cells, at[hits])


def _found_in(name: str, cells: Cells, source: Source) -> dict[str, np.ndarray]:
    found = found_in_cells(cells)
    category = _category(name, source)
    if category is None:
        return found
    declared = {text.strip() for text in source.values.get(category, {})}
    known = flags(isinstance(value, str) and value.strip() in declared for value in cells.values)
    spoken = sentences(cells) & ~cells.rows(known)
    return found | ({"free_text": spoken} if spoken.any() else {})


def _category(name: str, source: Source) -> str | None:
    """The canonical column of `name`, if it holds categories that no list names; other columns refuse text anyway."""
    column = next((column for column, given in source.columns.items() if given == name), name)
    entry = TABLES[source.table].schema.columns.get(column)
    if entry is None or column not in TABLES[source.table].columns or kind_of(source.table, column) != "text":
        return None
    return None if (entry.metadata or {}).get("values") or entry.checks else column


def _rows(cells: Cells, places: np.ndarray) -> np.ndarray:
    chosen = np.zeros(len(cells.values), dtype=bool)
    chosen[places.astype("int64")] = True
    return cells.rows(chosen)


def _texts(cells: Cells) -> tuple[pa.Array, np.ndarray]:
    """Distinct texts and their places among the distinct cells."""
    values = cells.values.tolist()
    places = np.flatnonzero(np.fromiter((isinstance(value, str) for value in values), dtype=bool, count=len(values)))
    texts = values if len(places) == len(values) else [values[place] for place in places.tolist()]
    return pa.array(texts, pa.string()), places


def _numbers(cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Distinct whole numbers of eight or nine digits, typed or under an SPSS label, and their places."""
    others = [(place, value) for place, value in enumerate(cells.values.tolist()) if type(value) is not str]
    whole = [(int(code), place) for place, value in others if _is_long(code := _code(value))]
    pairs = np.array(whole, dtype="int64").reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _code(value: Any) -> Any:
    return getattr(value, "code", value)


def _is_long(value: Any) -> bool:
    number = isinstance(value, int | float | Decimal) and 10**7 <= value < 10**9
    return number and not isinstance(value, bool) and value == int(value)
