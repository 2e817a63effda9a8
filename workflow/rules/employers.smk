"""A page per organisation in every language: its own days and cost beside all others, from the released store only.

INPUTS: released/estimates.parquet, run.yaml. OUTPUTS: employers/<organisation>.<language>.html; none for an organisation
that was withheld.
"""


rule employers:
    input:
        estimates=f"{REPORTS}/released/estimates.parquet",
        run=f"{PROCESSED}/run.yaml",
        code=code("report"),
    output:
        folder=report(
            directory(EMPLOYERS),
            patterns=["{organisation}.{language}.html"],
            category="4. Pages for employers",
            subcategory=language_name,
            labels={"Organisation": "{organisation}"},
            caption="../report/employer.rst",
        ),
    log:
        f"{PROCESSED}/logs/employers.log",
    benchmark:
        f"{PROCESSED}/logs/employers.time.tsv"
    conda:
        ENVIRONMENT
    params:
        languages=LANGUAGES,
    script:
        "../scripts/employers.py"
