"""What is no count and still tells one: heights of curves, means, standardised differences, ratios, words.

- The ratio of two heights of a Kaplan-Meier curve on days of its table, with the people at risk on both, gives the
  events between: with r the ratio, events = (1 - r) / (1 + r) x (at risk before + at risk after), whoever goes out of
  sight between counting for half. Each number is taken with all that its rounding leaves.
- The mean of a count per person times the people is the count (earlier spells, new spells).
- A standardised difference of two shares is (p - q) / spread, with a spread of at most a half.
- A ratio that could be estimated in a group has enough events in both arms, by the plan; its standard error has
  1 / se^2 = a b / (a + b) of the events a and b, so neither is fewer than that.
- What is not estimable says that fewer than the plan asks are there, where the words still tell which.
"""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
import pandas as pd
from attack_book import LEAST, Book
from attack_cells import ARMS, Cell, Row, who

_CODE = re.compile(r"^(.*)\[([^\]]*)\]$")
_STEPS = ((1000, 0.001), (100, 0.01), (50, 0.02), (0, 0.05))  # rounding of a height by people, as published
_Z = 1.959964
_POWER = 2.801585  # what a smallest detectable ratio is in standard errors
_NEAR = 0.85  # of the information that the events of two arms would give
_KM = ["endpoint", "population", "group_by", "level"]


def invert(book: Book, rows: list[Row], exact: bool) -> None:
    """Write in the book what numbers that are no counts tell."""
    for row in rows:
        if row["status"] == "suppressed":
            continue
        _mean_of_counts(book, row, exact)
        _ratio(book, row)
        _words(book, row)
    _standardised(book, rows)


def _mean_of_counts(book: Book, row: Row, exact: bool) -> None:
    cell = spells_of(row)
    if cell is None or np.isnan(row["estimate"]):
        return
    half = 1e-9 if exact else 0.005
    people = Cell("analysed", arm=row["level"])
    low, high = (book.limits(people)[side] * (row["estimate"] + sign * half) for side, sign in ((0, -1), (1, 1)))
    book.learn(cell, np.ceil(max(low, 0) - 1e-6), np.floor(high + 1e-6))
    book.shown |= {cell} if exact else set()


def spells_of(row: Row) -> Cell | None:
    """The number of earlier spells of an arm."""
    ours = row["analysis"] == "baseline" and row["measure"] == "mean" and row["term"] == "earlier_spells"
    return Cell("earlier spells", arm=row["level"]) if ours else None


def _ratio(book: Book, row: Row) -> None:
    """A ratio within a group."""
    detectable = row["analysis"] == "minimum_detectable" and row["measure"] == "hazard_ratio"
    if " @ " not in row["level"] or row["status"] != "ok" or not (row["analysis"] == "cox_interaction" or detectable):
        return
    se = np.log(row["estimate"] + 0.005) / _POWER if detectable else row["se"] + 0.005
    least = LEAST if np.isnan(se) or se <= 0 else max(LEAST, np.ceil(_NEAR / se**2))
    for arm in ARMS:
        cell = Cell("events", row["population"], row["endpoint"], arm=arm, **who(row))
        book.learn(cell, least, np.inf, sure=False)


def _words(book: Book, row: Row) -> None:
    """What the reason of a number that could not be estimated says."""
    about = {"population": row["population"], "endpoint": row["endpoint"]}
    reason = row["reason"]
    if row["analysis"] == "fine_gray":
        cells = [Cell("leaving", arm=arm, **about) for arm in ARMS]
        _one_of(book, cells, 5, row["status"] == "ok", "competing exits" in reason)
    if row["analysis"] == "cox_interaction" and " @ " in row["level"]:
        cells = [Cell("events", arm=arm, **about, **who(row)) for arm in ARMS]
        _one_of(book, cells, LEAST, row["status"] == "ok", "events in an arm" in reason)
    if row["analysis"] == "timing" and "fewer than two" in reason:
        book.learn(Cell("course known", about=row["level"]), 0, 1, sure=False)


def _one_of(book: Book, cells: list[Cell], least: float, enough: bool, few: bool) -> None:
    """Both arms have enough, or one has not: which, the limits of the other may tell."""
    known = [cell for cell in cells if cell in book.truth]
    for cell, other in zip(known, known[::-1], strict=True):
        if enough:
            book.learn(cell, least, np.inf, sure=False)
        elif few and len(known) == len(ARMS) and book.limits(other)[0] >= least:
            book.learn(cell, 0, least - 1, sure=False)


