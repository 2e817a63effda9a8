"""raw -> validated -> derived -> estimates (agreed) -> released -> figures, tables -> report; one rule file per stage, in order."""

from snakemake.utils import min_version

min_version("9.18")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/synthetic.smk"
include: "workflow/rules/validate.smk"
include: "workflow/rules/derive.smk"
include: "workflow/rules/estimate.smk"
include: "workflow/rules/agree.smk"
include: "workflow/rules/release.smk"
include: "workflow/rules/present.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/internal.smk"


wildcard_constraints:
    language="|".join(LANGUAGES),


localrules:
    all,


rule all:
    input:
        REPORT_FILES.values(),
        expand(f"{REPORTS}/tables/{{language}}", language=LANGUAGES),
        # What a step may refuse: not asked for by name, it would not be missed by the next run, which would find
        # nothing to do (Snakemake takes the outputs that it restored for new ones).
        rules.validate.output.taken,
        rules.derive.output,
        rules.estimate.output,
        rules.agree.output,
        PATH_PICTURES.values(),


onerror:
    print(stopped_message(PROCESSED), file=sys.stderr)
