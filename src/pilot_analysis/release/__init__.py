"""Disclosure control: what of the results store may leave the building."""

from pilot_analysis.release.concentration import of_costs
from pilot_analysis.release.suppression import Released, release

__all__ = ["Released", "of_costs", "release"]
