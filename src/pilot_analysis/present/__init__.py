"""Figures and tables, from the released store only."""
