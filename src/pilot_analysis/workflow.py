"""What the Snakemake rules ask of the package: which files a stage needs, and the words when a run stops.

- Light: no pandas or matplotlib here, because Snakemake reads the rules before it knows whether there is work.
- Paths are relative to the project's folder, in which Snakemake runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pilot_analysis.config import check_config
from pilot_analysis.errors import UserError

DEFAULT_DELIVERY = "data/raw/synthetic"
SOURCE = "src/pilot_analysis"

# What each stage is made of: folders (all their files) and single files of the package.
_SHARED = (
    "errors.py",
    "config.py",
    "instruments.py",
    "schemas/instruments.schema.yaml",
    "theory.py",
    "io.py",
    "plain_yaml.py",
    "step.py",
    "schemas/columns.py",
    "schemas/protocol.schema.yaml",
)
STAGES: Mapping[str, tuple[str, ...]] = {
    "synthetic": ("synthetic", "schemas/canonical.py", "schemas/columns.py"),
    "validate": (*_SHARED, "intake", "schemas/canonical.py", "schemas/issues.py", "schemas/sources.schema.yaml"),
    "derive": (*_SHARED, "derive", "schemas/canonical.py", "schemas/issues.py", "schemas/derived.py"),
    "estimate": (
        *_SHARED,
        "estimate",
        "models",
        "schemas/canonical.py",
        "schemas/results.py",
        "schemas/issues.py",
        "schemas/derived.py",
    ),
    "agree": (
        *_SHARED,
        "agreement",
        "estimate",
        "models",
        "schemas/agreement.py",
        "schemas/results.py",
        "schemas/issues.py",
        "schemas/derived.py",
    ),
    "paths": (
        *_SHARED,
        "internal",
        "present",
        "messages",
        "schemas/canonical.py",
        "schemas/results.py",
        "schemas/issues.py",
        "schemas/derived.py",
    ),
    "record": ("record.py", "io.py", "plain_yaml.py", "step.py"),
    "release": (
        *_SHARED,
        "release",
        "sign",
        "schemas/canonical.py",
        "schemas/decisions.py",
        "schemas/results.py",
        "schemas/issues.py",
        "schemas/derived.py",
    ),
    "publish": ("errors.py", "io.py", "plain_yaml.py", "step.py"),
    "seal": (
        "errors.py",
        "io.py",
        "plain_yaml.py",
        "step.py",
        "schemas/columns.py",
        "sign/__init__.py",
        "sign/files.py",
    ),
    "figures": (*_SHARED, "present", "messages", "schemas/results.py"),
    "tables": (*_SHARED, "present", "messages", "schemas/results.py"),
    "report": (*_SHARED, "report", "present", "messages", "checklists.py", "schemas/results.py"),
}


def modules_of(stage: str) -> list[str]:
    """Files of the package that stage `stage` is made of, sorted, relative to the project's folder."""
    files: set[Path] = set()
    for part in STAGES[stage]:
        path = Path(SOURCE, part)
        files |= set(path.rglob("*")) if path.is_dir() else {path}
    return sorted(file.as_posix() for file in files if file.is_file() and "__pycache__" not in file.parts)


def check_workflow_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Check the configuration that Snakemake merged; folders are normalised. Raises `UserError`.

    The delivery is only read: neither output folder may be inside it.
    """
    settings = check_config(config)
    for name in ("raw_dir", "processed_dir", "reports_dir"):
        settings[name] = os.path.normpath(settings[name])
    raw = Path(settings["raw_dir"]).resolve()
    for name in ("processed_dir", "reports_dir"):
        if Path(settings[name]).resolve().is_relative_to(raw):
            raise UserError(f"{name}: value '{settings[name]}' is inside raw_dir; a delivery is never written to")
    return settings


def is_default_delivery(raw_dir: str) -> bool:
    """Whether the embedded synthetic delivery is asked for."""
    return Path(raw_dir).resolve() == Path(DEFAULT_DELIVERY).resolve()


def default_delivery_files() -> list[str]:
    """The files of the synthetic delivery, which the workflow makes."""
    from pilot_analysis.synthetic.files import DELIVERY_FILES

    return [f"{DEFAULT_DELIVERY}/{name}" for name in DELIVERY_FILES]


def delivery_inputs(raw_dir: str) -> list[str]:
    """All files of the delivery: those to be made for the default one, those that are there for any other.

    Raises `WorkflowError` when the folder is missing or empty.
    """
    if is_default_delivery(raw_dir):
        return default_delivery_files()
    from snakemake.exceptions import WorkflowError

    from pilot_analysis.intake.files import delivery_files

    try:
        return [path.as_posix() for path in delivery_files(Path(raw_dir))]
    except UserError as problem:
        raise WorkflowError(str(problem)) from None


def report_files(reports_dir: str, languages: list[str], formats: list[str]) -> dict[str, dict[str, str]]:
    """The report of each language by format: the first is report.html, the others are report.<language>.html."""
    return {
        language: {
            kind: f"{reports_dir}/{'tables' if kind == 'xlsx' else 'report'}{'' if first else '.' + language}.{kind}"
            for kind in formats
        }
        for language, first in ((language, language == languages[0]) for language in languages)
    }


def ledger_key_given(settings: Mapping[str, Any]) -> bool:
    """Whether config.yaml names a key for the ledger of releases that is at hand; whether it is sound is said later."""
    ledger = settings.get("ledger", {})
    if ledger.get("key_file"):
        return Path(ledger["key_file"]).expanduser().is_file()
    return bool(os.environ.get(ledger.get("key_variable", ""), "").strip())


def table_names() -> list[str]:
    """Names of the canonical tables, in the order of the specification."""
    return [
        "allocation",
        "cases",
        "absence_spells",
        "ao_percent",
        "diagnoses",
        "fml",
        "ad_activities",
        "costs",
        "employee_survey",
        "ad_survey",
        "interview_themes",
    ]


def derived_names() -> list[str]:
    """Names of the derived tables that say which people are behind a number."""
    return [
        "cases",
        "periods",
        "outcomes",
        "process",
        "guidance",
        "costs",
        "wage_values",
        "survey",
        "survey_items",
        "survey_waves",
    ]


def stopped_message(processed_dir: str) -> str:
    """Where to read on when a run has stopped."""
    return (
        f"The run stopped; nothing that was there before was replaced by a half-made file. Findings in the delivery: "
        f"{processed_dir}/validation/issues.csv. Messages of each step: {processed_dir}/logs/."
    )
