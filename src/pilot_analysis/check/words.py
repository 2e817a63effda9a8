"""What intake says, in the language of the reader.

- Intake speaks English; `messages/intake.<language>.yaml` holds the translation by English text.
- An entry may have places between braces: `at least {n}` covers every bound. A place `text_...` is itself translated.
- A text without an entry stays English and is marked as such, so that a screen reader pronounces it rightly.
"""

from __future__ import annotations

import re
from functools import cache

from markupsafe import Markup

from pilot_analysis.messages import intake_texts

_PLACE = re.compile(r"{(\w+)}")


def translated(text: str, language: str) -> str | None:
    """`text` in `language`; None when the catalogue lacks it. English is what intake says already."""
    if language == "en":
        return text
    exact = intake_texts(language).get(text)
    if exact is not None and not _PLACE.search(exact):
        return exact
    for pattern, template in _patterns(language):
        if match := pattern.fullmatch(text):
            places = match.groupdict()
            inner = {name: translated(value, language) for name, value in places.items() if name.startswith("text_")}
            return None if None in inner.values() else template.format(**{**places, **inner})
    return None


def said(text: str, language: str) -> str | Markup:
    """`text` for a page in `language`: translated, else as it is in an element that says it is English."""
    words = translated(text, language)
    return Markup('<span lang="en">{}</span>').format(text) if words is None else words


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Entries with places as (pattern, translation), those with the most fixed text first."""
    entries = [(text, words) for text, words in intake_texts(language).items() if _PLACE.search(text)]
    entries.sort(key=lambda entry: (-len(_PLACE.sub("", entry[0])), entry[0]))
    return [(re.compile(_pattern(text)), words) for text, words in entries]


def _pattern(text: str) -> str:
    parts = _PLACE.split(text)  # fixed text, name, fixed text, name, ...
    return "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
