"""Two-engine agreement: core numbers of this very run, computed again by lifelines and statsmodels."""

from pilot_analysis.agreement.comparison import Agreement, agree

__all__ = ["Agreement", "agree"]
