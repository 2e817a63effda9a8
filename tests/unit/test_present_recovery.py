"""The table and the figure of lasting recovery: what they show, and that relapse is described and not compared."""

import pandas as pd
import pytest
from present_rows import PLAN, released, row

from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.present.material import Material
from pilot_analysis.present.relapse import relapse_figure
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables_recovery import recovery
from pilot_analysis.schemas.columns import conform
from pilot_analysis.schemas.results import RELEASED_CURVES

EN, NL = load("en").under(PLAN), load("nl").under(PLAN)
MINUS = "\N{MINUS SIGN}"
ITT = {"endpoint": "none", "population": "itt"}
RETURNED = {"endpoint": "sustained_rtw", "population": "returned", "origin": "confirmed_return"}
POINTS = [(0.0, 0.0, 60), (20.0, 0.1, 50), (50.0, 0.15, 30)]


def rows() -> list[dict]:
    made = []
    for arm, share, spells in (("intervention", 0.62, 0.2), ("control", 0.5, 0.25)):
        about = {**ITT, "origin": "t0", "level": arm, "time": 365}
        limits = {"ci_low": share - 0.1, "ci_high": share + 0.1, "unit": "probability"}
        for measure in ("at_work_365", "at_work_365_complete"):
            made.append(row("recovery", measure, estimate=share, n=90, n_events=45, **limits, **about))
        made.append(row("recovery", "state_known_365", estimate=90, n=120, unit="people", **about))
        made.append(
            row("recovery", "spells_per_case", estimate=spells, ci_low=0.1, ci_high=0.4, unit="events",
                **{**about, "origin": "enrolment", "time": 320})
        )  # fmt: skip
        made += _relapse("arm", arm)
    difference = {"level": "intervention - control", **ITT}
    made.append(row("recovery", "at_work_365_difference", estimate=0.12, ci_low=-0.02, ci_high=0.26,
                    origin="t0", time=365, unit="probability", **difference))  # fmt: skip
    made.append(row("recovery", "spells_per_case_difference", estimate=-0.05, ci_low=-0.2, ci_high=0.1,
                    origin="enrolment", time=320, unit="events", **difference))  # fmt: skip
    return made + _relapse("all", "all")


def _relapse(group_by: str, level: str) -> list[dict]:
    at = {**RETURNED, "group_by": group_by, "level": level, "time": 42.0, "n": 60, "n_events": 12}
    share = {"estimate": 0.13, "ci_low": 0.08, "ci_high": 0.2, "unit": "probability"}
    return [
        row("relapse", "probability", **share, **at),
        row("relapse", "probability_leaving_censored", **{**share, "estimate": 0.14}, **at),
        row("relapse", "n_at_risk", estimate=44, unit="people", **at),
        row("relapse", "n_at_risk", status="suppressed", unit="people", reason="few", **{**at, "time": 91.0}),
    ]


def lines(messages, made=None) -> dict[str, list[str]]:
    table = recovery(Store(released(rows() if made is None else made)), messages, 10)
    return {line.cells[0].text: [cell.text for cell in line.cells[1:]] for line in table.rows}


def test_shares_are_per_cent_and_their_difference_percentage_points():
    found = lines(EN)
    assert found["At work on day 365, weighted"] == [
        "62% (52 to 72)", "50% (40 to 60)", f"+12 percentage points ({MINUS}2 to 26)", ""]  # fmt: skip
    assert found["Known on day 365"][:2] == ["90 of 120", "90 of 120"]
    spells = found["New absence spells per person, within 320 days of enrolment"]
    assert spells == ["0.20 (0.10 to 0.40)", "0.25 (0.10 to 0.40)", f"{MINUS}0.05 ({MINUS}0.20 to 0.10)", ""]
    assert lines(NL)["Aan het werk op dag 365, gewogen"][2] == f"+12 procentpunten ({MINUS}2 tot 26)"


def test_relapse_has_no_difference_and_says_that_it_describes_a_selection():
    assert lines(EN)["Within 42 days; leaving counts as no relapse"] == ["13% (8 to 20)"] * 2 + ["", "13% (8 to 20)"]
    notes = recovery(Store(released(rows())), EN, 10).notes
    assert any("descriptive" in note and "a selection" in note for note in notes)


def test_an_empty_store_gives_an_empty_table():
    assert lines(EN, [row("quality", "n", population="allocated", group_by="all", unit="rows", estimate=1)]) == {}


def drawn(levels: tuple[str, ...], messages=EN):
    made = [
        {"analysis": "relapse", "group_by": "all" if level == "all" else "arm", "level": level, "time": time,
         "se": 0.02, "estimate": height, "ci_low": height / 2, "ci_high": 2 * height, "n_at_risk": at_risk, **RETURNED}
        for level in levels for time, height, at_risk in POINTS
    ]  # fmt: skip
    curves = conform(pd.DataFrame(made, columns=list(RELEASED_CURVES.columns)), RELEASED_CURVES)
    with style.context():
        return relapse_figure(Material(Store(released(rows())), curves, messages, PLAN, True, 10))


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text")) if text.get_text()]


def test_the_figure_counts_days_since_the_confirmed_return_and_withholds_small_numbers():
    figure = drawn(("intervention", "control", "all"))
    axes, table = figure.axes
    assert axes.get_xlim() == (0, 91)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0\n0 wk", "42\n6 wk", "91\n13 wk"]
    numbers = [(text.get_position()[0], text.get_text()) for text in table.texts]
    assert numbers[:3] == [(0, "60"), (42, "44"), (91, "×")]
    assert axes.get_ylim()[1] == pytest.approx(0.402)  # the band reaches 30 %
    assert {"intervention", "control"} <= set(texts(figure))
    assert "All" not in texts(figure)


def test_the_figure_says_that_those_who_returned_are_a_selection():
    shown = " ".join(texts(drawn(("intervention", "control")))).replace("\n", " ")
    assert "a selection that may differ between the arms" in shown
    assert "SYNTHETIC DATA" in shown


def test_without_one_of_the_arms_all_are_drawn_together_and_without_anything_it_says_so():
    shown = texts(drawn(("intervention", "all")))
    assert "All" in shown
    assert "intervention" not in shown
    assert "Both arms together" in " ".join(shown).replace("\n", " ")
    assert "No figure" in texts(drawn(()))
