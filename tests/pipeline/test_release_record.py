"""The release record of a whole run: every released file is in it, it can be signed, every number has its people."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from pilot_analysis.config import load_protocol
from pilot_analysis.release.members import all_bases, plain_rows
from pilot_analysis.release.people import People
from pilot_analysis.schemas.canonical import PROVENANCE

KEY = "a key that nobody could ever guess, made by chance"
OWN = ("raw_dir=data/raw/own", "processed_dir=out/p", "reports_dir=out/r", "formats=html")
WITHHOLD = "ledger={key_variable: PILOT_LEDGER_KEY, on_exposure: withhold}"


def typed(copy, *words: str, key: str = "") -> subprocess.CompletedProcess:
    """Type `pilot-analysis` in a copy of the project."""
    environment = {**os.environ, "PYTHONPATH": str(copy.folder / "src"), "PILOT_LEDGER_KEY": key}
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


def sign_own(copy) -> subprocess.CompletedProcess:
    words = ("--date", "2023-01-31", "--processed-dir", "out/p", "--reports-dir", "out/r")
    return typed(copy, "release", "--sign", "A. de Vries", *words, key=KEY)


@pytest.fixture
def interim(changed):
    """A release of an own delivery, signed under a key."""
    folder = changed.folder / "data/raw/own"
    folder.mkdir()
    for name in ("allocation", "cases", "absence_spells", "ao_percent", "diagnoses", "fml"):
        table = pd.read_parquet(changed.folder / f"data/processed/validated/{name}.parquet")
        table.drop(columns=list(PROVENANCE)).to_csv(folder / f"{name}.csv", index=False)
    done = changed.run("--config", *OWN, PILOT_LEDGER_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    signed = sign_own(changed)
    assert signed.returncode == 0 and "entered in the ledger as '2023-01-31" in signed.stdout, signed.stderr
    return changed


def three_of_another_group(copy) -> list[str]:
    """Three people get another diagnosis, of another group; who they are."""
    path = copy.folder / "data/raw/own/diagnoses.csv"
    found = pd.read_csv(path, dtype=str)
    groups = pd.read_parquet(copy.folder / "out/p/derived/cases.parquet").set_index("case_id")["cas_group"]
    of = found["case_id"].map(groups)
    largest, second = groups.value_counts().index[:2]
    people = found.loc[of == largest, "case_id"].unique()[:3]
    found.loc[found["case_id"].isin(people), "cas_code"] = found.loc[of == second, "cas_code"].iloc[0]
    found.to_csv(path, index=False)
    return list(people)


def record(copy) -> dict[str, str]:
    """The released files and their record, without what tells of the last attempt."""
    found = {**copy.digests("out/r"), **copy.digests("out/p/release")}
    return {name: digest for name, digest in found.items() if "/checked/" not in name and "exposed.csv" not in name}


def test_a_refused_release_leaves_the_earlier_one_as_it_was_and_is_refused_again(interim):
    before = record(interim)
    people = three_of_another_group(interim)
    for _ in range(2):  # the second time too: there is something to be done
        done = interim.run("--config", *OWN, PILOT_LEDGER_KEY=KEY)
        shown = done.stdout + done.stderr
        assert done.returncode != 0
        assert "release refused" in shown and "of release '2023-01-31" in shown
        assert "Traceback" not in shown and not any(name in shown for name in people) and KEY not in shown
        assert record(interim) == before
    listed = pd.read_csv(interim.folder / "out/p/release/exposed.csv")
    assert set(listed["outcome"]) == {"refused"} and listed["new"].str.contains("cas_group").all()
    again = sign_own(interim)  # what lies there is still the first release, and is signed
    assert "last run was refused" in again.stdout and "nothing was added" in again.stdout

    # The way through: the same data without what would expose people.
    done = interim.run("--config", *OWN, WITHHOLD, PILOT_LEDGER_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    note = (interim.folder / "out/p/release/ledger.txt").read_text(encoding="utf-8")
    assert "results withheld that would expose people" in note
    decisions = pd.read_parquet(interim.folder / "out/p/release/decisions.parquet")
    assert decisions["rule"].str.contains("would expose people: .* beside .* of release '2023-01-31").any()
    assert (interim.folder / "out/r/report.html").is_file()
    signed = sign_own(interim)
    assert signed.returncode == 0 and "line 2, head" in signed.stdout, signed.stderr


def test_a_signed_release_made_again_is_the_same_release(interim):
    before = record(interim)
    done = interim.run("--config", *OWN, "--forcerun", "release", PILOT_LEDGER_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert record(interim) == before
    done = interim.run("--config", *OWN, PILOT_LEDGER_KEY="")
    assert done.returncode != 0 and "a ledger is kept, but its key is not at hand" in done.stdout + done.stderr
    assert record(interim) == before
