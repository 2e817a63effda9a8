"""Tiny derived tables for the tests of estimation: a text table of people and one endpoint in, derived tables out.

- A row per person; columns that a table does not name get a dull default. `-` is an empty cell.
- `time` and `status` are those of every endpoint, unless `endpoints` says otherwise.
- AO% is 100 until `time`, and 0 from there on when the person returned; the last known day is `known` (365).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from inspect import signature
from pathlib import Path

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol, Resampling, load_protocol
from pilot_analysis.derive.cost import cost_intervals
from pilot_analysis.estimate import Estimated, adjusted, estimate, hazards
from pilot_analysis.estimate.populations import Population, populations
from pilot_analysis.schemas.canonical import TABLES
from pilot_analysis.schemas.columns import conform, empty_table, validated
from pilot_analysis.schemas.derived import CASES, COSTS, ENDPOINTS, FLOW, OUTCOMES, PERIODS
from pilot_analysis.schemas.results import CURVES, ESTIMATES

PROTOCOL_FILE = Path(__file__).parents[2] / "config" / "protocol.yaml"
T0 = pd.Timestamp("2021-06-01")
DEFAULTS = {
    "organisation": "org_a", "cluster_id": None, "stratum": None, "arm": "control", "entry": 0, "time": 365,
    "status": "censored", "cas_group": "other", "fml_group_enrolment": "not_assessed", "fml_group_84": "not_assessed",
    "fml_group_91": "not_assessed", "age": 40, "male": 0, "sex": "female", "known": 365, "exclusion": None,
    "department": "d", "region": "r", "job_group": "j", "contract_fte": 1.0, "daily_wage_eur": 200.0,
    "earlier_spells": 0,
}  # fmt: skip
LANDMARK = ("full_rtw", "landmark_84", "landmark")
FROM_T0 = ("full_rtw", "itt", "t0")
FROM_ENROLMENT = ("full_rtw", "itt", "enrolment")
FEW = Resampling(permutations=99, bootstraps=99)
ISSUES = pd.DataFrame({"severity": ["note"], "rule": ["orphan"], "decision": [pd.NA], "count": [3]})
SUMMARY = pd.DataFrame({"table": ["cases", "cases", "fml"], "rows": [7, 5, 2]})


@cache
def protocol(**design: str) -> Protocol:
    """The shipped plan, with another design where given."""
    plan = load_protocol(PROTOCOL_FILE)
    return replace(plan, design=replace(plan.design, **design))


def people(text: str, **given) -> pd.DataFrame:
    """People of a text table; `given` holds whole columns or one value for all."""
    header, *rows = [line.split() for line in text.strip().splitlines()]
    assert all(len(row) == len(header) for row in rows), f"ragged table: {text}"
    cells = {name: [_cell(row[place]) for row in rows] for place, name in enumerate(header)}
    return frame(pd.DataFrame(cells).assign(**given))


def frame(about: pd.DataFrame) -> pd.DataFrame:
    """People of a frame that names some of the columns; each gets an id."""
    size = len(about)
    missing = {name: [value] * size for name, value in DEFAULTS.items() if name not in about}
    return about.assign(**missing, case_id=[f"C{number:04d}" for number in range(size)])


def _cell(word: str):
    if word == "-":
        return None
    return int(word) if word.lstrip("-").isdigit() else word


def many(n: int, **columns) -> pd.DataFrame:
    """`n` people, alternating between the arms; a column may be a list that is repeated."""
    columns = {"arm": ["intervention", "control"], **columns}
    repeated = {
        name: np.resize(np.asarray(value, dtype=object), n) if isinstance(value, list) else [value] * n
        for name, value in columns.items()
    }
    return frame(pd.DataFrame(repeated, index=range(n)))


def derived(who: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The derived tables of these people, each fitting its schema."""
    analysed = who[who["exclusion"].isna()]
    cases = who.assign(
        enrolment_date=T0 + pd.to_timedelta(who["entry"].astype("int64"), "D"),
        t0=T0,
        last_known_day=who["known"],
        cutoff_day=who["known"],
        followup=who["known"].clip(upper=365),
        leaves=False,
        ao_days_complete=False,
    )
    outcomes = pd.concat([analysed.assign(endpoint=name) for name in ENDPOINTS], ignore_index=True).assign(t0=T0)
    counts = analysed.groupby("arm").size().rename("n").reset_index().assign(step="itt")
    tables = {"cases": (cases, CASES), "outcomes": (outcomes, OUTCOMES), "flow": (counts, FLOW)}
    tables["periods"] = (_periods(analysed), PERIODS)
    made = {name: validated(filled(table, schema), schema) for name, (table, schema) in tables.items()}
    return made | {"costs": validated(_costs(made["cases"], made["periods"]), COSTS)}


