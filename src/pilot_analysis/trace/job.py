"""`pilot-analysis trace`: read the tables of a run and print what is behind a result, or how a case became outcomes.

- For use inside the building: it reads what is internal and prints it, and writes nothing.
- The folder of the delivery is the one that the run names (`run.yaml`); where it is at hand the checksum of each file
  is shown, and whether the delivery is still the one that was read.

It fails with `UserError` where a run's tables are missing, on an unknown id, and where neither or both ids are given.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pilot_analysis import io
from pilot_analysis.config import Protocol, load_protocol, read_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.intake.files import delivery_files, delivery_hash
from pilot_analysis.messages import Messages, load
from pilot_analysis.release.people import People
from pilot_analysis.sign.files import sha256
from pilot_analysis.sign.job import Folders, derived_tables
from pilot_analysis.trace.case import trace_case
from pilot_analysis.trace.case_text import case_lines
from pilot_analysis.trace.result import trace_result
from pilot_analysis.trace.result_text import result_lines


def run_trace(where: Folders, result_id: str | None, case_id: str | None, language: str, every_line: bool) -> None:
    """Print what is behind `result_id`, or how `case_id` became its outcomes."""
    if (result_id is None) == (case_id is None):
        raise UserError("trace: name one result, or one case with --case")
    protocol = load_protocol(where.config_dir / "protocol.yaml")
    messages = load(language).under(protocol).with_words(protocol.words(language))
    derived, validated = derived_tables(where.processed), _tables(where.processed / "validated")
    if case_id is not None:
        lines = case_lines(trace_case(case_id, derived, validated, protocol), messages)
    else:
        lines = _result(where, str(result_id), derived, validated, protocol, messages, every_line)
    print("\n".join([*lines, *_plan_changed(where, messages)]))


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: io.read_table(path) for path in sorted(folder.glob("*.parquet"))}


def _result(
    where: Folders,
    result_id: str,
    derived: dict[str, pd.DataFrame],
    validated: dict[str, pd.DataFrame],
    protocol: Protocol,
    messages: Messages,
    every_line: bool,
) -> list[str]:
    store, released = where.processed / "estimates.parquet", where.reports / "released" / "estimates.parquet"
    for path in (store, released):
        if not path.is_file():
            raise UserError(f"{path} is missing; run the workflow, or name --processed-dir and --reports-dir")
    people = People(derived, protocol)
    found = trace_result(result_id, io.read_table(store), io.read_table(released), people, validated, protocol)
    raw = _delivery(where)
    files = sorted(set(found.lines["file"]))
    hashes = {} if raw is None else {file: sha256(raw / _name(file)) for file in files if (raw / _name(file)).is_file()}
    return [*result_lines(found, messages, hashes, every_line), "", _delivery_line(raw, validated, messages)]


def _name(file: str) -> str:
    """Name of the file without the sheet that a label may end with."""
    return file.partition("[")[0]


def _delivery(where: Folders) -> Path | None:
    """The delivery that the run read, where its folder is there."""
    run = where.processed / "run.yaml"
    raw = Path(io.read_yaml(run)["config"]["raw_dir"]) if run.is_file() else None
    return raw if raw is not None and raw.is_dir() else None


def _delivery_line(raw: Path | None, validated: dict[str, pd.DataFrame], messages: Messages) -> str:
    known = str(validated["allocation"]["delivery_hash"].iloc[0])
    if raw is None:
        return messages.t("trace.delivery.gone", mark=known)
    same = delivery_hash(raw, delivery_files(raw)) == known
    return messages.t("trace.delivery.same" if same else "trace.delivery.other", mark=known)


def _plan_changed(where: Folders, messages: Messages) -> list[str]:
    """A line when the plan is no longer the one of the run."""
    run = where.processed / "run.yaml"
    same = not run.is_file() or io.read_yaml(run)["protocol"] == read_yaml(where.config_dir / "protocol.yaml")
    return [] if same else ["", messages.t("trace.plan_changed")]
