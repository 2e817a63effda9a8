"""Recurrent events, such as repeated spells of absence: rate models, and the mean number of events per person.

- A case is several rows (entry, time] that do not overlap: state 1 where an event ends the row, 0 where it does not, 2
  or higher where the case leaves for good (death, leaving the employer) with its last row. Days between rows (while
  the event lasts) are not at risk.
- Andersen-Gill: every event is alike. PWP (Prentice, Williams and Peterson 1981, Biometrika 68:373-379): the k-th event
  has its own baseline, on time since the origin (total) or since being at risk of it (gap). Leaving counts as censored:
  the ratios are of rates among those still there. Errors are robust, by case.
- Mean cumulative function with a terminal event (Ghosh and Lin 2000, Biometrics 56:554-562): the sum of S(u-) dR(u), S
  the product-limit curve of not having left, R the Nelson-Aalen rate while there. Nothing happens after leaving.
  Variance by the infinitesimal jackknife over cases, exact under ties, delayed entry and weights; without a terminal
  event as R `survfit(Surv(entry, time, event) ~ 1, id = case)$std.chaz`.
- It fails with no event, and beyond the follow-up while somebody has not left; rows that overlap are a bad call.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pilot_analysis.models.arithmetic import Mean, ratio_interval
from pilot_analysis.models.cox import CoxFit, cox
from pilot_analysis.models.cox_errors import Robust, robust
from pilot_analysis.models.days import DayTable, count_days
from pilot_analysis.models.influence import Influence, at_exit
from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.outcome import COMPETING, EVENT, Outcome

MODELS = ("andersen_gill", "pwp_total", "pwp_gap")


class RecurrentFit(NamedTuple):
    """Log rate ratios with the model's errors, and the errors to use: robust, by case."""

    fit: CoxFit
    robust: Robust


def recurrent_cox(outcome: Outcome, case, design, model: str = "andersen_gill", strata=None, last=None, cluster=None):
    """Fit a proportional rates model of recurrent events.

    Parameters
    ----------
    outcome
        The rows of all cases, shape (n,).
    case
        Label of the case of each row, shape (n,).
    design
        Covariates of each row, shape (n, p) or (n,); they may change from row to row.
    model
        "andersen_gill", "pwp_total" or "pwp_gap". Gap time starts at the first entry of the case, and after an event at
        the entry of its next row.
    strata
        Label of the stratum of each row, shape (n,), or None; PWP crosses it with the number of the event.
    last
        PWP: this event and all later ones share a baseline, as few cases have many events; None for one each.
    cluster
        Label of the cluster of each row for the errors, where cases are clustered themselves; None for the case.

    Returns
    -------
    RecurrentFit

    Raises
    ------
    NotEstimable
        As `cox` and `robust`.
    ValueError
        Rows of a case that overlap, or that follow its leaving.
    """
    if model not in MODELS:
        raise ValueError(f"the model is one of {', '.join(MODELS)}, not {model}")
    rows = _Rows.of(outcome, case)
    stratum = np.zeros(len(outcome), dtype=np.int64) if strata is None else np.asarray(strata)
    if stratum.shape != outcome.time.shape:
        raise ValueError(f"strata have shape {stratum.shape}, the outcome {len(outcome)} rows")
    stratum = np.unique(stratum, return_inverse=True)[1]
    if model != "andersen_gill":
        number = rows.number if last is None else np.minimum(rows.number, last)
        stratum = stratum * (int(number.max(initial=0)) + 1) + number
    if model == "pwp_gap":
        outcome = Outcome(outcome.entry - rows.origin, outcome.time - rows.origin, outcome.state, outcome.weight)
    fit = cox(outcome, design, stratum)
    return RecurrentFit(fit, robust(fit, rows.case if cluster is None else cluster))


@dataclass(frozen=True)
class MeanCumulative:
    """Mean number of events per case up to each day in `time`; arrays of shape (days,).

    Risk set of the day itself, events and leavings are sums of weights. Limits are on the log scale, NaN where the mean
    is 0. `still_there` is the product-limit share that has not left.
    """

    time: np.ndarray
    n_at_risk: np.ndarray
    n_events: np.ndarray
    n_terminal: np.ndarray
    mean: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    still_there: np.ndarray


def mean_cumulative(outcome: Outcome, case, level: float = 0.95) -> MeanCumulative:
    """Return the mean cumulative function, a step per day on which a row ends.

    Parameters
    ----------
    outcome
        The rows of all cases, shape (n,); a weight is that of the case, the same in all its rows.
    case
        Label of the case of each row, shape (n,).
    level
        Of the limits.

    Raises
    ------
    NotEstimable
        Nobody is in the outcome.
    ValueError
        Rows of a case that overlap, that follow its leaving, or that differ in weight.
    """
    rows = _Rows.of(outcome, case)
    table = count_days(outcome)
    before, still_there = _not_left(table)
    rate = before / table.at_risk
    mean = np.cumsum(rate * table.events)
    se = np.sqrt(np.maximum(_variance(table, rows, rate, mean), 0.0))
    some = mean > 0
    value, error = np.where(some, mean, np.nan), np.where(some, se, np.nan)
    limits = ratio_interval(np.log(value), error / value, level)
    return MeanCumulative(
        table.day, table.at_risk, table.events, table.competing, mean, se, *limits, still_there
    )  # fmt: skip


