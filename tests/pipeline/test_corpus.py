"""Representative refusals of the corpus in the whole workflow: not taken, no traceback, nothing replaced."""

import importlib
from pathlib import Path

import pandas as pd
import pytest

MODES = (
    "sources.yaml: a key that occurs twice",
    "a truncated workbook",
    "a quote that is never closed",
    "AO% before the first spell",  # a query that nobody decided
    "an e-mail address in a cell",
)


@pytest.fixture(scope="module")
def corpus():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "corpus"))
        yield importlib.import_module("corpus"), importlib.import_module("corpus_base")


def test_refused_deliveries_of_the_corpus_leave_earlier_outputs_as_they_were(changed, corpus):
    """The outputs of the finished run are those that would be replaced; each refusal uses the same folders."""
    entries, base = {entry.mode: entry for entry in corpus[0].REFUSED}, corpus[1]
    kept = [f"data/processed/{name}" for name in ("validated", "derived")] + ["reports"]
    earlier = {name: changed.digests(name) for name in kept}
    assert earlier["reports"]
    for number, mode in enumerate(MODES):
        entry, raw = entries[mode], f"data/raw/own{number}"
        base.deliver(changed.folder / raw, entry.changes)
        done = changed.run("--config", f"raw_dir={raw}", "language=nl,en")
        shown = done.stdout + done.stderr
        assert done.returncode != 0, mode
        assert "Traceback" not in shown, mode
        assert entry.rule in shown and entry.file in shown, mode
        issues = pd.read_csv(changed.folder / "data/processed/validation/issues.csv", dtype=str)
        assert (entry.rule, entry.file) in set(issues[["rule", "file"]].itertuples(index=False, name=None)), mode
        assert {name: changed.digests(name) for name in kept} == earlier, mode
