"""The frozen plan (`config/protocol.yaml`) and what an analyst chooses (`config/config.yaml`), checked and typed.

- Both are held to a strict JSON schema; an error names file, key, value and what is allowed.
- Dates are calendar dates, days are whole numbers.
- Fails with `UserError` when a file is missing, is no YAML, or breaks its schema.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from pilot_analysis import plain_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.instruments import NO_INSTRUMENTS, Instruments, load_instruments
from pilot_analysis.theory import Effect, load_theory, words_of


@dataclass(frozen=True)
class Design:
    """How arms came about, and what stratifies tests and models."""

    allocation: str
    strata: str


@dataclass(frozen=True)
class Dates:
    """Calendar limits of the study; `cutoff(organisation)` is the last day whose state is known there."""

    enrolment_from: dt.date
    enrolment_until: dt.date
    data_cutoff: dt.date
    data_cutoff_per_organisation: Mapping[str, dt.date]
    stop_after_cutoff_days: int

    def cutoff(self, organisation: str) -> dt.date:
        """Last known day of `organisation`."""
        return self.data_cutoff_per_organisation.get(organisation, self.data_cutoff)


@dataclass(frozen=True)
class Thresholds:
    """Numbers of the definitions; units are in the schema of the protocol."""

    horizon_days: int
    merge_gap_days: int
    sustained_days: int
    sensitivity_ao_percent: float
    age_min: int
    age_max: int
    min_at_risk_at_tau: int
    min_events_per_arm_in_group: int
    min_competing_per_arm: int
    min_clusters: int
    min_events_per_bin: int
    power: float
    agreement_tolerance: float
    release_min_people: int
    release_largest_percent: float
    release_two_largest_percent: float
    release_p_percent: float
    relevant_effect_days: float
    confidence_level: float


@dataclass(frozen=True)
class Clock:
    """Where time starts (`day` from t0; None = enrolment) and how far means reach (days from that origin)."""

    horizon: int
    day: int | None = None


@dataclass(frozen=True)
class Estimand:
    """One question of the plan with its attributes, and the rows of the results store that answer it."""

    id: str
    question: str
    population: str
    endpoint: str
    contrast: str
    summary: str
    intercurrent: Mapping[str, str]
    role: str
    claims: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Resampling:
    """How often chance is imitated: allocations of the re-randomisation test, samples of the bootstrap."""

    permutations: int = 9999
    bootstraps: int = 1999


@dataclass(frozen=True)
class Assumed:
    """One assumption of the business case with the range of its sensitivity; units are in the schema."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class BusinessCase:
    """Assumptions of the business case by name, and daily wages (euro) beside the assumed one."""

    assumptions: Mapping[str, Assumed]
    other_daily_wages: tuple[float, ...]

    @property
    def daily_wages(self) -> tuple[float, ...]:
        """The assumed daily wage first, then the others, each once."""
        return tuple(dict.fromkeys((self.assumptions["daily_wage"].value, *self.other_daily_wages)))


@dataclass(frozen=True)
class Cost:
    """How absence becomes euro (derive.cost), and what cost and days saved are held against; units in the schema."""

    interval_days: int
    working_days_per_year: float
    days_per_year: float
    pay_share: Mapping[str, float]
    friction_days: int
    friction_elasticity: float
    labour_expert_hour_eur: float
    min_seen_share: float
    thresholds_eur_per_day: tuple[float, ...]


@dataclass(frozen=True)
class Timing:
    """When an assessment came (first and last day from t0, by name), and over how many days AO% is followed then."""

    windows: Mapping[str, tuple[int, int]]
    after_days: int


@dataclass(frozen=True)
class Protocol:
    """The whole plan. `cas_letters` maps the letter of a CAS code to its group; `instruments` is the codebook."""

    version: str
    amendments: tuple[Mapping[str, Any], ...]
    seed: int
    design: Design
    dates: Dates
    thresholds: Thresholds
    clocks: Mapping[str, Clock]
    milestones: tuple[int, ...]
    piecewise_cut: int
    weeks: Mapping[str, tuple[int, int]]
    ao_weeks: tuple[int, ...]
    endpoints: tuple[str, ...]
    estimands: tuple[Estimand, ...]
    business_case: BusinessCase
    cost: Cost
    timing: Timing
    cas_letters: Mapping[str, str] = field(default_factory=dict)
    instruments: Instruments = NO_INSTRUMENTS
    theory: tuple[Effect, ...] = ()

    def words(self, language: str) -> dict[str, str]:
        """What the plan itself calls its questionnaires and effects, for a catalogue (`Messages.with_words`)."""
        return {**self.instruments.words(language), **words_of(self.theory, language)}


