"""Intake and validation: the delivery's files -> typed, checked tables; stops on what a supplier has to mend.

INPUTS: every file of the delivery, the decisions on queries.
OUTPUTS: validated/<table>.parquet, validated/{issues,summary,excluded_cases}.parquet.
validation/issues.csv lists all findings of the last attempt, also of one that stopped: Snakemake keeps logs of failed jobs.
`update` keeps the earlier tables when an attempt stops; `taken` is gone then, so that the next run tries again.
"""

from pilot_analysis.workflow import delivery_inputs, table_names


rule validate:
    input:
        delivery=delivery_inputs(RAW),
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        queries=QUERIES,
        code=code("validate"),
    output:
        [update(f"{PROCESSED}/validated/{name}.parquet") for name in table_names()],
        issues=update(f"{PROCESSED}/validated/issues.parquet"),
        summary=update(f"{PROCESSED}/validated/summary.parquet"),
        excluded=update(f"{PROCESSED}/validated/excluded_cases.parquet"),
        taken=touch(f"{PROCESSED}/validated/taken"),
    log:
        issues=f"{PROCESSED}/validation/issues.csv",
        text=f"{PROCESSED}/logs/validate.log",
    benchmark:
        f"{PROCESSED}/logs/validate.time.tsv"
    conda:
        ENVIRONMENT
    params:
        raw_dir=lambda wildcards: RAW,
        strict=SETTINGS["strict"],
        validated_dir=lambda wildcards, output: Path(output.issues).parent,
    script:
        "../scripts/validate.py"
