"""The fonts that cards are set in, all under the SIL Open Font License 1.1. Cut down by `core.images.fonts.make`.

A new family is one line in make.TEXT and one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

FOLDER: Final = Path(__file__).parent
TABLE: Final = FOLDER / "coverage.json"
"""family -> the code points that it draws; made with the fonts, so that no page has to open a font."""


@dataclass(frozen=True)
class Face:
    """One family: what somebody choosing it is told, and the weights that are shipped."""

    name: str
    kind: Literal["sans", "serif", "mono"]
    said: str
    weights: tuple[int, ...]
    italic: bool = False


def _faces(*faces: Face) -> dict[str, Face]:
    return {face.name: face for face in faces}


FAMILIES: Final[Mapping[str, Face]] = _faces(
    Face("Inter", "sans", "plain and clear at every size", (400, 600, 700), True),
    Face("IBM Plex Sans", "sans", "technical, friendly", (400, 600, 700), True),
    Face("DM Sans", "sans", "geometric, low contrast", (400, 500, 700), True),
    Face("Space Grotesk", "sans", "quirky, for technology", (400, 500, 700)),
    Face("Bricolage Grotesque", "sans", "characterful, for large headings", (400, 600, 800)),
    Face("Archivo", "sans", "sturdy, newspaper headlines", (400, 600, 800), True),
    Face("Source Serif 4", "serif", "bookish, calm", (400, 600, 700), True),
    Face("Lora", "serif", "warm, for stories", (400, 600, 700), True),
    Face("Newsreader", "serif", "editorial, for long lines", (400, 500, 600), True),
    Face("Playfair Display", "serif", "high contrast, for short headings", (400, 600, 700), True),
    Face("Fraunces", "serif", "soft, old-style", (400, 600), True),
    Face("Instrument Serif", "serif", "narrow, for large headings", (400,), True),
    Face("IBM Plex Mono", "mono", "typewriter, for code and figures", (400, 600), True),
)
"""Families to choose among, for headings and for text. What they lack is drawn by Noto: core.images.coverage."""
