"""What somebody who cannot see an image is told of it: proposed from the very words that are set in it."""

from __future__ import annotations

from dataclasses import replace

from core.images.model import Card, Page

LONGEST = 1_000
"""Characters of an alt text that are kept: what LinkedIn's own form takes."""


def proposed(card: Card, page: int) -> str:
    """The alt text of a page (counted from 0): its words in reading order, and which page of how many it is."""
    shown = card.pages[page]
    said = _said(shown)
    if not said:
        return ""
    if len(card.pages) == 1:
        return _cut(said)
    place = f"{page + 1} of {len(card.pages)}" if card.language.lower().startswith("en") else _place(card, page)
    word = "Slide " if card.form == "carousel" else "Image "
    return _cut(f"{word if card.language.lower().startswith('en') else ''}{place}: {said}")


def filled(card: Card) -> Card:
    """The card with every alt text that no person wrote proposed anew."""
    pages = tuple(p if p.alt_kept else replace(p, alt=proposed(card, n)) for n, p in enumerate(card.pages))
    return card if pages == card.pages else replace(card, pages=pages)


def _place(card: Card, page: int) -> str:
    return f"{page + 1}/{len(card.pages)}"


def _said(page: Page) -> str:
    title, body, source = (" ".join(value.split()) for value in (page.title, page.body, page.source))
    if page.role == "quote":
        words = " ".join(row for row in (title, body) if row)
        return f"“{words}” — {source}" if words and source else f"“{words}”" if words else ""
    rows = [title if not (title and body) or title[-1] in ".!?…:。！？" else f"{title}.", body, source]
    return " ".join(row for row in rows if row)


def _cut(value: str) -> str:
    """At most what is kept, ended at a word."""
    if len(value) <= LONGEST:
        return value
    head = value[: LONGEST - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[LONGEST // 2 :] else head).rstrip(",;:–— ") + "…"
