"""Derivation: validated tables -> one AO% path per case, outcomes, groups, flow.

INPUTS: validated/*.parquet (tables, excluded_cases), the protocol, the codelist. OUTPUTS: derived/*.parquet, derived/outcomes.csv.
"""


rule derive:
    input:
        tables=[
            f"{PROCESSED}/validated/{name}.parquet"
            for name in (*table_names(), "excluded_cases")
        ],
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        code=code("derive"),
    output:
        cases=f"{PROCESSED}/derived/cases.parquet",
        periods=f"{PROCESSED}/derived/periods.parquet",
        outcomes=f"{PROCESSED}/derived/outcomes.parquet",
        outcomes_csv=f"{PROCESSED}/derived/outcomes.csv",
        sensitivity=f"{PROCESSED}/derived/outcomes_sensitivity.parquet",
        flow=f"{PROCESSED}/derived/flow.parquet",
        survey=f"{PROCESSED}/derived/survey.parquet",
        survey_items=f"{PROCESSED}/derived/survey_items.parquet",
        survey_waves=f"{PROCESSED}/derived/survey_waves.parquet",
        guidance=f"{PROCESSED}/derived/guidance.parquet",
        process=f"{PROCESSED}/derived/process.parquet",
        costs=f"{PROCESSED}/derived/costs.parquet",
        wage_values=f"{PROCESSED}/derived/wage_values.parquet",
    log:
        f"{PROCESSED}/logs/derive.log",
    benchmark:
        f"{PROCESSED}/logs/derive.time.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/derive.py"