def _standardised(book: Book, rows: list[Row]) -> None:
    """The difference of two shares is between none and half its standardised value."""
    for row in rows:
        found = _CODE.match(row["term"])
        if row["measure"] != "standardised_difference" or not found or np.isnan(row["estimate"]):
            continue
        one, other = (Cell("place", arm=arm, by=found[1], group=found[2]) for arm in ARMS)
        low, high = row["estimate"] - 0.02, row["estimate"] + 0.02
        least, most = zip(*(book.limits(Cell("analysed", arm=arm)) for arm in ARMS), strict=True)
        if not np.isfinite(most).all():
            continue
        book.relate({one: 1 / most[0], other: -1 / least[1]}, -np.inf, max(high, 0) / 2, sure=False)
        book.relate({one: 1 / least[0], other: -1 / most[1]}, min(low, 0) / 2, np.inf, sure=False)


def true_steps(curves: pd.DataFrame, released: pd.DataFrame) -> dict[Cell, float]:
    """Events of every level between the days of the released curves of its arms, and after the last."""
    found: dict[Cell, float] = {}
    exact = curves[curves["analysis"].eq("km")]
    days = _days(released)
    for key, curve in exact.groupby(_KM, sort=False):
        edges = days.get(key[:2])
        if edges is not None:
            counts, _ = np.histogram(
                curve["time"].to_numpy("float64") - 0.5, [*edges, np.inf], weights=curve["n_events"].to_numpy("float64")
            )
            about = dict(zip(("endpoint", "population"), key[:2], strict=True)) | _level(*key[2:])
            for edge, count in zip(edges, counts, strict=True):
                found[Cell("step", time=float(edge), **about)] = float(count)
    return found


def _days(released: pd.DataFrame) -> dict[tuple[str, str], list[float]]:
    """Days of the released curves of the arms; the last of a curve may be where it was cut short, between two days."""
    arms = released[released["analysis"].eq("km") & released["group_by"].eq("arm")]
    found: dict[tuple[str, str], set[float]] = defaultdict(set)
    for key, times in arms.groupby(_KM)["time"]:
        found[key[:2]] |= set(sorted(times)[:-1])
    return {key: sorted(times) for key, times in found.items()}


def _level(group_by: str, level: str) -> dict[str, str]:
    return who({"group_by": group_by, "level": level})


def steps(book: Book, released: pd.DataFrame) -> None:
    """Steps of the curves of arms and groups: they make the events; groups make their arm, arms make everybody."""
    mine: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in [cell for cell in book.truth if cell.what == "step"]:
        mine[cell._replace(time=-1.0)].append(cell)
    for level, parts in mine.items():
        book.total(parts, level._replace(what="events"))
    for cell in [cell for parts in mine.values() for cell in parts]:
        if cell.by and not cell.arm:
            book.total([cell._replace(arm=arm) for arm in ARMS], cell)
    groups: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in [cell for parts in mine.values() for cell in parts]:
        if cell.by and cell.arm:
            groups[cell._replace(group="", by=cell.by)].append(cell)
    for of, parts in groups.items():
        least = -np.inf if _maybe_others(book, of, parts) else 0.0
        book.relate({**dict.fromkeys(parts, 1.0), of._replace(by=""): -1.0}, least, 0.0)
    for cells in mine.values():
        cells.sort(key=lambda cell: cell.time)
    for key, curve in released[released["analysis"].eq("km")].groupby(_KM, sort=False):
        about = {"endpoint": key[0], "population": key[1]} | _level(*key[2:])
        _heights(book, mine.get(Cell("step", **about), []), curve.sort_values("time"))


def _maybe_others(book: Book, of: Cell, parts: list[Cell]) -> bool:
    """Whether a group without a curve may have people, as far as the intruder knows."""
    people = of._replace(what="people", time=-1.0)
    named = {part.group for part in parts}
    others = [cell for cell in book.truth if cell._replace(group="") == people and cell.group not in named]
    return any(book.limits(cell)[1] > 0 for cell in others)


def _heights(book: Book, steps_: list[Cell], curve: pd.DataFrame) -> None:
    """Events between two days of a released curve, from its heights and numbers at risk."""
    days = curve["time"].to_numpy("float64")
    people, height = curve["n_at_risk"].to_numpy("float64", na_value=np.nan), curve["estimate"].to_numpy("float64")
    half = next(step for least, step in _STEPS if people[0] + 2.5 >= least) / 2
    for k in range(len(days) - 2):
        parts = [cell for cell in steps_ if days[k] <= cell.time < days[k + 1]]
        low, high = (
            _events(height[k : k + 2] + np.array([1, -1]) * sign * half, people[k : k + 2].sum() + sign * 5)
            for sign in (-1, 1)
        )
        if parts:
            book.relate(dict.fromkeys(parts, 1.0), np.ceil(max(low, 0)), np.floor(high), sure=False)
            book.relate(dict.fromkeys(parts, 1.0), LEAST, np.inf, sure=False)  # the rule of the table
            book.shown |= set(parts) if len(parts) == 1 else set()


def _events(heights: np.ndarray, people: float) -> float:
    ratio = np.clip(heights[1] / max(heights[0], 1e-9), 0, 1)
    return float((1 - ratio) / (1 + ratio) * people)
