"""The numbers of each figure in sentences, for who cannot see it: read from the released store, in the report's words.

- A function per kind of figure; each returns sentences for the options of the figure. Numbers have the decimals of the
  tables and their interval; one that may not be shown is said to be withheld or not estimable.
- A sentence without any number is left out: what is missing stands in the figure itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from pilot_analysis.messages import Messages
from pilot_analysis.present import style
from pilot_analysis.present.effects import effects
from pilot_analysis.present.reading import decimals
from pilot_analysis.present.store import ARMS, DIFFERENCE, RATIO, Result, Store
from pilot_analysis.present.tables_cost import DAYS, PERSPECTIVES, term_name
from pilot_analysis.present.tables_survey import find, scales, waves

Options = Mapping[str, str]
Sentences = list[str]
_DIGITS = {"days": 1, "points": 1, "ratio": 2, "score": 1}
_STATES = ("absent", "partial", "returned", "recovered", "left")
_PANELS = (PERSPECTIVES[0], PERSPECTIVES[2])  # perspectives that the cost plane shows
_BARS = 3  # assumptions of the tornado that are named
_KINDS = ("for", "against", "undecided", "described", "gap", "waiting", "withheld")


def flow(options: Options, store: Store, messages: Messages) -> Sentences:
    """People allocated, analysed, with the outcome and in the primary analysis, by arm."""
    t = messages.t
    endpoint = t(f"endpoint.{options['endpoint']}")
    steps = (
        ("none", "allocated", t("alt.what.allocated")),
        ("none", "itt", t("flow.itt")),
        (options["endpoint"], "event", t("flow.event", endpoint=endpoint)),
        (options["endpoint"], "landmark_84", t("flow.landmark_84")),
    )
    rows = [
        (name, [store.get("flow", "n", endpoint=of, population="allocated", level=arm, term=term) for arm in ARMS])
        for of, term, name in steps
    ]
    return _each(_arms(name, found, messages, digits=0) for name, found in rows)


def not_returned(options: Options, store: Store, messages: Messages) -> Sentences:
    """Mean days not yet returned by arm, and their difference."""
    about = _about(options)
    means = store.select(analysis="days_not_returned", measure="mean", **about)
    last = max((row.time for row in means), default=None)
    found = [store.get("days_not_returned", "mean", level=arm, time=last, **about) for arm in ARMS]
    apart = store.get("days_not_returned", "mean_difference", level=DIFFERENCE, time=last, **about)
    return _each(
        [
            _arms(messages.t("alt.what.mean_days"), found, messages),
            _one(messages.t("alt.what.difference_days"), apart, messages, signed=True),
        ]
    )


def survival(options: Options, store: Store, messages: Messages) -> Sentences:
    """Median of each level, and the share not yet returned at the first and last milestone that most levels have."""
    family, about = options["family"], _about(options)
    names = {level: messages.t(f"{family}.{level}") for level in style.levels(family)}

    def line(measure: str, time: float | None, what: str, digits: int | None = None) -> str:
        found = {
            name: store.get("km", measure, group_by=family, level=level, time=time, **about)
            for level, name in names.items()
        }
        return _listed(what, found, messages, digits=digits)

    rows = store.select(analysis="km", measure="survival", group_by=family, **about)
    known = Counter(row.time for row in rows if row.ok)
    times = sorted(time for time, levels in known.items() if levels == max(known.values()))
    shares = [line("survival", time, _after("alt.what.not_yet", time, messages)) for time in _ends(times)]
    return _each([line("median", None, messages.t("alt.what.median"), 0), *shares])


def adjusted(options: Options, store: Store, messages: Messages) -> Sentences:
    """Adjusted hazard ratio and difference in days of the arms."""
    about = _about(options)
    ratio = store.get("cox_adjusted", "hazard_ratio", level=RATIO, **about)
    rows = store.select(analysis="days_not_returned_adjusted", measure="mean_difference", level=DIFFERENCE, **about)
    days = [_one(messages.t("alt.what.difference_adjusted"), row, messages, signed=True) for row in rows[:1]]
    return _each([_one(messages.t("alt.what.cox_adjusted"), ratio, messages, ratio=True), *days])


def constancy(options: Options, store: Store, messages: Messages) -> Sentences:
    """Hazard ratio of the whole period and the test that it stays the same."""
    about = _about(options)
    test = store.get("ph_test", "ph_adjusted", level="all", **about)
    return [*adjusted(options, store, messages)[:1], *_each([_test("alt.what.constancy", test, messages)])]


def ao(options: Options, store: Store, messages: Messages) -> Sentences:
    """Mean AO% in the first, the middle and the last week that both arms have."""
    rows = store.select(analysis="ao_curve", measure="mean", population=options["population"])
    by_time: dict[float, dict[str, Result]] = {}
    for row in rows:
        if row.ok:
            by_time.setdefault(row.time, {})[row.level] = row
    times = sorted(time for time, found in by_time.items() if set(ARMS) <= found.keys())
    shown = dict.fromkeys([*times[:1], *times[len(times) // 2 :][:1], *times[-1:]])
    return _each(
        _arms(_after("alt.what.ao", time, messages), [by_time[time][arm] for arm in ARMS], messages) for time in shown
    )


def occupation(options: Options, store: Store, messages: Messages) -> Sentences:
    """Mean days in each state by arm."""
    rows = store.select(analysis="state_occupation", measure="days", population=options["population"])
    found = {(row.term, row.level): row for row in rows}
    lines = []
    for state in _STATES:
        what = messages.t("alt.what.state_days", state=messages.t(f"state.{state}"))
        lines.append(_arms(what, [found[state, arm] for arm in ARMS if (state, arm) in found], messages))
    return _each(lines)


def exits(options: Options, store: Store, messages: Messages) -> Sentences:
    """Probability of return, and of leaving without it, at the last milestone that both arms have."""
    lines, about = [], _about(options)
    for measure, what in (("cumulative_incidence", "returned"), ("cumulative_incidence_leaving", "left")):
        rows = store.select(analysis="cuminc", measure=measure, group_by="arm", **about)
        found = {(row.time, row.level): row for row in rows if row.ok}
        times = sorted({time for time, _ in found if all((time, arm) in found for arm in ARMS)})
        for time in times[-1:]:
            lines.append(_arms(_after(f"alt.what.{what}", time, messages), [found[time, a] for a in ARMS], messages))
    return _each(lines)


def relapse(options: Options, store: Store, messages: Messages) -> Sentences:
    """Probability of relapse at each milestone: by arm where both may be shown, else of all together."""
    rows = store.select(analysis="relapse", measure="probability")
    lines = []
    for time in sorted({row.time for row in rows}):
        found = {row.level: row for row in rows if row.time == time}
        what = _after("alt.what.relapse", time, messages)
        if all(arm in found and found[arm].ok for arm in ARMS):
            lines.append(_arms(what, [found[arm] for arm in ARMS], messages))
        elif "all" in found:
            lines.append(_one(what, found["all"], messages))
    return _each(lines)


def forest(options: Options, store: Store, messages: Messages) -> Sentences:
    """Hazard ratios overall and of each group that has one, with the tests of interaction."""
    about = _about(options)
    lines = []
    for model in ("cox_unadjusted", "cox_adjusted"):
        row = store.get(model, "hazard_ratio", level=RATIO, **about)
        lines.append(_one(messages.t(f"alt.what.{model}"), row, messages, ratio=True))
    for family in ("cas_group", "fml_group"):
        by = f"arm*{family}"
        rows = store.select(analysis="cox_interaction", measure="hazard_ratio", group_by=by, **about)
        found = {messages.word(family, row.group): row for row in rows if row.ok}
        lines.append(_listed(messages.t(f"figure.forest.head.{family}"), found, messages, digits=2))
        test = store.get("cox_interaction", "interaction", group_by=by, level="all", **about)
        lines.append(_test("alt.what.interaction", test, messages))
    return _each(lines)


def cost_plane(options: Options, store: Store, messages: Messages) -> Sentences:
    """Extra cost and days of the intervention, and how often it was cheaper with days saved."""
    rows = {row.term: row for row in store.select(analysis="cost_difference", measure="mean_difference")}
    corners = {row.term: row for row in store.select(analysis="cost_effectiveness", measure="quadrant")}
    lines = [_one(messages.t("alt.what.days_difference"), rows.get(DAYS), messages, signed=True)]
    for name in _PANELS:
        words = term_name(messages, name)
        what = messages.t("alt.what.cost_difference", perspective=words)
        lines.append(_one(what, rows.get(name), messages, signed=True))
        what = messages.t("alt.what.cheaper", perspective=words)
        lines.append(_one(what, corners.get(f"{name}:cheaper_days_saved"), messages))
    return _each(lines)


def acceptability(options: Options, store: Store, messages: Messages) -> Sentences:
    """Probability of being worth its cost at the lowest and the highest worth of a day, per perspective."""
    rows = store.select(analysis="cost_effectiveness", measure="probability_cost_effective")
    lines = []
    for worth in _ends(sorted({float(row.term.rpartition(":")[2]) for row in rows if row.ok})):
        at = [row for row in rows if float(row.term.rpartition(":")[2]) == worth]
        found = {term_name(messages, row.term.rpartition(":")[0]): row for row in at}
        what = messages.t("alt.what.worth", worth=messages.number(worth, 0))
        lines.append(_listed(what, found, messages))
    return _each(lines)


def tornado(options: Options, store: Store, messages: Messages) -> Sentences:
    """The amount as assumed, and the assumptions that change it most."""
    base = [row for row in store.select(analysis="business_case", term="net_mean") if row.ok][:1]
    ends: dict[str, dict[str, Result]] = {}
    for row in store.select(analysis="business_case_sensitivity", measure="net_mean"):
        if row.ok:
            ends.setdefault(row.term, {})[row.level] = row
    whole = [(term, found["low"], found["high"]) for term, found in ends.items() if {"low", "high"} <= found.keys()]
    largest = sorted(whole, key=lambda bar: -abs(bar[2].estimate - bar[1].estimate))[:_BARS]
    lines = [_one(messages.t("alt.what.as_assumed"), row, messages) for row in base]
    for term, low, high in largest:
        name = messages.t(f"business_case.assumption.{term}")
        amounts = {"low": _number(low, messages), "high": _number(high, messages)}
        lines.append(messages.t("alt.bar", name=name, **amounts))
    return _each(lines)


def theory(options: Options, store: Store, messages: Messages) -> Sentences:
    """How many effects of this theory were found for, against, undecided, described, and not measured."""
    found = [effect.kind for effect in effects(store) if effect.theory == options["theory"]]
    return [
        messages.t("alt.effects", kind=messages.t(f"alt.kind.{kind}"), n=messages.number(found.count(kind), 0))
        for kind in _KINDS
        if kind in found
    ]


def survey(options: Options, store: Store, messages: Messages) -> Sentences:
    """Response, then the mean of each scale, at the first and the last wave that both arms have."""
    lines = []
    measures = [("response", "", messages.t("figure.survey.response"))]
    measures += [("mean", name, messages.word("instrument", name)) for name in scales(store)]
    for measure, term, what in measures:
        found = {time: [find(store, measure, arm, term, time) for arm in ARMS] for time in waves(store)}
        both = [time for time, rows in found.items() if all(row.ok for row in rows)]
        for time in _ends(both):
            wave = messages.t("alt.what.wave", what=what, week=int(time) // 7 + 1)
            lines.append(_arms(wave, found[time], messages))
    return _each(lines)


def _about(options: Options) -> dict[str, str]:
    return {name: options[name] for name in ("endpoint", "population")}


def _each(lines: Iterable[str]) -> Sentences:
    return [line for line in lines if line]


def _ends(times: Sequence[float]) -> list[float]:
    """The first and the last, once."""
    return list(dict.fromkeys([*times[:1], *times[-1:]]))


def _after(key: str, time: float, messages: Messages) -> str:
    return messages.t(key, day=messages.number(time, 0))


def _number(result: Result, messages: Messages, digits: int | None = None, signed: bool = False) -> str:
    """The number with its interval, or that there is none."""
    if result.status == "suppressed":
        return messages.t("alt.withheld")
    if not result.ok:
        return messages.t("alt.not_estimable")
    share = result.unit == "probability"
    if share:
        digits = decimals((result.estimate, result.ci_low, result.ci_high))
    elif digits is None:
        digits = _DIGITS.get(result.unit, 0)
    scale, sign = (100, "%") if share else (1, "%" if result.unit in ("percent", "points") else "")
    text = messages.number(scale * result.estimate, digits, signed=signed) + sign
    if result.ci_low is None and result.ci_high is None:
        return text
    return f"{text} ({messages.interval(result.ci_low, result.ci_high, digits, scale=scale)})"


def _arms(what: str, found: Sequence[Result], messages: Messages, digits: int | None = None) -> str:
    """One sentence for both arms; nothing when neither has a number."""
    if len(found) < len(ARMS) or not any(row.ok for row in found):
        return ""
    values = {arm: _number(row, messages, digits) for arm, row in zip(ARMS, found, strict=True)}
    return messages.t("alt.arms", what=what, **values)


def _one(what: str, row: Result | None, messages: Messages, signed: bool = False, ratio: bool = False) -> str:
    """One sentence for one number; nothing without it."""
    if row is None or not row.ok:
        return ""
    return messages.t("alt.one", what=what, value=_number(row, messages, 2 if ratio else None, signed))


def _listed(what: str, found: Mapping[str, Result], messages: Messages, digits: int | None = None) -> str:
    """One sentence for several names, without those of which the store has nothing."""
    shown = {name: row for name, row in found.items() if row.status != "absent"}
    if not any(row.ok for row in shown.values()):
        return ""
    values = "; ".join(f"{name} {_number(row, messages, digits)}" for name, row in shown.items())
    return messages.t("alt.one", what=what, value=values)


def _test(key: str, test: Result, messages: Messages) -> str:
    return messages.t("alt.one", what=messages.t(key), value=messages.p(test.p_value)) if test.ok else ""


Alternative = Callable[[Options, Store, Messages], Sentences]
