"""Nothing right is turned away: sound deliveries in many notations are taken and give the same tables."""

import pandas as pd
import pytest
from corpus import CLEAN, outcome
from corpus_base import Clean

BASES: dict[str, dict[str, pd.DataFrame]] = {}


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows without provenance, sorted by everything."""
    kept = frame[[name for name in frame.columns if name not in ("source_file", "source_line", "delivery_hash")]]
    return kept.sort_values(list(kept.columns), ignore_index=True) if len(kept.columns) else kept


def base(clean) -> dict[str, pd.DataFrame]:
    """Tables of the delivery that `clean` must equal, read once."""
    key = repr(clean.against)
    if key not in BASES:
        BASES[key] = {
            name: plain(frame) for name, frame in outcome(Clean(clean.variant, clean.against)).intake.tables.items()
        }
    return BASES[key]


@pytest.mark.parametrize("clean", CLEAN, ids=[clean.variant for clean in CLEAN])
def test_a_sound_delivery_is_taken_and_gives_the_same_tables(clean):
    found = outcome(clean)
    issues = found.intake.issues
    assert set(issues["rule"]) == set(clean.notes)
    assert set(issues["severity"]) <= {"note"}
    assert not found.intake.stops
    if clean.against is not None:
        for name, frame in base(clean).items():
            pd.testing.assert_frame_equal(plain(found.intake.tables[name]), frame, obj=name)


def test_there_are_enough_variants_and_each_has_a_name_of_its_own():
    assert len({clean.variant for clean in CLEAN}) == len(CLEAN)
    assert sum(clean.against is not None for clean in CLEAN) >= 30
