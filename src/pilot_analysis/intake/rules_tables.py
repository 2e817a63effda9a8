"""Rules on cells, on tables and across tables, one entry each; the fields are those of `rules.Rule`."""

CELLS = (
    (
        "value_not_mapped", "stop", "any",
        "values that are neither in the map, nor canonical, nor missing",
        "values listed under `values`",
        "add the values to `values` or `missing` in sources.yaml",
    ),
    (
        "not_a_date", "stop", "any",
        "text that is not a date in the declared format",
        "a date",
        "correct the cell in the source system, or declare the notation in sources.yaml",
    ),
    (
        "not_a_number", "stop", "any",
        "text that is not a number in the declared notation",
        "a number",
        "correct the cell in the source system, or declare the notation in sources.yaml",
    ),
    (
        "not_a_whole_number", "stop", "any",
        "text that is not a whole number",
        "a whole number",
        "correct the cell in the source system, or declare the notation in sources.yaml",
    ),
    (
        "item_not_a_number", "stop", "any",
        "answers that are not numbers; free text is not taken",
        "a number or empty",
        "map the labels to numbers under `values`, or `drop` the column",
    ),
    (
        "cell_empty", "stop", "any",
        "empty cells in a column that must be filled",
        "a value in every row",
        "fill the cells in the source system",
    ),
    (
        "value_not_listed", "stop", "any",
        "values outside the list of the column",
        "a listed value",
        "correct the cells, or translate them under `values` in sources.yaml",
    ),
    (
        "out_of_range", "stop", "any",
        "numbers outside the bounds of the column",
        "a number within the bounds",
        "correct the cells in the source system",
    ),
    (
        "pattern", "stop", "any",
        "values that do not have the form of the column",
        "the form of the column",
        "correct the cells in the source system",
    ),
    (
        "table_missing", "stop", "any",
        "a required table that is not in the delivery",
        "the table, with rows",
        "add its file, or a source for it",
    ),
    (
        "table_empty", "stop", "any",
        "a required table without rows",
        "at least one row",
        "deliver the table with its rows",
    ),
    (
        "blanks_removed", "note", "any",
        "blanks around values, removed",
        "no blanks around values",
        "nothing to mend",
    ),
    (
        "time_of_day_removed", "note", "any",
        "dates with a time of day, of which the day was kept",
        "dates",
        "nothing to mend",
    ),
    (
        "cas_code_repaired", "note", "diagnoses",
        "spelling of CAS codes repaired",
        "a letter and three digits",
        "nothing to mend",
    ),
    (
        "complement_taken", "note", "ao_percent",
        "per cent recovered, read as 100 minus the value",
        "per cent absent",
        "nothing to mend",
    ),
    (
        "day_after_last_sick_day", "note", "absence_spells",
        "last sick day, read as return one day later",
        "first day back",
        "nothing to mend",
    ),
    (
        "row_superseded", "note", "any",
        "rows that a later version replaces, not used",
        "the last version of each key",
        "nothing to mend",
    ),
    (
        "row_withdrawn", "note", "any",
        "rows that were withdrawn, not used",
        "rows that hold",
        "nothing to mend",
    ),
)  # fmt: skip

ACROSS = (
    (
        "duplicate_key", "stop", "any",
        "rows with the same key",
        "one row per key",
        "remove the duplicates, or name the version column under `latest_by`",
    ),
    (
        "enrolled_twice", "note", "allocation",
        "people with more than one allocation row, excluded from analysis",
        "one row per person",
        "check with the researchers",
    ),
    (
        "allocation_contradicts", "query", "allocation",
        "people allocated to different arms or organisations",
        "one arm and organisation",
        "ask the researchers which row holds",
    ),
    (
        "identical_diagnosis", "note", "diagnoses",
        "diagnosis rows that are delivered twice",
        "each diagnosis once",
        "nothing to mend",
    ),
    (
        "orphan", "stop", "any",
        "rows of people who are not in allocation",
        "people listed in allocation",
        "add the allocation row, or take these rows out",
    ),
    (
        "no_case_record", "note", "allocation",
        "allocated people without a row in cases, excluded from analysis",
        "a row in cases",
        "deliver the missing rows of cases",
    ),
    (
        "return_before_absence", "stop", "absence_spells",
        "return before the first day of absence",
        "a return on or after the first day",
        "correct the dates, or check `return_date_is`",
    ),
    (
        "spells_overlap", "stop", "absence_spells",
        "spells that begin before an earlier spell of the same person has ended",
        "spells that follow each other",
        "correct the dates, close the earlier spell, or name the version column under `latest_by`",
    ),
    (
        "ao_outside_spell", "query", "ao_percent",
        "AO% rows dated outside every spell, without effect",
        "AO% within a spell",
        "check the spell and the date with the supplier",
    ),
    (
        "followup_end_incomplete", "stop", "cases",
        "follow-up end with a date but no reason, or the reverse",
        "both or neither",
        "complete the row in the source system",
    ),
    (
        "age_out_of_range", "stop", "cases",
        "age at the first absence day outside the bounds",
        "an age within the bounds",
        "correct the year of birth or the absence dates",
    ),
    (
        "after_data_cutoff", "note", "any",
        "dates after the organisation's data cut-off, kept and not used",
        "dates up to the cut-off",
        "nothing to mend",
    ),
    (
        "after_followup_end", "note", "any",
        "dates after the end of the person's follow-up, kept and not used",
        "dates up to that day",
        "nothing to mend",
    ),
    (
        "far_past_cutoff", "stop", "any",
        "dates far past the data cut-off",
        "dates near or before the cut-off",
        "correct the dates, or declare the date that means open as `open_date`",
    ),
)  # fmt: skip