def _costs(cases: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """What absence cost; nothing else was charged."""
    analysed = cases[cases["exclusion"].isna()].reset_index(drop=True).assign(t0_day=0)
    path = periods.assign(case=pd.Index(analysed["case_id"]).get_indexer(periods["case_id"]))
    nothing = {name: empty_table(TABLES[name].schema) for name in ("costs", "ad_activities")}
    return cost_intervals(analysed, path, nothing, protocol())


def _periods(who: pd.DataFrame) -> pd.DataFrame:
    returned = (who["status"] == "event").to_numpy(dtype=bool)
    time = who["time"].astype("Int64").fillna(0).astype("int64")
    last = who["known"].astype("int64")
    absent = who.assign(first_day=0, last_day=np.where(returned, time - 1, last), ao_percent=100.0, state="absent")
    back = who.assign(first_day=time, last_day=last, ao_percent=0.0, state="returned")
    return pd.concat([absent, back[returned & (time <= last)]], ignore_index=True).assign(spell=1)


def filled(table: pd.DataFrame, schema) -> pd.DataFrame:
    """The table in the types of a schema; columns that it lacks are empty, provenance is made up."""
    empty = empty_table(schema)
    table = table.assign(source_file="made.csv", source_line=2, source_column="made")
    for name, kind in empty.dtypes.items():
        if name not in table:
            table[name] = pd.Series(pd.NaT if kind.kind == "M" else pd.NA, index=table.index, dtype=_may_be_empty(kind))
    return conform(table, schema)


def _may_be_empty(kind) -> str:
    return "Float64" if kind == "float64" else str(kind)


def populations_of(who: pd.DataFrame, plan: Protocol | None = None) -> dict[tuple[str, str, str], Population]:
    """The populations of these people by endpoint, population, origin."""
    tables = derived(who)
    found = populations(tables["cases"], tables["outcomes"], plan or protocol())
    return {(one.endpoint, one.population, one.origin): one for one in found}


def estimated(who: pd.DataFrame, plan: Protocol | None = None, **other: pd.DataFrame) -> Estimated:
    """The whole stage; both tables are held to their schemas."""
    tables = {**derived(who), "summary": SUMMARY, "issues": ISSUES, **other}
    result = estimate(**tables, protocol=plan or protocol(), resampling=FEW)
    validated(result.estimates, ESTIMATES)
    validated(result.curves, CURVES)
    return result


def of(function, who: pd.DataFrame, key=LANDMARK, plan: Protocol | None = None, *more) -> pd.DataFrame:
    """Rows of one function for one population; it is given the fitted models that it takes."""
    plan = plan or protocol()
    population = populations_of(who, plan)[key]
    made = {"unadjusted": hazards.unadjusted_model, "model": adjusted.adjusted_model}
    if function is hazards.unadjusted_rows:
        made["model"] = hazards.unadjusted_model
    taken = [name for name in list(signature(function).parameters)[2 + len(more) :] if name in made]
    return pd.DataFrame(function(population, plan, *more, *(made[name](population) for name in taken)))


def trial(n: int = 160, seed: int = 1, **columns) -> pd.DataFrame:
    """A made-up trial with everybody at risk on day 84: three organisations, all CAS groups, some leaving."""
    rng = np.random.default_rng(seed)
    arm = np.resize(["intervention", "control"], n)
    time = 85 + rng.exponential(np.where(arm == "control", 180, 120), n).astype(int)
    status = np.where(rng.random(n) < 0.1, "competing", "event")
    about = {
        "arm": arm,
        "time": np.minimum(time, 365),
        "status": np.where(time > 365, "censored", status),
        "organisation": rng.choice(["org_a", "org_b", "org_c"], n),
        "cas_group": rng.choice(["psychological", "musculoskeletal", "other", "unknown"], n),
        "age": rng.integers(20, 64, n),
        "male": rng.integers(0, 2, n),
    }
    return frame(pd.DataFrame({**about, **columns}))


def arms(intervention: list[tuple[int, str]], control: list[tuple[int, str]]) -> pd.DataFrame:
    """People from pairs of days since day 84 and status, by arm."""
    rows = [("intervention", *pair) for pair in intervention] + [("control", *pair) for pair in control]
    return frame(pd.DataFrame([{"arm": arm, "time": 84 + day, "status": status} for arm, day, status in rows]))


def pick(rows: pd.DataFrame, **wanted) -> pd.DataFrame:
    """Rows whose columns equal `wanted`, at least one."""
    for name, value in wanted.items():
        rows = rows[rows[name].eq(value).fillna(False)]
    assert len(rows), f"no row with {wanted}"
    return rows


def one(rows: pd.DataFrame, **wanted) -> pd.Series:
    """The only row whose columns equal `wanted`."""
    rows = pick(rows, **wanted)
    assert len(rows) == 1, f"{len(rows)} rows with {wanted}"
    return rows.iloc[0]
