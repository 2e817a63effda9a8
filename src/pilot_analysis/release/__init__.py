"""Disclosure control: what of the results store may leave the building."""

from pilot_analysis.release.suppression import Released, release

__all__ = ["Released", "release"]
