"""The command `pilot-analysis`: small jobs beside the workflow.

Heavy libraries are imported by the job that needs them.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pilot_analysis import __version__
from pilot_analysis.errors import UserError

if TYPE_CHECKING:
    from pilot_analysis.config import BusinessCase


def main(arguments: list[str] | None = None) -> int:
    """Run one job; returns the exit status. Bad input is one or a few lines, never a traceback."""
    options = _parser().parse_args(arguments)
    try:
        status = options.job(options) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever reads (`head`, `less`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UserError as problem:
        print(f"pilot-analysis: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pilot-analysis",
        description="Jobs beside the workflow. The workflow itself, from raw extracts to the report: python3 run.py",
    )
    parser.add_argument("--version", action="version", version=f"pilot-analysis {__version__}")
    jobs = parser.add_subparsers(title="jobs", required=True, metavar="JOB")
    dictionary = jobs.add_parser("dictionary", help="write the data dictionary page")
    dictionary.add_argument(
        "--out", type=Path, default=Path("docs/data_dictionary.md"), help="file to write (default: %(default)s)"
    )
    dictionary.set_defaults(job=_dictionary)
    rules = jobs.add_parser("rules", help="write the page with the rules of intake")
    rules.add_argument("--out", type=Path, default=Path("docs/rules.md"), help="file to write (default: %(default)s)")
    rules.set_defaults(job=_rules)
    check = jobs.add_parser("check", help="read and validate a delivery, and write a page for its supplier")
    check.add_argument("delivery", type=Path, metavar="DELIVERY", help="folder of the delivery; it is only read")
    check.add_argument(
        "--out", type=Path, default=Path("reports/check"), help="folder for index.html, issues.csv (%(default)s)"
    )
    check.add_argument("--language", choices=("nl", "en"), default="nl", help="of the page (default: %(default)s)")
    check.add_argument("--config-dir", type=Path, default=Path("config"), help="where protocol.yaml is (%(default)s)")
    check.set_defaults(job=_check)
    describe = jobs.add_parser("describe", help="write a first sources.yaml for a delivery of unknown files")
    describe.add_argument("delivery", type=Path, metavar="DELIVERY", help="folder of the delivery; it is only read")
    describe.add_argument("--out", type=Path, help="new file to write, outside the delivery (default: the terminal)")
    describe.set_defaults(job=_describe)
    synthetic = jobs.add_parser("synthetic", help="write a made-up delivery, as suppliers would send it")
    synthetic.add_argument("folder", type=Path, help="folder for the delivery; it must be new or empty")
    synthetic.add_argument("--cases", type=int, default=240, help="number of people (default: %(default)s)")
    synthetic.add_argument("--seed", type=int, default=20210408, help="seed (default: %(default)s)")
    synthetic.set_defaults(job=_synthetic)
    case = jobs.add_parser("business-case", help="work out what an early assessment costs and saves, from assumptions")
    case.add_argument(
        "--daily-wage",
        type=float,
        action="append",
        metavar="EURO",
        help="per working day; may be repeated (default: as planned)",
    )
    case.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="another value of an assumption, by its name in the plan",
    )
    case.add_argument("--language", choices=("nl", "en"), default="nl", help="of the table (default: %(default)s)")
    case.add_argument("--config-dir", type=Path, default=Path("config"), help="where protocol.yaml is (%(default)s)")
    case.set_defaults(job=_business_case)
    _tracing_parsers(jobs)
    return parser


def _tracing_parsers(jobs: argparse._SubParsersAction) -> None:
    """Jobs on a finished run: what is behind a number or a case, and the signing of its release."""
    trace = jobs.add_parser("trace", help="what a number was made of, or how a case became outcomes; for internal use")
    trace.add_argument("result_id", nargs="?", metavar="RESULT_ID", help="id of a result, as estimates.csv has it")
    trace.add_argument("--case", metavar="CASE_ID", help="pseudonym of a case, instead of a result")
    trace.add_argument("--lines", action="store_true", help="every line of the delivery, not only how many")
    trace.add_argument("--language", choices=("nl", "en"), default="nl", help="of the text (default: %(default)s)")
    trace.set_defaults(job=_trace)
    release = jobs.add_parser("release", help="what a run releases and why, and who signs for it")
    release.add_argument("--sign", metavar="NAME", help="sign the release record; a second person, who looked at it")
    release.add_argument("--date", metavar="YYYY-MM-DD", help="of the signature (default: today)")
    release.set_defaults(job=_release)
    for job in (trace, release):
        job.add_argument("--processed-dir", type=Path, help="tables of the run (default: as config.yaml says)")
        job.add_argument("--reports-dir", type=Path, help="its released files (default: as config.yaml says)")
        job.add_argument("--config-dir", type=Path, default=Path("config"), help="where the plan is (%(default)s)")


def _dictionary(options: argparse.Namespace) -> None:
    from pilot_analysis import io
    from pilot_analysis.schemas.dictionary import dictionary_page

    io.write_text(dictionary_page(), options.out)
    print(options.out)


def _rules(options: argparse.Namespace) -> None:
    from pilot_analysis import io
    from pilot_analysis.intake.rules_page import rules_page

    io.write_text(rules_page(), options.out)
    print(options.out)


def _check(options: argparse.Namespace) -> int:
    from pilot_analysis.check.job import run_check

    return 0 if run_check(options.delivery, options.out, options.config_dir, options.language) else 1


def _describe(options: argparse.Namespace) -> None:
    from pilot_analysis import io
    from pilot_analysis.intake.describe import describe

    if options.out is not None:
        if options.out.resolve().is_relative_to(options.delivery.resolve()):
            raise UserError(f"--out {options.out} is inside the delivery, which is only read; name another place")
        if options.out.exists():
            raise UserError(f"--out {options.out} exists, perhaps with somebody's corrections; name a new file")
    text = describe(options.delivery)
    if options.out is None:
        print(text, end="")
    else:
        io.write_text(text, options.out)
        print(options.out)


def _synthetic(options: argparse.Namespace) -> None:
    from pilot_analysis.synthetic.suppliers import make_default

    if options.folder.is_file() or (options.folder.is_dir() and any(options.folder.iterdir())):
        raise UserError(f"{options.folder} is not empty; a delivery is never written over, name a new folder")
    if options.cases < 20:
        raise UserError(f"--cases {options.cases}: at least 20 are needed for four organisations and two arms")
    make_default(options.folder, n_cases=options.cases, seed=options.seed)
    print(options.folder)


def _business_case(options: argparse.Namespace) -> None:
    from pilot_analysis.estimate.business_case import business_case_rows
    from pilot_analysis.estimate.store import unclaimed_store
    from pilot_analysis.messages import load
    from pilot_analysis.present.store import Store
    from pilot_analysis.present.table_text import to_text
    from pilot_analysis.present.tables_business_case import business_case

    plan = _asked_business_case(options.config_dir / "protocol.yaml", options.assume, options.daily_wage)
    store = Store(unclaimed_store(business_case_rows(plan)))
    print(to_text(business_case(store, load(options.language), threshold=1)), end="")


def _trace(options: argparse.Namespace) -> None:
    from pilot_analysis.sign.job import folders
    from pilot_analysis.trace.job import run_trace

    where = folders(options.config_dir, options.processed_dir, options.reports_dir)
    run_trace(where, options.result_id, options.case, options.language, options.lines)


def _release(options: argparse.Namespace) -> None:
    from pilot_analysis.sign.job import folders, run_release

    run_release(folders(options.config_dir, options.processed_dir, options.reports_dir), options.sign, options.date)


def _asked_business_case(path: Path, assume: list[str], daily_wages: list[float] | None) -> BusinessCase:
    """The business case of the plan `path` with other values (`name=number`), for other daily wages (euro) if given.

    Ranges of sensitivity give way to the values. Raises `UserError` on an unknown name or a number out of bounds.
    """
    from pilot_analysis.config import business_case_from, check, read_yaml

    raw = read_yaml(path)
    check(raw, "protocol", str(path))
    part = raw["business_case"]
    first, *others = [*dict.fromkeys(daily_wages or [])] or [None]
    for text in [*assume, *([] if first is None else [f"daily_wage={first}"])]:
        name, _, number = text.partition("=")
        if name not in part["assumptions"]:
            raise UserError(f"--assume {text}: allowed are {', '.join(part['assumptions'])}, each as NAME=NUMBER")
        part["assumptions"][name]["value"] = _finite(number)
    if first is not None:
        part["other_daily_wages"] = others
    check(raw, "protocol", "as asked for")
    for item in part["assumptions"].values():
        item |= {"low": item["value"], "high": item["value"]}
    return business_case_from(part, "as asked for")


def _finite(text: str) -> float | str:
    """The finite number that `text` is, whole where it can be; else the text itself, which the schema refuses."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() else number


if __name__ == "__main__":
    raise SystemExit(main())
