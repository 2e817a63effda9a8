"""For internal use only: the AO% paths of single people as a picture, beside the run and never below the reports folder.

INPUTS: derived/{cases,periods}.parquet, the protocol. OUTPUTS: internal/ao_paths.<language>.png.
It needs the derived tables only, so it is drawn while the estimates are made.
"""

PATH_PICTURES = {
    language: f"{PROCESSED}/internal/ao_paths.{language}.png" for language in LANGUAGES
}


rule paths:
    input:
        cases=f"{PROCESSED}/derived/cases.parquet",
        periods=f"{PROCESSED}/derived/periods.parquet",
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        theory=THEORY,
        code=code("paths"),
    output:
        **PATH_PICTURES,
    log:
        f"{PROCESSED}/logs/paths.log",
    benchmark:
        f"{PROCESSED}/logs/paths.time.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/paths.py"