def load_protocol(path: Path, cas_letters: Path | None = None) -> Protocol:
    """Read and check the plan and its codelist (`cas_letters.csv` beside it unless given); raises `UserError`.

    The codebook of the questionnaires, `instruments.yaml`, lies beside the codelist.
    """
    raw = read_yaml(path)
    check(raw, "protocol", str(path))
    codelist = Path(cas_letters or Path(path).with_name("cas_letters.csv"))
    instruments = load_instruments(codelist.with_name("instruments.yaml"))
    theory = load_theory(codelist.with_name("theory_of_change.csv"))
    return replace(protocol_from(raw, load_cas_letters(codelist)), instruments=instruments, theory=theory)


def protocol_from(raw: Mapping[str, Any], cas_letters: Mapping[str, str]) -> Protocol:
    """Type a checked plan."""
    day = dt.date.fromisoformat
    dates = raw["dates"]
    return Protocol(
        version=raw["version"],
        amendments=tuple(raw["amendments"]),
        seed=raw["seed"],
        design=Design(**raw["design"]),
        dates=Dates(
            enrolment_from=day(dates["enrolment_from"]),
            enrolment_until=day(dates["enrolment_until"]),
            data_cutoff=day(dates["data_cutoff"]),
            data_cutoff_per_organisation={
                name: day(value) for name, value in dates["data_cutoff_per_organisation"].items()
            },
            stop_after_cutoff_days=dates["stop_after_cutoff_days"],
        ),
        thresholds=Thresholds(**raw["thresholds"]),
        clocks={name: Clock(**clock) for name, clock in raw["clocks"].items()},
        milestones=tuple(raw["milestones"]),
        piecewise_cut=raw["piecewise_cut"],
        weeks={name: (window[0], window[1]) for name, window in raw["weeks"].items()},
        ao_weeks=tuple(raw["ao_weeks"]),
        endpoints=tuple(raw["endpoints"]),
        estimands=tuple(Estimand(**{**item, "claims": tuple(item["claims"])}) for item in raw["estimands"]),
        business_case=business_case_from(raw["business_case"]),
        cost=Cost(**{**raw["cost"], "thresholds_eur_per_day": tuple(raw["cost"]["thresholds_eur_per_day"])}),
        timing=Timing(
            windows={name: (window[0], window[1]) for name, window in raw["timing"]["windows"].items()},
            after_days=raw["timing"]["after_days"],
        ),
        cas_letters=cas_letters,
    )


def business_case_from(raw: Mapping[str, Any], origin: str = "protocol.yaml") -> BusinessCase:
    """Type a checked business case; raises `UserError` when its numbers contradict each other."""
    assumed = {name: Assumed(**item) for name, item in raw["assumptions"].items()}
    for name, item in assumed.items():
        if not item.low <= item.value <= item.high:
            raise UserError(
                f"{origin}: business_case.assumptions.{name}: value {item.value} is not between low {item.low} and "
                f"high {item.high}"
            )
    if assumed["assessment_month"].high >= assumed["horizon_month"].low:
        raise UserError(
            f"{origin}: business_case.assumptions.horizon_month: low {assumed['horizon_month'].low} is not after the "
            f"assessment; more than assessment_month.high {assumed['assessment_month'].high}"
        )
    return BusinessCase(assumed, tuple(raw["other_daily_wages"]))


def load_cas_letters(path: Path) -> dict[str, str]:
    """Read the codelist letter -> CAS group (columns letter, cas_group); raises `UserError`."""
    import csv

    from pilot_analysis.schemas.derived import CAS_GROUPS

    if not path.is_file():
        raise UserError(f"{path} is missing: it maps the letter of a CAS code to a group")
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    letters: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        letter, group = (row.get("letter") or "").strip(), (row.get("cas_group") or "").strip()
        if len(letter) != 1 or not letter.isupper() or letter in letters:
            raise UserError(f"{path}, line {line}, column letter: expected one capital letter that is not listed above")
        if group not in CAS_GROUPS:
            raise UserError(f"{path}, line {line}, column cas_group: '{group}' is not one of {', '.join(CAS_GROUPS)}")
        letters[letter] = group
    return letters


