"""The report: one self-contained HTML page from the released store, the figures and the tables."""
