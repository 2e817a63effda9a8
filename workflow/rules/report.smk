"""The report: one self-contained HTML file per language; the first language of the configuration is report.html.

INPUTS: released/*.parquet, figures/<language>, run.yaml. OUTPUTS: report.html, report.<language>.html.
"""

for LANGUAGE in LANGUAGES:

    rule:
        name:
            f"report_{LANGUAGE}"
        input:
            estimates=f"{REPORTS}/released/estimates.parquet",
            figures=f"{REPORTS}/figures/{LANGUAGE}",
            run=f"{PROCESSED}/run.yaml",
            protocol=PROTOCOL,
            codelist=CODELIST,
            instruments=INSTRUMENTS,
            theory=THEORY,
            code=code("report"),
        output:
            report=REPORT_FILES[LANGUAGE],
        log:
            f"{PROCESSED}/logs/report.{LANGUAGE}.log",
        benchmark:
            f"{PROCESSED}/logs/report.{LANGUAGE}.time.tsv"
        conda:
            ENVIRONMENT
        params:
            language=LANGUAGE,
        script:
            "../scripts/report.py"
