"""From bytes to text in the declared encoding; every sign that another one is meant is reported, none is followed.

- Declared is what `sources.yaml` says, else UTF-8; a mark (BOM) of UTF-8 is taken off.
- Faults: bytes that do not fit, UTF-16 or another file format behind a CSV name, bytes of zero, control characters that
  only a wrong single-byte encoding gives (cp1252 read as latin-1).
- A query: text declared in a single-byte encoding whose bytes are UTF-8, because that is hardly ever chance.
"""

from __future__ import annotations

import codecs
import re

from pilot_analysis.intake.findings import Findings
from pilot_analysis.intake.sniff import nature, wide_text
from pilot_analysis.intake.sources import Source

_UTF8 = ("utf-8", "utf-8-sig")
_CONTROL = re.compile("[\x80-\x9f]")


def decoded(data: bytes, label: str, source: Source, findings: Findings) -> bytes | str | None:
    """The text without its mark, as UTF-8 bytes where it is UTF-8 already; None when it does not fit the encoding."""
    about = {"table": source.table, "file": label}
    try:
        encoding = codecs.lookup(source.encoding).name
        "a".encode(encoding)
    except (LookupError, UnicodeError):
        findings.add("encoding", **about, found="an encoding that is not known here")
        return None
    if _other_form(data, encoding, about, findings):
        return None
    utf8 = encoding in _UTF8
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text: bytes | str = data.decode(encoding)
    except UnicodeError:
        _report_bytes(data, encoding, source, about, findings)
        return None
    if "\0" in text:
        findings.add("encoding", **about, found="bytes of zero: this is no text in the declared encoding")
        return None
    if utf8:
        return data
    if _doubtful(data, text, encoding, about, findings):
        return None
    return text.removeprefix("\ufeff")


def _other_form(data: bytes, encoding: str, about: dict, findings: Findings) -> bool:
    """Report marks that speak against the declared encoding, or against text."""
    known = nature(data) if data else None
    if known is not None:
        mend = {"mend": f"declare `format: {known[1]}` for it in sources.yaml"} if known[1] else {}
        findings.add("file_unreadable", **about, found=f"{known[0]}, read as CSV", expected="CSV text", **mend)
        return True
    wide = wide_text(data)
    if wide is not None and not encoding.startswith("utf-16" if wide.startswith("utf-16") else "utf-32"):
        mend = f"declare encoding: {wide}, or save the file as UTF-8"
        findings.add("encoding", **about, lines=[1], found=f"the file is {wide[:6].upper()}, which is not declared",
                     mend=mend)  # fmt: skip
        return True
    if data.startswith(codecs.BOM_UTF8) and encoding not in _UTF8:
        found = "the file begins with the mark of UTF-8, another encoding is declared"
        findings.add("encoding", **about, lines=[1], found=found, mend="declare encoding: utf-8-sig")
        return True
    return False


def _report_bytes(data: bytes, encoding: str, source: Source, about: dict, findings: Findings) -> None:
    shown = data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [number for number, line in enumerate(shown, start=1) if "\ufffd" in line]
    texts = {"expected": f"text in {source.encoding}"}
    if encoding in _UTF8 and fits(data, "cp1252"):
        texts = {
            "found": "bytes that are not UTF-8",
            "expected": "text in UTF-8, or another encoding that sources.yaml declares",
            "mend": "if the file comes from Windows or Excel, declare encoding: cp1252 in sources.yaml",
        }
    findings.add("encoding", **about, lines=lines, **texts)


def fits(data: bytes, encoding: str) -> bool:
    """Whether bytes can be decoded with `encoding`."""
    try:
        data.decode(encoding)
    except UnicodeError:
        return False
    return True


def _doubtful(data: bytes, text: str, encoding: str, about: dict, findings: Findings) -> bool:
    """Report text that can be decoded, but hardly as it was meant; whether that ends the reading of the file."""
    if encoding.startswith("utf") or data.isascii():
        return False
    if _CONTROL.search(text):
        lines = [number for number, line in enumerate(re.split("\r\n|\r|\n", text), start=1) if _CONTROL.search(line)]
        found = "control characters, which text in the declared encoding does not hold"
        findings.add("encoding", **about, lines=lines, found=found, mend="declare encoding: cp1252 if it is that")
        return True
    if fits(data, "utf-8"):
        findings.add("encoding_doubtful", **about)
    return False
