"""No released file shows more than the released store and curves: it can be made again from these alone, byte for byte.

- Everything internal is deleted but `run.yaml` (versions, the plan, whether the data are synthetic); what is below
  `reports/` is deleted but the store and the curves. What comes back is then a function of these, words, coordinates of
  curves, pictures, metadata, bookmarks, hidden parts and all: whoever has the store has everything.
- So an attack on the store and the curves (`benchmarks/attack.py`) is an attack on every file.
"""

import shutil
from pathlib import Path

import pytest
import yaml

RULES = ("figures", "tables", "employers", "report_nl", "report_en")
FILES = ("report.html", "report.en.html", "tables/nl", "tables/en", "employers")  # the figures are made for the reports
KEPT = "run.yaml"


@pytest.mark.slow
def test_every_file_is_made_again_from_the_released_store_alone(changed):
    before = changed.digests("reports")
    assert len(before) > 150
    _delete_all_but(changed.folder / "data" / "processed", KEPT)
    shutil.rmtree(changed.folder / "data" / "raw", ignore_errors=True)
    for path in (changed.folder / "reports").iterdir():
        if path.name != "released":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    wanted = [f"reports/{name}" for name in FILES]
    done = changed.run("--config", "language=nl,en", "--allowed-rules", *RULES, "--", *wanted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert changed.digests("reports") == before


def _delete_all_but(folder: Path, name: str) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.name != name:
            path.unlink()


def test_what_is_kept_beside_the_store_counts_nobody(finished):
    """`run.yaml` holds the plan, the settings and versions, and whether the data are made up: nothing about people."""
    run = yaml.safe_load((finished.folder / "data" / "processed" / KEPT).read_text(encoding="utf-8"))
    assert set(run) == {"synthetic", "config", "protocol", "versions"}
    assert isinstance(run["synthetic"], bool)
    plan = yaml.safe_load((finished.folder / "config" / "protocol.yaml").read_text(encoding="utf-8"))
    assert run["protocol"]["milestones"] == plan["milestones"]
