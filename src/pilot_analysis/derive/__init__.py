"""Derivation: validated tables -> one daily AO% path per case, follow-up, endpoints, groups, flow."""

from pilot_analysis.derive.derivation import Derived, derive

__all__ = ["Derived", "derive"]
