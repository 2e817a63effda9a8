"""What all rule files share: the checked configuration, folders, and which modules each stage is made of.

A rule names its stage's modules as input (`code`), so that a changed module reruns its stage and what follows.
"""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from pilot_analysis.errors import UserError
from pilot_analysis.workflow import check_workflow_config, modules_of, stopped_message

PROTOCOL = "config/protocol.yaml"
CODELIST = "config/cas_letters.csv"
ENVIRONMENT = "../../environment.yml"

try:
    SETTINGS = check_workflow_config(config)
except UserError as problem:
    raise WorkflowError(str(problem)) from None

RAW = SETTINGS["raw_dir"]
PROCESSED = SETTINGS["processed_dir"]
REPORTS = SETTINGS["reports_dir"]
LANGUAGES = SETTINGS["languages"]


def code(stage):
    """The modules that a stage is made of, as inputs of its rules."""
    return modules_of(stage)


def report_of(language):
    """The first language is report.html, the others are report.<language>.html."""
    return (
        f"{REPORTS}/report.html"
        if language == LANGUAGES[0]
        else f"{REPORTS}/report.{language}.html"
    )


def stopped():
    """What to read when a run has stopped."""
    return stopped_message(PROCESSED)
