"""Whether the dictionary of an SPSS file holds together, looked at before ReadStat reads it.

- ReadStat ends the whole process (not just with an error) on some dictionaries: widths of text that do not fit the
  records that follow, labels of variables that are not there, impossible numbers of missing values, labelled codes that
  are no text in the declared encoding.
- The layout is that of the PSPP manual, "System File Format": a header of 176 bytes, then records of type 2 (variable),
  3 and 4 (value labels and whose they are), 6 (document), 7 (extension), up to 999.
- Looks at the dictionary only; time is linear in its length. What it does not know, it leaves to ReadStat.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_HEADER = 176
_VARIABLE, _LABELS, _OWNERS, _DOCUMENT, _EXTENSION, _END = 2, 3, 4, 6, 7, 999
_MACHINE, _ENCODING = 3, 20  # subtypes of extensions: code page, name of the encoding
_MISSING_COUNTS = frozenset({-3, -2, 0, 1, 2, 3})


def dictionary_fault(path: Path) -> str | None:
    """`damaged` or `encoding` when the dictionary cannot be read, else None.

    Raises OSError when the file cannot be opened.
    """
    with path.open("rb") as stream:
        if stream.seek(0, 2) <= _HEADER:
            return "damaged"
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data[:4] not in (b"$FL2", b"$FL3"):
                return "damaged"
            dictionary = _Dictionary(data)
            try:
                sound = dictionary.sound()
            except struct.error:  # the dictionary goes on beyond the end of the file
                sound = False
            return "damaged" if not sound else None if dictionary.codes_are_text() else "encoding"


class _Dictionary:
    """Walks over the records; `widths` are the widths of the variables so far, -1 for what continues a long text."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.place = _HEADER
        self.order = "<" if struct.unpack_from("<i", data, 64)[0] in (2, 3) else ">"
        self.widths: list[int] = []
        self.labelled: list[bytes] = []
        self.codes: list[bytes] = []
        self.encoding = "cp1252"  # of files that declare none

    def sound(self) -> bool:
        steps = {_VARIABLE: self._variable, _LABELS: self._labels, _OWNERS: self._owners,
                 _DOCUMENT: self._document, _EXTENSION: self._extension}  # fmt: skip
        while (kind := self._number()) != _END:
            if kind not in steps or not steps[kind]():
                return False
        return _continued(self.widths)

    def codes_are_text(self) -> bool:
        """Whether the labelled codes of text variables are text in the encoding of the file."""
        try:
            for code in self.codes:
                code.decode(self.encoding)
        except UnicodeError:
            return False
        except LookupError:  # an encoding that is not known here: ReadStat may know it
            pass
        return True

    def _number(self) -> int:
        (value,) = struct.unpack_from(self.order + "i", self.data, self.place)
        self.place += 4
        return value

    def _skip(self, length: int) -> bool:
        self.place += length
        return length >= 0

    def _variable(self) -> bool:
        width, labelled, missing = self._number(), self._number(), self._number()
        self._skip(16)
        if not -1 <= width <= 255 or labelled not in (0, 1) or missing not in _MISSING_COUNTS:
            return False
        self.widths.append(width)
        label = self._number() if labelled else 0
        return label >= 0 and self._skip(-(-label // 4) * 4 + 8 * abs(missing))

    def _labels(self) -> bool:
        count, self.labelled = self._number(), []
        for _ in range(count):
            self.labelled.append(self.data[self.place : self.place + 8])
            (length,) = struct.unpack_from("B", self.data, self.place + 8)
            self._skip(8 + -(-(length + 1) // 8) * 8)
        return count >= 0

    def _owners(self) -> bool:
        owners = [self._number() for _ in range(self._number())]
        if not all(1 <= owner <= len(self.widths) and self.widths[owner - 1] >= 0 for owner in owners):
            return False
        if any(self.widths[owner - 1] > 0 for owner in owners):
            self.codes += self.labelled
        return True

    def _document(self) -> bool:
        lines = self._number()
        return lines >= 0 and self._skip(80 * lines)

    def _extension(self) -> bool:
        subtype, size, count = self._number(), self._number(), self._number()
        if size < 0 or count < 0:
            return False
        content = self.data[self.place : self.place + size * count] if subtype in (_MACHINE, _ENCODING) else b""
        if subtype == _ENCODING:
            self.encoding = content.decode("ascii", "replace").strip()
        elif subtype == _MACHINE and len(content) >= 32:
            (page,) = struct.unpack_from(self.order + "i", content, 28)
            self.encoding = {65001: "utf-8"}.get(page, f"cp{page}" if page > 4 else self.encoding)
        return self._skip(size * count)


def _continued(widths: list[int]) -> bool:
    """Whether every text is followed by as many records of continuation as its width needs, and nothing else is."""
    expected = 0
    for width in widths:
        if (width == -1) != (expected > 0):
            return False
        expected = expected - 1 if width == -1 else max(-(-width // 8) - 1, 0)
    return expected == 0
