"""Figures inside the page: an SVG file becomes an element of the HTML.

- Prolog and metadata go, so that nothing in the page names an outside address that is not a namespace.
- Ids get the figure's name in front: two figures in one page may not share an id.
- The element gets a role and a text alternative and takes the width of its column; one that is higher than wide is
  named as such, so that print can give it a page.
"""

from __future__ import annotations

import html
import re

from markupsafe import Markup, escape

_NOTE = re.compile(r'<svg data-note="([^"]*)"')
_ID = re.compile(r'\bid="([^"]+)"')
_URL = re.compile(r"url\(#([^)]+)\)")
_HREF = re.compile(r'(xlink:href|href)="#([^"]+)"')
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_BOX = re.compile(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"')
_SIZE = re.compile(r'\s(?:width|height)="[\d.]+pt"')


def note(svg: str) -> str:
    """Why nothing is drawn, as the figure says it; empty for a picture."""
    found = _NOTE.search(svg)
    return html.unescape(found[1]) if found else ""


def inline(svg: str, name: str, alternative: str) -> Markup:
    """`svg` (text of a file) as an element with ids of its own and `alternative` as its description."""
    body = _METADATA.sub("", svg[svg.index("<svg") :])
    body = _ID.sub(lambda m: f'id="{name}-{m[1]}"', body)
    body = _URL.sub(lambda m: f"url(#{name}-{m[1]})", body)
    body = _HREF.sub(lambda m: f'{m[1]}="#{name}-{m[2]}"', body)
    head, rest = body.split(">", 1)
    head = _SIZE.sub("", head)
    tall = ' class="tall"' if _is_tall(head) else ""
    return Markup(f'{head}{tall} role="img" aria-label="{escape(alternative)}">{rest}')


def _is_tall(head: str) -> bool:
    """Higher than nine tenths of the width, by the `viewBox` of the element."""
    found = _BOX.search(head)
    return found is not None and float(found[2]) > 0.9 * float(found[1])
