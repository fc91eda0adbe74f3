"""Colours as numbers: read, how far apart, legible on one another. Hexadecimal sRGB in and out.

Contrast: WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. Distance: CIEDE2000, G. Sharma, W. Wu, E. Dalal,
Color Research & Application 30(1), 2005, https://doi.org/10.1002/col.20070; L*a*b* under D65.
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.errors import Invalid

Values = npt.NDArray[np.float64]
_HEX: Final = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.I)
_TO_XYZ: Final = np.array(
    ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
)
_WHITE: Final = np.array((0.95047, 1.0, 1.08883))


def parse(text: str) -> str:
    """A colour as `#RRGGBB`, from `#0f6b66`, `0f6b66` or `#abc`. Raises Invalid."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        raise Invalid(f"{text!r} is not a colour.", "Write it as six figures, like #0F6B66.")
    digits = found[1] if len(found[1]) == 6 else "".join(2 * c for c in found[1])
    return f"#{digits.upper()}"


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255. Raises Invalid."""
    digits = parse(colour)
    return int(digits[1:3], 16), int(digits[3:5], 16), int(digits[5:7], 16)


def hexed(values: Any) -> str:
    """Three numbers from 0 to 255 as `#RRGGBB`; what lies outside is cut off."""
    return "#" + "".join(f"{min(255, max(0, round(float(v)))):02X}" for v in values)


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    return float(_linear(np.array(rgb(colour)) / 255) @ _TO_XYZ[1])


def contrast(a: str, b: str) -> float:
    """The contrast of two colours, 1 to 21; the order does not matter."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def legible(fg: str, bg: str, least: float = 4.5) -> str:
    """The nearest colour to `fg` (by CIEDE2000) that has at least this contrast on `bg`: lighter or darker, same hue.

    Where none has it (more than black or white can give), the better of black and white.
    """
    fg, bg = parse(fg), parse(bg)
    if contrast(fg, bg) >= least:
        return fg
    found = [c for towards in ("#FFFFFF", "#000000") if (c := _towards(fg, bg, towards, least))]
    if not found:
        return max(("#FFFFFF", "#000000"), key=lambda c: contrast(c, bg))
    return min(found, key=lambda c: distance(c, fg))


def distance(a: str, b: str) -> float:
    """CIEDE2000: about 1 is just seen side by side, 10 is seen at a glance, 100 is black to white."""
    return float(distances(lab(np.array(rgb(a), float)), lab(np.array(rgb(b), float))))


def lab(pixels: Values) -> Values:
    """sRGB (..., 3), 0 to 255, as L*a*b* (D65)."""
    xyz = _linear(pixels / 255) @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)


def from_lab(values: Values) -> Values:
    """L*a*b* (..., 3) as sRGB, 0 to 255; what no screen shows is cut off at the edge."""
    fy = (values[..., 0] + 16) / 116
    f = np.stack((fy + values[..., 1] / 500, fy, fy - values[..., 2] / 200), axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1)
    return np.asarray(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def distances(first: Values, second: Values) -> Values:
    """CIEDE2000 between L*a*b* values, shapes (..., 3) that broadcast; the steps are those of the paper."""
    l1, a1, b1 = np.moveaxis(first, -1, 0)
    l2, a2, b2 = np.moveaxis(second, -1, 0)
    g = 1 + 0.5 * (1 - _seventh((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2))
    c1, c2 = np.hypot(g * a1, b1), np.hypot(g * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, g * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    # The paper turns by +180 where both lie opposite; the remainder above gives -180, whose sine differs in sign only.
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    apart = np.abs(h1 - h2) > 180
    hm = np.where(grey, h1 + h2, np.where(apart, (h1 + h2 + np.where(h1 + h2 < 360, 360, -360)) / 2, (h1 + h2) / 2))
    t = 1 - 0.17 * _cos(hm - 30) + 0.24 * _cos(2 * hm) + 0.32 * _cos(3 * hm + 6) - 0.20 * _cos(4 * hm - 63)
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rt = -2 * _seventh(cm) * np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2))))
    x, y, z = dl / sl, dc / sc, dh / sh
    return np.asarray(np.sqrt(np.maximum(0, x * x + y * y + z * z + rt * y * z)))


def _seventh(chroma: Values) -> Values:
    return np.asarray(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))


def _cos(degrees: Values) -> Values:
    return np.asarray(np.cos(np.radians(degrees)))


def _linear(share: Values) -> Values:
    return np.asarray(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4))


def _towards(fg: str, bg: str, end: str, least: float) -> str:
    """The first colour on the way from `fg` to white or black (through L*a*b*) that has the contrast, or ""."""
    if contrast(end, bg) < least:
        return ""
    start, goal = (lab(np.array(rgb(c), float)) for c in (fg, end))
    share = np.arange(1, 257)[:, None] / 256
    way = start + share * (goal - start)
    # The hue's strength is kept for as long as a screen can show it, then it fades into the end.
    way[:, 1:] = start[1:] * (1 - share**4)
    found = from_lab(way).round()
    light, ground = _linear(found / 255) @ _TO_XYZ[1], luminance(bg)
    ratio = (np.maximum(light, ground) + 0.05) / (np.minimum(light, ground) + 0.05)
    return hexed(found[int(np.argmax(ratio >= least))]) if (ratio >= least).any() else end
