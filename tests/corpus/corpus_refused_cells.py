"""Deliveries with cells that are of no or of a wrong type, date or key."""

import datetime as dt

import pandas as pd
from corpus_base import EXTRA, SOUND, Refused, column, only, parquet, rows, sav, sourced, swap, table, typed, workbook

SPELLS, CASES = "absence_spells.csv", "cases.csv"


def cell(area: str, mode: str, rule: str, file: str, column: str, old: str, new: str, *also: str) -> Refused:
    """One cell of `file` that is wrong."""
    return Refused(area, mode, rule, file, column, swap(file, old, new), also)


def day_month_year(cells: str) -> dict:
    """Spells as day-month-year, of which the first has other cells."""
    lines = "zt9d_c3,03-06-2021,04-08-2021\nhj4p_d4,04-06-2021,05-10-2021\n"
    text = f"case_id,first_absence_date,return_date\nkx7r_a1,{cells}\n{lines}"
    return sourced("absence_spells", 'file: v.csv\ndate_format: "%d-%m-%Y"', {"v.csv": text})


def changed(file: str, place: int, number: int, value: object) -> list[list]:
    """Typed rows of `file` with one cell changed (the header is row 0)."""
    lines = typed(file)
    lines[place][number] = value
    return lines


def with_zone() -> pd.DataFrame:
    """Spells whose first day is a moment in a time zone."""
    frame = table(SPELLS)
    moments = pd.to_datetime(frame["first_absence_date"]).dt.tz_localize("Europe/Amsterdam")
    return frame.assign(first_absence_date=moments)


def two_employers() -> dict:
    """Two employers with twelve people each; the file of the first also holds somebody allocated in the second."""
    people = {name: [f"p{letter}7r_{name}1" for letter in "abcdefghijkl"] for name in ("a", "b")}
    enrolled = [f"{person},org_{name},,,2021-06-{12 + number},{('control', 'intervention')[number % 2]}"
                for name in people for number, person in enumerate(people[name])]  # fmt: skip
    absent = [
        f"{person},2021-06-0{1 + number % 9},2022-01-{11 + number}"
        for name in people
        for number, person in enumerate(people[name])
    ]
    records = {name: [f"{person},dep_q,reg_n,job_k,female,19{60 + number},1,{100 + number}.25,," for number, person in
                      enumerate(people[name])] for name in people}  # fmt: skip
    cases = {
        "p_1.csv": only(CASES, *records["a"], records["b"][0])[CASES],
        "p_2.csv": only(CASES, *records["b"][1:])[CASES],
    }
    return (
        only("allocation.csv", *enrolled)
        | only(SPELLS, *absent)
        | only("ao_percent.csv")
        | sourced("cases", "file: p_*.csv", cases)
    )


