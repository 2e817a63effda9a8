"""How colours look in print and to the colour-blind: contrast, lightness, distance; written from the definitions."""

from __future__ import annotations

import numpy as np

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear sRGB (IEC 61966-2-1)
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])
BLIND = {  # Machado, Oliveira and Fernandes (2009), full severity
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    share = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast_on_white(colour: str) -> float:
    """WCAG 2: text needs 4.5."""
    return 1.05 / (float(linear(colour) @ LUMINANCE) + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of linear sRGB."""
    share = TO_XYZ @ rgb / WHITE
    f = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lightness(colour: str) -> float:
    """L* of the grey that the colour becomes, 0 to 100."""
    grey = float(linear(colour) @ LUMINANCE)
    return float(lab(np.full(3, grey))[0])


def distance(one: str, other: str, blind: str | None = None) -> float:
    """CIE76 distance, as seen by somebody who is colour-blind in that way, or by most."""
    seen = np.eye(3) if blind is None else np.array(BLIND[blind])
    first, second = (lab(np.clip(seen @ linear(colour), 0, 1)) for colour in (one, other))
    return float(np.linalg.norm(first - second))
