"""A result traced back: both stores, estimand, people that are as many as it says, and lines of the delivery."""

import shutil
import subprocess
import sys

import pandas as pd
import pytest
from estimate_tables import PROTOCOL_FILE, protocol
from finished_run import finished_run

from pilot_analysis import io
from pilot_analysis.cli import main
from pilot_analysis.config import read_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.messages import LANGUAGES, load
from pilot_analysis.release.members import plain_rows
from pilot_analysis.trace.result import Trace, trace_result
from pilot_analysis.trace.result_text import result_lines

P1 = "full_rtw.landmark_84.landmark.days_not_returned.mean_difference.arm.intervention-minus-control.281"
ARM = "full_rtw.landmark_84.landmark.days_not_returned.mean.arm.control.281"


def traced(result_id: str) -> Trace:
    run = finished_run()
    return trace_result(result_id, run.estimates, run.released, run.people, run.validated, protocol())


def text(result_id: str, language: str = "en", **options) -> str:
    messages = load(language).under(protocol()).with_words(protocol().words(language))
    return "\n".join(result_lines(traced(result_id), messages, {"noord_hersteld.csv": "abc"}, **options))


def test_people_by_arm_and_status_add_up_to_the_row():
    found = traced(P1)
    assert found.counts["n"].sum() == found.row["n"] == found.basis.n
    events = found.counts.loc[found.counts["status"] == "event", "n"].sum()
    assert events == found.row["n_events"]
    assert set(traced(ARM).counts["arm"]) == {"control"}


def test_the_lines_are_those_of_the_outcomes_of_these_people():
    found, run = traced(ARM), finished_run()
    outcomes = run.derived["outcomes"]
    mine = outcomes[outcomes["case_id"].isin(run.people.ids[found.basis.members.who])]
    mine = mine[mine["endpoint"] == "full_rtw"]
    assert found.rows == {"outcomes": len(mine)}
    wanted = set(zip(mine["source_file"], mine["source_line"], mine["source_column"], strict=True))
    assert set(found.lines.itertuples(index=False, name=None)) == wanted


def test_the_estimand_comes_with_its_attributes():
    said = text(P1)
    one = next(one for one in protocol().estimands if one.id == "P1")
    assert "P1 (primary)" in said
    for value in (one.population, one.contrast, one.summary, *one.intercurrent.values()):
        assert value in said


def test_the_text_holds_the_row_the_check_and_files_with_hashes():
    said, row = text(ARM), traced(ARM).row
    assert f"estimate = {row['estimate']!r}" in said
    assert f"n of the row {row['n']}, counted {row['n']}: equal" in said
    assert f"n_events of the row {row['n_events']}, counted {row['n_events']}: equal" in said
    assert "sha256 abc" in said and "the file is not where the run read it" in said
    assert "chosen by: endpoint = full_rtw; status != not_at_risk; time > 84; entry <= 84; arm = control" in said


def test_every_line_on_demand():
    few, every = text(ARM), text(ARM, every_line=True)
    for place in traced(ARM).lines.itertuples():
        line = f"{place.file}:{place.line}:{place.column}"
        assert line in every and line not in few


def test_a_number_that_does_not_add_up_is_said():
    run = finished_run()
    wrong = run.estimates.assign(n=run.estimates["n"] + 1)
    found = trace_result(ARM, wrong, run.released, run.people, run.validated, protocol())
    assert "NOT EQUAL" in "\n".join(result_lines(found, load("en"), {}))


def test_what_is_withheld_is_said():
    run = finished_run()
    hidden = run.released.loc[run.released["status"] == "suppressed", "result_id"].iloc[0]
    assert "status = suppressed" in text(hidden)
    assert "estimate = withheld" in text(hidden)
    outside = trace_result(
        P1, run.estimates, run.released[run.released["result_id"] != P1], run.people, run.validated, protocol()
    )
    assert "not in the released store" in "\n".join(result_lines(outside, load("en"), {}))


def test_a_result_that_only_the_release_has_is_traced_by_its_row_there():
    run = finished_run()
    row = run.released[run.released["result_id"].str.contains("flow.*all.*competing:", regex=True)].iloc[[0]]
    merged = row.assign(result_id="joined", term="competing:death+retirement+employment_end+ill_health_retirement")
    found = trace_result(
        "joined", run.estimates, pd.concat([run.released, merged]), run.people, run.validated, protocol()
    )
    endpoint = run.people.endpoint(found.row["endpoint"])
    assert found.basis.n == endpoint.has("competing").sum() > 0