TYPES = [
    cell("types", "letters for a number", "not_a_number", CASES, "daily_wage_eur", "151.37", "n.t.b."),
    cell("types", "a thousands sign", "not_a_number", CASES, "daily_wage_eur", "151.37", "1.151.37"),
    cell("types", "a per cent sign", "not_a_number", "ao_percent.csv", "ao_percent", "25.75", "25.75%"),
    cell("types", "a currency sign", "not_a_number", CASES, "daily_wage_eur", "151.37", "€ 151.37"),
    cell("types", "an infinite number", "not_a_number", CASES, "daily_wage_eur", "151.37", "inf"),
    Refused("types", "a decimal comma where a point is declared", "not_a_number", "p.csv", "daily_wage_eur",
            sourced("cases", 'file: p.csv\ndelimiter: ";"', {"p.csv": SOUND[CASES].replace(",", ";").replace("151.37",
            "151,37")})),
    Refused("types", "a decimal point where a comma is declared", "not_a_number", "p.csv", "daily_wage_eur",
            sourced("cases", 'file: p.csv\ndelimiter: ";"\ndecimal: ","',
                    {"p.csv": SOUND[CASES].replace(",", ";").replace(".", ",").replace("151,37", "151.37")})),
    Refused("types", "true in a column of numbers", "not_a_number", "p.xlsx[Blad1]", "daily_wage_eur",
            sourced("cases", "file: p.xlsx", {"p.xlsx": workbook(Blad1=changed(CASES, 1, 7, True))})),
    Refused("types", "a date in a column of numbers", "not_a_number", "p.xlsx[Blad1]", "daily_wage_eur",
            sourced("cases", "file: p.xlsx", {"p.xlsx": workbook(Blad1=changed(CASES, 1, 7, dt.date(2021, 11, 23)))})),
    Refused("types", "an error of Excel in a cell", "excel_error", "p.xlsx[Blad1]", "daily_wage_eur",
            sourced("cases", "file: p.xlsx", {"p.xlsx": workbook(Blad1=changed(CASES, 1, 7, "=1/0"))})),
    Refused("types", "an error of Excel in a cell that may be empty", "excel_error", "v.xlsx[Blad1]", "return_date",
            sourced("absence_spells", "file: v.xlsx", {"v.xlsx": workbook(Blad1=changed(SPELLS, 1, 2, "=1/0"))})),
    Refused("types", "merged cells", "cells_merged", "v.xlsx[Blad1]", None,
            sourced("absence_spells", "file: v.xlsx", {"v.xlsx": workbook(Blad1=typed(SPELLS), merged="B2:B4")})),
    Refused("types", "a label of SPSS that the map lacks", "value_not_mapped", "toe.sav", "arm",
            sourced("allocation", "file: toe.sav\nvalues: {arm: {Interventie: intervention}}", {"toe.sav": sav(
                table("allocation.csv").assign(arm=[1.0, 2.0, 1.0, 2.0]),
                variable_value_labels={"arm": {1.0: "Controle", 2.0: "Interventie"}})})),
    Refused("types", "a code of SPSS that is declared missing", "cell_empty", "p.sav", "contract_fte",
            sourced("cases", "file: p.sav", {"p.sav": sav(
                table(CASES).assign(contract_fte=[99.0, 0.5, 0.5, 0.5]), missing_ranges={"contract_fte": [99]})})),
    cell("types", "a fraction for a whole number", "not_a_whole_number", CASES, "birth_year", "1983", "1983.5"),
    cell("types", "text for a whole number", "not_a_whole_number", "fml.csv", "social_functioning", "5,2,",
         "5,dertien,"),
    cell("types", "an empty cell of text", "cell_empty", CASES, "department", "dep_qa", ""),
    cell("types", "an empty number", "cell_empty", CASES, "daily_wage_eur", "151.37", ""),
    cell("types", "an empty date", "cell_empty", SPELLS, "first_absence_date", "2021-06-01", "", "ao_outside_spell"),
    cell("keys", "an empty pseudonym", "cell_empty", SPELLS, "case_id", "kx7r_a1", "", "ao_outside_spell"),
    Refused("types", "a required cell that counts as missing", "cell_empty", "p.csv", "sex",
            sourced("cases", "file: p.csv\nmissing: [onbekend]", {"p.csv": swap(CASES, "female", "onbekend")[CASES]})),
    cell("types", "a word outside the list", "value_not_listed", "allocation.csv", "arm", "control", "contr_arm"),
    cell("types", "a listed word in capitals", "value_not_listed", CASES, "sex", "female", "Female"),
    cell("types", "an unknown reason", "value_not_listed", CASES, "followup_end_reason", "employment_end", "verhuisd"),
    cell("types", "an unknown activity", "value_not_listed", "ad_activities.csv", "activity", "early_assessment",
         "koffie"),
    Refused("types", "a value that the map lacks", "value_not_mapped", "toe.csv", "arm",
            sourced("allocation", "file: toe.csv\nvalues: {arm: {I: intervention, C: control}}",
                    {"toe.csv": SOUND["allocation.csv"].replace(",control", ",C", 1).replace(",intervention",
                    ",loting", 1)})),
    cell("types", "a contract of nought", "out_of_range", CASES, "contract_fte", ",1.0,", ",0,"),
    cell("types", "hours a week for a share of full time", "out_of_range", CASES, "contract_fte", ",1.0,", ",36,"),
    cell("types", "a negative wage", "out_of_range", CASES, "daily_wage_eur", "151.37", "-151.37"),
    cell("types", "a year of birth of two digits", "out_of_range", CASES, "birth_year", "1983", "83",
         "age_out_of_range"),
    cell("types", "AO% above 100", "out_of_range", "ao_percent.csv", "ao_percent", "62.5", "162.5"),
    cell("types", "a negative AO%", "out_of_range", "ao_percent.csv", "ao_percent", "62.5", "-62.5"),
    Refused("types", "more than 100 per cent recovered", "out_of_range", "ao.csv", "ao_percent",
            sourced("ao_percent", "file: ao.csv\nao_percent_is: percent_recovered",
                    {"ao.csv": SOUND["ao_percent.csv"].replace("62.5", "137.5")})),
    cell("types", "an FML count above the rubric's size", "out_of_range", "fml.csv", "working_hours", "1,1,2", "1,7,2"),
    cell("types", "a fourth diagnosis position", "out_of_range", "diagnoses.csv", "position", "P651,1", "P651,4"),
    cell("types", "a survey wave in week nought", "out_of_range", "employee_survey.csv", "wave_week", "a1,6,", "a1,0,",
         "survey_far_from_week"),
    cell("types", "negative hours", "out_of_range", "ad_activities.csv", "hours", "6.75", "-6.75"),
    cell("types", "a negative amount", "out_of_range", "costs.csv", "amount_eur", "312.45", "-312.45"),
    cell("types", "a CAS code without digits", "pattern", "diagnoses.csv", "cas_code", "P651", "burnout"),
    cell("types", "a CAS code of four digits", "pattern", "diagnoses.csv", "cas_code", "P651", "P6510"),
    cell("keys", "a pseudonym that is too short", "pattern", "interview_themes.csv", "interview_id", "int_pq81", "q81"),
    cell("keys", "a pseudonym with a blank", "pattern", SPELLS, "case_id", "kx7r_a1", "kx7r a1", "orphan",
         "ao_outside_spell"),
    cell("keys", "a pseudonym that is too long", "pattern", SPELLS, "case_id", "kx7r_a1", "kx7r_a1" * 10, "orphan",
         "ao_outside_spell"),
]  # fmt: skip

