"""The record of a run: what was configured, which plan, which versions, whether the data are made up."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from pilot_analysis import __version__

PACKAGES = (
    "pandas",
    "numpy",
    "scipy",
    "pyarrow",
    "pandera",
    "lifelines",
    "statsmodels",
    "matplotlib",
    "snakemake",
    "python-calamine",
    "python-docx",
    "typst",
    "xlsxwriter",
)


def run_record(config: Mapping[str, Any], protocol: Mapping[str, Any], synthetic: bool) -> dict[str, Any]:
    """Everything the report says about its making; the same run gives the same record (no times, no machine)."""
    return {
        "synthetic": bool(synthetic),
        "config": {name: value for name, value in config.items() if name not in ("languages", "ledger", "formats")},
        "protocol": dict(protocol),
        "versions": {
            "pilot_analysis": __version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in PACKAGES},
        },
    }
