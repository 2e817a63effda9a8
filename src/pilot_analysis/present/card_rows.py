"""What an estimand card shows: its main result first, then the same question answered in other ways.

- `LISTS` names rows of the store for each estimand that has differences of the arms; the first is the main result.
  All rows of a card have one unit, so that one axis holds them.
- S1, S9 and Q1 have no single difference: their card has attributes and counts only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from pilot_analysis.messages import Messages
from pilot_analysis.present.store import DIFFERENCE, RATIO, Result, Store

_GROUPS = ("psychological", "musculoskeletal", "other", "unknown")
_WINDOWS = ("week_13", "months_4_6", "months_6_9", "months_10_12")
_SCALES = {"probability": 100}
_DIGITS = {"ratio": 2, "euro": 0}


@dataclass(frozen=True)
class Way:
    """One way to answer: its words (`card.way.<key>`), the row of the store, and a code named in the words."""

    key: str
    row: dict[str, str]
    group: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Shown:
    """A row of a card: words and result."""

    label: str
    result: Result
    main: bool = field(default=False)

    @property
    def complete(self) -> bool:
        """There is an estimate with both limits."""
        return self.result.ok and self.result.ci_low is not None and self.result.ci_high is not None

    @property
    def scale(self) -> float:
        """What numbers are multiplied by to be shown: probabilities are in percentage points."""
        return _SCALES.get(self.result.unit, 1)

    def text(self, messages: Messages) -> str:
        """`−5.1 (−20.0 to 10.0)`."""
        r, digits = self.result, _DIGITS.get(self.result.unit, 1)
        number = messages.number(self.scale * r.estimate, digits, signed=r.unit != "ratio")
        return f"{number} ({messages.interval(r.ci_low, r.ci_high, digits, scale=self.scale)})"


def _days(analysis: str, measure: str = "mean_difference", population: str = "landmark_84") -> dict[str, str]:
    return {"analysis": analysis, "measure": measure, "population": population, "endpoint": "full_rtw"}


def _ratio(analysis: str, measure: str = "hazard_ratio", **more: str) -> dict[str, str]:
    about = {"endpoint": "full_rtw", "population": "landmark_84", "origin": "landmark", "group_by": "arm"}
    return {"analysis": analysis, "measure": measure, "level": RATIO, **about, **more}


def _within(analysis: str, group: str) -> dict[str, str]:
    return _ratio(analysis, group_by="arm*cas_group", level=f"{RATIO} @ {group}")


def _cost(term: str, measure: str = "mean_difference") -> dict[str, str]:
    return {"analysis": "cost_difference", "measure": measure, "term": term}


def _ao(measure: str, population: str) -> dict[str, str]:
    return {"analysis": "ao_days", "measure": measure, "population": population}


def _fml(population: str) -> dict[str, str]:
    return {"analysis": "fml_availability", "measure": "difference", "population": population}


LISTS: dict[str, tuple[Way, ...]] = {
    "P1": (
        Way("landmark_84", _days("days_not_returned")),
        Way("rmst", _days("rmst", "rmst_difference")),
        Way("landmark_91", _days("days_not_returned", population="landmark_91")),
        Way("adjusted", _days("days_not_returned_adjusted")),
        Way("bootstrap", _days("days_not_returned_bootstrap")),
        Way("itt", _days("days_not_returned", population="itt")),
    ),
    "P2": (
        Way("itt", _days("days_not_returned", population="itt")),
        Way("rmst", _days("rmst", "rmst_difference", "itt")),
        Way("adjusted", _days("days_not_returned_adjusted", population="itt")),
        Way("landmark_84", _days("days_not_returned")),
    ),
    "S2": (
        Way("cox_adjusted", _ratio("cox_adjusted")),
        Way("cox_unadjusted", _ratio("cox_unadjusted")),
        Way("cox_clustered", _ratio("cox_adjusted_clustered")),
        Way("cox_clustered_t", _ratio("cox_adjusted_clustered_t")),
        Way("cox_jackknife", _ratio("cox_adjusted_jackknife")),
        Way("bootstrap", _ratio("cox_adjusted_bootstrap")),
        Way("cox_itt", _ratio("cox_adjusted", population="itt", origin="t0")),
    ),
    "S3": (
        Way("fine_gray", _ratio("fine_gray", "subdistribution_hazard_ratio")),
        Way("fine_gray_itt", _ratio("fine_gray", "subdistribution_hazard_ratio", population="itt", origin="enrolment")),
        Way("cox_return", _ratio("cox_unadjusted")),
        Way("cox_leaving", _ratio("cox_cause_specific", "hazard_ratio_leaving")),
    ),
    "S4": (
        Way("cox_unadjusted_all", _ratio("cox_unadjusted")),
        *(Way("group", _within("cox_interaction", name), ("cas_group", name)) for name in _GROUPS),
        *(Way("pooled", _within("cox_interaction_pooled", name), ("cas_group", name)) for name in _GROUPS),
    ),
    "S5": (
        Way("any_absence", _ao("days_any_absence_difference", "landmark_84")),
        Way("ao_weighted", _ao("ao_days_difference", "landmark_84")),
        Way("any_absence_itt", _ao("days_any_absence_difference", "itt")),
        Way("ao_weighted_itt", _ao("ao_days_difference", "itt")),
    ),
    "S6": (
        Way("at_work", {"analysis": "recovery", "measure": "at_work_365_difference"}),
        Way("at_work_complete", {"analysis": "recovery", "measure": "at_work_365_complete_difference"}),
    ),
    "S7": (
        Way("employer_full", _cost("employer:full")),
        Way("employer_reduced", _cost("employer:reduced")),
        Way("society", _cost("society:friction")),
        Way("naive", _cost("employer:full", "naive_mean_difference")),
    ),
    "S8": (Way("fml", _fml("landmark_84")), Way("fml_itt", _fml("itt"))),
    "S10": tuple(
        Way("timing", {"analysis": "timing", "measure": "difference_points", "level": name}, ("table.timing", name))
        for name in _WINDOWS
    ),
}


def card_rows(store: Store, estimand: str, messages: Messages) -> list[Shown]:
    """The rows of the card of an estimand in order, the main result first; empty for one without differences."""
    return list(_rows(store, estimand, messages))


@cache
def _ways(estimand: str) -> tuple[Way, ...]:
    return LISTS.get(estimand, ())


def _rows(store: Store, estimand: str, messages: Messages) -> Iterator[Shown]:
    for place, way in enumerate(_ways(estimand)):
        level = {} if "level" in way.row else {"level": DIFFERENCE}
        for number, result in enumerate(store.select(**way.row, **level)):
            family, code = way.group
            words = messages.t(f"card.way.{way.key}", group=messages.word(family, code), day=_day(result))
            yield Shown(words, result, place == number == 0)


def _day(result: Result) -> str:
    return f"{result.time:.0f}" if result.time is not None else ""
