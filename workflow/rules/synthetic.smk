"""Made-up delivery, as suppliers would send it; used unless another delivery is configured.

INPUTS: none. OUTPUTS: data/raw/synthetic/*, always the same bytes.
"""

from pilot_analysis.workflow import DEFAULT_DELIVERY, default_delivery_files


rule synthetic:
    input:
        code=code("synthetic"),
    output:
        default_delivery_files(),
    log:
        f"{PROCESSED}/logs/synthetic.log",
    benchmark:
        f"{PROCESSED}/logs/synthetic.time.tsv"
    conda:
        ENVIRONMENT
    params:
        folder=lambda wildcards: DEFAULT_DELIVERY,
    script:
        "../scripts/synthetic.py"
