"""Numbers of a text as numbers of a workbook, and widths of columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot_analysis.messages import load
from pilot_analysis.present.table import Cell, Row, Table
from pilot_analysis.report import layout
from pilot_analysis.report.document import Words
from pilot_analysis.report.sheet import of_numbers, of_words
from pilot_analysis.report.spoken import Number, only_number, spoken

WORDS = {"section": "Part", "number": "number", "low": "low", "high": "high", "shown": "shown", "key": "key"}


@pytest.mark.parametrize(
    ("text", "numbers", "limits"),
    [
        ("154.0 (137.0 to 171.0)", [154.0], (137.0, 171.0)),
        ("−25.3 (−49.5 to −1.1)", [-25.3], (-49.5, -1.1)),
        ("249 (133 to not reached)", [249.0], (133.0, None)),
        ("67% (54 to 78)", [0.67], (0.54, 0.78)),
        ("47% (38 to 56; 56 of 120)", [0.47, 56.0, 120.0], (0.38, 0.56)),
        ("73 (61%)", [73.0, 0.61], (None, None)),
        ("χ² = 4.19 (df 1); p = 0.041", [4.19, 1.0, 0.041], (None, None)),
        ("12,798 (10,589 to 15,008)", [12798.0], (10589.0, 15008.0)),
        ("p < 0.001", [], (None, None)),
        ("< 10", [], (None, None)),
        ("–", [], (None, None)),
        ("+4 points (−22 to 18)", [4.0], (-22.0, 18.0)),
        ("2 (1 to ∞)", [2.0], (1.0, None)),
        ("week 13", [13.0], (None, None)),
    ],
)
def test_numbers_and_limits_of_a_text(text, numbers, limits):
    found = spoken(text, "en")
    assert [number.value for number in found.numbers] == numbers
    assert tuple(limit and limit.value for limit in (found.low, found.high)) == limits


def test_dutch_notation_is_read_as_dutch():
    found = spoken("−2.104,4 (−5.456,8 tot 1.151,3)", "nl")
    assert (found.numbers[0].value, found.low.value, found.high.value) == (-2104.4, -5456.8, 1151.3)
    assert spoken("249 (133 tot niet bereikt)", "nl").high is None


@given(
    st.floats(min_value=-1e7, max_value=1e7),
    st.integers(min_value=0, max_value=4),
    st.booleans(),
    st.sampled_from(["nl", "en"]),
)
def test_what_the_catalogue_writes_is_read_back(x, digits, signed, language):
    text = load(language).number(x, digits, signed=signed)
    assert only_number(text, language).value == round(float(x), digits) + 0.0


@pytest.mark.parametrize(
    ("text", "form"),
    [("1,5", "0.0"), ("+1,5", "+0.0;−0.0;0.0"), ("12.798", "#,##0"), ("34%", "0%"), ("2,5%", "0.0%"), ("7", "0")],
)
def test_a_number_keeps_the_form_in_which_it_was_written(text, form):
    assert only_number(text, "nl").form == form


def test_columns_of_a_sheet():
    rows = [
        Row([Cell("age"), Cell("44.0 (12.9)", "a"), Cell("0.07", "b"), Cell("12"), Cell("word")], "first"),
        Row([Cell("days"), Cell("5.0 (1.0 to 9.0)", "c"), Cell("–", "d", 1), Cell(""), Cell("13")], "second"),
    ]
    made = of_numbers(Table("t", ["", "One", "Two", "Plain", "Mixed"], rows, [], ["Why"]), "en", WORDS)
    heads = ["Part", "", "One: shown", "One: number 1", "One: number 2", "One: low", "One: high", "One: key"]
    assert [column.header for column in made.columns] == [*heads, "Two", "Two: key", "Plain", "Mixed"]
    assert made.rows[0][2:8] == ["44.0 (12.9)", Number(44.0, "0.0"), Number(12.9, "0.0"), None, None, "a"]
    limits = [Number(1.0, "0.0"), Number(9.0, "0.0")]
    assert made.rows[1][2:8] == ["5.0 (1.0 to 9.0)", Number(5.0, "0.0"), None, *limits, "c"]
    assert [row[8:] for row in made.rows] == [
        [Number(0.07, "0.00"), "b", Number(12.0, "0"), "word"],
        ["– [1]", "d", None, "13"],
    ]


def test_headers_of_a_sheet_are_unique():
    rows = [Row([Cell("x"), Cell("1", "a"), Cell("2", "b")])]
    made = of_numbers(Table("t", ["x", "People", "People"], rows), "en", WORDS)
    assert [column.header for column in made.columns] == ["x", "People", "People: key", "People (2)", "People: key (2)"]


def test_several_texts_of_a_cell_stand_below_each_other():
    assert of_words(Words("w", "t", ("a", "b"), (("x", ("one", "two")),))).rows == [["x", "one\ntwo"]]


def numbers(columns, *rows):
    return layout.of_numbers(Table("t", columns, [Row([Cell(text, "x") for text in row]) for row in rows]))


def test_a_table_fits_the_page_and_its_words():
    made = numbers(["Outcome", "A", "B"], ("Mean time not yet back", "148.3 (119.0 to 177.7)", "1"))
    assert not made.turned
    assert made.points == 9
    assert sum(made.widths) <= layout.UPRIGHT + 1e-6
    assert made.widths[0] > made.widths[2]


def test_long_texts_turn_the_page_and_never_go_over_its_edge():
    made = numbers(["Effect", "Why", "Source"], *[("some words " * 12, "more words " * 15, "1") for _ in range(9)])
    assert made.turned
    assert layout.UPRIGHT < sum(made.widths) <= layout.TURNED + 1e-6


def test_too_many_columns_get_the_smallest_type():
    made = numbers([f"column {k}" for k in range(30)], ["12.34 (10.00 to 99.99)"] * 30)
    assert (made.turned, made.points) == (True, 7)
    assert sum(made.widths) == pytest.approx(layout.TURNED)


def test_an_interval_stays_on_one_line():
    assert layout.unbroken("5.0 (1.0 to 9.0)") == "5.0 (1.0\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}9.0)"
    assert layout.unbroken("no bracket here") == "no bracket here"


def test_a_table_without_rows_has_widths():
    assert len(numbers(["a", "b"]).widths) == 2
