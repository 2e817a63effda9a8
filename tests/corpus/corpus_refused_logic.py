"""Deliveries that contradict themselves, or that hold what may not be delivered."""

from corpus_base import EXTRA, SOUND, Refused, column, rows, sourced, swap, without

SPELLS, CASES, AO = "absence_spells.csv", "cases.csv", "ao_percent.csv"

LOGIC = [
    Refused("logic", "a return before the first day", "return_before_absence", SPELLS, "return_date",
            swap(SPELLS, "2021-09-03", "2021-05-28"), also=("ao_after_return",)),
    Refused("logic", "a last sick day well before the first", "return_before_absence", "v.csv", "return_date",
            sourced("absence_spells", "file: v.csv\nreturn_date_is: last_sick_day",
                    {"v.csv": SOUND[SPELLS].replace("2021-09-03", "2021-05-28")}), also=("ao_after_return",)),
    Refused("logic", "a spell that begins within another", "spells_overlap", SPELLS, "first_absence_date",
            rows(SPELLS, "kx7r_a1,2021-08-26,2021-09-14")),
    Refused("logic", "a spell within another", "spells_overlap", SPELLS, "first_absence_date",
            rows(SPELLS, "kx7r_a1,2021-07-16,2021-07-19")),
    Refused("logic", "a spell after one that is still open", "spells_overlap", SPELLS, "first_absence_date",
            rows(SPELLS, "wq2m_b2,2021-08-26,2021-09-14")),
    Refused("logic", "AO% before the first spell", "ao_outside_spell", AO, "valid_from",
            rows(AO, "kx7r_a1,2021-05-17,75,")),
    Refused("logic", "AO% of nought on the day of return", "ao_outside_spell", AO, "valid_from",
            rows(AO, "kx7r_a1,2021-09-03,0,")),
    Refused("logic", "AO% above nought on the day of return", "ao_after_return", AO, "valid_from",
            rows(AO, "kx7r_a1,2021-09-03,25,")),
    Refused("logic", "an end of follow-up before the absence", "followup_before_absence", CASES, "followup_end_date",
            swap(CASES, "2022-03-07", "2021-05-07")),
    Refused("logic", "a date from before birth", "date_before_birth", SPELLS, "first_absence_date",
            rows(SPELLS, "kx7r_a1,1931-06-01,1931-06-08")),
    Refused("logic", "limited hours without a limited item", "fml_hours_contradict", "fml.csv", "hours_per_day_item",
            swap("fml.csv", "1,1,2", "1,0,2")),
    Refused("logic", "a labour expert before the absence", "ad_before_absence", "ad_activities.csv", "performed_on",
            swap("ad_activities.csv", "2021-08-27", "2021-05-27")),
    Refused("logic", "a labour expert before enrolment", "ad_before_enrolment", "ad_activities.csv", "performed_on",
            swap("ad_activities.csv", "2021-08-27", "2021-06-08")),
    Refused("logic", "a questionnaire from before the absence", "survey_before_absence", "employee_survey.csv",
            "completed_on", swap("employee_survey.csv", "2021-07-08", "2021-05-08")),
    Refused("logic", "a questionnaire far from its week", "survey_far_from_week", "employee_survey.csv",
            "completed_on", swap("employee_survey.csv", "2021-07-08", "2021-11-08")),
    Refused("logic", "two arms where organisations are compared", "two_arms_in_organisation", "allocation.csv", "arm",
            {}, compared=True),
    Refused("logic", "an end of follow-up without a reason", "followup_end_incomplete", CASES, "followup_end_reason",
            swap(CASES, "employment_end", "")),
    Refused("logic", "a reason without an end of follow-up", "followup_end_incomplete", CASES, "followup_end_date",
            swap(CASES, "2022-03-07", "")),
    Refused("logic", "a person of thirteen", "age_out_of_range", CASES, "birth_year", swap(CASES, "1983", "2008")),
    Refused("logic", "a person of eighty-one", "age_out_of_range", CASES, "birth_year", swap(CASES, "1983", "1940")),
]  # fmt: skip


def bsn(number: int) -> str:
    """A number of nine digits that passes the eleven-test: the first from `number` on."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    while sum(weight * int(digit) for weight, digit in zip(weights, str(number), strict=True)) % 11:
        number += 1
    return str(number)


def bsn_as_pseudonym() -> dict:
    """Nine people more, whose pseudonym is their BSN; nothing else is delivered of them."""
    return rows("allocation.csv", *(f"{bsn(200000017 + 7770001 * n)},org_a,,,2021-06-1{n},control" for n in range(9)))


def named(header: str, mode: str, rule: str = "identifier_column", cell: str = "x") -> Refused:
    """A column whose name says what it holds, in an employer's file."""
    return Refused("privacy", mode, rule, CASES, header, column(CASES, header, cell))


def cells(mode: str, rule: str, text: str, *also: str) -> Refused:
    """A department whose name is something else."""
    return Refused("privacy", mode, rule, CASES, "department", swap(CASES, "dep_qa", text), also)


SURVEY = without("employee_survey.csv", "support_boss")["employee_survey.csv"]
OPEN = (
    SURVEY.replace("work_pace\n", "work_pace,toelichting\n")
    .replace(",4\n", ",4,Bel mij op 06-24681357\n")
    .replace(",3\n", ",3,\n")
)

