"""Estimation: the plan applied to the derived tables; one tidy results store and the whole curves."""

from pilot_analysis.estimate.estimation import Estimated, estimate

__all__ = ["Estimated", "estimate"]
