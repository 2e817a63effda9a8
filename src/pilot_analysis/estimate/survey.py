"""Questionnaires: who answered, what their scales say while still absent, how reliable the scales are, every answer.

- Response: of those due at a wave (enrolled, absent and followed on its first day), who answered in its window. The
  other states make up everyone analysed, so attrition can be followed wave by wave.
- Scale means are of people who answered in the window and were still absent (AO% > 0) that day. Later waves compare
  ever fewer and sicker people, and who is still absent may depend on the arm: descriptive, nothing is imputed past
  recovery. t intervals; differences by Welch (1947, Biometrika 34:28-35); none reaches further than the scale allows.
- Labour experts answer in week 14 in one arm and in weeks 48-52 in the other: a reason in place of a difference.
- alpha and omega from the first questionnaire of each person with complete answers, so that people count once.
- Answers are counted as given (not reversed), at the wave that the codebook names; what was asked last, in the last
  questionnaire that has an answer to it.
- Not estimable: nothing delivered, fewer than two scores in an arm, and what models.reliability names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pilot_analysis.config import Protocol
from pilot_analysis.estimate.means import CONTRAST
from pilot_analysis.estimate.populations import ARMS
from pilot_analysis.estimate.store import Rows
from pilot_analysis.instruments import Instrument
from pilot_analysis.models import reliability
from pilot_analysis.models.arithmetic import t_quantile
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.schemas.columns import empty_table
from pilot_analysis.schemas.derived import SURVEY, SURVEY_ITEMS, SURVEY_WAVES, WAVE_STATES

NOTHING = "no questionnaires were delivered"
APART = "the arms are asked at different weeks of absence"
_DUE = ("answered", "not_answered", "outside_window")
_RESPONSE = "answered in the window of the wave, of those enrolled, absent and followed on the first day of its week"
_MEAN = "scores of people still absent (AO% > 0) on the day they answered, in the window of the wave"
_FEW = "fewer than two people with a score"
_ONCE = (
    "scores of each person's last questionnaire in the arm's weeks; the arms are asked at different weeks of absence"
)


def survey_rows(
    protocol: Protocol,
    survey: pd.DataFrame | None = None,
    survey_items: pd.DataFrame | None = None,
    survey_waves: pd.DataFrame | None = None,
) -> list[dict[str, Any]]:
    """All rows `survey`; the tables are those of derive.survey (None = nothing was delivered)."""
    scores = empty_table(SURVEY) if survey is None else survey
    items = empty_table(SURVEY_ITEMS) if survey_items is None else survey_items
    waves = empty_table(SURVEY_WAVES) if survey_waves is None else survey_waves
    rows = Rows({"analysis": "survey", "endpoint": "none", "population": "itt", "origin": "t0", "group_by": "arm"})
    delivered = bool((scores["survey"] == "employee_survey").any())
    for wave in protocol.instruments.waves.weeks:
        for arm in ARMS:
            _add_response(rows, wave, arm, waves[(waves["wave"] == wave) & (waves["arm"] == arm)], delivered)
    for one in protocol.instruments.instruments:
        mine = items[items["instrument"] == one.name]
        if one.scoring != "none":
            _add_means(rows, one, scores[scores["instrument"] == one.name], protocol)
            _add_reliability(rows, one, mine, protocol.thresholds.confidence_level)
        _add_frequencies(rows, one, mine)
    return rows.rows


def _add_response(rows: Rows, wave: int, arm: str, people: pd.DataFrame, delivered: bool) -> None:
    """How many people are in each state at a wave, and the response among those due."""
    about: dict[str, Any] = {"level": arm, "time": float(7 * (wave - 1))}
    counts = people["state"].value_counts()
    due, answered = int(sum(counts.get(name, 0) for name in _DUE)), int(counts.get("answered", 0))
    share = {"measure": "response", "unit": "percent", "method": _RESPONSE, "n": due}
    if not delivered:
        rows.add_not_estimable(NOTHING, **about, **share)
    elif due == 0:
        rows.add_not_estimable("nobody was due", **about, **share)
    else:
        rows.add(**about, **share, estimate=100 * answered / due, n_events=answered)
    for state in WAVE_STATES:
        number = {"measure": "n", "term": state, "unit": "people", "method": "count"}
        if delivered:
            count = int(counts.get(state, 0))
            rows.add(**about, **number, estimate=float(count), n=count)
        else:
            rows.add_not_estimable(NOTHING, **about, **number)


def _add_means(rows: Rows, one: Instrument, scores: pd.DataFrame, protocol: Protocol) -> None:
    level = protocol.thresholds.confidence_level
    usable = scores[scores["in_window"] & scores["score"].notna()]
    about: dict[str, Any] = {"term": one.name, "unit": "score"}
    few = _FEW if len(scores) else NOTHING
    if one.asked == "once":
        usable = usable.sort_values("wave", kind="stable").drop_duplicates("case_id", keep="last")
        for arm in ARMS:
            at = {**about, "level": arm, "method": f"{_ONCE}; t interval"}
            _add_mean(rows, _of(usable, arm), at, one, level, few)
        why = APART if len(scores) else NOTHING
        rows.add_not_estimable(why, **about, measure="mean_difference", level=CONTRAST, n=len(usable), method=_ONCE)
        return
    for wave in protocol.instruments.waves.weeks:
        now = usable[usable["absent"] & (usable["wave"] == wave)]
        values = [_of(now, arm) for arm in ARMS]
        at = {**about, "time": float(7 * (wave - 1))}
        for arm, found in zip(ARMS, values, strict=True):
            _add_mean(rows, found, {**at, "level": arm, "method": f"{_MEAN}; t interval"}, one, level, few)
        _add_difference(rows, values, {**at, "level": CONTRAST}, one, level, few)


def _of(scores: pd.DataFrame, arm: str) -> np.ndarray:
    return scores.loc[scores["arm"] == arm, "score"].to_numpy("float64")


def _add_mean(rows: Rows, values: np.ndarray, about: dict[str, Any], one: Instrument, level: float, few: str) -> None:
    about = {**about, "measure": "mean", "n": len(values)}
    if len(values) < 2:
        rows.add_not_estimable(few, **about)
        return
    mean, se = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    if se == 0:  # everybody alike: no interval rather than one without width
        rows.add(**about, estimate=mean, se=se)
        return
    reach, (low, high) = t_quantile(len(values) - 1, level) * se, one.score_range
    rows.add(**about, estimate=mean, se=se, ci_low=max(low, mean - reach), ci_high=min(high, mean + reach))


def _add_difference(
    rows: Rows, values: list[np.ndarray], about: dict[str, Any], one: Instrument, level: float, few: str
) -> None:
    method = f"{_MEAN}; compares who is still absent in each arm, not everyone allocated; Welch interval"
    about = {**about, "measure": "mean_difference", "n": sum(map(len, values)), "method": method}
    if min(map(len, values)) < 2:
        rows.add_not_estimable(few, **about)
        return
    parts = [found.var(ddof=1) / len(found) for found in values]
    difference, se = float(values[0].mean() - values[1].mean()), float(np.sqrt(sum(parts)))
    if se == 0:
        rows.add(**about, estimate=difference, se=se)
        return
    df = sum(parts) ** 2 / sum(part**2 / (len(found) - 1) for part, found in zip(parts, values, strict=True))
    reach, width = t_quantile(df, level) * se, one.score_range[1] - one.score_range[0]
    low, high = max(-width, difference - reach), min(width, difference + reach)
    rows.add(**about, estimate=difference, se=se, ci_low=low, ci_high=high, df=float(df))


def _add_reliability(rows: Rows, one: Instrument, items: pd.DataFrame, level: float) -> None:
    if len(one.items) < 2:
        return
    first = items[items["in_window"] & (items["wave"] == items["wave"].where(_complete(items)).groupby(
        items["case_id"]).transform("min"))]  # fmt: skip
    names = [item.name for item in one.items]
    values = first.pivot(index="case_id", columns="item", values="value").reindex(columns=names).to_numpy("float64")
    about = {"group_by": "all", "level": "all", "term": one.name, "unit": "coefficient", "n": len(values)}
    sample = f"first questionnaire of each person with answers to all {len(names)} items"
    try:
        found = reliability.alpha(values, level)
        rows.add(**about, measure="alpha", estimate=found.estimate, ci_low=found.ci_low, ci_high=found.ci_high,
                 method=f"Cronbach's alpha, Feldt interval; {sample}")  # fmt: skip
    except NotEstimable as problem:
        rows.add_not_estimable(str(problem), **about, measure="alpha", method=f"Cronbach's alpha; {sample}")
    method = f"McDonald's omega, one factor by unweighted least squares, no interval; {sample}"
    try:
        rows.add(**about, measure="omega", estimate=reliability.omega(values), method=method)
    except NotEstimable as problem:
        rows.add_not_estimable(str(problem), **about, measure="omega", method=method)


def _complete(items: pd.DataFrame) -> pd.Series:
    """Whether all items of the questionnaire of this row were answered, in its window."""
    return (items["in_window"] & items["value"].notna()).groupby([items["case_id"], items["wave"]]).transform("all")


def _add_frequencies(rows: Rows, one: Instrument, items: pd.DataFrame) -> None:
    """Share of each code among the answers, and of "does not apply" and no answer among the questionnaires.

    An item without a single answer was not delivered: it has reasons, and no share of people who gave no answer.
    """
    asked, method = _asked(one, items)
    answered = asked[asked["state"] == "answered"]
    given = answered.groupby(["arm", "item", "answer"]).size().to_dict()
    states = asked.groupby(["arm", "item", "state"]).size().to_dict()
    delivered = set(items.loc[items["state"] != "missing", "item"])
    others = {"missing": ("missing", "invalid")}
    if one.not_applicable:
        others = {"not_applicable": ("not_applicable",), **others}
    about: dict[str, Any] = {"measure": "frequency", "unit": "percent"}
    about["time"] = None if one.frequencies_at is None else float(7 * (one.frequencies_at - 1))
    for item in one.items:
        for arm in ARMS:
            here = {**about, "level": arm}
            n = states.get((arm, item.name, "answered"), 0)
            for code in one.codes:
                count = given.get((arm, item.name, float(code)), 0)
                _add_share(rows, count, n, {**here, "term": f"{one.name}.{item.name}[{code}]"}, f"answers; {method}")
            questionnaires = (count for (side, name, _), count in states.items() if (side, name) == (arm, item.name))
            everyone = sum(questionnaires) if item.name in delivered else 0  # an empty column was not asked
            for word, kinds in others.items():
                count = sum(states.get((arm, item.name, kind), 0) for kind in kinds)
                term = {**here, "term": f"{one.name}.{item.name}[{word}]"}
                _add_share(rows, count, everyone, term, f"questionnaires; {method}")


def _add_share(rows: Rows, count: int, n: int, about: dict[str, Any], method: str) -> None:
    about = {**about, "n": n, "method": f"percent of {method}"}
    if n == 0:
        rows.add_not_estimable("nobody answered", **about)
    else:
        rows.add(**about, estimate=100 * count / n, n_events=count)


def _asked(one: Instrument, items: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The questionnaires whose answers are counted, and how they were chosen."""
    usable = items[items["in_window"]]
    if one.asked == "once":
        # Several of one person: the last.
        last = usable.groupby("case_id")["wave"].transform("max")
        return usable[usable["wave"] == last], "all questionnaires of the arm's weeks, the last of each person"
    if one.asked == "last_wave":
        with_answer = usable["wave"].where(usable["state"] == "answered")
        last = with_answer.groupby(usable["case_id"]).transform("max")
        return usable[usable["wave"] == last], "the last questionnaire of each person with an answer to the instrument"
    chosen = usable["absent"] & (usable["wave"] == one.frequencies_at)
    return usable[chosen], f"people still absent on the day they answered, wave of week {one.frequencies_at}"
