"""Privacy at the door: what identifies people is refused, what only looks like it is not."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_tables import SOUND, read, replaced, sourced, told

from pilot_analysis.intake.cells import Cells, Labelled, from_list, objects
from pilot_analysis.intake.identifiers import far_above_chance, in_texts, passes_eleven_test
from pilot_analysis.intake.names import identifies, medical, register_number
from pilot_analysis.intake.privacy import found_in_cells, sentences, shown
from pilot_analysis.schemas.canonical import TABLES

HEAD, *ROWS = SOUND["cases.csv"].splitlines()
FULL = ["rule", "file", "line", "column", "count"]


def valid_bsns(count: int, seed: int = 1) -> list[int]:
    numbers = np.unique(np.random.default_rng(seed).integers(10**8, 10**9, 40 * count))
    return numbers[passes_eleven_test(numbers)][:count].tolist()


def rules_in(*texts) -> set[str]:
    return set(found_in_cells(from_list(texts)))


def refused(intake) -> list[tuple]:
    return [row[1:] for row in told(intake, "severity", *FULL) if row[0] == "stop"]


def with_column(name: str, cells: list[str]) -> dict[str, str]:
    rows = [f"{row},{cell}" for row, cell in zip(ROWS, cells, strict=True)]
    return {"cases.csv": "\n".join([f"{HEAD},{name}", *rows, ""])}


# Names of columns


@pytest.mark.parametrize(
    "name",
    [
        "naam", "Naam medewerker", "VOORNAAM", "achter naam", "Voor- en achternaam", "naam bedrijfsarts", "BSN",
        "bsn_nr", "Burgerservicenummer", "sofi-nummer", "e-mail", "E-mailadres", "RecipientEmail", "RecipientFirstName",
        "Telefoon", "tel. nr", "mobiel", "Geboortedatum", "geb. datum", "Date_of_Birth", "adres", "Straat + huisnummer",
        "postcode", "Póstcode", "IBAN", "rekeningnummer", "IPAddress", "ip_adres", "LocationLatitude",
        "LocationLongitude", "paspoortnummer", "Kenteken", "first name", "Surname", "phone", "address",
    ],
)  # fmt: skip
def test_names_of_direct_identifiers(name):
    assert identifies(name)


@pytest.mark.parametrize(
    "name",
    [
        "Volgnummer", "Geboortejaar", "naam_afdeling", "Afdelingsnaam", "organisatienaam", "Naam organisatie",
        "deelname", "opname", "Functienaam", "mobiliteit", "mailing", "telling", "Bedrijfsarts", "Grootboekrekening",
        "themanaam", "Adres organisatie", "Datum aanmelding", "% hersteld", "1e AO-dag", "Soort",
    ],
)  # fmt: skip
def test_names_of_things_are_no_identifiers(name):
    assert not identifies(name)


def test_no_canonical_column_is_an_identifier_or_outside_the_medical_tables_medical():
    for table in TABLES.values():
        assert [name for name in table.columns if identifies(name) or register_number(name)] == []
        assert table.medical or [name for name in table.columns if medical(name)] == []


@pytest.mark.parametrize("name", ["Naam", "BSN", "E-mailadres", "Geboortedatum"])
def test_a_column_with_the_name_of_an_identifier_stops_until_it_is_dropped(tmp_path, name):
    files = with_column(name, ["a", "b", "c"])
    intake = read(tmp_path / "a", files)
    assert refused(intake) == [("identifier_column", "cases.csv", None, name, 1)]
    assert "`drop`" in intake.issues["mend"].iloc[0]
    dropped = sourced(tmp_path / "b", f"file: p.csv\ndrop: [{name}]", {"p.csv": files["cases.csv"]}, table="cases")
    assert told(dropped) == []


def test_an_identifier_is_refused_where_it_is_mapped_as_well(tmp_path):
    files = {"p.csv": SOUND["cases.csv"].replace("department", "Naam", 1)}
    intake = sourced(tmp_path, "file: p.csv\ncolumns: {department: Naam}", files, table="cases")
    assert refused(intake) == [("identifier_column", "p.csv", None, "Naam", 1)]


def test_a_personnel_number_stops_unless_it_is_the_pseudonym_which_is_told(tmp_path):
    stray = read(tmp_path / "a", with_column("Personeelsnummer", ["1", "2", "3"]))
    assert refused(stray) == [("register_number", "cases.csv", None, "Personeelsnummer", 1)]
    files = {"p.csv": SOUND["cases.csv"].replace("case_id", "Personeelsnr", 1)}
    mapped = sourced(tmp_path / "b", "file: p.csv\ncolumns: {case_id: Personeelsnr}", files, table="cases")
    assert told(mapped) == [("note", "register_number_as_pseudonym", "p.csv", None, "Personeelsnr", 1)]


@pytest.mark.parametrize(
    "name", ["Diagnose", "CAS-code", "FML", "Beperkingen", "Medicatie", "Reden verzuim", "Klachten"]
)
def test_a_medical_column_of_an_employer_is_called_medical(tmp_path, name):
    assert refused(read(tmp_path, with_column(name, ["a", "b", "c"]))) == [
        ("medical_supplier", "cases.csv", None, name, 1)
    ]


@pytest.mark.parametrize("name", ["Eerste ziektedag", "casenr", "Casemanager", "Vangnet", "Verzuimpercentage"])
def test_names_about_absence_are_not_medical(name):
    assert not medical(name)


@pytest.mark.parametrize(
    "name", ["P000624", "Médéwerker 612345678", "31-12-2021", "j.jansen@werk.nl", "7b4e9a12-c3d4", "1234 AB", "12,5"]
)
def test_a_name_that_looks_like_a_value_is_not_repeated(tmp_path, name):
    assert name not in shown(name, 3)
    assert name not in read(tmp_path, with_column(f'"{name}"', ["a", "b", "c"])).issues.to_csv()


def test_a_name_that_is_also_a_cell_of_its_column_is_not_repeated(tmp_path):
    intake = read(tmp_path, with_column("Jansen", ["x", "Jansen", "y"]))
    assert told(intake, "rule", "column") == [
        ("column_unknown", "column 11 (its name looks like a value and is not shown)")
    ]


# BSN


def test_golden_numbers_of_the_eleven_test():
    assert passes_eleven_test(np.array([123456782, 249566758])).all()
    assert not passes_eleven_test(np.array([0, 123456783, 249566785])).any()


def test_the_limit_is_six_of_six():
    assert not far_above_chance(5, 5)
    assert far_above_chance(6, 6)
    assert not far_above_chance(100, 1000)
    assert far_above_chance(200, 1000)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), prefix=st.sampled_from(["", "P", "NL-"]), count=st.integers(1, 400))
def test_random_pseudonyms_of_nine_digits_pass(seed, prefix, count):
    numbers = np.random.default_rng(seed).integers(10**7, 10**9, count)
    assert rules_in(*(f"{prefix}{number}" for number in numbers.tolist())) == set()


@pytest.mark.parametrize(
    "write",
    [
        str, float, lambda n: n, lambda n: f"{n:09d}"[:4] + "." + f"{n:09d}"[4:6] + "." + f"{n:09d}"[6:],
        lambda n: f"{n // 10**6} {n // 1000 % 1000:03d} {n % 1000:03d}", lambda n: f"P{n}", lambda n: f"BSN-{n}",
        lambda n: f"'{n}", lambda n: Labelled(float(n), None, False),
    ],
)  # fmt: skip
def test_a_column_of_valid_numbers_is_refused_however_they_are_written(write):
    assert rules_in(*map(write, valid_bsns(8))) == {"bsn_column"}


def test_valid_numbers_of_eight_digits_are_refused():
    numbers = np.arange(10_000_000, 10_001_000)
    assert rules_in(*map(str, numbers[passes_eleven_test(numbers)].tolist())) == {"bsn_column"}


def test_a_part_of_the_column_is_enough_and_only_its_lines_are_given():
    numbers = valid_bsns(8)
    cells = from_list([*(f"P{place:04d}" for place in range(1000)), *map(str, numbers)])
    assert np.flatnonzero(found_in_cells(cells)["bsn_column"]).tolist() == list(range(1000, 1008))


def test_repeated_numbers_count_once_so_that_one_number_by_chance_stops_nobody():
    assert rules_in(*["123456782"] * 500) == set()


def test_a_pseudonym_that_is_a_bsn_stops_the_run(tmp_path):
    changes = dict(SOUND)
    for old, new in zip(("P001", "P002", "P003"), valid_bsns(3), strict=True):
        changes = {name: text.replace(old, str(new)) for name, text in changes.items()}
    extra = "".join(f"{number},2021-05-01,2021-05-02\n" for number in valid_bsns(8)[3:])
    intake = read(tmp_path, changes | {"absence_spells.csv": changes["absence_spells.csv"] + extra})
    assert ("bsn_column", "absence_spells.csv", "2 3 4 5 6 7 8 9", "case_id", 8) in refused(intake)
    assert not any(str(number) in intake.issues.to_csv() for number in valid_bsns(8))


@pytest.mark.parametrize("text", ["BSN 123456782", "zie dossier 249566758", "bsn: 1234.56.782"])
def test_one_valid_number_in_running_text_is_refused(text):
    assert rules_in("kantoor", text) == {"bsn_in_text"}
    assert rules_in("kantoor", text.replace("2", "3", 1)) == set()


# Other identifiers in cells


IDENTIFIERS = {
    "email_address": ["jan.jansen@werk.nl", "mail naar j@b.co.uk svp"],
    "phone_number": [
        "06-12345678", "0612345678", "06 12 34 56 78", "+31 6 12345678", "+31612345678", "0031612345678",
        "+31 (0)6 12345678", "020-1234567", "(020) 123 45 67", "0182-123456", "bel 0201234567 aub",
    ],
    "iban": ["NL91ABNA0417164300", "nl91 abna 0417 1643 00 t.n.v. x", "DE89370400440532013000"],
    "postcode_and_number": ["1234 AB 12", "1234AB12", "1234ab 12a", "Dorpsstraat 12, 1234 AB Utrecht"],
}  # fmt: skip
HARMLESS = [
    "01-02-2021", "06-02-2021 10:30", "2021-06-12 10:11:12", "06-12-2021 12:15 uur", "02-03-2021 t/m 04-05-2021",
    "0000012345", "012345678901", "S0123456", "org_noord-ba5", "0,612345678", "12.345,67", "1000.0", "A-361", "1234 AB",
    "in 2021 op 12 mei", "IVA/WIA", "NL92ABNA0417164300", "123456783", "x@y", "1-op-1 begeleiding",
    "Facilitair bedrijf, huisvesting, schoonmaak en beheer", "7b4e9a12-c3d4-4e5f-8a9b-0c1d2e3f4a5b",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in IDENTIFIERS.items() for text in texts])
def test_one_identifier_in_one_cell_is_seen(rule, text):
    assert rules_in("kantoor", text, "techniek") == {rule}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_an_identifier_passes(text):
    assert rules_in("kantoor", text, "techniek") == set()


@pytest.mark.parametrize("rule", IDENTIFIERS)
def test_an_identifier_in_a_cell_is_refused_by_its_line_without_the_cell(tmp_path, rule):
    text = IDENTIFIERS[rule][0]
    intake = read(tmp_path, replaced("cases.csv", "P002,kantoor", f'P002,"{text}"'))
    assert refused(intake) == [(rule, "cases.csv", "3", "department", 1)]
    assert text not in intake.issues.to_csv()


@pytest.mark.parametrize(
    ("low", "high", "form"),
    [(0, 10**10, "{:010d}"), (0, 2**32, "{:08x}"), (0, 2**63, "{:016x}"), (0, 2**63, "{:016X}")],
)
@pytest.mark.parametrize("count", [30, 30_000])
def test_random_codes_pass_although_some_look_like_identifiers(low, high, form, count):
    numbers = np.random.default_rng(7).integers(low, high, count).tolist()
    assert rules_in(*map(form.format, numbers)) == set()


def test_a_column_of_telephone_numbers_or_postcodes_is_refused_as_a_whole():
    numbers = np.random.default_rng(3).integers(10_000_000, 60_000_000, 50).tolist()
    assert rules_in(*(f"06{number}" for number in numbers)) == {"phone_number"}
    assert rules_in(*(f"{1000 + place}AB{place}" for place in range(50))) == {"postcode_and_number"}


def test_an_identifier_in_a_column_of_codes_is_seen(tmp_path):
    assert rules_in("ba1", "ba2", "ba3", "0612345678") == {"phone_number"}
    intake = read(tmp_path, replaced("allocation.csv", "ba1", "ba1@werk.nl"))
    assert refused(intake) == [("email_address", "allocation.csv", "2", "cluster_id", 1)]


def test_dropped_columns_are_never_looked_at(tmp_path):
    files = {"p.csv": with_column("Contact", ["0612345678", "a@b.nl", "BSN 123456782"])["cases.csv"]}
    assert told(sourced(tmp_path, "file: p.csv\ndrop: [Contact]", files, table="cases")) == []


# Free text

SENTENCES = [
    "heeft last van zijn rug sinds de verhuizing", "Mevrouw is boos op haar leidinggevende.",
    "Kan niet tillen. Wil wel terug naar kantoor", "een lange reeks van woorden " * 3,
]  # fmt: skip
CATEGORIES = [
    "kantoor", "Hart- en vaatziekten, poli 3", "Facilitair bedrijf, huisvesting, schoonmaak en beheer", "P. & O.",
    "zorg en welzijn regio zuid-oost (locatie 2)", "IVA/WIA", "Team B.V. Noord",
]  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_in_a_column_of_categories_are_refused(tmp_path, text):
    intake = read(tmp_path, replaced("cases.csv", "P003,techniek", f'P003,"{text}"'))
    assert refused(intake) == [("free_text", "cases.csv", "4", "department", 1)]
    assert text.strip() not in intake.issues.to_csv()


def test_names_of_categories_are_no_sentences():
    assert not sentences(from_list(CATEGORIES)).any()


def test_a_sentence_that_values_translates_is_a_label(tmp_path):
    files = {"p.csv": SOUND["cases.csv"].replace("kantoor", "werkt op kantoor en niet thuis")}
    entry = "file: p.csv\nvalues: {department: {werkt op kantoor en niet thuis: kantoor, techniek: techniek}}"
    assert told(sourced(tmp_path, entry, files, table="cases")) == []


SURVEY = "case_id,wave_week,completed_on,work_pace,remark\nP001,6,2021-07-20,4,{}\n"


def test_free_text_is_taken_in_surveys_where_it_is_declared_and_searched(tmp_path):
    entry = "file: s.csv\nfree_text: [remark]"
    files = {"s.csv": SURVEY.format("Ik ben weer aan het werk.")}
    table = sourced(tmp_path / "a", entry, files, table="employee_survey").tables["employee_survey"]
    assert table["remark"].tolist() == ["Ik ben weer aan het werk."]
    assert table["work_pace"].tolist() == [4.0]
    refusal = sourced(tmp_path / "b", "file: s.csv", files, table="employee_survey")
    assert refused(refusal) == [("item_not_a_number", "s.csv", "2", "remark", 1)]
    files = {"s.csv": SURVEY.format("Bel mij op 06-12345678 als het kan.")}
    phone = sourced(tmp_path / "c", entry, files, table="employee_survey")
    assert refused(phone) == [("phone_number", "s.csv", "2", "remark", 1)]


@pytest.mark.parametrize(
    ("table", "file", "entry"),
    [
        ("cases", SOUND["cases.csv"], "free_text: [department]"),
        ("employee_survey", SURVEY.format(""), "free_text: [remark]\ndrop: [remark]"),
        ("employee_survey", SURVEY.format(""), "free_text: [completed_on]"),
    ],
)
def test_free_text_belongs_to_items_of_surveys_that_are_not_dropped(tmp_path, table, file, entry):
    intake = sourced(tmp_path, f"file: s.csv\n{entry}", {"s.csv": file}, table=table)
    assert [row[::3] for row in refused(intake)][:1] == [("sources_invalid", "free_text")]


# Scale


def test_found_rows_are_those_of_the_distinct_cells():
    cells = Cells(objects(["a@b.nl", "kantoor", None]), np.array([1, 0, 2, 0, 1]))
    assert found_in_cells(cells)["email_address"].tolist() == [False, True, False, True, False]
    assert in_texts(pa.array([], pa.string())) == {}
