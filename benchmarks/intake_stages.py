"""One measured stage of benchmarks/intake.py in a process of its own: `python intake_stages.py STAGE FOLDER [...]`.

- `make FOLDER CASES`, `intake DELIVERY VALIDATED`, `derive VALIDATED`, `pandas DELIVERY`.
- The last line of the output is JSON: rows, seconds (clock, processor), kB of memory before and at the peak.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from intake_delivery import make_delivery

from pilot_analysis import io
from pilot_analysis.config import load_protocol
from pilot_analysis.derive import derive
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.schemas.canonical import PROVENANCE, TABLES
from pilot_analysis.schemas.columns import DATE

PROTOCOL = Path(__file__).parents[1] / "config" / "protocol.yaml"


def main() -> None:
    """Run the stage named on the command line."""
    stage, folder, rest = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    if stage == "make":
        print(json.dumps(make_delivery(folder, int(rest[0]))))
    elif stage == "intake":
        print(json.dumps(intake(folder, Path(rest[0]))))
    elif stage == "derive":
        tables = {name: io.read_table(folder / f"{name}.parquet") for name in TABLES}
        rows, protocol = sum(map(len, tables.values())), load_protocol(PROTOCOL)
        _, figures = timed(lambda: derive(tables, protocol), rows)
        print(json.dumps({"derive": figures}))
    else:
        rows, figures = timed(lambda: sum(plain(folder / f"{name}.csv", name) for name in TABLES))
        print(json.dumps({"pandas": figures | {"rows": rows}}))


def timed(work: Callable, rows: int = 0) -> tuple:
    """What `work` gives; rows, seconds, and memory (kB) before it and at the peak of the process."""
    base, start, used = peak(), time.perf_counter(), time.process_time()
    result = work()
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    return result, {"rows": rows, "seconds": seconds, "processor": processor, "base": base, "peak": peak()}


def peak() -> int:
    """Largest resident memory of this process so far, in kB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


def intake(delivery: Path, validated: Path) -> dict[str, dict]:
    """Read and check a delivery, then write its tables as the step `validate` does."""
    protocol = load_protocol(PROTOCOL)
    read, figures = timed(lambda: read_delivery(delivery, protocol))
    wrong = read.issues[read.issues["severity"] != "note"]
    if len(wrong):
        raise SystemExit("the delivery that was made breaks rules: " + ", ".join(sorted(set(wrong["rule"]))))
    rows = int(read.summary["rows"].sum())
    _, writing = timed(lambda: [_write(table, name, validated) for name, table in read.tables.items()], rows)
    return {"intake": figures | {"rows": rows}, "write": writing | {"base": figures["base"]}}


def _write(table: pd.DataFrame, name: str, folder: Path) -> None:
    io.write_table(table, folder / f"{name}.parquet", None if TABLES[name].items else TABLES[name].schema)


def plain(path: Path, name: str) -> int:
    """Read one file with pandas, typed, and hold it to the schema of its table; the number of its rows."""
    if not path.exists():
        return 0
    schema = TABLES[name].schema
    header = pd.read_csv(path, nrows=0).columns
    kinds = {column: str(schema.columns[column].dtype) for column in header}
    dates = [column for column, kind in kinds.items() if kind == DATE]
    types = {column: kind.removesuffix("[python]") for column, kind in kinds.items() if column not in dates}
    frame = pd.read_csv(path, dtype=types, parse_dates=dates, date_format="%Y-%m-%d")
    absent = [column for column in schema.columns if column not in header]
    if set(absent) - {*PROVENANCE, *TABLES[name].optional}:
        raise SystemExit(f"{path.name} lacks required columns")
    schema.remove_columns(absent).validate(frame, lazy=True)
    return len(frame)


if __name__ == "__main__":
    main()
