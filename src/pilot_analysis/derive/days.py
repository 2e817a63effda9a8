"""Dates as whole day numbers: all arithmetic of the derivation is on these integers, never on clock times."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

FAR = np.int64(10**7)  # a day beyond every date: "still absent", "no limit"


def day_numbers(dates: pd.Series, missing: int = FAR) -> np.ndarray:
    """Days since 1970-01-01 as int64, `missing` where there is no date. Shape as `dates`."""
    days = dates.to_numpy("datetime64[D]")
    return np.where(np.isnat(days), np.int64(missing), days.astype("int64"))


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return (date - dt.date(1970, 1, 1)).days


def to_dates(days: np.ndarray, known: np.ndarray) -> pd.Series:
    """Calendar dates of day numbers; empty where `known` is false."""
    dates = np.where(known, days, 0).astype("datetime64[D]").astype("datetime64[ns]")
    return pd.Series(dates).where(pd.Series(known), pd.NaT)


def latest(case: np.ndarray, day: np.ndarray, at_case: np.ndarray, at_day: np.ndarray) -> np.ndarray:
    """Find the latest row of a case up to a day: the position in (`case`, `day`) for each (`at_case`, `at_day`), or -1.

    (`case`, `day`) is sorted; both are whole numbers >= 0 and days are below 2**26.
    """
    span = np.int64(2**26)
    at = np.searchsorted(case * span + day, at_case * span + at_day, side="right") - 1
    found = np.append(case, -1)[at] == at_case  # at = -1 picks the appended case, which nobody is
    return np.where(found, at, -1)
