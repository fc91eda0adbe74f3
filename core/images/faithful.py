"""Whether a card says what its post says: numbers, dates, names and quotations that the post does not hold are named.

What is proposed by code cannot bring any in; what a person types on a card, or changes in the post afterwards, can.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from core.claims.allowed import Allowed
from core.claims.model import Source
from core.images.model import Card


@dataclass(frozen=True)
class Remark:
    """Something on a page (counted from 0) to look at; it keeps nobody from using the card."""

    page: int
    field: str
    message: str
    hint: str


def remarks(card: Card, text: str) -> list[Remark]:
    """The first fact of each title and text that stands neither in the post nor in the author's own lines."""
    given = (Source("brief", "post", "", text), Source("brief", "card", "", f"{card.name}\n{card.headline}"))
    known = Allowed.of(given, names=[card.name])
    out = []
    for n, page in enumerate(card.pages):
        for field in ("title", "body"):
            if strange := known.foreign(str(getattr(page, field))):
                where = f"Page {n + 1}" if len(card.pages) > 1 else "The card"
                said = f"{where} says “{strange[0].text}”, which is not in the post."
                out.append(Remark(n, field, said, "Take it out, or put it into the post, where its source is checked."))
    return out


def digest(text: str) -> str:
    """A text as a finished card remembers it."""
    return hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()
