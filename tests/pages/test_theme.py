"""Both themes: every text colour reaches 4.5:1 on every ground it is set on, in the settings that are shipped."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from core.config import ROOT

CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf8"))
THEME = CONFIG["theme"]
STYLE = (ROOT / "pages/ui/style.css").read_text(encoding="utf8")
HUES = ("green", "orange", "yellow", "red", "blue", "violet", "gray")


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB` (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    a, b = sorted((luminance(first), luminance(second)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def faded(colour: str, ground: str, share: float) -> str:
    """The colour at that share over the ground, as Streamlit sets labels of the menu and placeholders."""
    mixed = [round(int(colour[i : i + 2], 16) * share + int(ground[i : i + 2], 16) * (1 - share)) for i in (1, 3, 5)]
    return "#" + "".join(f"{m:02X}" for m in mixed)


def pairs(name: str) -> list[tuple[str, str, str]]:
    """(what, ink, ground) of a theme."""
    theme = THEME[name]
    grounds = {
        "page": theme["backgroundColor"],
        "widget": theme["secondaryBackgroundColor"],
        "sidebar": theme["sidebar"]["backgroundColor"],
        "sidebar widget": theme["sidebar"]["secondaryBackgroundColor"],
    }
    out = []
    for where, ground in grounds.items():
        out += [(f"text on {where}", theme["textColor"], ground), (f"accent on {where}", theme["primaryColor"], ground)]
        out += [(f"link on {where}", theme["linkColor"], ground), (f"code on {where}", theme["codeTextColor"], ground)]
        out += [(f"faded text on {where}", faded(theme["textColor"], ground, 0.6), ground)]
        out += [(f"{hue} text on {where}", theme[f"{hue}TextColor"], ground) for hue in HUES]
    out += [(f"{hue} badge", theme[f"{hue}TextColor"], theme[f"{hue}BackgroundColor"]) for hue in HUES]
    out.append(("text on code", theme["codeTextColor"], theme["codeBackgroundColor"]))
    out.append(("table head", theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"]))
    return out


def styled(name: str) -> list[str]:
    """The inks that style.css sets in this theme."""
    return [pair[name == "dark"] for pair in re.findall(r"light-dark\((#\w{6}), (#\w{6})\)", STYLE)]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_ink_is_readable_on_every_ground(name: str) -> None:
    poor = {what: round(contrast(ink, ground), 2) for what, ink, ground in pairs(name) if contrast(ink, ground) < 4.5}
    assert not poor


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_main_action_is_readable(name: str) -> None:
    rule = re.search(r'primaryFormSubmit"\] \{ color: light-dark\((#\w{6}), (#\w{6})\)', STYLE)
    assert rule
    assert contrast(rule.group(1 + (name == "dark")), THEME[name]["primaryColor"]) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_style_sheet_uses_the_colours_of_the_theme(name: str) -> None:
    known = {v for v in [*THEME[name].values(), *THEME[name]["sidebar"].values()] if isinstance(v, str)}
    assert set(styled(name)) <= known | {"#FFFFFF"}


def test_lines_and_charts_stand_out() -> None:
    """Graphics need 3:1 (WCAG 1.4.11): the chart colours are the same in both themes."""
    for colour in THEME["chartCategoricalColors"]:
        assert contrast(colour, THEME["light"]["backgroundColor"]) >= 3
        assert contrast(colour, THEME["dark"]["backgroundColor"]) >= 3


def test_red_is_for_loss_only_and_the_accent_is_not_linkedins() -> None:
    for name in ("light", "dark"):
        red, green, blue = (int(THEME[name]["primaryColor"][i : i + 2], 16) for i in (1, 3, 5))
        assert green > blue > red, "a deep green-blue"


def test_fonts_are_here_with_their_licence_and_italics() -> None:
    faces = THEME["fontFaces"]
    for face in faces:
        file = ROOT / face["url"].removeprefix("app/")
        assert file.read_bytes()[:4] == b"wOF2"
    for weight in ("400", "600"):
        assert {f["style"] for f in faces if f["weight"] == weight} == {"normal", "italic"}
    assert "SIL OPEN FONT LICENSE" in (ROOT / "static/fonts/OFL.txt").read_text(encoding="utf8").upper()
    assert sum(f.stat().st_size for f in (ROOT / "static").rglob("*") if f.is_file()) < 400_000


def test_nothing_is_told_to_anybody() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert "http" not in (ROOT / ".streamlit/config.toml").read_text(encoding="utf8")
    assert "http" not in STYLE and "@import" not in STYLE
