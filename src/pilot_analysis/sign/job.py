"""`pilot-analysis release`: what a release holds and was decided, and with `--sign` who vouches for it.

- The release record is made by the workflow below `<processed_dir>/release`: `files.csv` (checksums of every released
  file), the decisions of disclosure control, `ledger.txt` (whether a ledger was kept and what it said) and `entry.json`
  (the release's own entry for the ledger, made with the release from the same people).
- Signing adds a line to `signatures.csv` there: who, when, and the checksum of the record that was signed; with a
  ledger it also enters the release there, because a signed release is one that leaves the building. What it exposes is
  looked at again: another release may have been signed since it was made.
- Who made the release is not known here; that the signer is someone else is for people to see to.

It fails with `UserError` without a record, when a released file changed since, on a date that is none, when the key
is at hand now but was not when the release was made (or the other way round), and when the release would expose people
beside an earlier signed one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pilot_analysis import io
from pilot_analysis.config import check_config, load_protocol, read_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.sign.checked import NO_LEDGER, refuse_exposure
from pilot_analysis.sign.files import changes, sha256
from pilot_analysis.sign.ledger_file import SIGNATURES, Ledger, entry_in, keep, open_ledger, tables_of

COLUMNS = ["name", "date", "record_sha256", "files", "ledger", "entry", "head"]
DECISIONS = ("decisions.parquet", "decisions.csv")
_SHOWN = 10  # changed files in the message
_NO_KEY = "this release was checked against a ledger, and its key is not at hand; sign where the key is"
_NEW_KEY = "this release was made without the key that is at hand now; run the workflow again, then sign"


@dataclass(frozen=True)
class Folders:
    """Where a run left its tables and its released files, and what config.yaml says."""

    processed: Path
    reports: Path
    config_dir: Path
    settings: Mapping[str, Any]

    @property
    def record(self) -> Path:
        """Folder of the release record."""
        return self.processed / "release"


def folders(config_dir: Path, processed_dir: Path | None, reports_dir: Path | None) -> Folders:
    """The folders of config.yaml unless others are given; raises `UserError`."""
    settings = check_config(read_yaml(config_dir / "config.yaml"), str(config_dir / "config.yaml"))
    return Folders(
        Path(processed_dir or settings["processed_dir"]),
        Path(reports_dir or settings["reports_dir"]),
        config_dir,
        settings,
    )


def run_release(where: Folders, name: str | None, date: str | None) -> None:
    """Show the release record, and sign it as `name` on `date` (today unless given) when a name is given."""
    files = _recorded(where)
    decisions = _decisions(where)
    print("\n".join(summary(files, decisions, _note(where), _signatures(where))))
    if not (where.record / "checked" / "entry.json").is_file():
        print("The last run was refused or stopped; this is the release before it")
    found = changes(where.reports, files)
    if found:
        more = [f"  and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        lines = "\n".join([*(f"  {line}" for line in found[:_SHOWN]), *more])
        raise UserError(f"released files changed since the record; run the workflow again, then sign:\n{lines}")
    if name is not None:
        print(_sign(where, name.strip(), _day(date), len(files)))


def _recorded(where: Folders) -> pd.DataFrame:
    path = where.record / "files.csv"
    if not path.is_file():
        raise UserError(f"there is no release record, {path}; run the workflow first, or name --processed-dir")
    return pd.read_csv(path, dtype="string")


def _decisions(where: Folders) -> pd.DataFrame | None:
    """The decisions of disclosure control, one row per decision; None where the run kept none."""
    for path in (where.record / name for name in DECISIONS):
        if path.is_file():
            return io.read_table(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype="string")
    return None


def _note(where: Folders) -> str:
    path = where.record / "ledger.txt"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else "nothing is noted about a ledger"


def _signatures(where: Folders) -> pd.DataFrame:
    path = where.record / SIGNATURES
    return pd.read_csv(path, dtype="string") if path.is_file() else pd.DataFrame(columns=COLUMNS, dtype="string")


def summary(files: pd.DataFrame, decisions: pd.DataFrame | None, note: str, signed: pd.DataFrame) -> list[str]:
    """Lines that say what is released, what was decided by which rule, what the ledger said, and who signed."""
    lines = [f"{len(files)} released files", f"ledger: {note}"]
    if decisions is None:
        lines.append("decisions: this run kept no list of them")
    else:
        counts = decisions.groupby(["decision", "rule"], dropna=False, sort=True).size()
        lines.append(f"{len(decisions)} decisions:")
        for (decision, rule), count in counts.items():
            lines.append(f"  {count:>6}  {decision}" + ("" if pd.isna(rule) else f"  ({rule})"))
    lines += [f"signed: {row.name_} on {row.date}" for row in signed.rename(columns={"name": "name_"}).itertuples()]
    return lines


def _day(date: str | None) -> str:
    if date is None:
        return dt.date.today().isoformat()
    try:
        return dt.date.fromisoformat(date).isoformat()
    except ValueError:
        raise UserError(f"--date {date}: expected a calendar date such as 2022-12-31") from None


def record_checksum(where: Folders) -> str:
    """One checksum over the whole record: the files with theirs, the decisions, the ledger's note, the entry."""
    digest = hashlib.sha256()
    for name in ("files.csv", *DECISIONS, "ledger.txt", "entry.json"):
        if (where.record / name).is_file():
            digest.update(f"{name} {sha256(where.record / name)}\n".encode())
    return digest.hexdigest()


def _sign(where: Folders, name: str, date: str, files: int) -> str:
    if not name:
        raise UserError("--sign: a name is needed; it is written beside the record")
    record, signed = record_checksum(where), _signatures(where)
    if (signed["record_sha256"].eq(record) & signed["name"].eq(name)).any():
        return f"{name} has signed this record before; nothing was added"
    ledger, text = open_ledger(where.settings.get("ledger"), where.processed), _entry_text(where)
    if bool(text) != (ledger is not None):
        raise UserError(_NO_KEY if text else _NEW_KEY)
    noted = (NO_LEDGER, None, None) if ledger is None else _enter(where, ledger, text, f"{date} {record[:8]}")
    row = pd.DataFrame([(name, date, record, str(files), *noted)], columns=COLUMNS, dtype="string")
    io.write_table(pd.concat([signed, row], ignore_index=True), where.record / SIGNATURES)
    said = f"signed by {name} on {date}: {where.record / SIGNATURES}\n{noted[0]}"
    return said if ledger is None else f"{said} (line {noted[1]}, head {noted[2][:16]})"


def _entry_text(where: Folders) -> str:
    path = where.record / "entry.json"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _enter(where: Folders, ledger: Ledger, text: str, label: str) -> tuple[str, str, str]:
    """Enter the release in the ledger; what the signature says of it, and how long the ledger is then, and its head."""
    threshold = load_protocol(where.config_dir / "protocol.yaml").thresholds.release_min_people
    released = where.reports / "released"
    entry, store = entry_in(text, label, released / "estimates.csv", ledger), released / "estimates.parquet"
    refuse_exposure(ledger.entries, entry, io.read_table(store), threshold, where.record / "exposed.csv")
    kept, head = keep(ledger, entry)
    return f"entered in the ledger as '{kept}'", str(head.count), head.chain


def derived_tables(processed: Path) -> dict[str, pd.DataFrame]:
    """The derived tables of a run by name; raises `UserError` when there are none."""
    files = sorted((processed / "derived").glob("*.parquet"))
    if not files:
        raise UserError(f"there are no derived tables below {processed}; run the workflow, or name --processed-dir")
    return tables_of(files)
