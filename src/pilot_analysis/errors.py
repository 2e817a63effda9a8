"""Errors that a person can mend: their text is all that is shown."""


class UserError(Exception):
    """Bad input or configuration. The text names file, place, what was found, what was expected, and how to mend it."""