DATES = [
    cell("dates", "day-month-year without saying so", "not_a_date", SPELLS, "first_absence_date", "2021-06-01",
         "01-06-2021"),
    cell("dates", "a year of two digits", "not_a_date", SPELLS, "first_absence_date", "2021-06-01", "21-06-01"),
    cell("dates", "a day that does not exist", "not_a_date", SPELLS, "return_date", "2021-09-03", "2021-09-31"),
    cell("dates", "the 29th of February in a common year", "not_a_date", SPELLS, "return_date", "2021-09-03",
         "2022-02-29"),
    cell("dates", "the end of time without saying so", "not_a_date", SPELLS, "return_date", "2021-09-03", "9999-12-31"),
    cell("dates", "a year before 1800", "not_a_date", SPELLS, "first_absence_date", "2021-06-01", "0021-06-01"),
    cell("dates", "a time of day in text", "not_a_date", SPELLS, "return_date", "2021-09-03", "2021-09-03 08:30"),
    cell("dates", "a month in words", "not_a_date", SPELLS, "return_date", "2021-09-03", "3 september 2021"),
    cell("dates", "a number without signs", "not_a_date", SPELLS, "return_date", "2021-09-03", "20210903"),
    cell("dates", "a word for a date", "not_a_date", SPELLS, "return_date", "2021-09-03", "onbekend"),
    Refused("dates", "month before day", "not_a_date", "v.csv", "return_date", day_month_year("01-06-2021,09-13-2021")),
    Refused("dates", "ISO where another form is declared", "not_a_date", "v.csv", "first_absence_date",
            day_month_year("2021-06-01,03-09-2021")),
    Refused("dates", "slashes where dashes are declared", "not_a_date", "v.csv", "return_date",
            day_month_year("01-06-2021,03/09/2021")),
    Refused("dates", "serial numbers of Excel without saying so", "not_a_date", "v.xlsx[Blad1]", "first_absence_date",
            sourced("absence_spells", "file: v.xlsx", {"v.xlsx": workbook(Blad1=typed(SPELLS, serial=True))})),
    Refused("dates", "a serial number before the first of March 1900", "not_a_date", "v.xlsx[Blad1]", "return_date",
            sourced("absence_spells", "file: v.xlsx\ndate_format: excel", {"v.xlsx": workbook(Blad1=changed(SPELLS, 1,
            2, 12))})),
    Refused("dates", "serial numbers that count from 1904", "dates_from_1904", "v.xlsx[Blad1]", None,
            sourced("absence_spells", "file: v.xlsx\ndate_format: excel",
                    {"v.xlsx": workbook(Blad1=typed(SPELLS, serial=True), from_1904=True)})),
    Refused("dates", "moments with a time zone", "not_a_date", "absence_spells.parquet", "first_absence_date",
            {SPELLS: None, "absence_spells.parquet": parquet(with_zone())}),
    cell("dates", "a return a century late", "far_past_cutoff", SPELLS, "return_date", "2021-09-03", "2121-09-03"),
    cell("dates", "an enrolment far past the cut-off", "far_past_cutoff", "allocation.csv", "enrolment_date",
         "2021-06-10", "2026-06-10"),
    cell("dates", "an assessment far past the cut-off", "far_past_cutoff", "fml.csv", "assessed_on", "2021-08-24",
         "2028-08-24"),
]  # fmt: skip

