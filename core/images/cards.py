"""Cards set in type by Typst: PNG pages, one PDF, quick previews, and what keeps a card from being used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import typst

from core.errors import Invalid, Unavailable
from core.images import colour, coverage, fitting, setting
from core.images.families import FAMILIES, Family
from core.images.fitting import Problem
from core.images.fonts import FOLDER
from core.images.model import PAGES, SIZES, Card, Kit

__all__ = ["FAMILIES", "Family", "Problem", "Rendered", "cache_key", "preview", "previews", "problems", "render"]

TEMPLATES: Final = Path(__file__).parent / "templates"
PPI: Final = 72.0
"""Pixels per inch at which a point of Typst is a pixel."""
MADE: Final = 1_577_836_800
"""When every PDF says it was made (2020-01-01 UTC): the same card gives the same bytes on any day."""
ACCESSIBLE: Final = "ua-1"
"""PDF/UA-1: tagged for screen readers. Typst also refuses, by this standard, any character that no font draws."""


@dataclass(frozen=True)
class Rendered:
    """A card's pages as PNG, in order; the PDF is made when it is asked for."""

    pages: tuple[bytes, ...]
    told: dict[str, Any] = field(repr=False)

    @cached_property
    def _pdf(self) -> bytes:
        return _compiled(self.told, "pdf")[0]

    def pdf(self) -> bytes:
        """One PDF of all pages: PDF/UA-1, dated 2020, so that the same card gives the same bytes."""
        return self._pdf


def render(card: Card, kit: Kit, scale: float = 1.0) -> Rendered:
    """All pages at SIZES times `scale`. Raises Invalid with the first problem's words where the card has any."""
    if found := problems(card, kit):
        raise Invalid(found[0].message, found[0].hint)
    told = setting.told(card, kit)
    return Rendered(_compiled(told, "png", scale), told)


def preview(card: Card, kit: Kit, page: int, width: int = 540) -> bytes:
    """One page (from 0) as a PNG so many pixels wide, as good as it gets: text that does not fit is cut off."""
    told = setting.told(card, kit, only=page)
    return _compiled(told, "png", width / SIZES[card.size][0])[0]


def previews(card: Card, kit: Kit, width: int = 240) -> tuple[bytes, ...]:
    """Every page so many pixels wide, in one go: as `preview`, for a strip of small pages."""
    return _compiled(setting.told(card, kit), "png", width / SIZES[card.size][0])


def cache_key(card: Card, kit: Kit, page: int) -> str:
    """What a preview depends on, as a hash: equal keys, equal pictures."""
    told = setting.told(card, kit, only=page)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def problems(card: Card, kit: Kit) -> list[Problem]:
    """What keeps the card from being used, in words, the weightiest first. Raises nothing because of a text."""
    beyond = _beyond(card)
    found = [*_pages(card), *beyond, *_glyphs(card, kit), *_contrast(card, kit), *_pictures(card, kit)]
    if any(p.kind == "empty" and p.page < 0 for p in found) or not card.pages:
        return found
    said = {(p.page, p.field) for p in beyond}
    first = replace(card, pages=card.pages[: PAGES[card.form][1]])  # the others have to go anyhow
    return found + [p for p in _overflow(setting.told(first, kit)) if (p.page, p.field) not in said]


# ---- the checks ----------------------------------------------------------------------------------------------


def _pages(card: Card) -> list[Problem]:
    """Too few or too many pages, and pages without a word."""
    low, high = PAGES[card.form]
    count = len(card.pages)
    found = []
    if not low <= count <= high:
        need = f"{low} to {high} pages" if low < high else "one page"
        do = f"Add {low - count}." if count < low else f"Take {count - high} out."
        found.append(Problem(-1, "", f"A {card.form} has {need}, this one has {count}.", do, "pages"))
    for at, page in enumerate(card.pages):
        if not (setting.seen(page.title) or setting.seen(page.body)):
            where = f"Page {at + 1}" if count > 1 else "The card"
            found.append(
                Problem(at, "title", f"{where} has no words.", "Write a heading or a text, or take it out.", "empty")
            )
    return found


