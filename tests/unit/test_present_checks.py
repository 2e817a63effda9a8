"""Tables and figures of what stands behind the results: other ways, exits, checks, cells, two engines."""

import numpy as np
import pytest
from present_rows import ARMS, PLAN, curves, no_curves, released, row, small_store

from pilot_analysis.messages import load
from pilot_analysis.present.figures import draw_all
from pilot_analysis.present.tables import build_all

EN, NL = load("en").under(PLAN), load("nl").under(PLAN)
RATIO, DIFFERENCE = "intervention / control", "intervention - control"
MINUS = "\N{MINUS SIGN}"


def line(table, header):
    found = [row for row in table.rows if row.cells[0].text == header]
    assert len(found) == 1, [row.cells[0].text for row in table.rows]
    return [cell.text for cell in found[0].cells[1:]]


@pytest.fixture(scope="module")
def tables():
    effect = {"level": RATIO, "estimate": 1.41, "ci_low": 1.02, "ci_high": 1.94, "unit": "ratio"}
    days = {"level": DIFFERENCE, "estimate": -25.3, "ci_low": -49.5, "ci_high": -1.1, "time": 281}
    cell = {"group_by": "arm*cas_group", "unit": "events"}
    rows = [
        row("days_not_returned", "mean_difference", p_value=0.041, **days),
        row("days_not_returned_adjusted", "mean_difference", p_value=0.2, **days),
        row("minimum_detectable", "difference", level=DIFFERENCE, estimate=34.6, time=281),
        row("rerandomisation", "studentised_difference", level=DIFFERENCE, estimate=-2.05, p_value=0.043),
        row("cuminc", "cumulative_incidence", level="control", time=91, estimate=0.28, ci_low=0.2, ci_high=0.35),
        row("cuminc", "cumulative_incidence_leaving", level="control", time=91, status="suppressed"),
        row("cuminc", "gray", estimate=4.38, df=1, p_value=0.036, unit="statistic"),
        row("fine_gray", "subdistribution_hazard_ratio", **effect),
        row("ph_test", "ph_adjusted", estimate=1.15, df=1, p_value=0.28, unit="statistic"),
        row("ph_test", "ph_adjusted", group_by="all", term="global", estimate=5, df=5, p_value=0.4, unit="statistic"),
        row("cox_adjusted", "hazard_ratio", **effect),
        row("cox_adjusted_clustered", "hazard_ratio", level=RATIO, status="not_estimable", reason="no event"),
        row("events_per_cell", "events", level="intervention:other", estimate=30, n=60, n_events=30, **cell),
        row("minimum_detectable", "hazard_ratio", level=f"{RATIO} @ other", estimate=2.24, group_by="arm*cas_group"),
    ]
    about = {"endpoint": "none", "population": "itt", "origin": "none", "group_by": "analysis", "unit": "numbers"}
    for measure, value in (("rows", 72), ("rows_compared", 70), ("digits", 12), ("known_differences", 2)):
        method = "second engine: statsmodels; R's numbers in tests/reference"
        rows.append(row("agreement", measure, level="cox_adjusted", estimate=value, method=method, **about))
    return build_all(released(rows), EN)


def test_the_primary_difference_stands_beside_other_ways(tables):
    ways = tables["primary_ways"]
    first = line(ways, "P1: from week 13, of 281 days; leaving counts as not returned")
    assert first == [f"{MINUS}25.3 ({MINUS}49.5 to {MINUS}1.1)", "0.041", "34.6"]
    assert line(ways, "Re-randomisation test within organisation")[:2] == [
        f"difference / standard error = {MINUS}2.05",
        "0.043",
    ]
    adjusted = next(row for row in ways.rows if "pseudo-values" in row.cells[0].text)
    assert adjusted.cells[3].text == ""


