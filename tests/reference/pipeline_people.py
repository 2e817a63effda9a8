"""The made-up people of the pipeline reference: made once from the synthetic trial, read by R and by the test.

A row per person at risk for any endpoint; time and status of each endpoint beside each other. The sets:

- default: the synthetic delivery at the size of the pilot; large: a trial in which groups have events enough;
- thin: part of the first, in which nobody with an unknown diagnosis has an event, so that a Cox term has no limit.

Run `python tests/reference/pipeline_people.py` to make the files anew; the committed files are what is compared.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from pilot_analysis.schemas.columns import conform, empty_table
from pilot_analysis.schemas.derived import CASES, COSTS, ENDPOINTS, FLOW, OUTCOMES, PERIODS

HERE = Path(__file__).parent
FOLDER = HERE / "pipeline"
SETS = {"default": (240, 20210408), "large": (700, 20210402), "thin": (240, 20210408)}
_PERSON = [
    "arm", "organisation", "cluster_id", "cas_group", "fml_group_enrolment", "fml_group_84", "fml_group_91", "age",
    "male", "entry",
]  # fmt: skip
_T0 = pd.Timestamp("2021-06-01")


def made(name: str) -> pd.DataFrame:
    """People of one set, derived by the product from its synthetic trial."""
    from pilot_analysis.config import load_protocol
    from pilot_analysis.derive import derive
    from pilot_analysis.synthetic.trial import simulate_trial

    cases, seed = SETS[name]
    derived = derive(simulate_trial(cases, seed), load_protocol(HERE.parents[1] / "config" / "protocol.yaml"))
    wide = derived.outcomes.pivot(index="case_id", columns="endpoint", values=["time", "status"])
    people = derived.cases.set_index("case_id").loc[wide.index, _PERSON]
    for endpoint in ENDPOINTS:
        people[f"{endpoint}_time"], people[f"{endpoint}_status"] = wide[("time", endpoint)], wide[("status", endpoint)]
    people = people.reset_index(drop=True)
    return _thinned(people) if name == "thin" else people


def _thinned(people: pd.DataFrame) -> pd.DataFrame:
    people = people.iloc[:130].copy()
    for endpoint in ENDPOINTS:
        silenced = (people["cas_group"] == "unknown") & (people[f"{endpoint}_status"] == "event")
        people.loc[silenced, f"{endpoint}_status"] = "censored"
    return people


def read(name: str) -> pd.DataFrame:
    """The committed people of one set."""
    return pd.read_csv(FOLDER / f"people_{name}.csv", dtype={f"{endpoint}_time": "Int64" for endpoint in ENDPOINTS})


def derived_tables(people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Derived tables as estimation takes them; what the core set does not use is filled with one value."""
    people = people.assign(case_id=[f"P{number:04d}" for number in range(len(people))])
    cases = people.assign(
        enrolment_date=_T0 + pd.to_timedelta(people["entry"], "D"), t0=_T0, last_known_day=365, cutoff_day=365,
        followup=365,
        leaves=False, sex=np.where(people["male"] == 1, "male", "female"), department="d", region="r", job_group="j",
        contract_fte=1.0, daily_wage_eur=200.0, ao_days=np.nan, ao_days_complete=False, earlier_spells=0,
    )  # fmt: skip
    outcomes = pd.concat(
        [
            people.assign(endpoint=name, time=people[f"{name}_time"], status=people[f"{name}_status"])
            for name in ENDPOINTS
        ]
    ).assign(t0=_T0, source_file="made.csv", source_line=2, source_column="made")
    absent = people.assign(first_day=0, last_day=365, ao_percent=100.0, state="absent", spell=1)
    periods = absent.assign(source_file="made.csv", source_line=2, source_column="made")
    return {
        "cases": filled(cases, CASES),
        "periods": filled(periods, PERIODS),
        "outcomes": filled(outcomes, OUTCOMES),
        "flow": filled(pd.DataFrame({"arm": ["control"], "step": ["itt"], "n": [len(people)]}), FLOW),
        "costs": empty_table(COSTS),
    }


def filled(frame: pd.DataFrame, schema) -> pd.DataFrame:
    """The frame in the types of a schema; columns that it lacks are empty."""
    empty = empty_table(schema)
    lacking = {name: pd.Series(pd.NA, index=frame.index) for name in empty.columns.difference(frame.columns)}
    dates = {name: pd.NaT for name in lacking if str(empty[name].dtype).startswith("datetime")}
    return conform(frame.assign(**{**lacking, **dates}), schema)


def main() -> None:
    """Write the people of every set."""
    FOLDER.mkdir(exist_ok=True)
    for name in SETS:
        made(name).to_csv(FOLDER / f"people_{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
