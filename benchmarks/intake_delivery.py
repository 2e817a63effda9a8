"""A canonical delivery of any size, made with array operations: input of benchmarks/intake.py.

- Per case one row of allocation, cases and diagnoses, 1.3 spells, half an FML, and ten AO% rows within its last spell.
- Rows of spells and AO% come in order of date, as registrations do, so that rows of one person lie far apart.
- Nothing in it breaks a rule: what is timed is reading and checking, not the listing of faults.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from pilot_analysis.schemas.canonical import FML_RUBRICS

CHANGES = 10
_DAY = np.datetime64("1970-01-01", "D")


def make_delivery(folder: Path, n: int, seed: int = 20_220_401) -> dict[str, int]:
    """Write a delivery of `n` cases to `folder`; returns the rows of each table."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, n]))
    people = rng.permutation(n)
    enrolled = _day("2021-04-01") + rng.integers(0, 450, n)
    first = enrolled - rng.integers(42, 71, n)
    length = rng.integers(75, 500, n)
    still = first + length > _day("2022-12-31")
    seen = np.minimum(first + length, _day("2022-12-31")) - first
    tables = {
        "allocation": {
            "case_id": people, "organisation": _words(rng, n, ["org_east", "org_north", "org_south", "org_west"]),
            "cluster_id": _words(rng, n, [f"physician_{number:03d}" for number in range(200)]),
            "stratum": _words(rng, n, ["large", "small"]), "enrolment_date": _dates(enrolled),
            "arm": _words(rng, n, ["intervention", "control"]),
        },
        "cases": _cases(rng, people),
        "absence_spells": _spells(rng, people, first, length, still),
        "ao_percent": _changes(rng, people, first, seen),
        "diagnoses": {
            "case_id": people, "recorded_on": _dates(first + rng.integers(7, 40, n)),
            "cas_code": _words(rng, n, [f"{letter}{number}" for letter in "PLRHAN" for number in range(600, 640)]),
            "position": np.ones(n, dtype="int64"),
        },
        "fml": _fml(rng, people[::2], first[::2]),
    }  # fmt: skip
    folder.mkdir(parents=True)
    for name, columns in tables.items():
        columns["case_id"] = _ids(columns["case_id"])
        pa.csv.write_csv(
            pa.table(columns), folder / f"{name}.csv", pa.csv.WriteOptions(quoting_header="none", quoting_style="none")
        )
    return {name: len(columns["case_id"]) for name, columns in tables.items()}


def _cases(rng: np.random.Generator, people: np.ndarray) -> dict:
    n = len(people)
    return {
        "case_id": people, "department": _words(rng, n, [f"dep_{number:02d}" for number in range(50)]),
        "region": _words(rng, n, ["centre", "north", "south"]),
        "job_group": _words(rng, n, ["care", "office", "production", "transport"]),
        "sex": _words(rng, n, ["female", "male"]), "birth_year": rng.integers(1958, 2001, n),
        "contract_fte": rng.integers(40, 101, n) / 100, "daily_wage_eur": rng.integers(9_000, 30_000, n) / 100,
    }  # fmt: skip


def _spells(
    rng: np.random.Generator, people: np.ndarray, first: np.ndarray, length: np.ndarray, still: np.ndarray
) -> dict:
    """The spell at enrolment of everybody, and for three in ten an earlier one."""
    early = np.flatnonzero(rng.random(len(people)) < 0.3)
    begin = np.concatenate([first, first[early] - rng.integers(200, 400, len(early))])
    end = np.concatenate([first + length, begin[len(first) :] + rng.integers(3, 60, len(early))])
    missing = np.concatenate([still, np.zeros(len(early), dtype=bool)])
    order = np.argsort(begin, kind="stable")
    return {
        "case_id": np.concatenate([people, people[early]])[order],
        "first_absence_date": _dates(begin[order]),
        "return_date": _dates(end[order], missing[order]),
    }


def _changes(rng: np.random.Generator, people: np.ndarray, first: np.ndarray, seen: np.ndarray) -> dict:
    """Ten AO% rows per person, on different days of the spell."""
    step = np.arange(1, CHANGES + 1)
    day = (first[:, None] + seen[:, None] * step // (CHANGES + 1)).ravel()
    order = np.argsort(day, kind="stable")
    share = np.tile(100 - 10.0 * step + 5, len(people)) + rng.integers(-5, 6, len(day))
    return {
        "case_id": np.repeat(people, CHANGES)[order],
        "valid_from": _dates(day[order]),
        "ao_percent": share[order],
    }


def _fml(rng: np.random.Generator, people: np.ndarray, first: np.ndarray) -> dict:
    items = {rubric: rng.integers(0, most + 1, len(people)) for rubric, most in FML_RUBRICS.items()}
    return {"case_id": people, "assessed_on": _dates(first + rng.integers(30, 75, len(people))), **items}


def _day(text: str) -> int:
    return int((np.datetime64(text, "D") - _DAY).astype("int64"))


def _dates(days: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array(days.astype("int32"), mask=missing).cast(pa.date32())


def _ids(people: np.ndarray) -> pa.Array:
    """Pseudonyms of ten characters, the same for the same number."""
    digits = pc.utf8_lpad(pa.array(people).cast(pa.string()), 8, padding="0")
    return pc.binary_join_element_wise("c", digits, "x", "")


def _words(rng: np.random.Generator, n: int, words: list[str]) -> pa.Array:
    return pa.array(words).take(pa.array(rng.integers(0, len(words), n)))
