"""Whether a card says what its post says: numbers, dates, names and quotations that the post does not hold are named.

What is proposed by code cannot bring any in; what a person types on a card, or changes in the post afterwards, can.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from analytics import text as texts
from core.claims.allowed import Allowed
from core.claims.model import Source
from core.generate.adapt_cut import unfolded
from core.images import wording
from core.images.model import Card

FOLDED: Final = "The post ends in “…see more”: that is LinkedIn's, copied with it, and is left out here."


@dataclass(frozen=True)
class Remark:
    """Something on a page (counted from 0) to look at; it keeps nobody from using the card."""

    page: int
    field: str
    message: str
    hint: str


def remarks(card: Card, text: str) -> list[Remark]:
    """The first fact of each title and text that stands neither in the post nor in the author's own lines.

    Without a field: something of the post itself.
    """
    given = (Source("brief", "post", "", text), Source("brief", "card", "", f"{card.name}\n{card.headline}"))
    known = Allowed.of(given, names=[card.name])
    out = [Remark(0, "", FOLDED, "Take it out of the post too.")] if unfolded(text.rstrip()) != text.rstrip() else []
    for n, page in enumerate(card.pages):
        for field in ("title", "body"):
            if strange := known.foreign(str(getattr(page, field))):
                where = f"Page {n + 1}" if len(card.pages) > 1 else "The card"
                said = f"{where} says “{strange[0].text}”, which is not in the post."
                out.append(Remark(n, field, said, "Take it out, or put it into the post, where its source is checked."))
    return out


def unsaid(card: Card, text: str) -> list[int]:
    """The pages (from 0) with a word that the text does not have: who only hears the text misses something."""
    known = _words(text)
    return [n for n, page in enumerate(card.pages) if not _words(f"{page.title}\n{page.body}") <= known]


def _words(value: str) -> set[str]:
    return {word.lower().replace("’", "'") for word in texts.words(wording.plain(value))}


def digest(text: str) -> str:
    """A text as a finished card remembers it."""
    return hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()
