"""What all rule files share: the checked configuration, folders, and which modules each stage is made of.

A rule names its stage's modules as input (`code`), so that a changed module reruns its stage and what follows.
"""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from pilot_analysis.errors import UserError
from pilot_analysis.present.annex import KINDS as FORMAT_NAMES
from pilot_analysis.present.annex import LANGUAGES as LANGUAGE_NAMES
from pilot_analysis.present.annex import figure_labels, language_name, table_labels
from pilot_analysis.workflow import (
    check_workflow_config,
    derived_names,
    modules_of,
    report_files,
    stopped_message,
)

PROTOCOL = "config/protocol.yaml"
CODELIST = "config/cas_letters.csv"
INSTRUMENTS = "config/instruments.yaml"
THEORY = "config/theory_of_change.csv"
QUERIES = "config/queries.csv"
ENVIRONMENT = "../../environment.yml"

code = modules_of  # the modules that a stage is made of, as inputs of its rules

try:
    SETTINGS = check_workflow_config(config)
except UserError as problem:
    raise WorkflowError(str(problem)) from None

RAW = SETTINGS["raw_dir"]
PROCESSED = SETTINGS["processed_dir"]
REPORTS = SETTINGS["reports_dir"]
LANGUAGES = SETTINGS["languages"]
DERIVED_FILES = [f"{PROCESSED}/derived/{name}.parquet" for name in derived_names()]
FORMATS = SETTINGS["formats"]
REPORT_FILES = report_files(REPORTS, LANGUAGES, FORMATS)  # by language and format
CHECKLISTS = "config/checklists"
EMPLOYERS = f"{REPORTS}/employers"  # a page per organisation and language
REPORTS_MADE = [path for files in REPORT_FILES.values() for path in files.values()]