FORMATS = ("html", "docx", "pdf", "xlsx")  # of the report, in the order in which they are listed
_TRUTH = {"true": True, "false": False}


def check_config(config: Mapping[str, Any], origin: str = "config/config.yaml or --config") -> dict[str, Any]:
    """Check what the analyst chose; adds `languages`, a list, and what was left out: `strict`, `resampling`, `formats`.

    Raises `UserError`.
    """
    plain = {"strict": True, **config}
    if str(plain["strict"]).lower() in _TRUTH:  # --config strict=false arrives as text
        plain["strict"] = _TRUTH[str(plain["strict"]).lower()]
    if isinstance(plain.get("resampling"), Mapping):  # and so do its numbers
        given = plain["resampling"].items()
        plain["resampling"] = {name: _whole(size) for name, size in given}
    for name in ("language", "formats"):  # a list arrives as text
        if isinstance(plain.get(name), str) and "," in plain[name]:
            plain[name] = [word.strip(" []'\"") for word in plain[name].split(",")]
    check(plain, "config", origin)
    language, chosen = plain["language"], plain.get("formats", FORMATS)
    plain["formats"] = [name for name in FORMATS if name in ([chosen] if isinstance(chosen, str) else chosen)]
    plain["resampling"] = asdict(Resampling(**plain.get("resampling", {})))
    return {**plain, "languages": [language] if isinstance(language, str) else list(language)}


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file as plain text, numbers, lists and maps (dates stay text); raises `UserError`."""
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_DatesAsText)
    except FileNotFoundError:
        raise UserError(f"{path} is missing") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise UserError(f"{path}{place}: this is not valid YAML; check indentation, colons and quotes there") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected keys with values at the top level")
    return content


def _whole(size: Any) -> Any:
    """A whole number however it was written ("199", 199.0); anything else stays, for the schema to refuse."""
    if isinstance(size, float) and size.is_integer():
        return int(size)
    return int(size) if isinstance(size, str) and size.isdecimal() else size


class _DatesAsText(plain_yaml.Loader):
    """YAML without its own idea of dates: the schema checks them."""


_DatesAsText.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in plain_yaml.Loader.yaml_implicit_resolvers.items()
}


def load_schema(name: str) -> dict[str, Any]:
    """The JSON schema `name` of the package."""
    text = resources.files("pilot_analysis.schemas").joinpath(f"{name}.schema.yaml").read_text(encoding="utf-8")
    return plain_yaml.load(text)


def check(content: Mapping[str, Any], schema: str, origin: str) -> None:
    """Hold `content` to the JSON schema; raises `UserError` with a line per fault: key, value, allowed values."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(load_schema(schema), format_checker=jsonschema.FormatChecker())
    faults = sorted({explain(error) for error in validator.iter_errors(content)})
    if faults:
        raise UserError("\n".join(f"{origin}: {fault}" for fault in faults))


def explain(error: Any) -> str:
    """One line on a fault found by jsonschema: the key, the value, and what is allowed."""
    key = ".".join(str(part) for part in error.absolute_path) or "top level"
    if error.validator == "additionalProperties":
        allowed = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(allowed))
        return f"{key}: unknown key {', '.join(map(str, unknown))}; allowed are {', '.join(allowed)}"
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))
        return f"{key}: missing key {', '.join(missing)}"
    value = f"value {error.instance!r}" if not isinstance(error.instance, dict) else "this part"
    return f"{key}: {value} is not allowed; {_allowed(error)}"


def _allowed(error: Any) -> str:
    rule, wanted = error.validator, error.validator_value
    if rule == "enum":
        return "allowed are " + ", ".join(map(str, wanted))
    if rule == "oneOf" and "enum" in wanted[0]:
        return "allowed are " + ", ".join(map(str, wanted[0]["enum"])) + ", or a list of these"
    words = {
        "const": f"expected {wanted}",
        "type": f"expected {wanted}",
        "minimum": f"at least {wanted}",
        "maximum": f"at most {wanted}",
        "minItems": f"at least {wanted} items",
        "maxItems": f"at most {wanted} items",
        "exclusiveMinimum": f"more than {wanted}",
        "exclusiveMaximum": f"less than {wanted}",
        "uniqueItems": "each item once",
        "minLength": "it may not be empty",
        "format": "expected a calendar date YYYY-MM-DD",
        "pattern": f"expected the pattern {wanted}",
    }
    return words.get(rule, f"it breaks the rule {rule}")
