"""The numbers within a text of a table, read back from the notation of its language: `-25,3 (-49,5 tot -1,1)`.

- A number comes with how it was written (decimals, sign, thousands, percentage), so that a workbook can show it so.
- A percentage becomes a share, as workbooks have it: 67% is 0.67, shown as a percentage. The limits of a percentage are
  percentages too, whether or not they say so.
- What a `<` stands before is a bound and no number. Only what is written is read: nothing is looked up or computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pilot_analysis.messages import load
from pilot_analysis.messages.catalogue import MINUS

_SEPARATORS = {"nl": (",", "."), "en": (".", ",")}


@dataclass(frozen=True)
class Number:
    """A number and the format in which a workbook shows it as it was written."""

    value: float
    form: str


@dataclass(frozen=True)
class Spoken:
    """The numbers of a text: those that are no limit in order, and the limits of its interval, if it has one."""

    numbers: tuple[Number, ...]
    low: Number | None = None
    high: Number | None = None


def spoken(text: str, language: str) -> Spoken:
    """The numbers of `text`."""
    number, interval = _patterns(language)
    limits = interval.search(text)
    rest = text if limits is None else text[: limits.start()] + "|" + text[limits.end() :]
    numbers = tuple(_read(match, language) for match in number.finditer(rest))
    if limits is None:
        return Spoken(numbers)
    of_share = bool(numbers) and numbers[0].form.endswith("%")
    low, high = (_limit(limits[name], language, of_share) for name in ("low", "high"))
    return Spoken(numbers, low, high)


def only_number(text: str, language: str) -> Number | None:
    """The number that `text` is and nothing else."""
    match = _patterns(language)[0].fullmatch(text)
    return _read(match, language) if match else None


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A number, and an interval in which either limit may be words ("not reached")."""
    decimal, thousand = (re.escape(sign) for sign in _SEPARATORS[language])
    whole = rf"\d{{1,3}}(?:{thousand}\d{{3}})+(?!\d)|\d+"
    number = rf"(?P<sign>[+{MINUS}-]?)(?P<whole>{whole})(?:{decimal}(?P<part>\d+))?(?P<percent>%?)"
    plain = re.sub(r"\?P<\w+>", "?:", number)
    limit = rf"{plain}|{re.escape(load(language).t('sign.not_reached'))}|[+{MINUS}]?∞"
    between = load(language).t("sign.interval", low=f"(?P<low>{limit})", high=f"(?P<high>{limit})")
    return re.compile(rf"(?<![\w.,])(?<!< )(?<!> ){number}"), re.compile(rf"(?<![\w.,]){between}(?!\w)")


def _limit(text: str, language: str, of_share: bool) -> Number | None:
    percent = "%" if of_share and not text.endswith("%") else ""
    return only_number(text + percent, language)


def _read(match: re.Match[str], language: str) -> Number:
    thousand = _SEPARATORS[language][1]
    whole, part, percent = match["whole"], match["part"] or "", match["percent"]
    value = float(f"{whole.replace(thousand, '')}.{part or '0'}") * (-1 if match["sign"] in (MINUS, "-") else 1)
    shown = ("#,##0" if thousand in whole else "0") + ("." + "0" * len(part) if part else "") + percent
    plus = f"+{shown};{MINUS}{shown};{shown}" if match["sign"] == "+" else shown
    return Number(round(value / 100, len(part) + 2) if percent else value, plus)