def _beyond(card: Card) -> list[Problem]:
    """What is longer than any page can hold: said by its length, and never set, for that takes the typesetter long."""
    count = len(card.pages)
    return [
        fitting.beyond(n, field, getattr(page, field), count)
        for n, page in enumerate(card.pages)
        for field in ("title", "body", "source")
        if fitting.cut(getattr(page, field), field) != getattr(page, field)
    ]


def _glyphs(card: Card, kit: Kit) -> list[Problem]:
    """Characters that no shipped font draws, named."""
    fields = [
        (at, name, getattr(page, name)) for at, page in enumerate(card.pages) for name in ("title", "body", "source")
    ]
    fields += [(-1, "name", card.name), (-1, "headline", card.headline), (-1, "footer", kit.footer)]
    found = []
    for at, name, text in fields:
        if text and (missing := coverage.missing(setting.clean(text))):
            shown = "; ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            message = f"No font here can draw this: {shown}."
            found.append(Problem(at, name, message, "Leave it out, or write it in another way.", "glyph"))
    return found


def _contrast(card: Card, kit: Kit) -> list[Problem]:
    """Text and small print against the ground."""
    colours = setting.colours_of(card, kit)
    found = []
    for role, what in (("ink", "text"), ("quiet", "small print")):
        ratio = colour.contrast(colours[role], colours["paper"])
        if ratio < fitting.CONTRAST:
            would = colour.legible(colours[role], colours["paper"])
            pair = f"{colours[role]} on {colours['paper']}"
            message = f"The {what} is too faint, {pair}: {ratio:.1f} to 1, at least {fitting.CONTRAST} is needed."
            found.append(Problem(-1, role, message, f"{would} would do. Change it in the brand kit.", "contrast"))
    return found


def _pictures(card: Card, kit: Kit) -> list[Problem]:
    return [
        Problem(
            -1, what, f"The brand kit's {what} cannot be read.", f"Choose the {what} again in the brand kit.", "empty"
        )
        for what in setting.lost(kit, card)
    ]


def _overflow(told: dict[str, Any]) -> list[Problem]:
    """What the template itself says: it alone knows what it tried."""
    try:
        reports = json.loads(_compiler(told).query("<problem>", field="value"))
    except RuntimeError as e:  # TypstError is one; a query raises the bare kind
        raise _broken(e) from e
    return [fitting.overflow(report) for report in reports]


# ---- Typst ---------------------------------------------------------------------------------------------------


@cache
def _fonts() -> typst.Fonts:
    """The shipped fonts and no others, found once a process."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])


def _compiler(told: dict[str, Any]) -> typst.Compiler:
    """One for each call, over the shared fonts: a compiler is used by one thread at a time, and costs 2 ms."""
    return typst.Compiler(
        str(TEMPLATES / "card.typ"),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"card": json.dumps(told, ensure_ascii=False)},
    )


def _compiled(told: dict[str, Any], kind: str, scale: float = 1.0) -> tuple[bytes, ...]:
    """PNG pages, or one PDF. A warning is as bad as an error: it means that a template would draw something else."""
    pdf = kind == "pdf"
    try:
        out, warnings = _compiler(told).compile_with_warnings(
            format="pdf" if pdf else "png",
            ppi=PPI * scale,
            pdf_standards=ACCESSIBLE if pdf else [],
            timestamp=MADE,
        )
    except RuntimeError as e:  # TypstError is one; a query raises the bare kind
        raise _broken(e) from e
    if warnings:
        raise _broken(warnings[0])
    made: Sequence[bytes] = out if isinstance(out, list) else [out or b""]
    return tuple(made)


def _broken(error: RuntimeError | typst.TypstWarning) -> Unavailable:
    """A fault of a template, not of a text: said as such."""
    hint = "Your text is safe. Choose another template, and report this line."
    return Unavailable(f"The template could not be drawn: {getattr(error, 'message', error)}", hint)
