"""Figures and tables, from the released store only; one process per kind and language.

INPUTS: released/*.parquet, run.yaml, the protocol. OUTPUTS: figures/<language>/*.{svg,png,pdf}, tables/<language>/*.csv.
"""


rule figures:
    input:
        estimates=f"{REPORTS}/released/estimates.parquet",
        curves=f"{REPORTS}/released/curves.parquet",
        run=f"{PROCESSED}/run.yaml",
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        theory=THEORY,
        code=code("figures"),
    output:
        folder=report(
            directory(f"{REPORTS}/figures/{{language}}"),
            patterns=["{name}.svg"],
            category="2. Figures",
            subcategory=language_name,
            labels=figure_labels,
            caption="../report/figure.rst",
        ),
    log:
        f"{PROCESSED}/logs/figures.{{language}}.log",
    benchmark:
        f"{PROCESSED}/logs/figures.{{language}}.time.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/figures.py"


rule tables:
    input:
        estimates=f"{REPORTS}/released/estimates.parquet",
        protocol=PROTOCOL,
        codelist=CODELIST,
        instruments=INSTRUMENTS,
        theory=THEORY,
        code=code("tables"),
    output:
        folder=report(
            directory(f"{REPORTS}/tables/{{language}}"),
            patterns=["{name}.csv"],
            category="3. Tables",
            subcategory=language_name,
            labels=table_labels,
            caption="../report/table.rst",
        ),
    log:
        f"{PROCESSED}/logs/tables.{{language}}.log",
    benchmark:
        f"{PROCESSED}/logs/tables.{{language}}.time.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/tables.py"
