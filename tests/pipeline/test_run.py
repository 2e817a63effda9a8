"""The whole workflow on the synthetic delivery: it ends, it is repeatable, it reruns what changed and nothing else."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pilot_analysis.schemas import derived, results
from pilot_analysis.schemas.agreement import AGREEMENT
from pilot_analysis.schemas.columns import validated

FAULT = """

def rmst(outcome, tau):
    found = _exact(outcome, tau)
    return Mean(found.estimate * 1.00001, found.se)
"""
BOTH = ("--config", "language=nl,en")
AFTER_AGREE = {"release", "publish", "figures", "tables", "report_nl", "report_en", "employers", "seal"}
AFTER_ESTIMATE = {"agree", *AFTER_AGREE}


def test_the_named_outputs_are_there_and_fit_their_schemas(finished):
    processed, reports = finished.folder / "data/processed", finished.folder / "reports"
    validated(pd.read_parquet(processed / "derived/outcomes.parquet"), derived.OUTCOMES)
    validated(pd.read_parquet(processed / "estimates.parquet"), results.ESTIMATES)
    validated(pd.read_parquet(processed / "agreement.parquet"), AGREEMENT)
    validated(pd.read_parquet(reports / "released/estimates.parquet"), results.RELEASED)
    assert list(pd.read_csv(processed / "derived/outcomes.csv").columns)[:14] == list(derived.OUTCOMES.columns)[:14]
    assert len(pd.read_csv(processed / "estimates.csv")) == len(pd.read_parquet(processed / "estimates.parquet"))
    assert (processed / "validation/issues.csv").exists()
    assert yaml.safe_load((processed / "run.yaml").read_text())["synthetic"] is True
    assert {path.name for path in reports.glob("*.html")} == {"report.html", "report.en.html"}


def test_at_once_again_there_is_nothing_to_be_done(finished):
    done = finished.run(*BOTH)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr


def test_every_outcome_names_a_line_that_exists(finished):
    outcomes = pd.read_csv(finished.folder / "data/processed/derived/outcomes.csv")
    assert outcomes["source_file"].notna().all()
    assert (outcomes["source_line"] >= 1).all()
    raw = finished.folder / "data/raw/synthetic"
    for name in outcomes["source_file"].unique():
        assert (raw / name.split("[")[0]).exists()


def test_a_report_asks_nothing_from_outside_and_says_that_the_data_are_made_up(finished):
    for name, word in (("report.html", "synthetisch"), ("report.en.html", "synthetic")):
        page = (finished.folder / "reports" / name).read_text(encoding="utf-8")
        assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#|data:)|@import|url\((?!#|["']?data:|["']?#)""", page)
        assert word in page.lower()


def test_nothing_released_rests_on_fewer_than_ten_people(finished):
    everything = pd.read_parquet(finished.folder / "reports/released/estimates.parquet")
    flow = everything["analysis"].eq("flow")  # exempt by declaration: rounded to 5 instead
    assert (everything.loc[flow, "estimate"] % 5 == 0).all()
    released = everything[~flow]
    assert not released["n"].between(1, 9).any()
    assert not released["n_events"].between(1, 9).any()
    assert not released.loc[released["unit"] == "people", "estimate"].between(1, 9).any()
    assert (released["status"] == "suppressed").any()
    curves = pd.read_parquet(finished.folder / "reports/released/curves.parquet")
    assert (curves["n_at_risk"] >= 10).all()


def test_the_delivery_is_not_written_to(changed):
    raw = changed.folder / "data/raw/delivery"
    (changed.folder / "data/raw/synthetic").rename(raw)
    before = changed.digests("data/raw/delivery")
    paths = ("raw_dir=data/raw/delivery", "processed_dir=out/p", "reports_dir=out/r")
    assert changed.run("--config", *paths, "--until", "estimate").returncode == 0
    assert changed.digests("data/raw/delivery") == before
    assert not (changed.folder / "data/raw/synthetic").exists()


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(finished, tmp_path):
    """One core instead of two, another time zone, locale and hash seed: the same results, figures and reports."""
    from conftest import copy_to

    other = copy_to(tmp_path)
    done = other.run("--cores", "1", *BOTH, TZ="Pacific/Auckland", LC_ALL="C", PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stdout + done.stderr
    for folder in ("data/raw", "data/processed/derived", "data/processed/validated", "reports"):
        assert other.digests(folder) == finished.digests(folder)
    for name in ("estimates.parquet", "estimates.csv", "curves.parquet", "run.yaml"):
        assert (other.folder / "data/processed" / name).read_bytes() == (
            finished.folder / "data/processed" / name
        ).read_bytes()


@pytest.mark.parametrize(
    ("module", "reruns"),
    [
        ("intake/checks.py", {"validate", "derive", "estimate", "record", "paths", *AFTER_ESTIMATE}),
        ("derive/path.py", {"derive", "estimate", "paths", *AFTER_ESTIMATE}),
        ("models/cox.py", {"estimate", *AFTER_ESTIMATE}),
        ("agreement/core.py", AFTER_ESTIMATE),
        ("release/suppression.py", AFTER_AGREE),
        ("present/style.py", {"figures", "tables", "report_nl", "report_en", "employers", "paths", "seal"}),
        ("internal/paths.py", {"paths"}),
        ("report/answer.py", {"report_nl", "report_en", "employers", "seal"}),
    ],
)
def test_a_changed_module_reruns_its_stage_and_what_follows(changed, module, reruns):
    path = changed.folder / "src/pilot_analysis" / module
    path.write_text(path.read_text(encoding="utf-8") + "\nCHANGED = True\n", encoding="utf-8")
    assert changed.jobs(*BOTH) == reruns


def test_a_touched_but_unchanged_module_reruns_nothing(changed):
    Path(changed.folder / "src/pilot_analysis/derive/path.py").touch()
    assert changed.jobs(*BOTH) == set()


def test_another_plan_reruns_what_reads_it(changed):
    path = changed.folder / "config/protocol.yaml"
    path.write_text(path.read_text().replace("sensitivity_ao_percent: 5 ", "sensitivity_ao_percent: 6 "))
    assert {"validate", "derive", "estimate"} <= changed.jobs(*BOTH)


def test_most_core_numbers_are_computed_twice_and_none_disagrees(finished):
    agreement = pd.read_csv(finished.folder / "data/processed/agreement.csv")
    compared = agreement[agreement["number"].notna()]
    assert compared["result_id"].nunique() >= 0.6 * agreement["result_id"].nunique()
    assert set(compared["verdict"]) <= {"agrees", "known"}
    assert agreement["reference"].notna().all()


def test_engines_that_disagree_stop_the_run_and_leave_the_store_as_it_was(changed):
    """A fault in the first engine: restricted means that are a hundred-thousandth too large."""
    store = changed.folder / "data/processed/estimates.parquet"
    before = store.read_bytes()
    path = changed.folder / "src/pilot_analysis/models/product_limit.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("def rmst(", "def _exact(", 1) + FAULT, encoding="utf-8")
    done = changed.run(*BOTH)
    assert done.returncode != 0
    assert "the two engines disagree on" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert store.read_bytes() == before
