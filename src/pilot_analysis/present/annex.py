"""How `snakemake --report` names what a run made: the annex for an audit.

- Figures and tables go by their number or title in the report, in the language of the file; files by their kind.
- Light until a name is asked for: Snakemake reads the rules long before anybody wants an annex.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Protocol

LANGUAGES = {"nl": "Nederlands", "en": "English"}
KINDS = {"html": "Web page", "docx": "Word", "pdf": "PDF", "xlsx": "Workbook with every table"}
_PLAN = (Path("config/protocol.yaml"), Path("config/cas_letters.csv"))


class Wildcards(Protocol):
    """What Snakemake knows of a file: the parts of its name."""

    name: str
    language: str


def language_name(wildcards: Wildcards) -> str:
    """The language of a file, in that language."""
    return LANGUAGES[wildcards.language]


def figure_labels(wildcards: Wildcards) -> dict[str, str]:
    """Place in the order of the report, caption and file of a figure."""
    place, title = _figures(wildcards.language)[wildcards.name]
    return {"Order": place, "Title": title, "File": wildcards.name}


def table_labels(wildcards: Wildcards) -> dict[str, str]:
    """Place in the order of the tables, title and file of a table."""
    place, title = _tables(wildcards.language)[wildcards.name]
    return {"Order": place, "Title": title, "File": wildcards.name}


@cache
def _figures(language: str) -> dict[str, tuple[str, str]]:
    from pilot_analysis.config import load_protocol
    from pilot_analysis.messages import load
    from pilot_analysis.present.figures import FIGURES, caption

    messages = load(language).under(load_protocol(*_PLAN))
    return {spec.name: (f"{place:02d}", caption(spec, messages)) for place, spec in enumerate(FIGURES, start=1)}


@cache
def _tables(language: str) -> dict[str, tuple[str, str]]:
    """Titles of the tables, which are the same with and without results."""
    import pandas as pd

    from pilot_analysis.config import load_protocol
    from pilot_analysis.messages import load
    from pilot_analysis.present.tables import build_all
    from pilot_analysis.schemas.results import RELEASED

    plan = load_protocol(*_PLAN)
    words = load(language).with_words(plan.words(language)).under(plan)
    made = build_all(pd.DataFrame(columns=list(RELEASED.columns)), words, plan=plan)
    return {name: (f"{place:02d}", table.title) for place, (name, table) in enumerate(made.items(), start=1)}
