"""Interviews of the simulated trial: codes of themes with a tone, nothing that was said.

- Four people of different roles for every forty cases; each mentions a few themes, each with its own tone.
- Themes have nothing to do with the course of any case: counts stand beside the numbers without proving anything.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pilot_analysis.synthetic.frames import canonical_frame, words
from pilot_analysis.synthetic.people import People
from pilot_analysis.synthetic.truth import Truth

CASES_PER_ROUND = 40
ROLES = ("employee", "occupational_physician", "labour_expert", "case_manager")
# How often each theme is mentioned, and how often positive, negative or mixed.
THEMES = {
    "ad_timing": (0.7, (0.5, 0.2, 0.3)),
    "fml_late": (0.5, (0.0, 0.8, 0.2)),
    "regular_process": (0.4, (0.4, 0.3, 0.3)),
    "cooperation_physician": (0.6, (0.3, 0.4, 0.3)),
    "reassessment": (0.3, (0.2, 0.5, 0.3)),
    "return_to_work": (0.6, (0.6, 0.2, 0.2)),
    "lasting_recovery": (0.3, (0.5, 0.2, 0.3)),
}
VALENCES = ("positive", "negative", "mixed")


def interview_themes(people: People, rng: np.random.Generator, truth: Truth) -> pd.DataFrame:
    """Return the canonical table of themes: a row per interview and theme mentioned in it."""
    n = len(ROLES) * max(1, len(people) // CASES_PER_ROUND)
    organisation = people.organisation[rng.integers(len(people), size=n)]
    mentioned = rng.random((n, len(THEMES))) < [share for share, _ in THEMES.values()]
    tones = np.cumsum([tone for _, tone in THEMES.values()], axis=1)
    tone = (rng.random((n, len(THEMES)))[:, :, None] >= tones[None, :, :-1]).sum(axis=2)
    interview, theme = np.nonzero(mentioned)
    columns = {
        "interview_id": np.char.mod("INT%04d", interview + 1).astype(object),
        "respondent_role": words(ROLES, interview % len(ROLES)),
        "organisation": words(tuple(one.name for one in truth.organisations), organisation[interview]),
        "theme": words(tuple(THEMES), theme),
        "valence": words(VALENCES, tone[interview, theme]),
    }
    return canonical_frame("interview_themes", columns)
