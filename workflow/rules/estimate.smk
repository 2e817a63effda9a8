"""Estimation: the plan applied to the derived tables; and the record of what this run was made with.

INPUTS: derived/*.parquet, validated/{issues,summary}.parquet, the protocol.
OUTPUTS: estimated/estimates.parquet, curves.parquet (internal, never suppressed); run.yaml. The store estimates.parquet
itself appears when a second engine agrees (agree.smk).
"""


rule estimate:
    input:
        cases=f"{PROCESSED}/derived/cases.parquet",
        periods=f"{PROCESSED}/derived/periods.parquet",
        outcomes=f"{PROCESSED}/derived/outcomes.parquet",
        flow=f"{PROCESSED}/derived/flow.parquet",
        survey=f"{PROCESSED}/derived/survey.parquet",
        survey_items=f"{PROCESSED}/derived/survey_items.parquet",
        survey_waves=f"{PROCESSED}/derived/survey_waves.parquet",
        guidance=f"{PROCESSED}/derived/guidance.parquet",
        process=f"{PROCESSED}/derived/process.parquet",
        interview_themes=f"{PROCESSED}/validated/interview_themes.parquet",
        costs=f"{PROCESSED}/derived/costs.parquet",
        wage_values=f"{PROCESSED}/derived/wage_values.parquet",
        issues=f"{PROCESSED}/validated/issues.parquet",
        summary=f"{PROCESSED}/validated/summary.parquet",
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        theory=THEORY,
        code=code("estimate"),
    output:
        estimates=f"{PROCESSED}/estimated/estimates.parquet",
        curves=f"{PROCESSED}/curves.parquet",
    log:
        f"{PROCESSED}/logs/estimate.log",
    benchmark:
        f"{PROCESSED}/logs/estimate.time.tsv"
    conda:
        ENVIRONMENT
    params:
        resampling=SETTINGS["resampling"],
    script:
        "../scripts/estimate.py"


rule record:
    input:
        summary=f"{PROCESSED}/validated/summary.parquet",
        protocol=PROTOCOL,
        code=code("record"),
    output:
        run=f"{PROCESSED}/run.yaml",
    log:
        f"{PROCESSED}/logs/record.log",
    conda:
        ENVIRONMENT
    params:
        config=SETTINGS,
    script:
        "../scripts/record.py"