def mean_number(curve: MeanCumulative, day: int) -> Mean:
    """Return the mean number of events per case up to a day; `arithmetic.difference` compares two groups of cases.

    Raises NotEstimable beyond the last day on which anybody is at risk, unless all have left by then.
    """
    if day > curve.time[-1] and curve.still_there[-1] > 0:
        raise NotEstimable(f"nobody at risk on day {day}; follow-up ends on day {curve.time[-1]}")
    step = np.searchsorted(curve.time, day, side="right") - 1
    return Mean(0.0, 0.0) if step < 0 else Mean(float(curve.mean[step]), float(curve.se[step]))


class _Rows(NamedTuple):
    """Rows in order of case and entry, and where each row of the outcome stands in its case."""

    order: np.ndarray  # positions of the rows by case and entry
    first: np.ndarray  # in that order: True where a case begins
    case: np.ndarray  # (n,) number of the case
    number: np.ndarray  # (n,) events of the case before the row
    origin: np.ndarray  # (n,) day from which the case is at risk of that event

    @classmethod
    def of(cls, outcome: Outcome, case) -> "_Rows":
        case = np.asarray(case)
        if case.shape != outcome.time.shape:
            raise ValueError(f"cases have shape {case.shape}, the outcome {len(outcome)} rows")
        case = np.unique(case, return_inverse=True)[1]
        order = np.lexsort((outcome.entry, case))
        first = np.append(True, np.diff(case[order]) > 0)[: order.size]
        entry, time, state, weight = (x[order] for x in (outcome.entry, outcome.time, outcome.state, outcome.counts))
        later = np.flatnonzero(~first)
        for wrong, what in (
            (entry[later] < time[later - 1], "overlap"),
            (state[later - 1] >= COMPETING, "follow its leaving"),
            (weight[later] != weight[later - 1], "differ in weight"),
        ):
            if np.any(wrong):
                raise ValueError(f"rows of a case {what}, in {np.count_nonzero(wrong)} places")
        # A gap starts where a case begins and after every event; every row belongs to the gap that started last.
        starts = first.copy()
        starts[later] |= state[later - 1] == EVENT
        number, origin = np.empty_like(case), np.empty_like(entry)
        origin[order] = entry[np.flatnonzero(starts)[np.cumsum(starts) - 1]]
        number[order] = _since_the_first((~first & starts).astype(np.int64), first)
        return cls(order, first, case, number, origin)


def _since_the_first(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Cumulate rows (in order of case and entry) within each case."""
    total = np.cumsum(values, axis=0)
    start = np.flatnonzero(first)
    return total - (total[start] - values[start])[np.cumsum(first) - 1]


def _not_left(table: DayTable) -> tuple[np.ndarray, np.ndarray]:
    """The product-limit curve of not having left, before and after each day."""
    stay = 1 - table.competing / table.at_risk
    curve = np.cumprod(np.where(stay > 1e-12, stay, 0.0))  # sums of weights are rounded
    return np.append(1.0, curve[:-1]), curve


def _variance(table: DayTable, rows: _Rows, rate: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Sum of the squared derivatives of the mean up to each day by the weight of a case, times that weight.

    An event moves the mean by `rate`; leaving on day v moves the later increments by -1 / (n - d), which is
    -(mean(t) - mean(v)) / (n - d) up to day t. So the derivative is P - mean(t) Q, with P and Q free of t.
    """
    left = table.at_risk - table.competing
    leaving = np.divide(1.0, left, out=np.zeros(left.size), where=left > 1e-12 * table.at_risk)
    none = np.zeros(table.day.size)
    parts = [_Influence.of(table, rows, rate, mean * leaving), _Influence.of(table, rows, none, leaving)]
    pp, pq, qq = (_sum_over_cases(table, rows, parts[a], parts[b]) for a, b in ((0, 0), (0, 1), (1, 1)))
    return pp - 2 * mean * pq + mean**2 * qq


class _Influence(NamedTuple):
    """A derivative by the weight of a case, as it runs along the rows (in order of case and entry)."""

    drift: np.ndarray  # (days + 1,) what every case loses per day at risk, cumulated
    end: np.ndarray  # (n,) at the end of the row
    level: np.ndarray  # (n,) while the row lasts, before the drift

    @classmethod
    def of(cls, table: DayTable, rows: _Rows, on_event: np.ndarray, on_leaving: np.ndarray) -> "_Influence":
        daily = (on_event * table.events + on_leaving * table.competing) / table.at_risk
        drift = np.append(0.0, np.cumsum(daily))
        change = at_exit(table, Influence(np.stack([np.zeros(daily.size), on_event, on_leaving]), drift))[rows.order]
        end = _since_the_first(change, rows.first)
        return cls(drift, end, end - change + drift[table.entry_index[rows.order]])


def _sum_over_cases(table: DayTable, rows: _Rows, a: _Influence, b: _Influence) -> np.ndarray:
    """For each day, the sum over cases of weight squared x a x b as they stand at its end: (days,)."""
    entry, left = table.entry_index[rows.order], table.exit_index[rows.order]
    square = np.ones(entry.size) if table.weight is None else table.weight[rows.order] ** 2
    again = np.flatnonzero(~rows.first)  # rows that follow another of their case

    def by_day(index, value):
        return np.cumsum(np.bincount(index, value, minlength=table.day.size))

    def in_row(value):
        return by_day(entry, value) - by_day(left, value)

    resting = by_day(left, square * a.end * b.end) - by_day(entry[again], (square * a.end * b.end)[again - 1])
    now_a, now_b = a.drift[1:], b.drift[1:]
    moving = in_row(square * a.level * b.level) - now_a * in_row(square * b.level) - now_b * in_row(square * a.level)
    return resting + moving + now_a * now_b * in_row(square)