def test_a_number_about_nobody_says_so():
    rows = plain_rows(finished_run().estimates)
    about_nobody = next(name for name, row in rows.items() if row["analysis"] == "business_case")
    assert "not about people of the study" in text(about_nobody)


def test_every_kind_of_result_can_be_traced_in_both_languages():
    """The first and last result of every analysis and measure, of which each says that its people add up."""
    kinds = finished_run().estimates.groupby(["analysis", "measure"])["result_id"].agg(["first", "last"])
    assert len(kinds) > 80
    for result_id in {*kinds["first"], *kinds["last"]}:
        for language, word in (("nl", "NIET GELIJK"), ("en", "NOT EQUAL")):
            said = text(result_id, language)
            assert word not in said and "{" not in said.replace("in {", ""), result_id


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_that_it_is_for_internal_use(language):
    assert text(ARM, language).startswith(load(language).t("trace.internal"))


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        (P1.replace("mean_difference", "difference"), P1),
        (P1[:40] + P1[41:], P1),
        ("rerandomisation", "rerandomisation"),
    ],
)
def test_an_unknown_result_is_one_line_with_near_ones(asked, near):
    with pytest.raises(UserError, match="no result has the id") as said:
        traced(asked)
    assert near in str(said.value) and "\n" not in str(said.value)


@pytest.fixture
def folder(tmp_path):
    finished_run().write(tmp_path)
    shutil.copytree(PROTOCOL_FILE.parent, tmp_path / "config")
    return tmp_path


def typed(folder, *words: str) -> list[str]:
    where = ("--processed-dir", folder / "p", "--reports-dir", folder / "r", "--config-dir", folder / "config")
    return [*words, *map(str, where)]


def test_the_command_prints_both_ways(folder, capsys):
    case_id = str(finished_run().derived["outcomes"]["case_id"].iloc[0])
    assert main(typed(folder, "trace", P1, "--language", "en")) == 0
    assert "counted" in capsys.readouterr().out
    assert main(typed(folder, "trace", "--case", case_id)) == 0
    assert case_id in capsys.readouterr().out


@pytest.mark.parametrize("words", [["trace", "nothing.like.it"], ["trace", "--case", "nobody"], ["trace"]])
def test_what_is_unknown_is_one_line_and_a_status(folder, words, capsys):
    assert main(typed(folder, *words)) == 1
    found = capsys.readouterr()
    assert found.out == "" and found.err.startswith("pilot-analysis: ") and found.err.count("\n") == 1


def test_whoever_reads_on_may_stop_reading(folder):
    """As in `pilot-analysis trace ... | head -1`."""
    command = [sys.executable, "-m", "pilot_analysis.cli", *typed(folder, "trace", P1, "--lines")]
    asked = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    asked.stdout.close()
    assert asked.wait(timeout=60) == 0
    assert asked.stderr.read() == ""
    asked.stderr.close()


def test_without_a_run_it_says_what_to_do(tmp_path, capsys):
    shutil.copytree(PROTOCOL_FILE.parent, tmp_path / "config")
    assert main(typed(tmp_path, "trace", P1)) == 1
    assert "run the workflow" in capsys.readouterr().err


def test_the_delivery_is_named_as_it_was_or_changed(folder, capsys):
    """The run says where its delivery was; here it lies there, with other files."""
    raw = folder / "raw"
    raw.mkdir()
    (raw / "noord_hersteld.csv").write_text("something else\n", encoding="utf-8")
    plan = read_yaml(folder / "config/protocol.yaml")
    io.write_yaml({"config": {"raw_dir": str(raw)}, "protocol": plan}, folder / "p/run.yaml")
    assert main(typed(folder, "trace", ARM, "--language", "en")) == 0
    said = capsys.readouterr().out
    assert "the files have CHANGED since the run read them" in said
    assert "The plan (protocol.yaml) has changed" not in said


def test_lines_are_listed_once():
    lines = traced(P1).lines
    assert not lines.duplicated().any()
    assert isinstance(lines, pd.DataFrame) and len(lines) > 20
