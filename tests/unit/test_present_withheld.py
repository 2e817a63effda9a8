"""What has no number at all is said in words, and a footnote that nothing points to is gone."""

from pilot_analysis.messages import load
from pilot_analysis.present.table import Cell, Row, Table
from pilot_analysis.present.withheld import gathered

EN = load("en")
FEW, NONE = "Withheld: fewer than 10 people.", "Nobody returned."


def line(section, *notes, text="–"):
    return Row([Cell("line"), *(Cell(text if note else "5", "r", note) for note in notes)], section)


def table(*rows, notes=("How it was done.",)):
    return Table("T", ["a", "b", "c"], list(rows), list(notes), [FEW, NONE])


def test_a_section_without_any_number_becomes_a_note_that_names_it_and_says_why():
    made = gathered(table(line("one", 1, 1), line("one", 1, 1), line("two", 0, 2)), EN)
    assert [row.section for row in made.rows] == ["two"]
    assert made.notes == ["How it was done.", f"Not shown: one (2 of 2 lines). {FEW}"]


def test_sections_with_the_same_reason_share_a_note():
    made = gathered(table(line("one", 1, 1), line("two", 2, 2), line("three", 1, 1), line("four", 0, 0)), EN)
    assert made.notes[1:] == [
        f"Not shown: one (1 of 1 lines); three (1 of 1 lines). {FEW}",
        f"Not shown: two (1 of 1 lines). {NONE}",
    ]
    assert made.footnotes == []


def test_one_number_or_one_word_keeps_a_section_whole():
    words = Row([Cell("line"), Cell("as allocated"), Cell("–", "r", 1)], "words")
    made = gathered(table(line("number", 0, 1), line("number", 1, 1), words), EN)
    assert len(made.rows) == 3
    assert made.notes == ["How it was done."]


def test_many_lines_without_a_number_leave_a_section_that_has_one():
    made = gathered(table(line("one", 0, 1), *(line("one", 1, 1) for _ in range(3)), line("two", 0, 0)), EN)
    assert [len(made.rows), made.notes[1:]] == [2, [f"Not shown: one: line, line, line. {FEW}"]]
    many = gathered(table(line("one", 0, 1), *(line("one", 1, 1) for _ in range(99))), EN)
    assert many.notes[1:] == [f"Not shown: one (99 of 100 lines). {FEW}"]
    plain = gathered(table(line("", 0, 1), *(line("", 1, 1) for _ in range(3))), EN)
    assert plain.notes[1:] == [f"Not shown: line, line, line. {FEW}"]


def test_a_table_without_any_number_has_no_lines_and_one_sentence():
    made = gathered(table(line("one", 1, 1), line("two", 1, 2)), EN)
    assert made.rows == made.footnotes == []
    assert made.notes == [f"No number of this table can be shown. {FEW} {NONE}"]


def test_footnotes_are_those_that_are_pointed_to_in_the_order_of_the_lines():
    made = gathered(table(line("one", 2, 0), line("two", 0, 1), line("one", 1, 0)), EN)
    assert made.footnotes == [NONE, FEW]
    assert [[cell.note for cell in row.cells[1:]] for row in made.rows] == [[1, 0], [0, 2], [2, 0]]
    assert gathered(table(line("one", 1, 0)), EN).footnotes == [FEW]


def test_a_table_that_was_empty_or_full_stays_as_it_is():
    full, empty = (
        table(line("one", 1, 0), line("one", 0, 2)),
        Table("T", ["a", "b"], [], ["Nothing was delivered."], []),
    )
    assert gathered(full, EN) == full
    assert gathered(empty, EN) == empty
