"""Proposals for `values`: which of a supplier's words means which canonical value.

- Only words that at least three people share are repeated; that there are others is said, not which.
- Clear words need no question; codes such as 1 and 2 are asked about.
- Fails on words that are not listed: they are given as open questions, or, when few people have them, counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pilot_analysis.intake.cells import Cells
from pilot_analysis.intake.describe_cells import FEWEST, clearly_missing, frequent
from pilot_analysis.schemas.canonical import TABLES

_WORDS: dict[str, dict[str, str]] = {
    "sex": {
        "female": "v vrouw vrouwelijk f female w", "male": "m man mannelijk male", "other": "x anders overig o other",
        "unknown": "onbekend unknown u onb",
    },
    "arm": {
        "intervention": "i interventie interventiegroep intervention experimenteel e", "control": "c controle control "
        "controlegroep k controlearm",
    },
    "followup_end_reason": {
        "employment_end": "uit_dienst einde_dienstverband ontslag einde_contract contract_verlopen eigen_verzoek",
        "ill_health_retirement": "iva/wia iva wia arbeidsongeschikt", "retirement": "pensioen aow met_pensioen vut",
        "death": "overleden overlijden", "pregnancy_leave": "zwangerschapsverlof zwangerschap bevallingsverlof wazo",
        "consent_withdrawn": "toestemming_ingetrokken intrekking_toestemming",
        "lost_to_followup": "uit_beeld onbereikbaar niet_bereikbaar",
    },
    "category": {
        "occupational_physician": "bedrijfsarts", "case_manager": "casemanager case_manager",
        "labour_expert": "arbeidsdeskundige ad", "replacement": "vervanging vervanger",
        "adaptation": "aanpassing werkplekaanpassing", "training": "opleiding scholing cursus",
        "other": "overig anders",
    },
    "activity": {
        "early_assessment": "vroeg_onderzoek vroege_inzet vroeg_arbeidsdeskundig_onderzoek",
        "regular_assessment": "regulier_onderzoek", "reassessment": "heronderzoek", "file_check": "dossiertoets",
        "guidance": "begeleiding", "consultation": "consult overleg", "light_advice": "licht_advies",
        "other": "overig anders",
    },
    "route": {"regular": "regulier", "file_analysis": "dossieranalyse", "other": "overig anders"},
    "valence": {"positive": "positief +", "negative": "negatief", "mixed": "gemengd"},
}  # fmt: skip
_ASKED: dict[str, dict[str, str]] = {"sex": {"1": "male", "2": "female"}, "arm": {"1": "intervention", "0": "control"}}
WITHDRAWN = frozenset(
    {"ingetrokken", "vervallen", "verwijderd", "geannuleerd", "intrekking", "verwijderen", "annulering", "withdrawn"}
)


@dataclass
class Proposal:
    """A map from the file's words to canonical values, those in it that are guesses, and open questions."""

    values: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    questions: list[str] = field(default_factory=list)


def propose(table: str, column: str, cells: Cells, people: Cells | None) -> Proposal:
    """A map for the cells of `column`, if it is one with listed values; the map is empty where none is needed."""
    proposal = Proposal()
    listed = (TABLES[table].schema.columns[column].metadata or {}).get("values")
    if not listed:
        return proposal
    words = {word.replace("_", " "): value for value, text in _WORDS[column].items() for word in text.split()}
    rare = 0
    for text, common in frequent(cells, people).items():
        value = words.get(text.casefold())
        guess = _ASKED.get(column, {}).get(text)
        if text in listed or (value is None and clearly_missing(text)):
            continue
        if not common:
            rare += 1
        elif value or guess:
            proposal.values[text] = value or guess or ""
            proposal.asked |= set() if value else {text}
        else:
            proposal.questions.append(f"what does the value `{text}` mean? one of {', '.join(listed)}")
    if rare:
        few = f"{rare} more value(s), each of fewer than {FEWEST} people, not shown here: add them, as one of "
        proposal.questions.append(few + ", ".join(listed))
    return proposal
