"""The release record: checksums of every file that leaves the building, for `pilot-analysis release --sign`.

INPUTS: all released files (LEAVING), what the ledger said. OUTPUTS: release/files.csv.
"""

# Whatever a run writes below the reports folder, as files or folders: a new format belongs here.
LEAVING = [
    *REPORTS_MADE,
    EMPLOYERS,
    *expand(f"{REPORTS}/figures/{{language}}", language=LANGUAGES),
    *expand(f"{REPORTS}/tables/{{language}}", language=LANGUAGES),
    f"{REPORTS}/released/estimates.parquet",
    f"{REPORTS}/released/estimates.csv",
    f"{REPORTS}/released/curves.parquet",
]
RELEASE_RECORD = f"{PROCESSED}/release/files.csv"


rule seal:
    input:
        released=LEAVING,
        ledger=f"{PROCESSED}/release/ledger.txt",
        code=code("seal"),
    output:
        files=report(
            RELEASE_RECORD,
            category="5. Release record",
            labels={"File": "Checksum of every released file"},
            caption="../report/record.rst",
        ),
    log:
        f"{PROCESSED}/logs/seal.log",
    conda:
        ENVIRONMENT
    params:
        reports_dir=lambda wildcards: REPORTS,  # what lies there uninvited is seen
    script:
        "../scripts/seal.py"
