"""What suppliers call the canonical columns: for each table and column, names that are clear and names that are not.

- Names are compared without case, accents and signs; `%` and `percentage`, `nr` and `nummer`, `1e` and `eerste` are
  the same.
- Clear names need no question; of the others the meaning, or the unit, has to be asked.
- Fails on names that are not listed: then nothing is proposed.
"""

from __future__ import annotations

import re
from functools import cache

from pilot_analysis.intake.names import joined
from pilot_analysis.schemas.canonical import TABLES

CLEAR, UNCLEAR = 2, 1


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CASE = (
    "volgnummer volgnr pseudoniem pseudonym casenummer casusnummer respondentnummer deelnemernummer studienummer "
    "onderzoeksnummer proefpersoonnummer koppelnummer uniekecode pseudoniemnummer",
    "id nummer code sleutel personeelsnummer medewerkernummer werknemernummer clientnummer patientnummer dossiernummer "
    "externalreference externaldatareference respondentid deelnemerid token",
)
_DATED = "datum"
_KNOWN: dict[str, dict[str, tuple[str, str]]] = {
    "allocation": {
        "organisation": ("organisatie werkgever bedrijf organisatiecode instelling organisatienaam", "klant"),
        "cluster_id": ("bedrijfsarts bedrijfsartscode cluster clusternummer", "arts behandelaar casemanager afdeling"),
        "stratum": ("stratum randomisatiestratum", "sector branche blok"),
        "enrolment_date": (
            "datumaanmelding aanmelddatum aanmeldingsdatum aanmelding inclusiedatum datuminclusie instroomdatum "
            "toewijzingsdatum datumtoewijzing aangemeldop",
            "datum startdatum randomisatiedatum datumrandomisatie datumdeelname",
        ),
        "arm": (
            "groep arm conditie onderzoeksgroep studiearm toewijzing interventiegroep randomisatiegroep", "traject",
        ),
    },
    "cases": {
        "department": (
            "afdeling afdelingsnaam naamafdeling organisatieonderdeel onderdeel", "team dienst kostenplaats sector",
        ),
        "region": ("regio gebied rayon", "provincie locatie vestiging"),
        "job_group": (
            "functiegroep functiefamilie beroepsgroep functiecategorie", "functie beroep functieniveau schaal",
        ),
        "sex": ("geslacht sekse gender mv", ""),
        "birth_year": ("geboortejaar gebjaar gebjr jaargeboorte jaarvangeboorte", "leeftijd"),
        "contract_fte": (
            "deeltijdfactor dtf fte parttimefactor dienstverbandfactor contractfte deeltijdfactorfte",
            "deeltijd omvangdienstverband aanstellingsomvang deeltijdpct parttimepct contracturen urenperweek",
        ),
        "daily_wage_eur": ("dagloon brutodagloon svdagloon wiadagloon", "loon salaris"),
        "followup_end_date": (
            "datumeinde einddatum einddat datumuitdienst uitdienstdatum uitdienst einddatumdienstverband "
            "datumeindedienstverband datumuitstroom uitstroomdatum",
            "tot totdatum",
        ),
        "followup_end_reason": (
            "redeneinde eindreden redenuitdienst uitdienstreden redenuitstroom uitstroomreden redeneindedienstverband",
            "reden",
        ),
    },
    "absence_spells": {
        "first_absence_date": (
            "eersteziektedag eersteaodag eersteverzuimdag eersteziekteverzuimdag begindatumverzuim startdatumverzuim "
            "aanvangverzuim aanvangsdatumverzuim datumziek startverzuim eersteziekdag datumeersteziektedag",
            "ziekmelddatum datumziekmelding datummelding begindatum startdatum aanvang datumaanvang ingangsdatum begin",
        ),
        "return_date": (
            "hersteldatum datumhersteld datumherstel hersteldatumvolledig laatsteziektedag laatsteaodag "
            "laatsteverzuimdag eersteherstelddag eerstewerkdag datumvolledigherstel",
            "betermelddatum datumbeter hersteldmelding datumhersteldmelding einddatum datumeinde einddatumverzuim "
            "einde datumwerkhervatting",
        ),
    },
    "ao_percent": {
        "valid_from": ("ingangsdatum vanaf geldigvanaf datumingang vanafdatum ingang", f"{_DATED} mutatiedatum per"),
        "ao_percent": (
            "aopct ao arbeidsongeschiktheidspct verzuimpct pctverzuim pctao pcthersteld herstelpct hersteldpct pctziek "
            "ziektepct pctarbeidsongeschikt pctherstel",
            "pct aanwezigheidspct pctaanwezig",
        ),
        "wage_value_percent": ("loonwaarde loonwaardepct pctloonwaarde", ""),
    },
    "diagnoses": {
        "recorded_on": ("diagnosedatum datumdiagnose registratiedatum datumregistratie", _DATED),
        "cas_code": ("cascode cas", "diagnosecode diagnose code"),
        "position": ("positie rangorde", "volgorde rang prioriteit diagnosenummer"),
    },
    "fml": {
        "assessed_on": ("fmldatum datumfml beoordelingsdatum datumbeoordeling", _DATED),
        "fml_version": ("fmlversie versiefml", "versie"),
        "personal_functioning": ("persoonlijkfunctioneren", "rubriek1"),
        "social_functioning": ("sociaalfunctioneren", "rubriek2"),
        "physical_environment": (
            "fysiekeomgeving fysiekeomgevingseisen aanpassingaanfysiekeomgevingseisen", "rubriek3",
        ),
        "dynamic_actions": ("dynamischehandelingen", "rubriek4"),
        "static_postures": ("statischehoudingen", "rubriek5"),
        "working_hours": ("werktijden", "rubriek6"),
        "hours_per_day_item": ("urenperdagitem", "urenperdag"),
    },
    "ad_activities": {
        "performed_on": ("uitvoeringsdatum datumuitvoering datumactiviteit activiteitdatum", _DATED),
        "activity": ("activiteit soortactiviteit typeactiviteit", "verrichting soort"),
        "route": ("route", "traject"),
        "hours": ("uren aantaluren bestedeuren", "tijd"),
        "cost_eur": ("kosten kosteneur kosteneuro", "bedrag tarief"),
    },
    "costs": {
        "incurred_on": ("boekdatum boekingsdatum kostendatum datumkosten", f"{_DATED} factuurdatum"),
        "category": ("kostensoort kostencategorie categorie soort soortkosten", "omschrijving type"),
        "amount_eur": ("bedrag bedrageur bedrageuro kosten kostenbedrag", "totaal tarief"),
    },
    "employee_survey": {
        "wave_week": ("meetweek weekmeting weekvanmeting verzuimweek week", "wave meting golf meetmoment"),
        "completed_on": ("ingevuldop invuldatum datumingevuld submitdate", f"{_DATED} enddate recordeddate"),
    },
    "ad_survey": {
        "timing_week": ("timingweek weektiming verzuimweek week", "timing"),
        "completed_on": ("ingevuldop invuldatum datumingevuld submitdate", f"{_DATED} enddate recordeddate"),
    },
    "interview_themes": {
        "interview_id": ("interview interviewnummer gespreksnummer", "id nummer gesprek"),
        "respondent_role": ("rol respondentrol rolrespondent", "functie"),
        "organisation": ("organisatie werkgever bedrijf organisatiecode", ""),
        "theme": ("thema themacode", "code"),
        "valence": ("valentie toon lading", "richting"),
    },
}  # fmt: skip
VERSIONS = _listed("mutatienr mutatievolgnr versie versienr volgnrmutatie berichtnr meldingversie mutatiemoment")
MARKS = _listed("status mutatiesoort soortmutatie mutatietype berichtsoort verwerkingsstatus statusmelding")
PLATFORM = _listed(
    "startdate enddate status progress durationinseconds duration finished recordeddate responseid distributionchannel "
    "userlanguage submitdate lastpage startlanguage seed datestamp interviewtime"
)


@cache
def key(name: str) -> str:
    """A name in the form in which names are compared."""
    text = joined(name.replace("%", " pct "))
    text = re.sub(r"^(1e|1ste)", "eerste", text)
    return re.sub(r"percentage|procent|perc(?![a-z])", "pct", text).replace("nummer", "nr")


@cache
def names_of(table: str) -> dict[str, tuple[str, int]]:
    """For each known name (as `key`) the canonical column of `table` and how clear the name is."""
    known = _KNOWN[table] | ({"case_id": _CASE} if "case_id" in TABLES[table].columns else {})
    names: dict[str, tuple[str, int]] = {}
    for column, (clear, unclear) in known.items():
        for listed, degree in ((unclear, UNCLEAR), (clear, CLEAR)):
            better = [name for name in map(key, listed.split()) if degree > names.get(name, ("", 0))[1]]
            names |= dict.fromkeys(better, (column, degree))
    return names | {key(column): (column, CLEAR) for column in TABLES[table].columns}
