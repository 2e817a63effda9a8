# The workflow itself is in workflow/: one rule file per stage.
include: "workflow/Snakefile"
