"""The codebook of the questionnaires (`config/instruments.yaml`), checked and typed.

- An instrument is a set of items of one survey with one way of scoring; an item is a column of the delivered table.
- Held to a strict JSON schema, and to what a schema cannot say: names are unique, codes fit the range, the number of
  answers that a score needs exists.
- Fails with `UserError`, a line per fault: file, instrument, key, and what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pilot_analysis.errors import UserError
from pilot_analysis.theory import THEORIES

# Columns that a questionnaire has beside its items, as delivered or as derived from it.
RESERVED = ("case_id", "wave_week", "timing_week", "completed_on", "source_file", "source_line",
            "arm", "survey", "wave", "day", "in_window", "absent")  # fmt: skip
MOST_CODES = 100  # above the lowest of an item: a scale from 0 to 100
SURVEYS = {"employee_survey": "wave_week", "ad_survey": "timing_week"}  # table of a delivery -> its week


@dataclass(frozen=True)
class Item:
    """One question: its column, its words by language, and whether a high answer means little of the scale."""

    name: str
    label: Mapping[str, str]
    reverse: bool = False


@dataclass(frozen=True)
class Instrument:
    """A scale, or a set of questions that are only counted (`scoring` none).

    `range` is that of an answer as delivered; `recode` maps answers, before `reverse`; codes of `not_applicable` are
    no answers; `minimum_answered` items make a score; `frequencies_at` is the wave of which answers are counted.
    """

    name: str
    survey: str
    asked: str
    label: Mapping[str, str]
    scoring: str
    direction: str
    range: tuple[int, int]
    effects: tuple[str, ...]
    items: tuple[Item, ...]
    recode: Mapping[int, int] = field(default_factory=dict)
    not_applicable: tuple[int, ...] = ()
    minimum_answered: int = 1
    frequencies_at: int | None = None
    answers: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    @property
    def codes(self) -> list[int]:
        """The answers that may be given."""
        return list(range(self.range[0], self.range[1] + 1))

    @property
    def scored_range(self) -> tuple[int, int]:
        """Lowest and highest value of an item after recoding."""
        values = [self.recode.get(code, code) for code in self.codes]
        return min(values), max(values)

    @property
    def score_range(self) -> tuple[int, int]:
        """Lowest and highest score."""
        times = len(self.items) if self.scoring == "sum" else 1
        return times * self.scored_range[0], times * self.scored_range[1]


@dataclass(frozen=True)
class Waves:
    """When surveys are sent: weeks of absence of the employee survey, its window in days, weeks of the AD by arm."""

    weeks: tuple[int, ...]
    window: tuple[int, int]
    ad_weeks: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Instruments:
    """The whole codebook."""

    waves: Waves
    instruments: tuple[Instrument, ...]

    def of(self, survey: str) -> list[Instrument]:
        """Instruments of one survey."""
        return [one for one in self.instruments if one.survey == survey]

    def words(self, language: str) -> dict[str, str]:
        """Labels as words of a catalogue: `instrument.<name>`, `item.<name>`, `answer.<instrument>.<code>`.

        `direction.<name>` is no word but the code of a direction, for which the catalogue has words.
        """
        texts: dict[str, str] = {}
        for one in self.instruments:
            texts[f"instrument.{one.name}"] = one.label[language]
            texts[f"direction.{one.name}"] = one.direction
            texts |= {f"item.{item.name}": item.label[language] for item in one.items}
            texts |= {f"answer.{one.name}.{code}": label[language] for code, label in one.answers.items()}
        return texts


NO_INSTRUMENTS = Instruments(Waves((), (0, 0), {}), ())


def load_instruments(path: Path) -> Instruments:
    """Read and check the codebook; raises `UserError`."""
    from pilot_analysis.config import check, read_yaml

    raw = _whole(read_yaml(path))
    check(raw, "instruments", str(path))
    faults = list(_codes(raw))
    faults = [f"{path}: {fault}" for fault in faults or _faults(instruments_from(raw))]
    if faults:
        raise UserError("\n".join(faults))
    return instruments_from(raw)


def _whole(value: Any) -> Any:
    """The same with 5.0 as 5: a schema takes both for whole numbers, counting does not."""
    if isinstance(value, dict):
        return {_whole(key): _whole(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [_whole(inside) for inside in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _codes(raw: Mapping[str, Any]) -> Iterator[str]:
    """Keys that are no whole number; a schema sees text keys only, and YAML reads `yes` as true."""
    for one in raw["instruments"]:
        for part in ("recode", "answers"):
            for key in one.get(part, {}):
                if isinstance(key, bool) or not isinstance(key, int | str):
                    yield f"{one['name']}: {part}: {key} is no code; codes are whole numbers"


def instruments_from(raw: Mapping[str, Any]) -> Instruments:
    """Type a checked codebook."""
    employee, ad = raw["waves"]["employee_survey"], raw["waves"]["ad_survey"]
    weeks = tuple(range(employee["first"], employee["last"] + 1, employee["step"]))
    waves = Waves(weeks, tuple(employee["window"]), {arm: tuple(limits) for arm, limits in ad.items()})
    return Instruments(waves, tuple(_instrument(one) for one in raw["instruments"]))


def _instrument(raw: Mapping[str, Any]) -> Instrument:
    items = tuple(Item(**item) for item in raw["items"])
    typed = {
        "items": items,
        "range": tuple(raw["range"]),
        "effects": tuple(raw["effects"]),
        "recode": {int(code): value for code, value in raw.get("recode", {}).items()},
        "answers": {int(code): label for code, label in raw.get("answers", {}).items()},
        "not_applicable": tuple(raw.get("not_applicable", ())),
        "minimum_answered": raw.get("minimum_answered", len(items)),
    }
    return Instrument(**{**raw, **typed})


def _faults(found: Instruments) -> Iterator[str]:
    """What the schema cannot say."""
    low, high = found.waves.window
    if low > high:
        yield f"waves.employee_survey.window: {low} is after {high}"
    if not found.waves.weeks:
        yield "waves.employee_survey.last: it is before first, so that there is no wave"
    for arm, (first, last) in found.waves.ad_weeks.items():
        if first > last:
            yield f"waves.ad_survey.{arm}: {first} is after {last}"
    names = [one.name for one in found.instruments]
    yield from (f"instruments: the name {name} is used twice" for name in sorted(_twice(names)))
    items = [item.name for one in found.instruments for item in one.items]
    yield from (f"instruments: the item {name} is declared twice" for name in sorted(_twice(items)))
    taken = sorted(set(items).intersection(RESERVED))
    yield from (f"instruments: the item {name} has the name of a column that is no item" for name in taken)
    effects = {f"{theory}_{number}" for theory, count in THEORIES.items() for number in range(1, count + 1)}
    for one in found.instruments:
        yield from (f"{one.name}: effects: there is no {name}" for name in sorted(set(one.effects) - effects))
        yield from (f"{one.name}: {fault}" for fault in _instrument_faults(one, found.waves))


def _instrument_faults(one: Instrument, waves: Waves) -> Iterator[str]:
    low, high = one.range
    if low >= high:
        yield f"range: {low} is not below {high}"
    if high - low > MOST_CODES:
        yield f"range: more than {MOST_CODES} codes above the lowest; every answer is counted by itself"
    if one.minimum_answered > len(one.items):
        yield f"minimum_answered: {one.minimum_answered} of {len(one.items)} items"
    yield from (f"not_applicable: {code} is an answer of the range" for code in one.not_applicable if code in one.codes)
    outside = sorted({*one.recode, *one.answers} - set(one.codes))
    yield from (f"recode, answers: {code} is outside the range" for code in outside)
    if (one.survey == "ad_survey") != (one.asked == "once"):
        yield f"asked: {one.asked} does not go with {one.survey}; once goes with ad_survey"
    if (one.scoring == "none") != (one.direction == "none"):
        yield f"direction: {one.direction} does not go with scoring {one.scoring}"
    if (one.frequencies_at is not None) != (one.asked == "every_wave"):
        yield "frequencies_at: a wave is needed where asked is every_wave, and nowhere else"
    elif one.frequencies_at is not None and one.frequencies_at not in waves.weeks:
        yield f"frequencies_at: week {one.frequencies_at} is no wave"


def _twice(values: list) -> set:
    return {value for value in values if values.count(value) > 1}
