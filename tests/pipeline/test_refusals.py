"""Bad input and bad configuration: clear words, exit status not 0, no traceback, nothing replaced."""

import re

import pandas as pd
import pytest
import yaml

from pilot_analysis.schemas.canonical import PROVENANCE


@pytest.fixture
def delivery(changed):
    """A canonical delivery (from the validated synthetic tables), processed once without faults."""
    folder = changed.folder / "data/raw/own"
    folder.mkdir()
    for name in ("allocation", "cases", "absence_spells", "ao_percent", "diagnoses", "fml"):
        table = pd.read_parquet(changed.folder / f"data/processed/validated/{name}.parquet")
        table.drop(columns=list(PROVENANCE)).to_csv(folder / f"{name}.csv", index=False)
    done = changed.run(*OWN)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


OWN = ("--config", "raw_dir=data/raw/own", "processed_dir=out/p", "reports_dir=out/r")


def test_a_broken_delivery_is_refused_with_everything_named_and_nothing_replaced(changed, delivery):
    outputs = {**changed.digests("out/r"), **changed.digests("out/p/derived"), **changed.digests("out/p/validated")}
    spells = (delivery / "absence_spells.csv").read_text().splitlines()
    case_id = spells[6].split(",")[0]
    spells[6] = f"{case_id},2021-13-45,"
    (delivery / "absence_spells.csv").write_text("\n".join(spells) + "\n")
    with (delivery / "diagnoses.csv").open("a") as handle:
        handle.write("NOBODY99,2021-06-01,P650,1\n")
    lines = len((delivery / "diagnoses.csv").read_text().splitlines())
    done = changed.run(*OWN)
    shown = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in shown
    assert re.search(r"absence_spells\.csv, line 7, column first_absence_date", shown)
    assert re.search(rf"diagnoses\.csv, line {lines}, column case_id", shown)
    issues = pd.read_csv(changed.folder / "out/p/validation/issues.csv", dtype=str)
    stops = issues[issues["severity"] == "stop"]
    assert {("absence_spells.csv", "7", "first_absence_date"), ("diagnoses.csv", str(lines), "case_id")} <= set(
        stops[["file", "line", "column"]].itertuples(index=False, name=None)
    )
    for secret in (case_id, "NOBODY99", "2021-13-45"):
        assert secret not in shown
        assert secret not in (changed.folder / "out/p/validation/issues.csv").read_text()
    after = {**changed.digests("out/r"), **changed.digests("out/p/derived"), **changed.digests("out/p/validated")}
    assert after == outputs
    assert changed.run(*OWN).returncode != 0  # nor is it taken for done when asked again


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("language=fr", "language: value 'fr' is not allowed; allowed are nl, en"),
        ("raw_dir=data/raw/nowhere", "data/raw/nowhere"),
        ("processed_dir=data/raw/synthetic/out", "a delivery is never written to"),
        ("strict=perhaps", "strict: value 'perhaps' is not allowed"),
        ("colour=red", "allowed are language, processed_dir, raw_dir, reports_dir, resampling, strict"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(changed, setting, words):
    done = changed.run("--config", setting)
    assert done.returncode != 0
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda plan: plan["thresholds"].update(horizon_days=0),
            "thresholds.horizon_days: value 0 is not allowed; at least 1",
        ),
        (
            lambda plan: plan["design"].update(allocation="coin"),
            "design.allocation: value 'coin' is not allowed; allowed are",
        ),
        (
            lambda plan: plan["dates"].update(data_cutoff="31-12-2022"),
            "dates.data_cutoff: value '31-12-2022' is not allowed",
        ),
        (lambda plan: plan["estimands"].pop(0), "no estimand claims the result days_not_returned"),
        (
            lambda plan: plan["estimands"][0]["claims"].append({"analysis": "magic"}),
            "no result for the claim P1 analysis: magic",
        ),
    ],
)
def test_a_plan_with_a_fault_stops_the_run(changed, change, words):
    path = changed.folder / "config/protocol.yaml"
    plan = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    plan = (
        yaml.safe_load(path.read_text().replace("2021-04-01", "'2021-04-01'").replace("2022-12-31 ", "'2022-12-31' "))
        or plan
    )
    plan["dates"] = {
        name: value if isinstance(value, int | dict) else str(value) for name, value in plan["dates"].items()
    }
    change(plan)
    path.write_text(yaml.safe_dump(plan, sort_keys=False))
    done = changed.run("--config", "language=nl,en", "--until", "estimate")
    shown = done.stdout + done.stderr
    assert done.returncode != 0
    assert words in shown
    assert "Traceback" not in shown
