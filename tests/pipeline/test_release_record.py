"""The release record of a whole run: every released file is in it, it can be signed, every number has its people."""

import os
import subprocess
import sys

import pandas as pd

from pilot_analysis.config import load_protocol
from pilot_analysis.release.members import all_bases, plain_rows
from pilot_analysis.release.people import People


def typed(copy, *words: str) -> subprocess.CompletedProcess:
    """Type `pilot-analysis` in a copy of the project."""
    environment = {**os.environ, "PYTHONPATH": str(copy.folder / "src")}
    environment.pop("PILOT_LEDGER_KEY", None)
    command = [sys.executable, "-m", "pilot_analysis.cli", *words]
    return subprocess.run(command, cwd=copy.folder, env=environment, capture_output=True, text=True, timeout=120)


def test_every_file_below_the_reports_folder_is_in_the_record(finished):
    recorded = pd.read_csv(finished.folder / "data/processed/release/files.csv")
    found = finished.digests("reports").items()
    there = {name.removeprefix("reports/"): digest for name, digest in found if "/." not in name}  # Snakemake's own
    assert dict(zip(recorded["path"], recorded["sha256"], strict=True)) == there


def test_the_record_can_be_signed_until_a_file_changes(changed):
    done = typed(changed, "release", "--sign", "A. de Vries", "--date", "2023-01-31")
    assert done.returncode == 0, done.stderr
    assert "decisions:" in done.stdout and "signed by A. de Vries on 2023-01-31" in done.stdout
    page = changed.folder / "reports/report.html"
    page.write_text(page.read_text(encoding="utf-8") + "<!-- -->", encoding="utf-8")
    refused = typed(changed, "release", "--sign", "B")
    assert refused.returncode == 1 and "report.html: changed" in refused.stderr


def test_without_a_key_the_record_says_that_no_ledger_was_kept(finished):
    assert "no ledger was kept" in (finished.folder / "data/processed/release/ledger.txt").read_text(encoding="utf-8")


def test_a_short_key_stops_the_release_before_anything_is_written(changed):
    before = changed.digests("reports/released")
    done = changed.run("--config", "language=nl,en", "--forcerun", "release", PILOT_LEDGER_KEY="short")
    assert done.returncode != 0
    assert "shorter than 32 characters" in done.stderr + done.stdout
    assert changed.digests("reports/released").items() <= before.items()


def test_every_number_of_a_run_has_as_many_people_as_it_says(finished):
    processed = finished.folder / "data/processed"
    derived = {path.stem: pd.read_parquet(path) for path in (processed / "derived").glob("*.parquet")}
    people = People(derived, load_protocol(finished.folder / "config/protocol.yaml"))
    store = pd.read_parquet(processed / "estimates.parquet")
    rows, bases = plain_rows(store), all_bases(store, people)
    wrong = [name for name, basis in bases.items() if rows[name]["n"] not in (None, basis.n)]
    wrong += [name for name, basis in bases.items() if rows[name]["n_events"] != basis.n_events]
    assert wrong == []
    assert len(bases) > 5000


def test_a_number_of_a_run_can_be_traced_to_files_with_their_checksums(finished):
    number = "full_rtw.landmark_84.landmark.days_not_returned.mean.arm.control.281"
    done = typed(finished, "trace", number, "--language", "en")
    assert done.returncode == 0, done.stderr
    assert "the files are those that the run read" in done.stdout
    assert "equal" in done.stdout and "NOT EQUAL" not in done.stdout
    assert "not where the run read it" not in done.stdout
