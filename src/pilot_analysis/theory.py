"""The Theory of Change (`config/theory_of_change.csv`): what each of the 58 effects is measured by, checked and typed.

- Four theories (employer or employee, preventive or early), three levels (output, short term, long term), four
  categories, after appendix 6 of the Phase I report (May 2020); words are ours, in Dutch and English.
- An effect points to one row of the results store (`result_*`) and says which direction is good, or it says why it is
  not measurable within one year. `fit`: `direct`; `proxy` (something near the effect); `described` (measured, but the
  arms were not asked at the same time, so that no direction follows).
- Fails with `UserError`, a line per fault: file, line, column, value, what is allowed; and when an effect is missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pilot_analysis.errors import UserError

THEORIES = {"employer_preventive": 13, "employer_early": 16, "employee_preventive": 12, "employee_early": 17}
LEVELS = ("output", "short", "long")
CATEGORIES = ("employer", "reintegration", "financial", "psychological")
FITS = ("direct", "proxy", "described")
GOOD = ("up", "down")
GAP = "gap"  # measure of an effect without a result
POINTS = "direction of "  # how the method of a row begins that points to a result

# What an effect may point to: analyses of the results store that compare the arms, with their measures.
INDICATORS: Mapping[str, tuple[str, ...]] = {
    "days_not_returned": ("mean_difference",),
    "days_not_returned_adjusted": ("mean_difference",),
    "rmst": ("rmst_difference",),
    "cox_unadjusted": ("hazard_ratio",),
    "cox_adjusted": ("hazard_ratio",),
    "cox_cause_specific": ("hazard_ratio",),
    "fine_gray": ("subdistribution_hazard_ratio",),
    "ao_days": ("days_any_absence_difference", "ao_days_difference"),
    "ao_points": ("mean_difference", "change_difference"),
    "ao_gee": ("mean_difference", "slope_difference"),
    "ao_mixed": ("mean_difference", "slope_difference"),
    "state_occupation": ("days_difference",),
    "recovery": ("at_work_365_difference", "spells_per_case_difference"),
    "cost_difference": ("mean_difference",),
    "survey": ("mean_difference",),
    "fml_availability": ("difference",),
}
_WORDS = ("effect_nl", "effect_en", "indicator_nl", "indicator_en")
_REASONS = ("reason_nl", "reason_en")
_POINTED = ("source_table", "source_column", "fit", "result_analysis", "result_measure", "result_endpoint",
            "result_population", "result_level", "good")  # fmt: skip
_MAY_BE_EMPTY = ("result_term", "result_time")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "theory": tuple(THEORIES),
    "level": LEVELS,
    "category": CATEGORIES,
    "fit": FITS,
    "result_analysis": tuple(INDICATORS),
    "result_endpoint": ("none", "partial_rtw", "full_rtw", "sustained_rtw", "ao_percent", "cost", "first_fml"),
    "result_population": ("itt", "landmark_84", "landmark_91"),
    "good": GOOD,
}


@dataclass(frozen=True)
class Effect:
    """One effect: a row of the file, its columns in order; all text, `result_time` in days from the origin."""

    id: str
    theory: str
    level: str
    category: str
    effect_nl: str
    effect_en: str
    indicator_nl: str
    indicator_en: str
    source_table: str
    source_column: str
    fit: str
    result_analysis: str
    result_measure: str
    result_endpoint: str
    result_population: str
    result_level: str
    result_term: str
    result_time: str
    good: str
    reason_nl: str
    reason_en: str

    @property
    def measured(self) -> bool:
        """Whether the effect points to a result."""
        return bool(self.result_analysis)

    def words(self, language: str) -> dict[str, str]:
        """Words for a catalogue: `effect.<id>`, `indicator.<id>`, `effect_source.<id>`, `effect_gap.<id>`."""
        source = f"{self.source_table}.{self.source_column}" if self.source_table else ""
        found = {
            "effect": getattr(self, f"effect_{language}"),
            "indicator": getattr(self, f"indicator_{language}"),
            "effect_source": source,
            "effect_gap": getattr(self, f"reason_{language}"),
        }
        return {f"{family}.{self.id}": text for family, text in found.items()}


COLUMNS = tuple(field.name for field in fields(Effect))


def load_theory(path: Path) -> tuple[Effect, ...]:
    """Read and check the effects, in the order of the file; raises `UserError`."""
    if not Path(path).is_file():
        raise UserError(f"{path} is missing: it says how each effect of the Theory of Change is measured")
    with Path(path).open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        lines = [(reader.line_num, cells) for cells in reader]
    if not lines or tuple(lines[0][1]) != COLUMNS:
        raise UserError(f"{path}, line 1: expected the columns {', '.join(COLUMNS)}")
    faults, effects = [], []
    for line, cells in lines[1:]:
        if len(cells) != len(COLUMNS):
            faults.append(f"line {line}: {len(cells)} cells, expected {len(COLUMNS)}; quote a cell that has a comma")
            continue
        effect = Effect(*(cell.strip() for cell in cells))
        faults += [f"line {line}, column {fault}" for fault in _faults(effect)]
        effects.append(effect)
    faults += _incomplete([effect.id for effect in effects])
    if faults:
        raise UserError("\n".join(f"{path}, {fault}" for fault in faults))
    return tuple(effects)


def _faults(effect: Effect) -> list[str]:
    """`column: what is wrong` of one effect."""
    found = [f"{name}: it may not be empty" for name in ("id", *_WORDS) if not getattr(effect, name)]
    for name, allowed in _ALLOWED.items():
        value = getattr(effect, name)
        if (value or name in ("theory", "level", "category")) and value not in allowed:
            found.append(f"{name}: '{value}' is not one of {', '.join(allowed)}")
    if effect.theory in THEORIES and effect.id not in _ids(effect.theory):
        found.append(f"id: '{effect.id}' is not one of {effect.theory}_1 to {effect.theory}_{THEORIES[effect.theory]}")
    found += _pointing(effect) if effect.measured else _gap(effect)
    return found + _source(effect)


def _ids(theory: str) -> list[str]:
    return [f"{theory}_{number}" for number in range(1, THEORIES[theory] + 1)]


def _pointing(effect: Effect) -> list[str]:
    """Faults of an effect that points to a result: everything that names it is there, and no reason."""
    found = [f"{name}: it may not be empty beside result_analysis" for name in _POINTED if not getattr(effect, name)]
    found += [f"{name}: it must be empty beside result_analysis" for name in _REASONS if getattr(effect, name)]
    measures = INDICATORS.get(effect.result_analysis, ())
    if measures and effect.result_measure and effect.result_measure not in measures:
        names = ", ".join(measures)
        found.append(f"result_measure: '{effect.result_measure}' of {effect.result_analysis} is not one of {names}")
    if effect.result_time and not effect.result_time.isdigit():
        found.append(f"result_time: '{effect.result_time}' is not a whole number of days")
    return found


def _gap(effect: Effect) -> list[str]:
    """Faults of an effect without a result: a reason in both languages, and nothing of a result."""
    found = [f"{name}: without result_analysis it says why not" for name in _REASONS if not getattr(effect, name)]
    left = [name for name in (*_POINTED, *_MAY_BE_EMPTY) if not name.startswith("source") and getattr(effect, name)]
    return found + [f"{name}: it must be empty without result_analysis" for name in left]


def _source(effect: Effect) -> list[str]:
    """Faults of the source: a table of the extracts and one of its columns; questionnaires have their own columns."""
    from pilot_analysis.schemas.canonical import TABLES

    if not effect.source_table:
        return ["source_table: it may not be empty beside source_column"] if effect.source_column else []
    table = TABLES.get(effect.source_table)
    if table is None:
        return [f"source_table: '{effect.source_table}' is not one of {', '.join(TABLES)}"]
    if table.items or effect.source_column in table.columns:
        return []
    return [f"source_column: '{effect.source_column}' is not one of {', '.join(table.columns)}"]


def _incomplete(ids: list[str]) -> list[str]:
    """Effects that are missing or listed twice."""
    missing = [name for theory in THEORIES for name in _ids(theory) if name not in ids]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    found = [f"column id: missing {', '.join(missing)}; every effect has a row"] if missing else []
    return found + ([f"column id: {', '.join(twice)} listed more than once"] if twice else [])


def words_of(effects: Iterable[Effect], language: str) -> dict[str, str]:
    """Words of all effects for a catalogue of `language`."""
    return {key: text for effect in effects for key, text in effect.words(language).items()}


def pointing(result_id: str, good: str) -> str:
    """Method of a row that points to a result; `pointed` reads it back."""
    return f"{POINTS}{result_id}: by its interval, {good} is for the effect"


def pointed(method: str) -> str:
    """Result id that the method of a row points to; empty when it points to none."""
    return method.removeprefix(POINTS).rpartition(": ")[0] if method.startswith(POINTS) else ""
