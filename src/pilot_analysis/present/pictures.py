"""PDF and PNG of a figure from its SVG: drawn once, so that the three show the same, down to the place of a letter.

- The compiler of the report's PDF places the SVG on a page of its size; outlines stay outlines, vectors stay vectors.
- Reproducible: no date; the file has no text, and says so (language `zxx`, no linguistic content).
- A PNG says how many dots there are to an inch, so that Word shows it in its size.
"""

from __future__ import annotations

import re
import struct
import zlib

_SIZE = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_HEAD = 8 + 25  # bytes of the signature and the first chunk of a PNG
_INCH = 0.0254  # metres


def pdf(svg: bytes) -> bytes:
    """One page with the figure; raises `RuntimeError` when the SVG cannot be read."""
    return _compiled(svg, format="pdf", pdf_tags=False)


def png(svg: bytes, dpi: int) -> bytes:
    """The figure in pixels, on white; raises `RuntimeError` when the SVG cannot be read."""
    made = _compiled(svg, format="png", ppi=dpi)
    dots = round(dpi / _INCH)
    return made[:_HEAD] + _chunk(b"pHYs", struct.pack(">IIB", dots, dots, 1)) + made[_HEAD:]


def _compiled(svg: bytes, **how) -> bytes:
    import typst  # here, as SVG alone does not need it

    found = _SIZE.search(svg)
    if found is None:
        raise RuntimeError("an SVG without a size of its own")
    width, height = (side.decode() for side in found.groups())
    page = (
        '#set document(date: none)\n#set text(lang: "zxx")\n'
        f'#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: white)\n#image("figure.svg", width: 100%)'
    )
    return typst.compile({"main": page.encode(), "figure.svg": svg}, ignore_system_fonts=True, **how)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