PRIVACY = [
    Refused("privacy", "a CAS code in an employer's file", "medical_supplier", CASES, "cas_code",
            column(CASES, "cas_code", "P651")),
    Refused("privacy", "a CAS code in another spelling", "medical_supplier", CASES, "CAS-code",
            column(CASES, "CAS-code", "P651")),
    Refused("privacy", "an FML rubric in an employer's file", "medical_supplier", SPELLS, "static_postures",
            column(SPELLS, "static_postures", "3")),
    Refused("privacy", "diagnoses from an employer", "medical_supplier", "d.csv", None,
            sourced("diagnoses", "file: d.csv\nsupplier: employer", {"d.csv": EXTRA["diagnoses.csv"]})),
    Refused("privacy", "FML from the survey platform", "medical_supplier", "d.csv", None,
            sourced("fml", "file: d.csv\nsupplier: survey", {"d.csv": EXTRA["fml.csv"]})),
    named("Naam", "a column of names", cell="Q. Xylander"),
    named("BSN", "a column of BSNs by its name"),
    named("E-mail adres", "a column of e-mail addresses by its name"),
    named("Geboortedatum", "a column of dates of birth", cell="1983-04-17"),
    named("Woonadres", "a column of addresses"),
    named("Personeelsnummer", "a personnel number beside the pseudonym", "register_number", "w8841"),
    Refused("privacy", "an identifier that is mapped to another column", "identifier_column", "p.csv", "Achternaam",
            sourced("cases", "file: p.csv\ncolumns: {department: Achternaam}",
                    {"p.csv": SOUND[CASES].replace("department", "Achternaam")})),
    Refused("privacy", "columns that Qualtrics adds", "identifier_column", "employee_survey.csv", "RecipientEmail",
            column("employee_survey.csv", "RecipientEmail", "")),
    Refused("privacy", "pseudonyms that are BSNs", "bsn_column", "allocation.csv", "case_id", bsn_as_pseudonym()),
    cells("a BSN within text", "bsn_in_text", f"dep bsn {bsn(314159265)}"),
    cells("an e-mail address in a cell", "email_address", "q.xylander@voorbeeld.nl"),
    cells("a telephone number in a cell", "phone_number", "dep 06-24681357"),
    cells("an IBAN in a cell", "iban", "NL91ABNA0417164300"),
    cells("a postcode with house number in a cell", "postcode_and_number", "3584CS 17"),
    cells("sentences in a column of categories", "free_text", "zij werkt sinds maart weer halve dagen."),
    Refused("privacy", "a telephone number in declared free text", "phone_number", "es.csv", "toelichting",
            sourced("employee_survey", "file: es.csv\nfree_text: [toelichting]", {"es.csv": OPEN})),
    Refused("privacy", "free text declared for another table than a survey", "sources_invalid", "sources.yaml",
            "free_text",
            sourced("cases", "file: p.csv\nfree_text: [department]", {"p.csv": SOUND[CASES]})),
]  # fmt: skip

OUTSIDE = rows(AO, "kx7r_a1,2021-05-17,75,")  # a query
QUERY = "{ao_outside_spell}"


def decided(
    mode: str, rule: str, column: str | None, *lines: str, changes: dict = OUTSIDE, also: tuple = ()
) -> Refused:
    """A row of config/queries.csv that does not help."""
    return Refused("decisions", mode, rule, "config/queries.csv", column, changes, also, lines)


DECISIONS = [
    decided("a decision on what must be mended", "decision_on_stop", "issue_id",
            "{not_a_date},accepted,it is right,JB,2022-03-14", changes=swap(SPELLS, "2021-09-03", "later"),
            also=("not_a_date",)),
    decided("a correction that did not arrive", "decision_not_corrected", "issue_id",
            QUERY + ",corrected,new file promised,JB,2022-03-14", also=("ao_outside_spell",)),
    decided("a decision without a reason", "queries_invalid", "reason", QUERY + ",accepted,,JB,2022-03-14",
            also=("ao_outside_spell",)),
    decided("a decision by nobody", "queries_invalid", "decided_by", QUERY + ",accepted,it is right,,2022-03-14",
            also=("ao_outside_spell",)),
    decided("a decision that does not exist", "queries_invalid", "decision",
            QUERY + ",ignored,it is right,JB,2022-03-14",
            also=("ao_outside_spell",)),
    decided("a decision on a day that is none", "queries_invalid", "decided_on",
            QUERY + ",accepted,it is right,JB,14-3-2022",
            also=("ao_outside_spell",)),
    decided("a second decision on one query", "queries_invalid", "issue_id",
            QUERY + ",accepted,it is right,JB,2022-03-14",
            QUERY + ",excluded,it is wrong,JB,2022-03-15", also=("ao_outside_spell",)),
    decided("what is no id of a finding", "queries_invalid", "issue_id",
            "ao_outside_spell,accepted,it is right,JB,2022-03-14",
            also=("ao_outside_spell",)),
    decided("people excluded on a query about a whole file", "decision_without_rows", "issue_id",
            "{encoding_doubtful},excluded,it reads badly,JB,2022-03-14", also=("encoding_doubtful",),
            changes=sourced("cases", "file: p.csv\nencoding: cp1252",
                            {"p.csv": SOUND[CASES].replace("dep_qa", "café_qa")})),
    decided("a comma in a reason without quotes", "queries_invalid", None,
            QUERY + ",accepted,right, I think,JB,2022-03-14",
            also=("ao_outside_spell",)),
]  # fmt: skip

REFUSED = [*LOGIC, *PRIVACY, *DECISIONS]
