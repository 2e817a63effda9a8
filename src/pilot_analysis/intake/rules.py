"""The rules of intake: what is looked for, how serious it is, what is expected and how to mend it.

- One entry per rule; the identifier is stable, because decisions and reports refer to it.
- `stop` ends the run, `query` asks for a decision, `note` informs.
- `table` is the table the rule looks at, or `any`. The texts are general: no rule ever speaks of a value.
"""

from __future__ import annotations

from dataclasses import dataclass

STOP, QUERY, NOTE = "stop", "query", "note"


@dataclass(frozen=True)
class Rule:
    """One rule: identifier, severity, table, what is found, what is expected, how to mend it."""

    id: str
    severity: str
    table: str
    what: str
    expected: str
    mend: str


_ENTRY = "correct the entry in sources.yaml"
_CELL = "correct the cell in the source system, or declare the notation in sources.yaml"

_FILES = (
    Rule("sources_not_yaml", STOP, "any", "sources.yaml is not valid YAML", "valid YAML in UTF-8",
         "check indentation, colons and quotes there"),
    Rule("sources_invalid", STOP, "any", "a key of sources.yaml that is not allowed there", "the keys of the specification", _ENTRY),
    Rule("file_not_named", STOP, "any", "a file that no source names", "every file of the delivery in sources.yaml",
         "add a source for it, or take the file out of the delivery"),
    Rule("no_file_matches", STOP, "any", "a source whose file pattern matches nothing", "at least one file",
         "correct the pattern, or add the file"),
    Rule("file_unreadable", STOP, "any", "a file that cannot be read", "a file in the declared format",
         "deliver the file again, or correct its format in sources.yaml"),
    Rule("format_not_read", STOP, "any", "format sav is not yet read", "csv, xlsx or parquet", "deliver the table as csv, xlsx or parquet"),
    Rule("encoding", STOP, "any", "bytes that do not fit the encoding", "text in the declared encoding (default UTF-8)",
         "declare the right encoding in sources.yaml, for instance cp1252"),
    Rule("file_empty", STOP, "any", "a file without a header", "a header and rows", "deliver the file again"),
    Rule("stray_quote", STOP, "any", "a quote inside an unquoted field, or a quote that is not closed",
         "quotes around whole fields, doubled within them", "export the file again with quoted text fields"),
    Rule("field_count", STOP, "any", "rows with more or fewer fields than the header", "as many fields as the header",
         "check the delimiter, and quote fields that contain it"),
    Rule("sheet_missing", STOP, "any", "a sheet that the file does not have", "a sheet of this file", "correct `sheet` in sources.yaml"),
)  # fmt: skip
_COLUMNS = (
    Rule("header_missing", STOP, "any", "none of the expected columns is in the header", "a header with the declared columns",
         "check that the header is there, the delimiter, and `columns` in sources.yaml"),
    Rule("header_twice", STOP, "any", "a column name that occurs twice", "each column name once", "rename or `drop` the column"),
    Rule("column_unknown", STOP, "any", "a column that is neither mapped, canonical nor dropped", "declared columns only",
         "map it under `columns`, or list it under `drop`"),
    Rule("column_missing", STOP, "any", "a column that is not in the file", "every required and every declared column",
         "map it under `columns`, state it under `constants`, or deliver it"),
    Rule("column_twice", STOP, "any", "a canonical column that is given twice", "one origin per column",
         "`drop` one of the columns, or take it out of `columns` or `constants`"),
    Rule("medical_supplier", STOP, "any", "medical data that do not come from a health service",
         "diagnoses and FML from an occupational health service only", "have the employer take the column out and deliver again"),
)  # fmt: skip
_CELLS = (
    Rule("value_not_mapped", STOP, "any", "values that are neither in the map, nor canonical, nor missing", "values listed under `values`",
         "add the values to `values` or `missing` in sources.yaml"),
    Rule("not_a_date", STOP, "any", "text that is not a date in the declared format", "a date", _CELL),
    Rule("not_a_number", STOP, "any", "text that is not a number in the declared notation", "a number", _CELL),
    Rule("not_a_whole_number", STOP, "any", "text that is not a whole number", "a whole number", _CELL),
    Rule("item_not_a_number", STOP, "any", "answers that are not numbers; free text is not taken", "a number or empty",
         "map the labels to numbers under `values`, or `drop` the column"),
    Rule("cell_empty", STOP, "any", "empty cells in a column that must be filled", "a value in every row", "fill the cells in the source system"),
    Rule("value_not_listed", STOP, "any", "values outside the list of the column", "a listed value",
         "correct the cells, or translate them under `values` in sources.yaml"),
    Rule("out_of_range", STOP, "any", "numbers outside the bounds of the column", "a number within the bounds", "correct the cells in the source system"),
    Rule("pattern", STOP, "any", "values that do not have the form of the column", "the form of the column", "correct the cells in the source system"),
    Rule("table_missing", STOP, "any", "a required table that is not in the delivery", "the table, with rows", "add its file, or a source for it"),
    Rule("table_empty", STOP, "any", "a required table without rows", "at least one row", "deliver the table with its rows"),
    Rule("blanks_removed", NOTE, "any", "blanks around values, removed", "no blanks around values", "nothing to mend"),
    Rule("time_of_day_removed", NOTE, "any", "dates with a time of day, of which the day was kept", "dates", "nothing to mend"),
    Rule("cas_code_repaired", NOTE, "diagnoses", "spelling of CAS codes repaired", "a letter and three digits", "nothing to mend"),
    Rule("complement_taken", NOTE, "ao_percent", "per cent recovered, read as 100 minus the value", "per cent absent", "nothing to mend"),
    Rule("day_after_last_sick_day", NOTE, "absence_spells", "last sick day, read as return one day later", "first day back", "nothing to mend"),
    Rule("row_superseded", NOTE, "any", "rows that a later version replaces, not used", "the last version of each key", "nothing to mend"),
    Rule("row_withdrawn", NOTE, "any", "rows that were withdrawn, not used", "rows that hold", "nothing to mend"),
)  # fmt: skip
_CROSS = (
    Rule("duplicate_key", STOP, "any", "rows with the same key", "one row per key",
         "remove the duplicates, or name the version column under `latest_by`"),
    Rule("enrolled_twice", NOTE, "allocation", "people with more than one allocation row, excluded from analysis", "one row per person",
         "check with the researchers"),
    Rule("allocation_contradicts", QUERY, "allocation", "people allocated to different arms or organisations", "one arm and organisation",
         "ask the researchers which row holds"),
    Rule("identical_diagnosis", NOTE, "diagnoses", "diagnosis rows that are delivered twice", "each diagnosis once", "nothing to mend"),
    Rule("orphan", STOP, "any", "rows of people who are not in allocation", "people listed in allocation",
         "add the allocation row, or take these rows out"),
    Rule("no_case_record", NOTE, "allocation", "allocated people without a row in cases, excluded from analysis", "a row in cases",
         "deliver the missing rows of cases"),
    Rule("return_before_absence", STOP, "absence_spells", "return before the first day of absence", "a return on or after the first day",
         "correct the dates, or check `return_date_is`"),
    Rule("spells_overlap", STOP, "absence_spells", "spells that begin before an earlier spell of the same person has ended",
         "spells that follow each other", "correct the dates, close the earlier spell, or name the version column under `latest_by`"),
    Rule("ao_outside_spell", QUERY, "ao_percent", "AO% rows dated outside every spell, without effect", "AO% within a spell",
         "check the spell and the date with the supplier"),
    Rule("followup_end_incomplete", STOP, "cases", "follow-up end with a date but no reason, or the reverse", "both or neither",
         "complete the row in the source system"),
    Rule("age_out_of_range", STOP, "cases", "age at the first absence day outside the bounds", "an age within the bounds",
         "correct the year of birth or the absence dates"),
    Rule("after_data_cutoff", NOTE, "any", "dates after the organisation's data cut-off, kept and not used", "dates up to the cut-off",
         "nothing to mend"),
    Rule("after_followup_end", NOTE, "any", "dates after the end of the person's follow-up, kept and not used", "dates up to that day",
         "nothing to mend"),
    Rule("far_past_cutoff", STOP, "any", "dates far past the data cut-off", "dates near or before the cut-off",
         "correct the dates, or declare the date that means open as `open_date`"),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.id: rule for rule in (*_FILES, *_COLUMNS, *_CELLS, *_CROSS)}
