"""One case traced forward: everything that was delivered of it and what the derivation made of that, in order of time.

- Each moment names the line of the delivery it comes from, where there is one: for the path and the outcomes the line
  that the derived row names.
- The days of the definitions (t0, entry, landmarks, K, F) are moments too; they follow from other lines.

It fails with `UserError` on a case that was not allocated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.derive.days import FAR
from pilot_analysis.derive.spells import merged_spells
from pilot_analysis.errors import UserError

Tables = Mapping[str, pd.DataFrame]
Word = tuple[str, str]  # family and code, for the catalogue


@dataclass(frozen=True)
class Moment:
    """Something of a day: which (key of the catalogue), its values (a `Word`, a date, a number or text), its line."""

    date: dt.date
    what: str
    values: Mapping[str, Any] = field(default_factory=dict)
    source: tuple[str, Any, str] | None = None


@dataclass(frozen=True)
class Case:
    """One case: its row of the derived table, moments in order of time, rows of outcomes and costs, its groups."""

    row: Mapping[str, Any]
    moments: list[Moment]
    outcomes: pd.DataFrame
    costs: pd.DataFrame
    groups: list[tuple[str, Word, tuple[str, Any, str] | None]]


def trace_case(case_id: str, derived: Tables, validated: Tables, protocol: Protocol) -> Case:
    """Trace one case; `derived` and `validated` are the tables of a run by name. Raises `UserError`."""
    mine = derived["cases"][derived["cases"]["case_id"] == case_id]
    if mine.empty:
        raise UserError(f"no case {case_id} was allocated in this run; pseudonyms are in derived/outcomes.csv")
    row = mine.astype(object).where(mine.notna(), None).to_dict("records")[0]
    derived, validated = (_of(tables, case_id) for tables in (derived, validated))
    moments = [
        *_allocated(row, validated),
        *_spells(case_id, row, validated, protocol),
        *_path(row, derived),
        *_days(row, derived, validated, protocol),
        *_medical(row, validated),
        *_guidance(row, derived, validated),
        *_questionnaires(row, derived),
        *_ends(row, derived),
    ]
    outcomes = pd.concat([derived["outcomes"], derived["outcomes_sensitivity"]], ignore_index=True)
    ordered = sorted(moments, key=lambda moment: moment.date)  # of one day: in the order above
    return Case(row, ordered, outcomes, derived["costs"], _groups(row, validated))


def _of(tables: Tables, case_id: str) -> dict[str, pd.DataFrame]:
    """The rows of one case of every table that has cases."""
    return {
        name: table[table["case_id"] == case_id].reset_index(drop=True)
        for name, table in tables.items()
        if "case_id" in table
    }


def _source(row: Any, column: str | None = None) -> tuple[str, Any, str]:
    return row.source_file, row.source_line, column or getattr(row, "source_column", "")


def _date(value: Any) -> dt.date:
    return pd.Timestamp(value).date()


def _on(row: Mapping[str, Any], day: Any) -> dt.date:
    """Calendar date of a day from t0."""
    return _date(row["t0"]) + dt.timedelta(days=int(day))


def _allocated(row: Mapping[str, Any], validated: Tables) -> Iterator[Moment]:
    for delivered in validated["allocation"].itertuples():
        values = {"arm": ("arm", delivered.arm), "organisation": delivered.organisation}
        yield Moment(_date(delivered.enrolment_date), "allocated", values, _source(delivered, "enrolment_date"))


def _spells(case_id: str, row: Mapping[str, Any], validated: Tables, protocol: Protocol) -> Iterator[Moment]:
    """Where each delivered spell begins and ends, and to which merged spell it belongs."""
    spells = merged_spells(validated["absence_spells"], pd.Index([case_id]), protocol.thresholds.merge_gap_days)
    epoch, of = dt.date(1970, 1, 1), int(spells["merged"].max()) if len(spells) else 0
    for spell in spells.itertuples():
        values = {"number": spell.merged, "of": of}
        begins, ends = (epoch + dt.timedelta(days=int(day)) if day < FAR else None for day in (spell.first, spell.end))
        yield Moment(begins, "spell_begins", values, _source(spell, "first_absence_date"))
        if ends is not None:
            yield Moment(ends, "spell_ends", values, _source(spell, "return_date"))


def _path(row: Mapping[str, Any], derived: Tables) -> Iterator[Moment]:
    for period in derived["periods"].itertuples():
        values = {"ao": period.ao_percent, "state": ("state", period.state), "until": _on(row, period.last_day)}
        yield Moment(_on(row, period.first_day), "period", values, _source(period))


def _days(row: Mapping[str, Any], derived: Tables, validated: Tables, protocol: Protocol) -> Iterator[Moment]:
    """t0, entry, landmarks, F and K."""
    if row["t0"] is None:
        return
    yield Moment(_on(row, 0), "t0")
    yield Moment(_on(row, row["entry"]), "entry", {"entry": row["entry"]})
    for clock in protocol.clocks.values():
        if clock.day is not None and clock.day <= max(row["last_known_day"], 0):
            values = {"landmark": clock.day, "waiting": [("endpoint", one) for one in _waiting(derived, clock.day)]}
            yield Moment(_on(row, clock.day), "landmark" if values["waiting"] else "landmark_none", values)
    yield Moment(_on(row, row["followup"]), "followup", {"f": row["followup"]})
    reason = ("flow_reason", row["followup_reason"])
    ended = [] if row["followup_reason"] == "data_cutoff" else list(validated["cases"].itertuples())
    source = _source(ended[0], "followup_end_date") if ended else None
    yield Moment(_on(row, row["last_known_day"]), "known", {"k": row["last_known_day"], "reason": reason}, source)


def _waiting(derived: Tables, day: int) -> list[str]:
    """Endpoints of whose landmark population of `day` the case is a member."""
    rows = derived["outcomes"]
    there = (rows["status"] != "not_at_risk") & (rows["time"].fillna(-1) > day) & (rows["entry"] <= day)
    return list(rows.loc[there, "endpoint"])


def _medical(row: Mapping[str, Any], validated: Tables) -> Iterator[Moment]:
    for one in validated["diagnoses"].itertuples():
        values = {"code": one.cas_code, "position": one.position}
        yield Moment(_date(one.recorded_on), "diagnosis", values, _source(one, "cas_code"))
    for one in validated["fml"].itertuples():
        mental, hours = one.personal_functioning + one.social_functioning, one.working_hours
        physical = one.physical_environment + one.dynamic_actions + one.static_postures
        values = {"mental": mental, "physical": physical, "hours": hours}
        yield Moment(_date(one.assessed_on), "fml", values, _source(one, "assessed_on"))


def _guidance(row: Mapping[str, Any], derived: Tables, validated: Tables) -> Iterator[Moment]:
    used = set(zip(derived["guidance"]["source_file"], derived["guidance"]["source_line"], strict=True))
    for one in validated["ad_activities"].itertuples():
        what = "activity" if (one.source_file, one.source_line) in used else "activity_unused"
        values = {"activity": ("adherence.activity", one.activity), "route": ("adherence.route", one.route)}
        yield Moment(_date(one.performed_on), what, {**values, "hours": one.hours}, _source(one, "performed_on"))
    for one in validated["costs"].itertuples():
        values = {"category": ("cost.term", one.category), "amount": one.amount_eur}
        yield Moment(_date(one.incurred_on), "cost", values, _source(one, "amount_eur"))
    for one in derived["wage_values"].itertuples():
        yield Moment(_on(row, one.day), "wage_value", {"value": one.wage_value_percent}, _source(one))


def _questionnaires(row: Mapping[str, Any], derived: Tables) -> Iterator[Moment]:
    """A questionnaire with the scores of its instruments."""
    keys = ["survey", "wave", "day", "source_file", "source_line"]
    for (survey, wave, day, file, line), scores in derived["survey"].groupby(keys, sort=True):
        said = [(one.instrument, None if pd.isna(one.score) else float(one.score)) for one in scores.itertuples()]
        counts = bool(scores["in_window"].any())
        values = {"survey": ("trace.survey", survey), "wave": wave, "scores": said}
        yield Moment(_on(row, day), "survey" if counts else "survey_late", values, (file, line, ""))


def _ends(row: Mapping[str, Any], derived: Tables) -> Iterator[Moment]:
    """Where each endpoint was decided, and a relapse."""
    for one in derived["outcomes"].itertuples():
        if one.status != "not_at_risk":
            reason = None if pd.isna(one.reason) else ("flow_reason", one.reason)
            values = {"endpoint": ("endpoint", one.endpoint), "day": one.time, "reason": reason}
            yield Moment(_on(row, one.time), f"outcome_{one.status}", values, _source(one))
    if row["relapse_day"] is not None:
        yield Moment(_on(row, row["relapse_day"]), "relapse")


def _groups(row: Mapping[str, Any], validated: Tables) -> list[tuple[str, Word, tuple[str, Any, str] | None]]:
    """CAS group at enrolment, FML group at enrolment and the landmarks, each with the row that was the latest then."""
    primary = validated["diagnoses"]
    primary = primary[primary["position"] == 1]
    found = [("cas_group", ("cas_group", row["cas_group"]), _last(primary, "recorded_on", row["cas_known_on"]))]
    for known in ("enrolment", "84", "91"):
        name = f"fml_group_{known}"
        on = row[f"fml_known_on_{known}"]
        found.append((name, ("fml_group", row[name]), _last(validated["fml"], "assessed_on", on)))
    return found


def _last(table: pd.DataFrame, dated: str, known_on: Any) -> tuple[str, Any, str] | None:
    """The last row in file order of those dated `known_on`."""
    rows = list(table[table[dated] == known_on].itertuples()) if known_on is not None else []
    return _source(rows[-1], dated) if rows else None
