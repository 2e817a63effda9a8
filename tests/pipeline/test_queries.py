"""A query in the delivery: it stops a strict run, excludes under strict=false, and a decision is applied and shown."""

import re

import pandas as pd

EXCLUDED = "data/processed/validated/excluded_cases.parquet"
FLOW = "data/processed/derived/flow.parquet"


def flow(copy) -> dict[str, int]:
    """People per step of the common part, both arms together."""
    rows = pd.read_parquet(copy.folder / FLOW)
    return rows[rows["endpoint"].isna()].groupby("step")["n"].sum().to_dict()


def with_query(copy) -> str:
    """A labour expert's activity long before any absence, in the synthetic delivery; returns the person."""
    path = copy.folder / "data/raw/synthetic/ad_activiteiten.csv"
    raw = copy.folder / "data/raw/asked"
    path.parent.rename(raw)
    cases = pd.read_parquet(copy.folder / "data/processed/derived/cases.parquet")
    person = cases.loc[cases["exclusion"].isna(), "case_id"].iloc[0]
    lines = (raw / path.name).read_text().splitlines()
    cells = lines[-1].split(",")
    header = lines[0].split(",")
    assert "case_id" in header and "performed_on" in header
    cells[header.index("case_id")], cells[header.index("performed_on")] = person, "2020-01-06"
    (raw / path.name).write_text("\n".join([*lines, ",".join(cells)]) + "\n")
    return person


def test_a_query_stops_a_strict_run_and_a_decision_or_strict_false_lets_it_go_on(changed):
    before = flow(changed)
    person = with_query(changed)
    raw = ("--config", "raw_dir=data/raw/asked")

    stopped = changed.run(*raw, "--until", "derive")
    shown = stopped.stdout + stopped.stderr
    assert stopped.returncode != 0
    found = re.search(r"query: ad_activiteiten\.csv, line \d+, .*\[(ad_before_absence-[0-9a-f]{8}), 1 x\]", shown)
    assert found and person not in shown and "Traceback" not in shown
    assert flow(changed) == before  # nothing was replaced

    loose = changed.run(*raw, "strict=false", "--until", "derive")
    assert loose.returncode == 0, loose.stdout + loose.stderr
    assert pd.read_parquet(changed.folder / EXCLUDED)["case_id"].tolist() == [person]
    assert flow(changed) == before | {"itt": before["itt"] - 1, "excluded:query_undecided": 1}

    row = f"{found[1]},excluded,belongs to somebody else,A. Analyst,2023-02-01\n"
    with (changed.folder / "config/queries.csv").open("a") as handle:
        handle.write(row)
    done = changed.run(*raw, "--until", "tables")
    assert done.returncode == 0, done.stdout + done.stderr
    assert flow(changed) == before | {"itt": before["itt"] - 1, "excluded:query_excluded": 1}
    quality = (changed.folder / "reports/tables/nl/quality.csv").read_text(encoding="utf-8")
    assert person not in quality
    released = pd.read_parquet(changed.folder / "reports/released/estimates.parquet").set_index("result_id")
    decided = released[released.index.str.contains("ad_before_absence")]
    assert decided["status"].tolist() == ["suppressed"]  # the report says that there is one, not how many
    assert "Weggelaten: minder dan 10 personen" in quality

    accepted = (changed.folder / "config/queries.csv").read_text().replace(",excluded,", ",accepted,")
    (changed.folder / "config/queries.csv").write_text(accepted)
    done = changed.run(*raw, "--until", "derive")
    assert done.returncode == 0, done.stdout + done.stderr
    assert flow(changed) == before
