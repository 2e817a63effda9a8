"""The `sources.yaml` of the embedded delivery: which file holds which table, in whose spelling.

- One entry per file or sheet; the maps from canonical to Dutch column names are also what `suppliers` writes with.
- Any change here changes the delivery; the test that reads the delivery back shows whether both still agree.
"""

from __future__ import annotations

from pilot_analysis.synthetic import platforms

DUTCH_DATES = {"date_format": "%d-%m-%Y"}
DUTCH_CSV = {"format": "csv", "delimiter": ";", "decimal": ","}

ALLOCATION_COLUMNS = {
    "case_id": "Volgnummer", "organisation": "Organisatie", "cluster_id": "Bedrijfsarts",
    "enrolment_date": "Datum aanmelding", "arm": "Groep",
}  # fmt: skip
CASE_COLUMNS = {
    "case_id": "Volgnummer", "department": "Afdeling", "region": "Regio", "job_group": "Functiegroep",
    "sex": "Geslacht", "birth_year": "Geboortejaar", "contract_fte": "Deeltijdfactor",
    "daily_wage_eur": "Dagloon", "followup_end_date": "Datum einde",
    "followup_end_reason": "Reden einde",
}  # fmt: skip
NOORD_SPELLS = {"case_id": "Volgnummer", "first_absence_date": "Eerste ziektedag", "return_date": "Datum hersteld"}
NOORD_AO = {"case_id": "Volgnummer", "valid_from": "Ingangsdatum", "ao_percent": "% hersteld"}
ZUID_SPELLS = {"case_id": "Volgnummer", "first_absence_date": "1e AO-dag", "return_date": "Laatste ziektedag"}
ZUID_AO = {"case_id": "Volgnummer", "valid_from": "Vanaf", "ao_percent": "AO%"}
WEST_SPELLS = {"case_id": "Volgnummer", "first_absence_date": "Eerste AO-dag", "return_date": "Hersteldatum"}
WEST_AO = {"case_id": "Volgnummer", "valid_from": "Datum", "ao_percent": "AO%"}
DIAGNOSIS_COLUMNS = {"case_id": "Volgnummer", "recorded_on": "Datum", "cas_code": "CAS-code", "position": "Positie"}
COST_COLUMNS = {"case_id": "Volgnummer", "incurred_on": "Boekdatum", "category": "Soort", "amount_eur": "Bedrag"}

ARM_VALUES = {"I": "intervention", "C": "control"}
SEX_VALUES = {"V": "female", "M": "male", "X": "other", "onbekend": "unknown"}
REASON_VALUES = {
    "uit dienst": "employment_end", "IVA/WIA": "ill_health_retirement", "pensioen": "retirement", "overleden": "death",
    "zwangerschapsverlof": "pregnancy_leave", "toestemming ingetrokken": "consent_withdrawn",
    "uit beeld": "lost_to_followup",
}  # fmt: skip
CATEGORY_VALUES = {
    "bedrijfsarts": "occupational_physician", "casemanager": "case_manager", "vervanging": "replacement",
}  # fmt: skip
CASE_VALUES = {"sex": SEX_VALUES, "followup_end_reason": REASON_VALUES}

INTERNAL_NOTE = "Opmerking intern"
MISSING_MARK = "-"
OPEN_DATE = "31-12-9999"
MUTATION, STATUS, ACTIVE, WITHDRAWN = "Mutatienummer", "Status", "Actief", "Ingetrokken"


def _employer(table: str, file: str, **keys) -> dict:
    return {"table": table, "supplier": "employer", "file": file, **keys}


def _noord() -> list[dict]:
    """Semicolon CSV with decimal comma in cp1252; recovery as % hersteld; a remark that is dropped."""
    csv = {**DUTCH_CSV, "encoding": "cp1252", **DUTCH_DATES}
    return [
        _employer(
            "cases", "noord_medewerkers.csv", **csv, columns=CASE_COLUMNS, values=CASE_VALUES, missing=[MISSING_MARK],
            drop=[INTERNAL_NOTE],
        ),
        _employer(
            "absence_spells", "noord_verzuim_*.csv", **csv, columns=NOORD_SPELLS, open_date=OPEN_DATE,
            return_date_is="first_day_back",
        ),
        _employer("ao_percent", "noord_hersteld.csv", **csv, columns=NOORD_AO, ao_percent_is="percent_recovered"),
    ]  # fmt: skip


def _oost() -> list[dict]:
    """Parquet with the canonical columns."""
    files = {
        "cases": "oost_medewerkers.parquet",
        "absence_spells": "oost_verzuim.parquet",
        "ao_percent": "oost_ao.parquet",
    }
    return [_employer(table, file, format="parquet") for table, file in files.items()]


def _zuid() -> list[dict]:
    """One workbook with three sheets; the last sick day instead of the first day back; serial numbers for AO% dates."""
    book = {"format": "xlsx"}
    return [
        _employer("cases", "zuid.xlsx", **book, sheet="Personeel", columns=CASE_COLUMNS, values=CASE_VALUES),
        _employer(
            "absence_spells", "zuid.xlsx", **book, sheet="Verzuim", columns=ZUID_SPELLS, return_date_is="last_sick_day"
        ),
        _employer("ao_percent", "zuid.xlsx", **book, sheet="AO", columns=ZUID_AO, date_format="excel"),
    ]


def _west() -> list[dict]:
    """Semicolon CSV in UTF-8 with BOM; spells as an event log with corrections and withdrawals."""
    csv = {**DUTCH_CSV, "encoding": "utf-8-sig", **DUTCH_DATES}
    return [
        _employer("cases", "west_personeel.csv", **csv, columns=CASE_COLUMNS, values=CASE_VALUES),
        _employer(
            "absence_spells", "west_mutaties.csv", **csv, columns=WEST_SPELLS, latest_by=[MUTATION],
            withdrawn={STATUS: WITHDRAWN},
        ),
        _employer("ao_percent", "west_ao.csv", **csv, columns=WEST_AO),
    ]  # fmt: skip


def _others() -> list[dict]:
    """Researchers, occupational health service, and the costs."""
    csv = {**DUTCH_CSV, "encoding": "cp1252", **DUTCH_DATES}
    allocation = {"columns": ALLOCATION_COLUMNS, "values": {"arm": ARM_VALUES}}
    costs = {"columns": COST_COLUMNS, "values": {"category": CATEGORY_VALUES}}
    return [
        {"table": "allocation", "supplier": "research", "file": "toewijzing.xlsx", "sheet": "Toewijzing", **allocation},
        {
            "table": "diagnoses",
            "supplier": "health_service",
            "file": "arbodienst_diagnoses.csv",
            **csv,
            "columns": DIAGNOSIS_COLUMNS,
        },
        {"table": "fml", "supplier": "health_service", "file": "arbodienst_fml.csv"},
        {"table": "ad_activities", "supplier": "research", "file": "ad_activiteiten.csv"},
        _employer("costs", "kosten.csv", **csv, **costs),
    ]


def sources() -> dict:
    """Return the content of `sources.yaml`, keys as the specification of the extracts names them."""
    return {"synthetic": True, "sources": [*_others(), *_noord(), *_oost(), *_zuid(), *_west(), *platforms.sources()]}
