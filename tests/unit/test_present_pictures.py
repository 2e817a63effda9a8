"""PDF and PNG of a figure, made of its SVG: size, dots to an inch, no date, same bytes; and YAML read by libyaml."""

import io
import re

import numpy as np
import pytest
import yaml
from PIL import Image

from pilot_analysis import plain_yaml
from pilot_analysis.present import pictures

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 144 72" width="144pt" height="72pt">'
    b'<path d="M 72 0 L 144 0 L 144 72 L 72 72 z" fill="#004f87"/></svg>'
)


def test_png_has_its_size_in_dots_and_says_how_many_there_are_to_an_inch():
    with Image.open(io.BytesIO(pictures.png(SVG, 300))) as image:
        assert image.size == (600, 300)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        dots = np.asarray(image.convert("RGB"))
    assert (dots[:, :290] == 255).all()  # white where nothing is drawn
    assert (dots[:, 310:] == (0, 79, 135)).all()


def test_pdf_is_one_undated_page_of_the_size_of_the_figure():
    made = pictures.pdf(SVG)
    assert re.search(rb"/MediaBox ?\[0 0 144 72\]", made)
    assert re.search(rb"/Count 1\b", made)
    assert not re.search(rb"/CreationDate|/ModDate|/FontFile", made)


def test_the_same_figure_gives_the_same_bytes():
    assert pictures.pdf(SVG) == pictures.pdf(SVG)
    assert pictures.png(SVG, 150) == pictures.png(SVG, 150)


def test_an_svg_without_a_size_is_refused():
    with pytest.raises(RuntimeError, match="without a size"):
        pictures.pdf(b'<svg xmlns="http://www.w3.org/2000/svg"></svg>')


@pytest.mark.parametrize("text", ["a: 1.0e-6\nb: [yes, 2021-04-01, '007']\nc: >-\n  two\n  lines\n", "é: ['–', ~]"])
def test_yaml_has_the_values_of_the_plain_loader(text):
    assert plain_yaml.load(text) == yaml.safe_load(text)
