"""Signing of a release: what is signed, what is refused, what the ledger keeps of it, and where its key may be."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from estimate_tables import PROTOCOL_FILE, protocol
from finished_run import Run, finished_run

from pilot_analysis import io
from pilot_analysis.cli import main
from pilot_analysis.config import check_config, read_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.release import Released, release
from pilot_analysis.release.ledger import Entry, exposing_pairs
from pilot_analysis.sign.checked import NO_LEDGER, Checked, check_release, entries_of
from pilot_analysis.sign.files import FILES, changes, checksums
from pilot_analysis.sign.ledger_file import Ledger, entry_text, keep, open_ledger
from pilot_analysis.workflow import ledger_key_given

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
    io.write_text("", tmp_path / "p/release/checked/entry.json")
    return tmp_path


@pytest.fixture
def entered(released, monkeypatch) -> Path:
    """The same, made while the key was at hand."""
    monkeypatch.setenv("PILOT_LEDGER_KEY", KEY)
    io.write_table(finished_run().released, released / "r/released/estimates.csv")
    parts = [released / "r" / name for name in ("report.html", "tables", "released")]
    io.write_table(checksums(released / "r", parts), released / "p/release/files.csv", FILES)
    ledger = open_ledger(with_key(released), released / "p")
    text = entry_text(ledger, made_entry(finished_run()), released / "r/released/estimates.csv")
    io.write_text(text, released / "p/release/entry.json")
    return released


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
    assert said[-2].startswith("signed by A on 2023-01-31") and said[-1] == NO_LEDGER


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


def with_key(folder: Path) -> dict:
    return check_config(read_yaml(folder / "config/config.yaml"))["ledger"]


def made_entry(run: Run, label: str = "this run") -> Entry:
    return entries_of(run.derived, protocol(), KEY.encode(), label)(run.released)


def ledger_in(folder: Path, key: str = KEY) -> Ledger:
    return Ledger(folder / "ledger.jsonl", key.encode(), folder / "ledger.jsonl.head", folder / "signatures.csv")


def test_without_a_key_no_ledger_is_kept_and_the_record_says_so(released, capsys):
    assert open_ledger(with_key(released), released / "p") is None
    assert not ledger_key_given({"ledger": with_key(released)})
    assert sign(released, "--sign", "A", "--date", "2023-01-31") == 0
    assert signatures(released)["ledger"][0] == NO_LEDGER
    assert "no ledger was kept" in capsys.readouterr().out
    assert not (released / "p/release/ledger.jsonl").exists()


def test_without_a_ledger_nobody_asks_for_the_tables(tmp_path):
    def read():
        raise AssertionError

    checked = check_release(None, made, read, protocol(), tmp_path / "exposed.csv")
    assert (checked.note, checked.entry) == (NO_LEDGER, None)


def test_a_signed_release_is_entered_once_and_the_key_is_written_nowhere(entered):
    for name, date in (("A", "2023-01-31"), ("B", "2023-02-01")):
        assert sign(entered, "--sign", name, "--date", date) == 0
    ledger = entered / "p/release/ledger.jsonl"
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1
    assert signatures(entered)["ledger"].nunique() == 1  # the second signature names the same entry
    assert "entered in the ledger as '2023-01-31" in signatures(entered)["ledger"][0]
    head = ledger.with_name("ledger.jsonl.head").read_text(encoding="utf-8").split()
    assert signatures(entered)[["entry", "head"]].to_numpy().tolist() == [head, head]
    for path in entered.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_what_is_entered_are_the_people_of_the_release_even_when_the_tables_changed_since(entered):
    """A later run that was refused leaves its own derived tables behind."""
    pd.read_parquet(entered / "p/derived/cases.parquet")[:40].to_parquet(entered / "p/derived/cases.parquet")
    assert sign(entered, "--sign", "A") == 0
    kept = open_ledger(with_key(entered), entered / "p").entries[0]
    assert kept.people == made_entry(finished_run()).people and kept.cells == made_entry(finished_run()).cells


def test_it_says_when_a_later_run_was_refused(entered, capsys):
    assert sign(entered) == 0
    assert "last run was refused" not in capsys.readouterr().out
    (entered / "p/release/checked/entry.json").unlink()
    assert sign(entered) == 0
    assert "last run was refused or stopped" in capsys.readouterr().out


def test_the_key_gone_since_the_run_is_one_line_and_no_signature(entered, monkeypatch, capsys):
    monkeypatch.delenv("PILOT_LEDGER_KEY")
    assert sign(entered, "--sign", "A") == 1
    said = capsys.readouterr().err
    assert "its key is not at hand" in said and said.count("\n") == 1
    assert not (entered / "p/release/signatures.csv").exists()


def test_a_key_that_came_since_the_run_is_one_line_and_no_signature(released, monkeypatch, capsys):
    monkeypatch.setenv("PILOT_LEDGER_KEY", KEY)
    assert sign(released, "--sign", "A") == 1
    said = capsys.readouterr().err
    assert "made without the key" in said and said.count("\n") == 1
    assert not (released / "p/release/signatures.csv").exists()


def test_another_key_than_that_of_the_run_is_one_line(entered, monkeypatch, capsys):
    monkeypatch.setenv("PILOT_LEDGER_KEY", "o" * 40)
    assert sign(entered, "--sign", "A") == 1
    said = capsys.readouterr().err
    assert "another key" in said and said.count("\n") == 1


def test_a_ledger_without_its_key_stops_a_run(entered, monkeypatch):
    assert sign(entered, "--sign", "A") == 0
    monkeypatch.delenv("PILOT_LEDGER_KEY")
    with pytest.raises(UserError, match="a ledger is kept, but its key is not at hand; set the variable PILOT_LEDGER"):
        open_ledger(with_key(entered), entered / "p")


def spoil_ledger(folder: Path, how: str) -> str:
    """Do something to a ledger of one line; what is said of it."""
    ledger, head = folder / "p/release/ledger.jsonl", folder / "p/release/ledger.jsonl.head"
    if how == "changed":
        ledger.write_text(ledger.read_text().replace("members", "events", 1))
        return "line 1: this line does not follow"
    if how == "head gone":
        head.unlink()
        return "the head of the ledger is gone"
    if how == "head spoiled":
        head.write_text("nothing\n")
        return "not the head of a ledger"
    ledger.unlink() if how.startswith("gone") else ledger.write_text("")
    if how.endswith("with its head"):
        head.unlink()
        return "0 releases where .*signatures.csv notes 1"
    return "0 releases where .*head notes 1"


@pytest.mark.parametrize(
    "how", ["changed", "head gone", "head spoiled", "cut off", "gone", "cut off with its head", "gone with its head"]
)
def test_a_ledger_that_was_spoiled_is_refused(entered, how):
    assert sign(entered, "--sign", "A") == 0
    said = spoil_ledger(entered, how)
    with pytest.raises(UserError, match=said):
        open_ledger(with_key(entered), entered / "p").entries  # noqa: B018


def test_the_head_may_be_noted_in_another_place(tmp_path):
    settings = {"key_variable": "SOME_KEY", "head": str(tmp_path / "safe/head"), "path": str(tmp_path / "ledger.jsonl")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOME_KEY", KEY)
        ledger = open_ledger(settings, tmp_path / "p")
    keep(ledger, made_entry(finished_run()))
    assert (tmp_path / "safe/head").read_text(encoding="utf-8").startswith("1 ")
    assert len(ledger.entries) == 1


def less(run: Run, keep_case) -> Run:
    """The run as if only some of its people had been there."""
    kept = run.derived["cases"]["case_id"][keep_case(run.derived["cases"])]
    tables = {
        name: table[table["case_id"].isin(kept)].reset_index(drop=True) if name in DERIVED_WITH_PEOPLE else table
        for name, table in run.derived.items()
    }
    return Run(run.validated, tables, run.estimates, run.released)


def interim() -> Run:
    """The run before its last four people were enrolled."""
    return less(finished_run(), lambda cases: cases["enrolment_date"].rank(method="first") <= len(cases) - 4)


def ledger_with(run: Run, folder: Path, label: str = "interim") -> Ledger:
    ledger = ledger_in(folder)
    keep(ledger, made_entry(run, label))
    return ledger


def made(beside) -> Released:
    """The release of the run without given cells; as it stands when there are none."""
    run = finished_run()
    if not beside:
        return Released(run.released, run.curves, 0, pd.DataFrame())
    return release(run.estimates, run.exact_curves, protocol().thresholds.release_min_people, beside=beside)


def checked(ledger: Ledger, run: Run, folder: Path, on_exposure: str = "refuse") -> Checked:
    return check_release(ledger, made, lambda: run.derived, protocol(), folder / "exposed.csv", on_exposure)


def test_the_same_release_again_is_not_refused_and_is_compared_with_those_before_it(tmp_path):
    ledger = ledger_with(finished_run(), tmp_path)
    assert checked(ledger, finished_run(), tmp_path).note.startswith("checked against 0 earlier releases")
    assert pd.read_csv(tmp_path / "exposed.csv").empty


def test_a_final_release_with_a_few_people_more_is_refused_with_the_pair_named(tmp_path):
    with pytest.raises(UserError, match="release refused") as said:
        checked(ledger_with(interim(), tmp_path, "2022-12-31 0a1b2c3d"), finished_run(), tmp_path)
    message = str(said.value)
    assert "beside the same of release '2022-12-31 0a1b2c3d'" in message and "fewer than 10 people" in message
    assert "#members: the people of " in message or "#events: those with the event of " in message
    assert message.count("\n") < 9
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


def test_signing_is_refused_too_and_leaves_no_signature(entered, capsys):
    """Another release was signed since this one was made."""
    ledger = open_ledger(with_key(entered), entered / "p")
    keep(ledger, made_entry(interim(), "interim"))
    before = ledger.path.read_bytes()
    assert sign(entered, "--sign", "A") == 1
    assert "release refused" in capsys.readouterr().err
    assert ledger.path.read_bytes() == before
    assert not (entered / "p/release/signatures.csv").exists()


def fewer(run: Run, cell: str, n: int) -> Entry:
    """An earlier release with `n` people fewer in one set, and so in every cell of it."""
    final = made_entry(run, "interim")
    sets = final.sets.copy()
    which = final.cells[cell]
    sets[which, np.flatnonzero(sets[which])[:n]] = False
    return Entry("interim", final.people, sets, final.cells)


@pytest.fixture(scope="module")
def a_cell() -> str:
    """A cell of a group of people that no whole arm or trial is."""
    final = made_entry(finished_run())
    sizes = final.sets.sum(axis=1)
    groups = [name for name, of in final.cells.items() if ".cas_group." in name and ".km." in name and sizes[of] > 12]
    return sorted(groups)[0]


def test_a_final_with_three_people_more_in_a_cell_may_go_without_that_cell(tmp_path, a_cell):
    earlier = fewer(finished_run(), a_cell, 3)
    ledger = ledger_in(tmp_path)
    keep(ledger, earlier)
    with pytest.raises(UserError, match="release refused"):
        checked(ledger, finished_run(), tmp_path)
    found = checked(ledger, finished_run(), tmp_path, "withhold")
    name = a_cell.partition("#")[0]
    row = found.result.estimates.set_index("result_id").loc[name]
    assert row["status"] == "suppressed" and row[["estimate", "n", "n_events"]].isna().all()
    why = found.result.decisions.set_index("result_id").loc[name]
    assert why["decision"] == "suppressed_primary" and a_cell in why["rule"] and "'interim'" in why["rule"]
    assert "results withheld that would expose people" in found.note
    assert set(pd.read_csv(tmp_path / "exposed.csv")["outcome"]) == {"withheld"}
    entry = entries_of(finished_run().derived, protocol(), KEY.encode())(found.result.estimates)
    assert exposing_pairs(earlier, entry, 10) == []
    assert (found.result.estimates["status"] == "ok").sum() > 0.5 * (finished_run().released["status"] == "ok").sum()


def test_with_the_cells_go_the_curves_of_the_same_people(tmp_path, a_cell):
    ledger = ledger_in(tmp_path)
    keep(ledger, fewer(finished_run(), a_cell, 3))
    found = checked(ledger, finished_run(), tmp_path, "withhold").result
    keys = ["endpoint", "population", "group_by", "level"]
    gone = finished_run().released.set_index("result_id").loc[a_cell.partition("#")[0], keys]
    assert not (found.curves[keys] == gone).all(axis=1).any()
    assert len(found.curves) > 0


def test_what_was_withheld_and_signed_comes_out_the_same_again(tmp_path, a_cell):
    """Beside its own entry it would be compared with cells that it withheld itself."""
    ledger = ledger_in(tmp_path)
    keep(ledger, fewer(finished_run(), a_cell, 3))
    first = checked(ledger, finished_run(), tmp_path, "withhold")
    keep(ledger, first.entry)
    again = checked(ledger, finished_run(), tmp_path, "withhold")
    assert again.note == first.note
    pd.testing.assert_frame_equal(again.result.estimates, first.result.estimates)


def test_another_key_does_not_open_the_ledger(tmp_path):
    ledger_with(finished_run(), tmp_path)
    with pytest.raises(UserError, match="another key"):
        checked(ledger_in(tmp_path, "o" * 40), finished_run(), tmp_path)


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


def test_marks_of_people_are_nowhere_below_the_reports_folder(entered):
    before = {path: path.read_bytes() for path in (entered / "r").rglob("*") if path.is_file()}
    assert sign(entered, "--sign", "A") == 0
    assert {path: path.read_bytes() for path in (entered / "r").rglob("*") if path.is_file()} == before
