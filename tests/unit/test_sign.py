"""Signing of a release: what is signed, what is refused, what the ledger keeps of it, and where its key may be."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from estimate_tables import PROTOCOL_FILE, protocol
from finished_run import Run, finished_run

from pilot_analysis import io
from pilot_analysis.cli import main
from pilot_analysis.config import check_config, read_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.sign.files import FILES, changes, checksums
from pilot_analysis.sign.ledger_file import NO_LEDGER, Ledger, check_release, keep, open_ledger, release_entry

KEY = "a key that nobody could ever guess, made by chance"
DERIVED_WITH_PEOPLE = (
    "cases", "periods", "outcomes", "guidance", "process", "costs", "wage_values", "survey", "survey_items",
    "survey_waves",
)  # fmt: skip


@pytest.fixture
def released(tmp_path, monkeypatch) -> Path:
    """A run with its release record, as the workflow leaves it."""
    monkeypatch.delenv("PILOT_LEDGER_KEY", raising=False)
    finished_run().write(tmp_path)
    shutil.copytree(PROTOCOL_FILE.parent, tmp_path / "config")
    (tmp_path / "r/report.html").write_text("<p>report</p>", encoding="utf-8")
    (tmp_path / "r/tables/nl").mkdir(parents=True)
    (tmp_path / "r/tables/nl/p1.csv").write_text("1\n", encoding="utf-8")
    parts = [tmp_path / "r" / name for name in ("report.html", "tables", "released")]
    io.write_table(checksums(tmp_path / "r", parts), tmp_path / "p/release/files.csv", FILES)
    io.write_text(f"{NO_LEDGER}\n", tmp_path / "p/release/ledger.txt")
    return tmp_path


def sign(folder: Path, *words: str) -> int:
    where = ("--processed-dir", folder / "p", "--reports-dir", folder / "r", "--config-dir", folder / "config")
    return main(["release", *words, *map(str, where)])


def signatures(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "p/release/signatures.csv", dtype="string")


def test_a_signature_says_who_when_and_what(released, capsys):
    assert sign(released, "--sign", "A. de Vries", "--date", "2023-01-31") == 0
    assert signatures(released)[["name", "date", "files"]].to_numpy().tolist() == [["A. de Vries", "2023-01-31", "3"]]
    assert len(signatures(released)["record_sha256"][0]) == 64
    assert "3 released files" in capsys.readouterr().out


def test_a_second_person_signs_the_same_record(released):
    assert sign(released, "--sign", "A", "--date", "2023-01-31") == 0
    assert sign(released, "--sign", "B", "--date", "2023-02-01") == 0
    assert sign(released, "--sign", "A", "--date", "2023-02-02") == 0  # has signed it before
    found = signatures(released)
    assert found["name"].tolist() == ["A", "B"]
    assert found["record_sha256"].nunique() == 1


def test_without_a_date_it_is_today(released):
    import datetime as dt

    before = dt.date.today().isoformat()
    assert sign(released, "--sign", "A") == 0
    assert signatures(released)["date"][0] in {before, dt.date.today().isoformat()}


def test_without_a_name_it_only_shows(released, capsys):
    assert sign(released) == 0
    assert not (released / "p/release/signatures.csv").exists()
    assert "3 released files" in capsys.readouterr().out


def test_the_decisions_are_shown_by_rule_before(released, capsys):
    rows = [
        ("a.b", "suppressed", "threshold", "x"),
        ("a.c", "suppressed", "threshold", "y"),
        ("a.d", "shown", None, "z"),
    ]
    decisions = pd.DataFrame(rows, columns=["result_id", "decision", "rule", "checksum"], dtype="string")
    io.write_table(decisions, released / "p/release/decisions.parquet")
    assert sign(released, "--sign", "A", "--date", "2023-01-31") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split() for line in said[2:5]] == [
        ["3", "decisions:"], ["1", "shown"], ["2", "suppressed", "(threshold)"]
    ]  # fmt: skip
    assert said[-1].startswith("signed by A on 2023-01-31")


def test_other_decisions_are_another_record(released):
    assert sign(released, "--sign", "A", "--date", "2023-01-31") == 0
    rows = pd.DataFrame([("a.b", "shown", "x", "y")], columns=["result_id", "decision", "rule", "checksum"])
    io.write_table(rows.astype("string"), released / "p/release/decisions.csv")
    assert sign(released, "--sign", "A", "--date", "2023-01-31") == 0
    assert signatures(released)["record_sha256"].nunique() == 2


def spoiled(folder: Path, how: str) -> str:
    if how == "changed":
        (folder / "r/report.html").write_text("<p>other</p>", encoding="utf-8")
        return "report.html: changed"
    if how == "gone":
        (folder / "r/tables/nl/p1.csv").unlink()
        return "tables/nl/p1.csv: gone"
    (folder / "r/report.docx").write_text("by hand", encoding="utf-8")
    return "report.docx: new"


@pytest.mark.parametrize("how", ["changed", "gone", "new"])
def test_files_that_changed_since_the_record_are_refused(released, how, capsys):
    said = spoiled(released, how)
    assert sign(released, "--sign", "A") == 1
    assert said in capsys.readouterr().err
    assert not (released / "p/release/signatures.csv").exists()


def test_what_lies_elsewhere_below_the_folder_is_none_of_it(released):
    (released / "r/check").mkdir()
    (released / "r/check/index.html").write_text("for a supplier", encoding="utf-8")
    (released / "r/.hidden").write_text("", encoding="utf-8")
    recorded = pd.read_csv(released / "p/release/files.csv", dtype="string")
    assert changes(released / "r", recorded) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--sign", "A", "--date", "31-01-2023"), "expected a calendar date"), (("--sign", " "), "a name is needed")],
)
def test_a_faulty_signature_is_one_line(released, words, said, capsys):
    assert sign(released, *words) == 1
    found = capsys.readouterr().err
    assert said in found and found.count("\n") == 1


def test_without_a_record_there_is_nothing_to_sign(released, capsys):
    (released / "p/release/files.csv").unlink()
    assert sign(released, "--sign", "A") == 1
    assert "run the workflow first" in capsys.readouterr().err


# --- the ledger -------------------------------------------------------------------------------------------------------


def without_key(folder: Path) -> dict:
    return check_config(read_yaml(folder / "config/config.yaml"))["ledger"]


def test_without_a_key_no_ledger_is_kept_and_the_record_says_so(released, capsys):
    assert open_ledger(without_key(released), released / "p") is None
    assert check_release(None, None, {}, protocol(), released / "exposed.csv") == NO_LEDGER
    assert sign(released, "--sign", "A", "--date", "2023-01-31") == 0
    assert signatures(released)["ledger"][0] == NO_LEDGER
    assert "no ledger was kept" in capsys.readouterr().out
    assert not (released / "p/release/ledger.jsonl").exists()


def test_a_signed_release_is_entered_once_and_the_key_is_written_nowhere(released, monkeypatch):
    monkeypatch.setenv("PILOT_LEDGER_KEY", KEY)
    for name, date in (("A", "2023-01-31"), ("B", "2023-02-01")):
        assert sign(released, "--sign", name, "--date", date) == 0
    ledger = released / "p/release/ledger.jsonl"
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1
    assert signatures(released)["ledger"].nunique() == 1  # the second signature names the same entry
    assert "entered in the ledger as '2023-01-31" in signatures(released)["ledger"][0]
    for path in released.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def less(run: Run, keep_case) -> Run:
    """The run as if only some of its people had been there."""
    kept = run.derived["cases"]["case_id"][keep_case(run.derived["cases"])]
    tables = {
        name: table[table["case_id"].isin(kept)].reset_index(drop=True) if name in DERIVED_WITH_PEOPLE else table
        for name, table in run.derived.items()
    }
    return Run(run.validated, tables, run.estimates, run.released)


def ledger_with(run: Run, folder: Path, label: str = "interim") -> Ledger:
    ledger = Ledger(folder / "ledger.jsonl", KEY.encode())
    keep(ledger, release_entry(label, run.released, run.derived, protocol(), ledger.key))
    return ledger


def checked(ledger: Ledger, run: Run, folder: Path) -> str:
    return check_release(ledger, run.released, run.derived, protocol(), folder / "exposed.csv")


def test_the_same_release_again_is_not_refused(tmp_path):
    ledger = ledger_with(finished_run(), tmp_path)
    assert checked(ledger, finished_run(), tmp_path).startswith("checked against 1 earlier release")
    assert pd.read_csv(tmp_path / "exposed.csv").empty


def test_a_final_release_with_a_few_people_more_is_refused_with_the_pair_named(tmp_path):
    interim = less(finished_run(), lambda cases: cases["enrolment_date"].rank(method="first") <= len(cases) - 4)
    with pytest.raises(UserError, match="release refused") as said:
        checked(ledger_with(interim, tmp_path), finished_run(), tmp_path)
    message = str(said.value)
    assert "beside" in message and "of release 'interim'" in message and "fewer than 10 people" in message
    everybody = "full_rtw.itt.t0.cox_unadjusted.hazard_ratio.arm.intervention-over-control#members"
    listed = pd.read_csv(tmp_path / "exposed.csv")
    assert ((listed["old"] == everybody) & (listed["new"] == everybody)).any()
    pseudonyms = finished_run().derived["cases"]["case_id"]
    assert not any(name in message + listed.to_csv() for name in pseudonyms)


def test_a_release_without_one_small_organisation_is_refused(tmp_path):
    sizes = finished_run().derived["cases"]["organisation"].value_counts()
    name = sizes.index[-1]
    few = list(finished_run().derived["cases"].query("organisation == @name")["case_id"][9:])  # nine of it remain
    whole = less(finished_run(), lambda cases: ~cases["case_id"].isin(few))
    without = less(finished_run(), lambda cases: cases["organisation"] != name)
    with pytest.raises(UserError, match="release refused"):
        checked(ledger_with(whole, tmp_path), without, tmp_path)


def test_signing_is_refused_too_and_leaves_no_signature(released, monkeypatch, capsys):
    monkeypatch.setenv("PILOT_LEDGER_KEY", KEY)
    interim = less(finished_run(), lambda cases: cases["enrolment_date"].rank(method="first") <= len(cases) - 4)
    path = released / "p/release/ledger.jsonl"
    keep(
        Ledger(path, KEY.encode()),
        release_entry("interim", interim.released, interim.derived, protocol(), KEY.encode()),
    )
    before = path.read_bytes()
    assert sign(released, "--sign", "A") == 1
    assert "release refused" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not (released / "p/release/signatures.csv").exists()


def test_another_key_does_not_open_the_ledger(tmp_path):
    ledger = ledger_with(finished_run(), tmp_path)
    with pytest.raises(UserError, match="another key"):
        checked(Ledger(ledger.path, b"o" * 40), finished_run(), tmp_path)


def test_a_key_may_lie_in_a_file_outside_the_project(tmp_path):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (elsewhere / "key").write_text(KEY + "\n", encoding="utf-8")
    settings = {"key_file": str(elsewhere / "key"), "path": str(elsewhere / "ledger.jsonl")}
    ledger = open_ledger(settings, tmp_path / "p", project)
    assert (ledger.path, ledger.key) == (elsewhere / "ledger.jsonl", KEY.encode())
    assert KEY not in repr(ledger)


@pytest.mark.parametrize(
    ("place", "key", "said"),
    [
        ("project/key", KEY, "inside the project"),
        ("p/key", KEY, "inside the project"),
        ("elsewhere/key", "short", "shorter than 32"),
        ("elsewhere/other", KEY, "cannot be read"),
    ],
)
def test_a_key_that_cannot_be_used_is_an_error_and_is_not_shown(tmp_path, place, key, said):
    for name in ("project", "p", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(key, encoding="utf-8")
    with pytest.raises(UserError, match=said) as problem:
        open_ledger({"key_file": str(tmp_path / place)}, tmp_path / "p", tmp_path / "project")
    assert key not in str(problem.value) or key == "short"


def test_a_short_key_in_the_variable_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "short")
    with pytest.raises(UserError, match="shorter than 32"):
        open_ledger({"key_variable": "SOME_KEY"}, tmp_path)


def test_marks_of_people_are_nowhere_below_the_reports_folder(released, monkeypatch):
    monkeypatch.setenv("PILOT_LEDGER_KEY", KEY)
    before = {path for path in (released / "r").rglob("*")}
    assert sign(released, "--sign", "A") == 0
    assert {path for path in (released / "r").rglob("*")} == before
