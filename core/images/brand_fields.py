"""The fields of a brand kit as people give them, checked and turned into columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.errors import Invalid
from core.images import changes, colour, fonts, grade
from core.images.families import FAMILIES
from core.images.model import COLOURS
from core.store.tables_images import BrandKit

THEMES: Final = ("light", "dark")
FOOTER: Final = 120
"""Characters."""


def checked(fields: Mapping[str, Any], before: BrandKit | None) -> dict[str, Any]:
    """The fields as columns. Raises Invalid, which names the field."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "family":
            _one_of(name, value, ("", *FAMILIES))
            out[name] = value
        elif name == "theme":
            _one_of(name, value, ("", *THEMES))
            out[name] = value
        elif name in ("heading", "body"):
            _one_of(name, value, ("", *fonts.FAMILIES))
            out["fonts"] = {**out.get("fonts", dict(before.fonts) if before else {}), name: value}
        elif name == "colours":
            out[name] = _colours(value, dict(before.colours) if before else {})
        elif name == "footer":
            out[name] = _footer(value)
        elif name == "focus":
            out["photo"] = {**(before.photo if before else {}), "focus": _focus(value)}
        elif name == "grade":
            out[name] = grade.checked(_by_name("grade", value))
        else:
            raise Invalid(f"A brand kit has no {name}.", "See the fields in the API's description.")
    return out


def _by_name(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping | None):
        raise Invalid(f"A brand kit's {name} cannot be {value!r:.40}.", "Give each by its name.")
    return value or {}


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Invalid(
            f"A brand kit's {name} cannot be {value!r}.", f"Choose one of {', '.join(k for k in known if k)}."
        )


def _colours(given: Any, before: dict[str, Any]) -> dict[str, dict[str, str]]:
    out = {theme: dict(roles) for theme, roles in before.items()}
    for theme, roles in _by_name("colours", given).items():
        _one_of("theme", theme, THEMES)
        for role, value in _by_name(f"{theme} colours", roles).items():
            _one_of("colour", role, COLOURS)
            kept = out.setdefault(theme, {})
            kept.pop(role, None)
            if value:
                kept[role] = colour.parse(str(value))
    return {theme: roles for theme, roles in out.items() if roles}


def _footer(text: Any) -> str:
    if not isinstance(text, str):
        raise Invalid("A brand kit's footer is a line of text.", "Give a text.")
    changes.check("footer", text, 10 * FOOTER)
    line = " ".join(text.split())
    if len(line) > FOOTER:
        raise Invalid(f"The footer has {len(line)} characters; there is room for {FOOTER}.", "Shorten it.")
    return line


def _focus(value: Any) -> list[float]:
    try:
        x, y = (float(v) for v in value)
    except (TypeError, ValueError):
        raise Invalid("The point of the photo needs two numbers.", "Give the shares of its width and height.") from None
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise Invalid("The point of the photo lies outside it.", "Give two numbers from 0 to 1.")
    return [x, y]
