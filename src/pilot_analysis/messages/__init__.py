"""Every word that figures, tables and the report show, one catalogue per language."""

from pilot_analysis.messages.catalogue import LANGUAGES, Messages, intake_texts, load, placeholders

__all__ = ["LANGUAGES", "Messages", "intake_texts", "load", "placeholders"]
