"""What makes text too small, too long or too faint for a card, and the words in which a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.images.model import SIZES

Kind = Literal["overflow", "glyph", "contrast", "empty", "pages"]
SEEN: Final = 375
"""Width in points at which a phone shows a card, however many pixels it has."""
BODY: Final = 32
SMALL: Final = 24
"""Least sizes of text and of small print in pixels on a card of 1080: about 11 and 8 points on a phone."""
CONTRAST: Final = 4.5
"""WCAG 2.2, 1.4.3 (AA), for all text: headings pass for large text at 3, but are held to the same."""
MOST: Final[Mapping[str, int]] = {"title": 800, "body": 5_000, "source": 400, "name": 400, "headline": 600}
"""Characters of a field, and the lines of one, beyond which nobody tries whether they fit: twice what can be typed."""
LINES: Final = 60
NAMES: Final = {"title": "heading", "body": "text", "source": "source", "name": "name"}


@dataclass(frozen=True)
class Problem:
    """Why a card cannot be used as it is. `page` counts from 0, -1 is the whole card; `field` is one of a page's."""

    page: int
    field: str
    message: str
    hint: str
    kind: Kind


def least(size: str) -> tuple[float, float]:
    """The smallest text and small print on a card of this size, in its own pixels."""
    share = SIZES[size][0] / SIZES["portrait"][0]
    return BODY * share, SMALL * share


def cut(text: str, field: str) -> str:
    """As much of a field as may be set at all: far more than any page can show, and quick to set."""
    return "\n".join(text[: MOST[field]].split("\n")[:LINES])


def beyond(page: int, field: str, text: str, of: int) -> Problem:
    """What is said of a field that is longer than may be set."""
    what = f"The {NAMES.get(field, field)}{f' on page {page + 1}' if of > 1 else ''}"
    lines = text.count("\n") + 1
    has = f"{len(text):,} characters" if len(text) > MOST[field] else f"{lines:,} lines"
    hint = f"Shorten it, or {_split({'of': of})}."
    return Problem(page, field, f"{what} has {has}, far more than can be read on a phone.", hint, "overflow")


def overflow(report: Mapping[str, Any]) -> Problem:
    """What the template says of a page that does not hold its text: {page, field, words, word}."""
    page, field = int(report["page"]), str(report["field"])
    what = NAMES.get(field, field)
    where = f"on page {page + 1} " if report.get("of", 1) > 1 and page >= 0 else ""
    if report.get("word"):
        said = f"“{_short(report['word'])}” {where}is longer than a line"
        return Problem(page, field, f"{said}.", "Use a shorter word, or put a space or hyphen into it.", "overflow")
    over = int(report["words"])
    count = "a word" if over == 1 else f"{over} words"
    message = f"The {what} {where}is about {count} too long to be read on a phone."
    return Problem(page, field, message, f"Shorten it, choose a taller size, or {_split(report)}.", "overflow")


def _split(report: Mapping[str, Any]) -> str:
    return "spread it over two pages" if report.get("of", 1) > 1 else "make it a carousel"


def _short(word: str) -> str:
    return word if len(word) <= 30 else word[:29] + "…"
