"""Exact estimators for whole-day survival data, on NumPy and SciPy alone.

- Every estimator takes an `Outcome` (entry, time, state) and groups it by day: a year has 365 distinct days.
- What the data cannot support raises `NotEstimable` with the reason; nothing returns a number that means nothing.
- No pandas, no files, no names of columns: what a number is for is decided in `estimate/`.
"""
