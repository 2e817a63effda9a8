"""Tables and figures of cost, from a released store made by the product's own rows."""

from __future__ import annotations

import pytest
from present_rows import PLAN, no_curves
from test_present_figures import texts
from test_release_cost import released

from pilot_analysis.messages import load
from pilot_analysis.present import style
from pilot_analysis.present.cost_figures import acceptability_figure, cost_plane_figure
from pilot_analysis.present.material import Material
from pilot_analysis.present.store import Store
from pilot_analysis.present.tables_cost import cost, cost_effectiveness, cost_places

EN = load("en").under(PLAN)


@pytest.fixture(scope="module")
def shown():
    return released(60, 12)


def drawn(builder, rows):
    with style.context():
        return builder(Material(Store(rows), no_curves(), EN, PLAN))


def test_the_table_of_cost_names_perspectives_and_gives_both_differences(shown):
    table = cost(Store(shown), EN, 10)
    rows = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}
    assert list(rows)[:3] == [
        "Employer, wage paid in full",
        "Employer, wage paid at the reduced share",
        "Society, friction period",
    ]
    days = rows["AO-weighted days of absence (days)"]
    assert [text.split(" ")[0] for text in days] == ["103.3", "210.0", "\N{MINUS SIGN}106.7", "\N{MINUS SIGN}106.7"]
    assert rows["AO-weighted days, leaving censored but for retirement and death"][0].startswith("103.3 (")
    assert rows["Known for the whole year"][:2] == ["30 of 30", "30 of 30"]
    assert "No cost of this kind was delivered." in table.footnotes


def test_places_and_effects_have_a_line_for_everything(shown):
    store = Store(shown)
    assert [row.cells[0].text for row in cost_places(store, EN, 10).rows] == ["d", "r"]
    table = cost_effectiveness(store, EN, 10)
    assert len(table.rows) == 1 + 4 + 1 + 2 * 6 + 1
    assert all("{" not in cell.text for row in table.rows for cell in row.cells)


def test_each_figure_names_its_perspectives(shown):
    plane = texts(drawn(cost_plane_figure, shown))
    assert "Employer, wage paid in full" in plane and "Society, friction period" in plane
    named = " ".join(texts(drawn(acceptability_figure, shown))).replace("\n", " ")
    for perspective in ("Employer, wage paid in full", "Society, friction period"):
        assert perspective in named


def test_what_cannot_be_shown_is_said():
    withheld = drawn(cost_plane_figure, released(18, 0))
    assert any("fewer than 10 people or events" in text.replace("\n", " ") for text in texts(withheld))
    assert "No figure" in texts(drawn(acceptability_figure, released(18, 0)))
