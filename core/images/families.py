"""The template families: what each is called, its fonts and its colours. How it is drawn: templates/NAME.typ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Colours = Mapping[str, str]


@dataclass(frozen=True)
class Family:
    """One look. A new one is a file in templates/ and an entry here."""

    name: str
    title: str
    said: str
    """For people: what it looks like and what it suits."""
    fonts: Mapping[str, str]
    """heading, body, small -> the name of a shipped font family. A kit changes heading and body."""
    colours: Mapping[str, Colours]
    """theme -> role -> `#RRGGBB`: see model.COLOURS. A kit changes each."""
    photo: Literal["small", "large"] = "small"
    """Whether the photo stands beside the name or takes a part of the page."""


def _fonts(heading: str, body: str, small: str = "") -> dict[str, str]:
    return {"heading": heading, "body": body, "small": small or body}


def _colours(light: str, dark: str) -> dict[str, Colours]:
    roles = ("paper", "ink", "accent", "quiet")
    return {theme: dict(zip(roles, row.split(), strict=True)) for theme, row in (("light", light), ("dark", dark))}


_ALL: Final = (
    Family(
        "plain",
        "Plain",
        "Large sans type on an open page, one bar of colour. For anything.",
        _fonts("IBM Plex Sans", "IBM Plex Sans"),
        _colours("#FBFAF7 #15211F #0F6B66 #5A6664", "#101817 #EFF3F1 #4FC3B5 #98A6A3"),
    ),
    Family(
        "letter",
        "Letter",
        "A soft old-style serif on warm paper, set on the middle axis. For stories and convictions.",
        _fonts("Fraunces", "Newsreader"),
        _colours("#F6EFE3 #2B211B #A63D2A #6B5D52", "#221B18 #F4EADC #E7916F #B3A397"),
    ),
    Family(
        "poster",
        "Poster",
        "Heavy type on a full ground of colour. For one strong claim.",
        _fonts("Archivo", "Archivo"),
        _colours("#FFFFFF #14110F #FF5B2E #5F5A56", "#14110F #FFF8F2 #FF6A3D #A9A19B"),
    ),
    Family(
        "grid",
        "Grid",
        "A technical grotesque on squared paper, with typewriter small print. For figures and method.",
        _fonts("Space Grotesk", "Space Grotesk", "IBM Plex Mono"),
        _colours("#F4F6FB #0D1330 #2F49E0 #545C7E", "#0B0F22 #E8ECFF #8FA2FF #98A1C9"),
    ),
    Family(
        "gazette",
        "Gazette",
        "A newspaper's front: high-contrast serif between rules. For analysis and news.",
        _fonts("Playfair Display", "Source Serif 4"),
        _colours("#FCFBF8 #171614 #8C1C2B #5D5953", "#171613 #F6F2E9 #E58C8F #ABA69B"),
    ),
    Family(
        "studio",
        "Studio",
        "A narrow serif, very large, on a sheet laid on colour. For hooks and quotations.",
        _fonts("Instrument Serif", "DM Sans"),
        _colours("#FFFDF8 #1D1A2B #6C4BD8 #625E73", "#1B1826 #F7F3FF #B9A2FF #A39DB8"),
    ),
    Family(
        "portrait",
        "Portrait",
        "Your photo takes a part of the page, the words the rest. For what you say yourself.",
        _fonts("Bricolage Grotesque", "DM Sans"),
        _colours("#FFF9EE #1C2A22 #F2B632 #5A665E", "#16211B #F5F3E7 #F2B632 #9FAEA4"),
        photo="large",
    ),
)
FAMILIES: Final[Mapping[str, Family]] = {family.name: family for family in _ALL}
FIRST: Final = _ALL[0].name
"""The family of a card whose kit names none, or one that this version does not have."""
