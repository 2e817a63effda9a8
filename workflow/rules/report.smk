"""The report: a process per language writes every format from one document; the first language is report.html.

INPUTS: released/*.parquet, figures/<language>, run.yaml.
OUTPUTS: report.html, report.docx, report.pdf, tables.xlsx; of further languages report.<language>.html, ...
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
            checklists=CHECKLISTS,
            code=code("report"),
        output:
            **{
                kind: report(
                    path,
                    category="1. Report",
                    subcategory=LANGUAGE_NAMES[LANGUAGE],
                    labels={"Format": FORMAT_NAMES[kind]},
                    caption="../report/report.rst",
                )
                for kind, path in REPORT_FILES[LANGUAGE].items()
            },
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
