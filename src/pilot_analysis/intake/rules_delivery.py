"""Rules on files, columns and decisions, one entry each; the fields are those of `rules.Rule`."""

FILES = (
    (
        "sources_not_yaml", "stop", "any",
        "sources.yaml is not valid YAML",
        "valid YAML in UTF-8",
        "check indentation, colons and quotes there",
    ),
    (
        "sources_invalid", "stop", "any",
        "a key of sources.yaml that is not allowed there",
        "the keys of the specification",
        "correct the entry in sources.yaml",
    ),
    (
        "file_not_named", "stop", "any",
        "a file that no source names",
        "every file of the delivery in sources.yaml",
        "add a source for it, or take the file out of the delivery",
    ),
    (
        "no_file_matches", "stop", "any",
        "a source whose file pattern matches nothing",
        "at least one file",
        "correct the pattern, or add the file",
    ),
    (
        "file_unreadable", "stop", "any",
        "a file that cannot be read",
        "a file in the declared format",
        "deliver the file again, or correct its format in sources.yaml",
    ),
    (
        "encoding", "stop", "any",
        "bytes that do not fit the encoding",
        "text in the declared encoding (default UTF-8)",
        "declare the right encoding in sources.yaml, for instance cp1252",
    ),
    (
        "encoding_doubtful", "query", "any",
        "text that is UTF-8 by its bytes, while another encoding is declared",
        "text in the declared encoding",
        "declare encoding: utf-8 in sources.yaml, or accept the query if letters with accents read well",
    ),
    (
        "file_empty", "stop", "any",
        "a file without a header",
        "a header and rows",
        "deliver the file again",
    ),
    (
        "stray_quote", "stop", "any",
        "a quote inside an unquoted field, or a quote that is not closed",
        "quotes around whole fields, doubled within them",
        "export the file again with quoted text fields",
    ),
    (
        "field_count", "stop", "any",
        "rows with more or fewer fields than the header",
        "as many fields as the header",
        "check the delimiter, and quote fields that contain it",
    ),
    (
        "sheet_missing", "stop", "any",
        "a sheet that the file does not have",
        "a sheet of this file",
        "correct `sheet` in sources.yaml",
    ),
    (
        "header_rows_wrong", "stop", "any",
        "header rows that are not as many as declared",
        "as many header rows as `header_rows` says (Qualtrics: 3, the names, the labels, the import ids)",
        "correct `header_rows` in sources.yaml",
    ),
    (
        "cells_merged", "stop", "any",
        "merged cells below the header, of which only the first holds the value",
        "one value in every cell",
        "undo the merging in Excel and fill the cells",
    ),
    (
        "dates_from_1904", "stop", "any",
        "a workbook whose serial dates count from 1904, read with date_format: excel",
        "serial dates of the 1900 system, or true dates",
        "save the dates as true dates or text, and take `date_format` out of sources.yaml",
    ),
)  # fmt: skip

COLUMNS = (
    (
        "header_missing", "stop", "any",
        "none of the expected columns is in the header",
        "a header with the declared columns",
        "check that the header is there, the delimiter, and `columns` in sources.yaml",
    ),
    (
        "header_twice", "stop", "any",
        "a column name that occurs twice",
        "each column name once",
        "rename or `drop` the column",
    ),
    (
        "column_unknown", "stop", "any",
        "a column that is neither mapped, canonical nor dropped",
        "declared columns only",
        "map it under `columns`, or list it under `drop`",
    ),
    (
        "column_missing", "stop", "any",
        "a column that is not in the file",
        "every required and every declared column",
        "map it under `columns`, state it under `constants`, or deliver it",
    ),
    (
        "column_twice", "stop", "any",
        "a canonical column that is given twice",
        "one origin per column",
        "`drop` one of the columns, or take it out of `columns` or `constants`",
    ),
    (
        "medical_supplier", "stop", "any",
        "medical data that do not come from a health service",
        "diagnoses and FML from an occupational health service only",
        "have the employer take the column out and deliver again",
    ),
)  # fmt: skip

DECISIONS = (
    (
        "queries_invalid", "stop", "any",
        "a row of config/queries.csv that cannot be used",
        "a query, a decision, a reason, who decided and when",
        "correct the row in config/queries.csv",
    ),
    (
        "decision_on_stop", "stop", "any",
        "a decision on a stop; only queries can be decided",
        "decisions on queries",
        "mend what the stop names, and take the row out of config/queries.csv",
    ),
    (
        "decision_without_rows", "stop", "any",
        "the decision excluded, on a query about a whole file, which has no rows of people",
        "accepted or corrected",
        "change the decision in config/queries.csv",
    ),
    (
        "decision_not_corrected", "stop", "any",
        "a query that is decided as corrected and is still there",
        "a delivery without this finding",
        "put the corrected file in the delivery, or change the decision in config/queries.csv",
    ),
    (
        "decision_on_note", "note", "any",
        "a decision on a note, which needs none",
        "decisions on queries",
        "take the row out of config/queries.csv",
    ),
    (
        "decision_unused", "note", "any",
        "a decision on something that was not found in this delivery",
        "decisions on what was found",
        "take the row out of config/queries.csv if it is not needed any more",
    ),
)  # fmt: skip
