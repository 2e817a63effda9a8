"""Does a labour expert in week 13 shorten sickness absence? From raw extracts to a report."""

__version__ = "0.1.0"
