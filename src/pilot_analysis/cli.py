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
        options.job(options)
    except UserError as problem:
        print(f"pilot-analysis: {problem}", file=sys.stderr)
        return 1
    return 0


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
