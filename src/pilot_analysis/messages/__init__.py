"""Every word that figures, tables and the report show, one catalogue per language."""

from pilot_analysis.messages.catalogue import LANGUAGES, Messages, load, placeholders

__all__ = ["LANGUAGES", "Messages", "load", "placeholders"]
