"""The command `pilot-analysis`: small jobs beside the workflow.

Heavy libraries are imported by the job that needs them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pilot_analysis import __version__
from pilot_analysis.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one job; returns the exit status. Bad input is one or a few lines, never a traceback."""
    options = _parser().parse_args(arguments)
    try:
        return options.job(options) or 0
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
    return parser


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


if __name__ == "__main__":
    raise SystemExit(main())
