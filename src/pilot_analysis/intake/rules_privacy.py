"""Rules on privacy, one entry each; the fields are those of `rules.Rule`."""

_OUT = "list the column under `drop` in sources.yaml, and take it out of `columns`; it is then removed before all else"
_CELLS = "have the supplier take it out of the cells, or list the column under `drop` in sources.yaml"

PRIVACY = (
    (
        "identifier_column", "stop", "any",
        "a column whose name says that it identifies people",
        "pseudonyms only, no direct identifiers",
        _OUT,
    ),
    (
        "register_number", "stop", "any",
        "a column whose name says that it is the number by which an employer or a care provider knows a person",
        "the pseudonym only",
        "if the column holds the pseudonym, map case_id to it; else list it under `drop` in sources.yaml",
    ),
    (
        "register_number_as_pseudonym", "note", "any",
        "a pseudonym in a column whose name is that of a personnel or other register number",
        "a pseudonym that the employer or care provider does not use itself",
        "make sure with the supplier that it is the pseudonym",
    ),
    (
        "bsn_column", "stop", "any",
        "numbers of eight or nine digits that pass the eleven-test of the BSN far more often than one in eleven",
        "no BSN; pseudonyms that are not made from one",
        "have the supplier replace the numbers by pseudonyms, or list the column under `drop` in sources.yaml",
    ),
    ("bsn_in_text", "stop", "any", "text that contains a valid BSN", "no BSN", _CELLS),
    ("email_address", "stop", "any", "cells that contain an e-mail address", "no direct identifiers", _CELLS),
    ("phone_number", "stop", "any", "cells that contain a telephone number", "no direct identifiers", _CELLS),
    ("iban", "stop", "any", "cells that contain an IBAN", "no direct identifiers", _CELLS),
    (
        "postcode_and_number", "stop", "any",
        "cells that contain a postcode with a house number", "no direct identifiers", _CELLS,
    ),
    (
        "free_text", "stop", "any",
        "cells with sentences, in a column of codes or categories",
        "short codes or names of categories",
        "list the column under `drop` in sources.yaml; free text is taken in surveys only, under `free_text`",
    ),
)  # fmt: skip
