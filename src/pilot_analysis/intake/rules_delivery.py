"""Rules on files and columns, one entry each; the fields are those of `rules.Rule`."""

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
        "format_not_read", "stop", "any",
        "format sav is not yet read",
        "csv, xlsx or parquet",
        "deliver the table as csv, xlsx or parquet",
    ),
    (
        "encoding", "stop", "any",
        "bytes that do not fit the encoding",
        "text in the declared encoding (default UTF-8)",
        "declare the right encoding in sources.yaml, for instance cp1252",
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
