r"""Direct identifiers in cells: BSN, e-mail addresses, Dutch telephone numbers, IBANs, postcode with house number.

- A BSN has nine digits (eight: a zero before them) with weights 9 8 7 6 5 4 3 2 -1 and a sum divisible by eleven;
  000000000 is none. One number in eleven passes by chance, so numbers are judged as a column: a binomial test of the
  distinct ones, p < 1e-6, which takes six at least. Dots, blanks and up to four letters around them do not hide them.
- In running text a single valid number of nine digits counts.
- An IBAN has the length of its country and remainder 1 modulo 97 (ISO 13616).
- In a column of codes, a code that looks like a telephone number (ten digits) or postcode (`1234AB56`) counts only if
  half of the codes of its length do; pseudonyms drawn at random would be refused otherwise.
- Fails on identifiers written in other ways, and on names of people.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

CHANCE = 1 / 11
SURE = 1e-6
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_NUMBER_LIKE = r"^[^A-Za-z0-9]*[A-Za-z]{0,4}[-_ ]?[0-9]([0-9][. -]?){6,7}[0-9][A-Za-z]{0,2}[^A-Za-z0-9]*$"
_DATE = re.compile(r"(?<!\d)(\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}-\d{2}-\d{2})(?!\d)")
_BSN_IN_TEXT = re.compile(r"(?<![\d.,-])(\d{9}|\d{4}[. ]\d{2}[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3})(?![.,-]?\d)")
_EMAIL = r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
_ABROAD = r"(?<![\w+])(?:\+|00)31[ .-]?(?:\(0\)[ ]?)?(?:[1-9](?:[ .-]?\d){8})(?![ .-]?\d|\w)"
_MOBILE = r"(?<![\w.,-])06[ .-]{0,3}[1-58](?:[ .-]?\d){7}(?![.,-]?\d|\w)"
_LANDLINE = (
    r"(?<![\w.,-])(?:\(0[1-9]\d{1,2}\)[ -]{0,3}|0[1-9]\d{1,2}[ -]{1,3}|0[1-9]\d)\d(?:[ ]?\d){5,6}(?![.,-]?\d|\w)"
)
_PHONE = re.compile(f"{_ABROAD}|{_MOBILE}|{_LANDLINE}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2}\d{2}(?:[ .-]?[A-Za-z0-9]){11,30})(?![A-Za-z0-9])")
_IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MA": 28, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24,
    "SI": 19, "SK": 24, "TR": 26,
}  # fmt: skip
_CODE_OF_A_STREET = r"[1-9]\d{3}(?: ?(?!S[ADS])[A-Z]{2}|[a-z]{2})"
_POSTCODE = re.compile(
    rf"(?<![A-Za-z0-9]){_CODE_OF_A_STREET}(?:[ ,]+(?:nr\.? ?)?\d{{1,4}}|\d{{1,4}})[A-Za-z]?(?![A-Za-z0-9])"
    rf"|(?<=[A-Za-z.] )\d{{1,4}}[ -]?[A-Za-z]?[ ,]+{_CODE_OF_A_STREET}(?![A-Za-z0-9])"
)
# Coarse forms, decided by Arrow for all cells at once; only cells that have one are looked at closely.
_COARSE = {
    "email_address": "@",
    "phone_number": r"(\+|00)31|(^|[^0-9A-Za-z])\(?0[1-9]([ .()-]{0,3}[0-9]){8}",
    "iban": r"(^|[^A-Za-z0-9])[A-Za-z]{2}[0-9]{2}[ .-]?([A-Za-z0-9][ .-]?){11,30}([^A-Za-z0-9]|$)",
    "postcode_and_number": r"(^|[^A-Za-z0-9])[1-9][0-9]{3} ?[A-Za-z]{2}([^A-Za-z]|$)",
    "bsn_in_text": r"[0-9]{9}|[0-9]{3,4}[. ][0-9]{2,3}[. ][0-9]{3}",
}


def passes_eleven_test(numbers: np.ndarray) -> np.ndarray:
    """Whether each whole number (int64, at most nine digits) passes the eleven-test of the BSN."""
    total, rest = np.zeros(len(numbers), dtype="int32"), numbers.astype("int32")  # nine digits fit 32 bits
    for weight in _WEIGHTS[::-1]:
        rest, digit = np.divmod(rest, 10)
        total += weight * digit
    return (total % 11 == 0) & (numbers > 0)


def far_above_chance(valid: int, tried: int) -> bool:
    """Whether `valid` of `tried` numbers are more than chance gives: one-sided binomial test."""
    if valid <= CHANCE * tried:
        return False
    from scipy.special import bdtrc

    return float(bdtrc(valid - 1, tried, CHANCE)) < SURE


def bsn_like(texts: pa.Array, numbers: np.ndarray) -> np.ndarray:
    """Which cells are valid BSNs, if these are far above chance, else none; texts first, then numbers (int64)."""
    at = np.flatnonzero(pc.match_substring_regex(texts, _NUMBER_LIKE).to_numpy(zero_copy_only=False))
    written = texts.take(pa.array(at))
    digits = written if pc.all(pc.utf8_is_digit(written)).as_py() else pc.replace_substring_regex(written, "[^0-9]", "")
    size = pc.utf8_length(digits).to_numpy(zero_copy_only=False)
    fits = (size == 8) | (size == 9)
    at, written = at[fits], pc.cast(digits.filter(pa.array(fits)), pa.int64()).to_numpy(zero_copy_only=False)
    numeric = np.flatnonzero((numbers >= 10**7) & (numbers < 10**9))
    candidates = np.concatenate([written, numbers[numeric]]).astype("int64")
    places = np.concatenate([at, len(texts) + numeric])
    found = np.zeros(len(texts) + len(numbers), dtype=bool)
    passing = passes_eleven_test(candidates)
    # The same number may be written in several ways; sorting it out takes longer than the test, so that comes later.
    if not far_above_chance(int(passing.sum()), len(candidates)):
        return found
    if far_above_chance(len(np.unique(candidates[passing])), len(np.unique(candidates))):
        found[places[passing]] = True
    return found


def in_texts(texts: pa.Array) -> dict[str, np.ndarray]:
    """For each rule on cells, which of the distinct `texts` hold such an identifier; rules without any are left out."""
    found: dict[str, np.ndarray] = {}
    for rule, coarse in _COARSE.items():
        looks = pc.match_substring_regex(texts, coarse)
        if rule == "bsn_in_text":
            looks = pc.and_(looks, pc.match_substring_regex(texts, "[A-Za-z]{2}"))
        places = np.flatnonzero(looks.to_numpy(zero_copy_only=False))
        close = texts.take(pa.array(places)).to_pylist()
        hits = np.fromiter((_CLOSE[rule](text) for text in close), dtype=bool, count=len(close))
        if rule in _LIKE_CODES and hits.any():
            hits &= ~_by_chance(texts, [text for text, hit in zip(close, hits, strict=True) if hit], rule, close)
        if hits.any():
            found[rule] = np.zeros(len(texts), dtype=bool)
            found[rule][places[hits]] = True
    return found


_LIKE_CODES = {"phone_number": re.compile(r"[0-9]+"), "postcode_and_number": re.compile(r"[A-Za-z0-9-]+")}


def _by_chance(texts: pa.Array, hits: list[str], rule: str, close: list[str]) -> np.ndarray:
    """Which of `close` are codes that look like an identifier, in a column of codes of which most do not."""
    none = np.zeros(len(close), dtype=bool)
    bare = {text for text in hits if _LIKE_CODES[rule].fullmatch(text)}
    codes = pc.and_(pc.match_substring_regex(texts, r"^[A-Za-z0-9_-]+$"), pc.match_substring_regex(texts, "[0-9]"))
    if not bare or 2 * int(pc.sum(codes).as_py()) <= len(texts):
        return none
    alike = pc.is_in(pc.utf8_length(texts), pa.array(sorted({len(text) for text in bare}), pa.int32()))
    certain = len(bare) > 1 or rule != "phone_number" or next(iter(bare)).startswith("06")
    if certain and 2 * len(bare) >= int(pc.sum(alike).as_py()):
        return none
    return np.fromiter((text in bare for text in close), dtype=bool, count=len(close))


def _has_phone(text: str) -> bool:
    for match in _PHONE.finditer(_DATE.sub(" ", text)):
        digits = re.sub(r"\(0\)|\D", "", match[0])
        if len(digits) == (
            10 if digits.startswith("0") and not digits.startswith("00") else 11 + 2 * (digits[0] == "0")
        ):
            return True
    return False


def _has_iban(text: str) -> bool:
    for match in _IBAN.finditer(text):
        sign = re.sub(r"[^A-Z0-9]", "", match[1].upper())
        size = _IBAN_LENGTHS.get(sign[:2], 0)
        # Words may follow an IBAN that is written with blanks: its own length says where it ends.
        sign = sign[:size] if size and (len(sign) == size or " " in match[1]) else ""
        if len(sign) == size > 0 and int("".join(str(int(part, 36)) for part in sign[4:] + sign[:4])) % 97 == 1:
            return True
    return False


def _has_bsn(text: str) -> bool:
    numbers = [int(re.sub(r"\D", "", match[1])) for match in _BSN_IN_TEXT.finditer(text)]
    words = re.search(r"[A-Za-z]{2}", text) is not None and re.fullmatch(r"\w+", text) is None
    return words and bool(passes_eleven_test(np.array(numbers, dtype="int64")).any())


_CLOSE: dict[str, Callable[[str], bool]] = {
    "email_address": lambda text: re.search(_EMAIL, text) is not None,
    "phone_number": lambda text: _has_phone(text) and not _has_iban(text),
    "iban": _has_iban,
    "postcode_and_number": lambda text: _POSTCODE.search(text) is not None,
    "bsn_in_text": _has_bsn,
}
