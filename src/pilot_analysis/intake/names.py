"""What the name of a column says: a direct identifier, a number of some register, or medical data.

- A name is split into words at signs, at changes from small to capital and between letters and digits; case and accents
  do not count: `RecipientEmail`, `E-mail adres` and `GEBOORTE_DATUM` are all understood.
- `naam` and `adres` of things (department, organisation, file) are no identifiers, of people they are.
- Dutch compounds are known by their parts; `deelname` and `opname` are no names.
- Fails on names that say nothing (`kolom7`); for those the cells are looked at, see `privacy`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from pilot_analysis.schemas.canonical import FML_RUBRICS


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NAMES = re.compile(
    r"(voor|achter|familie|roep|meisjes|geslachts|eigen|partner|gebruikers|login|contact|volledige|geboorte|"
    r"(mede)?werkne?mers?|medewerkers?|personeels?|persoons|clien(t|ten)|patient(en)?|deelnemers?|respondent(en)?|"
    r"(bedrijfs)?arts(en)?|casemanagers?|leidinggevenden?|managers?)na(am|men)|"
    r"(first|last|sur|full|given|family|fore|middle|nick|user|maiden|employee)names?"
)
_PLAIN = _listed(
    "bsn burgerservicenummer burgerservicenr burgerservice sofi sofinummer sofinr socialsecurity ssn "
    "rijksregisternummer email emails emailadres emailaddress emailadressen mailadres mailaddress mail telefoon "
    "telefoonnummer telefoonnr telefoonnummers phone phonenumber telephone telnr telnummer mobiel mobielnummer "
    "mobielnr mobile mobilephone mobilenumber cellphone gsm gsmnummer fax faxnummer geboortedatum geboortedat "
    "geboortedata gebdatum gebdat geboortedag verjaardag birthdate birthday dateofbirth dob voorletters "
    "voorletter initialen initials tussenvoegsel tussenvoegsels huisnummer huisnr huisnummertoevoeging "
    "housenumber straat straatnaam street streetname postcode postcodes postalcode zipcode zip pc6 woonadres "
    "huisadres thuisadres postadres priveadres homeaddress iban ibannummer rekeningnummer rekeningnr bankrekening "
    "bankrekeningnummer bankrekeningnr banknummer bankaccount accountnumber ip ipadres ipaddress latitude "
    "longitude breedtegraad lengtegraad gps gpslocation paspoort paspoortnummer paspoortnr passport "
    "passportnumber rijbewijs rijbewijsnummer identiteitskaart idkaart kenteken kentekens kentekennummer "
    "licenceplate licenseplate numberplate handtekening signature"
)
_ADJACENT = _listed(
    "email mailadres mailaddress telnr telnummer telno ipadres ipaddress dateofbirth birthdate geboortedatum "
    "gebdatum gebdat datumgeboorte postalcode zipcode socialsecurity sofinr sofinummer bankaccount accountnumber "
    "rekeningnummer rekeningnr huisnummer huisnr housenumber firstname lastname surname fullname givenname "
    "familyname forename licenceplate licenseplate numberplate idkaart voornaam achternaam roepnaam meisjesnaam "
    "familienaam pc6"
)
_WHOLE = frozenset({"tel", "telefoons", "mailto", "adr", "geb", "nm"})  # too short to count beside other words
_OF_A_PERSON = re.compile(r"arts|medewerk|werknem|leidinggev|manager|persoon|partner|patient|client|respondent|deelnem")
_OF_A_THING = re.compile(
    r"afdeling|organisatie|bedrijf|werkgever|instelling|functie|team|regio|locatie|vestiging|kostenplaats|bestand|file|"
    r"variab|thema|theme|item|kolom|column|veld|field|activiteit|activity|product|dienst|unit|sector|department|"
    r"organi[sz]ation|company|employer|job|region|site|groep|group|arm|rol|role|interventie|instrument|vragenlijst|survey"
)
_REGISTER = re.compile(
    r"(personeels?|pers|medewerkers?|werknemers?|salaris|stam|employee|staff|badge|patient(en)?|client(en)?|relatie|"
    r"verzekerden?|dossier|dienstverband)(nummers?|nr|number|no|id|code)"
)
_MEDICAL = re.compile(
    r"(hoofd|neven|sub)?diagnos(e|es|is|en|ecode|ecodes|egroep|estelling)|cas(code|codes|groep|nummer|omschrijving)?|"
    r"fml(versie|version|datum|score)?|icd(9|10|code)?|dsm(4|5|code)?|medicatie|medicijn(en)?|medication|"
    r"ziektebeeld(en)?|aandoening(en)?|beperking(en)?|ziektebeelden|comorbiditeit"
)
_CAUSE = re.compile(
    r"klacht(en)?|complaints?|symptom(en|s)?|(verzuim|ziekte)(oorzaak|oorzaken|reden|redenen)|oorzaak(verzuim|ziekte)|"
    r"(reden|aard)(van)?(de|het)?(ziekte|verzuim|ziekmelding)|(aard|oorzaak)|therapie|medisch\w*|medical\w*|prognose"
)
_FML = frozenset(name.replace("_", "") for name in (*FML_RUBRICS, "hours_per_day_item", "fml_version", "cas_code"))
_FML_DUTCH = _listed(
    "persoonlijkfunctioneren sociaalfunctioneren fysiekeomgeving fysiekeomgevingseisen dynamischehandelingen "
    "statischehoudingen"
)


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a name, small letters without accents."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return tuple(re.findall(r"[a-z0-9]+", plain.lower()))


def joined(name: str) -> str:
    """The words of a name, without anything between them."""
    return "".join(words(name))


@cache
def identifies(name: str) -> bool:
    """Whether the column of this name would hold a direct identifier of a person."""
    found = words(name)
    whole = "".join(found)
    if whole in _PLAIN or whole in _WHOLE or _NAMES.fullmatch(whole):
        return True
    parts = {part for word in found for part in (word, re.sub(r"\d+$", "", word))}
    if parts & _PLAIN or any(_NAMES.fullmatch(part) for part in parts):
        return True
    if any("".join(found[place : place + size]) in _ADJACENT for size in (2, 3) for place in range(len(found))):
        return True
    if any(part.startswith(("bsn", "burgerservice", "geboortedat", "telefoonn", "emailadr")) for part in parts):
        return True
    if not parts & {"naam", "namen", "name", "names", "adres", "adressen", "address"}:
        return False
    return bool(_OF_A_PERSON.search(whole)) or not _OF_A_THING.search(whole)


@cache
def register_number(name: str) -> bool:
    """Whether the name is that of a number by which an employer or a care provider knows a person."""
    return _REGISTER.fullmatch(joined(name)) is not None


@cache
def medical(name: str, *, mapped: bool = False) -> bool:
    """Whether the name is medical; of a column that is mapped only names that can mean nothing else count."""
    found = words(name)
    whole = "".join(found)
    if whole in _FML or whole in _FML_DUTCH or _MEDICAL.fullmatch(whole):
        return True
    if any(_MEDICAL.fullmatch(word) for word in found):
        return True
    return not mapped and (_CAUSE.fullmatch(whole) is not None or any(_CAUSE.fullmatch(word) for word in found))
