"""One catalogue of words per language, and the way that language writes numbers, intervals, dates and p values.

- `nl.yaml` and `en.yaml` hold the same keys with the same placeholders (`tests/unit/test_messages.py`); nested keys are
  joined with a dot: `endpoint.full_rtw`.
- Dutch writes a decimal comma and a point between thousands, English the reverse; both write a true minus sign.
- Fails with `KeyError` on a key that the catalogue lacks: a raw key must never reach a reader.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any

from markupsafe import Markup, escape

from pilot_analysis import plain_yaml
from pilot_analysis.errors import UserError

LANGUAGES = ("nl", "en")
MINUS = "\N{MINUS SIGN}"
_SEPARATORS = {"nl": (",", "."), "en": (".", ",")}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def _flatten(tree: dict, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        flat |= _flatten(value, f"{name}.") if isinstance(value, dict) else {name: str(value).strip()}
    return flat


@cache
def load(language: str) -> Messages:
    """Return the catalogue of `language` (`nl` or `en`); raises `UserError` for any other language."""
    if language not in LANGUAGES:
        raise UserError(f"language: found {language!r}, expected one of {', '.join(LANGUAGES)}; mend it in config.yaml")
    text = resources.files(__package__).joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    return Messages(language, _flatten(plain_yaml.load(text)))


@cache
def intake_texts(language: str) -> dict[str, str]:
    """What intake says in English -> the same in `language` (`intake.<language>.yaml`); empty for English."""
    if language == "en":
        return {}
    text = resources.files(__package__).joinpath(f"intake.{language}.yaml").read_text(encoding="utf-8")
    return {str(key): str(words).strip() for key, words in plain_yaml.load(text).items()}


def placeholders(template: str) -> set[str]:
    """Names between braces in `template`."""
    return {field for _, field, _, _ in Formatter().parse(template) if field}


def _item(holder: object, name: str) -> Any:
    return holder[name] if isinstance(holder, Mapping) else getattr(holder, name)


class Messages:
    """The words of one language (`texts`: key -> template) and its notation.

    `plan` holds the numbers of the protocol that texts name wherever they stand (`under`).
    """

    def __init__(self, language: str, texts: dict[str, str], plan: Mapping[str, str] | None = None):
        self.language = language
        self.texts = texts
        self.plan = plan or {}

    def under(self, protocol: object) -> Messages:
        """The same words under a plan (the Protocol object, or the same as a mapping): 95%, 5%, 80%, day 365, ..."""
        thresholds = _item(protocol, "thresholds")
        level = _item(thresholds, "confidence_level")
        plan = {
            "confidence": self.share(level),
            "alpha": self.share(1 - level),
            "power": self.share(_item(thresholds, "power")),
            "year": str(_item(thresholds, "horizon_days")),
            "sustained": str(_item(thresholds, "sustained_days")),
            "gap": str(_item(thresholds, "merge_gap_days")),
            "bin_events": str(_item(thresholds, "min_events_per_bin")),
            "cut": str(_item(protocol, "piecewise_cut")),
            "friction_days": str(_item(_item(protocol, "cost"), "friction_days")),
            "friction_share": self.share(_item(_item(protocol, "cost"), "friction_elasticity")),
            "allocation": _item(_item(protocol, "design"), "allocation"),
        }
        return Messages(self.language, self.texts, plan)

    @property
    def randomised(self) -> bool:
        """Whether people were allocated at random; `KeyError` before a plan is known: nobody may guess it."""
        return self.plan["allocation"] == "randomised_individuals"

    def with_words(self, texts: Mapping[str, str]) -> Messages:
        """The same catalogue and the words of a plan (effects, questionnaires), which the plan itself holds."""
        return Messages(self.language, {**self.texts, **texts}, self.plan)

    def __contains__(self, key: str) -> bool:
        return key in self.texts

    def t(self, key: str, **values: object) -> str:
        """Text of `key` with its placeholders filled; `KeyError` when the key or a value is missing."""
        return self.texts[key].format(**{**self.plan, **values})

    def html(self, key: str, **values: object) -> Markup:
        """As `t`, but safe HTML: text is escaped, values that are `Markup` stay as they are."""
        return Markup(escape(self.texts[key])).format(**{**self.plan, **values})

    def word(self, family: str, value: str) -> str:
        """Word for a code such as `cas_group`, `other`; a code from the data without a word stays itself.

        Codes that are released as one, such as `death+retirement`, are words with a slash between them.
        """
        key = f"{family}.{value}"
        parts = value.split("+")
        if len(parts) > 1 and all(f"{family}.{part}" in self for part in parts):
            return " / ".join(self.word(family, part) for part in parts)
        return self.t(key) if key in self else value

    def number(self, x: float | None, digits: int = 1, *, signed: bool = False) -> str:
        """`x` rounded half to even to `digits` decimals; empty values give the sign for "no number"."""
        if x is None or x != x:
            return self.t("sign.none")
        if math.isinf(x):
            return ("" if x > 0 else MINUS) + "∞"
        rounded = round(float(x), digits) + 0.0  # + 0.0 turns -0.0 into 0.0
        decimal, thousand = _SEPARATORS[self.language]
        text = f"{abs(rounded):,.{digits}f}".replace(",", "\0").replace(".", decimal).replace("\0", thousand)
        return (MINUS if rounded < 0 else "+" if signed and rounded > 0 else "") + text

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share between 0 and 1 as a percentage."""
        return self.t("sign.none") if share is None or share != share else self.number(100 * share, digits) + "%"

    def share(self, share: float) -> str:
        """A share that the plan sets as a percentage with the decimals it has: 95%, 97.5%."""
        digits = next(k for k in range(6) if k == 5 or math.isclose(100 * share, round(100 * share, k), abs_tol=1e-9))
        return self.percent(share, digits)

    def interval(self, low: float | None, high: float | None, digits: int = 1, *, scale: float = 1) -> str:
        """`low` to `high`, each times `scale`; an empty limit shows as "not reached"."""
        limits = [
            self.t("sign.not_reached") if x is None or x != x else self.number(scale * x, digits) for x in (low, high)
        ]
        return self.t("sign.interval", low=limits[0], high=limits[1])

    def date(self, day: dt.date) -> str:
        """`day` written out: 31 december 2022."""
        return f"{day.day} {self.t(f'month.{day.month}')} {day.year}"

    def p(self, value: float | None) -> str:
        """`p = 0.012`; `p < 0.001` below that; three decimals below 0.10, else two."""
        if value is None or value != value:
            return "p " + self.t("sign.none")
        if value < 0.001:
            return "p < " + self.number(0.001, 3)
        return "p = " + self.number(value, 3 if value < 0.0995 else 2)

    def reason(self, text: str) -> str:
        """Reader's words for a `reason` of the store, part by part (`intervention: no event; control: ...`).

        The catalogue names reasons by their English text with blanks as `_` and numbers as `n`, `n2`, ...; a part
        that it does not know is shown as the store has it.
        """
        return "; ".join(self._reason(part) for part in text.split("; "))

    def _reason(self, part: str) -> str:
        arm, colon, rest = part.partition(": ")
        if colon and f"arm.{arm}" in self:
            return f"{self.t(f'arm.{arm}')}: {self._reason(rest)}"
        numbers = _NUMBER.findall(part)
        names = [f"n{i + 1}" if i else "n" for i in range(len(numbers))]
        order = iter(names)
        slug = re.sub(r"[^a-z0-9]+", "_", _NUMBER.sub(lambda _: next(order), part.lower())).strip("_")
        key = f"reason.{slug}"
        return self.t(key, **dict(zip(names, numbers, strict=True))) if key in self else part