KEYS = [
    Refused("keys", "a person twice in cases", "duplicate_key", CASES, "case_id", rows(CASES,
            SOUND[CASES].splitlines()[1])),
    Refused("keys", "a spell twice", "duplicate_key", SPELLS, "case_id", rows(SPELLS, "kx7r_a1,2021-06-01,2021-09-03")),
    Refused("keys", "two AO% values on one day", "duplicate_key", "ao_percent.csv", "case_id",
            rows("ao_percent.csv", "kx7r_a1,2021-07-01,40,")),
    Refused("keys", "two FML assessments on one day", "duplicate_key", "fml.csv", "case_id",
            rows("fml.csv", EXTRA["fml.csv"].splitlines()[1])),
    Refused("keys", "a wave answered twice", "duplicate_key", "employee_survey.csv", "case_id",
            rows("employee_survey.csv", "kx7r_a1,6,2021-07-09,3,")),
    Refused("keys", "an interview theme twice", "duplicate_key", "interview_themes.csv", "interview_id",
            rows("interview_themes.csv", EXTRA["interview_themes.csv"].splitlines()[1])),
    Refused("keys", "the same spells in two files", "duplicate_key", "v_1.csv", "case_id",
            sourced("absence_spells", "file: v_*.csv", {"v_1.csv": SOUND[SPELLS], "v_2.csv": SOUND[SPELLS]})),
    Refused("keys", "spells of somebody who was never allocated", "orphan", SPELLS, "case_id",
            rows(SPELLS, "yy8n_z9,2021-06-21,")),
    Refused("keys", "a personnel record of somebody who was never allocated", "orphan", CASES, "case_id",
            rows(CASES, "yy8n_z9,dep_qa,reg_n,job_k,female,1988,1,133.33,,")),
    Refused("keys", "a diagnosis of somebody who was never allocated", "orphan", "diagnoses.csv", "case_id",
            rows("diagnoses.csv", "yy8n_z9,2021-06-22,P652,1")),
    Refused("keys", "the answers of somebody who was never allocated", "orphan", "employee_survey.csv", "case_id",
            rows("employee_survey.csv", "yy8n_z9,6,2021-07-23,4,1")),
    cell("keys", "a pseudonym in capitals", "orphan", "ao_percent.csv", "case_id", "kx7r_a1", "KX7R_A1",
         "ao_outside_spell"),
    Refused("keys", "versions that are dates with the day first", "version_is_date", "v.csv", "Gewijzigd",
            sourced("absence_spells", "file: v.csv\nlatest_by: [Gewijzigd]", {"v.csv": column(
                SPELLS, "Gewijzigd", "11-01-2022", "12-01-2022", "13-01-2022", "14-01-2022")[SPELLS]})),
    Refused("keys", "one pseudonym for people of two employers", "organisation_contradicts", "p_1.csv", "case_id",
            two_employers()),
    Refused("keys", "leading noughts lost", "orphan", SPELLS, "case_id",
            {name: text.replace("kx7r_a1", "000471") for name, text in SOUND.items()}
            | {SPELLS: SOUND[SPELLS].replace("kx7r_a1", "4711")}, also=("ao_outside_spell",)),
    Refused("keys", "allocated to both arms", "allocation_contradicts", "allocation.csv", "arm",
            rows("allocation.csv", "kx7r_a1,org_a,ba_ulm,,2021-07-13,intervention")),
    Refused("keys", "allocated in two organisations", "allocation_contradicts", "allocation.csv", "organisation",
            rows("allocation.csv", "kx7r_a1,org_b,ba_ulm,,2021-07-13,control")),
]  # fmt: skip

REFUSED = [*TYPES, *DATES, *KEYS]