def test_exits_name_the_day_of_absence_and_withhold_few(tables):
    exits = tables["exits"]
    assert line(exits, "Returned by day 175 of absence")[:2] == ["", "28% (20 to 35)"]
    assert line(exits, "Left without return by day 175 of absence")[1] == "–"
    assert line(exits, "Return, Gray's test")[2] == "χ² = 4.38 (df 1); p = 0.036"
    assert line(exits, "Return, subdistribution hazard ratio")[2] == "1.41 (1.02 to 1.94)"


def test_checks_show_tests_and_other_intervals_with_reasons(tables):
    checks = tables["checks"]
    assert line(checks, "intervention (versus control)") == ["χ² = 1.15 (df 1); p = 0.28"]
    assert line(checks, "all terms together") == ["χ² = 5.00 (df 5); p = 0.40"]
    assert line(checks, "Model-based") == ["1.41 (1.02 to 1.94)"]
    assert line(checks, "Clustered (sandwich)") == ["–"]
    assert checks.footnotes == ["Nobody returned."]


def test_cells_and_what_they_could_show(tables):
    assert line(tables["cells"], "other") == ["30", "", "2.24"]


def test_the_agreement_names_counts_and_engine(tables):
    assert line(tables["agreement"], "Cox, adjusted") == ["72", "70", "12", "2", "statsmodels"]


@pytest.mark.parametrize(("used", "named"), [(", organisation", True), ("; without organisation", False)])
def test_organisation_is_named_only_where_it_was_adjusted_for(used, named):
    adjusted = row(
        "days_not_returned_adjusted", "mean_difference", level=DIFFERENCE, time=281, estimate=-3.0, ci_low=-9,
        ci_high=3, method="adjusted for age, male, CAS group" + used,
    )  # fmt: skip
    label = build_all(released([adjusted]), EN)["primary_ways"].rows[0].cells[0].text
    assert ("organisation" in label) == named


@pytest.fixture(scope="module")
def drawn():
    points = [(0, 0.0, 148), (30, 0.2, 140), (120, 0.5, 80), (250, 0.7, 12)]
    few = [(0, 0.0, 148), (100, 0.05, 90), (200, 0.1, 30)]
    made = [(name, "arm", arm, points) for name in ("cuminc", "standardised") for arm in ARMS]
    made += [("cuminc_leaving", "arm", "control", few)]
    made += [("effect_over_time", "arm", RATIO, [(0, 0.8, 200), (60, 1.6, 120), (150, 1.2, 40)])]
    return draw_all(small_store(), curves(made), EN, PLAN)


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text")) if text.get_text()]


def test_exits_draw_returning_and_leaving(drawn):
    axes = drawn["exits_full_rtw"].axes[0]
    heights = [line.get_ydata()[-1] for line in axes.lines if len(line.get_xdata()) > 2 and line.get_marker() != "None"]
    assert heights == pytest.approx([0.7, 0.7, 0.1])
    assert "left: control" in [text.replace("\n", " ") for text in texts(drawn["exits_full_rtw"])]
    assert "left: intervention" not in [text.replace("\n", " ") for text in texts(drawn["exits_full_rtw"])]


def test_constancy_draws_the_ratio_of_each_interval_over_its_days(drawn):
    axes = drawn["constancy_full_rtw"].axes[0]
    spans = [line for line in axes.lines if len(set(np.round(line.get_ydata(), 9))) == 1 and len(line.get_xdata()) == 2]
    drawn_over = [(*line.get_xdata(), line.get_ydata()[0]) for line in spans if line.get_linewidth() > 1.5]
    assert np.array(drawn_over) == pytest.approx(np.array([(84, 144, 0.8), (144, 234, 1.6), (234, 365, 1.2)]))
    assert axes.get_yscale() == "log"


def test_without_released_curves_a_note_stands_in_their_place():
    figures = draw_all(small_store(), no_curves(), EN, PLAN)
    assert EN.t("figure.empty.constancy") in " ".join(texts(figures["constancy_full_rtw"])).replace("\n", " ")
    assert not figures["exits_full_rtw"].axes
