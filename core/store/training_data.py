"""Reading what a training learns from: the posts of authors who agreed to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.store.engine import Reading
from core.store.tables import Author, Sample


@dataclass(frozen=True, slots=True)
class Kept:
    """A sample, without what was measured of it."""

    id: str
    author_id: str
    text: str
    date: datetime | None
    position: int
    """Order within the author, where dates are missing."""


def posts(tx: Reading, author_ids: Sequence[str]) -> list[Kept]:
    """Their samples, the oldest first (by date, then by order of import); without those that a person left out."""
    query = select(Sample.id, Sample.author_id, Sample.text, Sample.date, Sample.position)
    query = query.where(Sample.author_id.in_(author_ids), Sample.excluded.is_(False))
    query = query.order_by(Sample.date.is_(None), Sample.date, Sample.position, Sample.id)
    return [Kept(*row) for row in tx.session.execute(query)]


def stamp(tx: Reading, author_ids: Sequence[str]) -> tuple[object, ...]:
    """What changes whenever the answer of `posts` does, or whether these authors agreed: quick to ask."""
    used = select(func.count(), func.max(Sample.id), func.sum(Sample.position))
    used = used.where(Sample.author_id.in_(author_ids), Sample.excluded.is_(False))
    who = select(Author.id, Author.name, Author.training_consent).where(Author.id.in_(author_ids)).order_by(Author.id)
    return tuple(tx.session.execute(used).one()), tuple(map(tuple, tx.session.execute(who)))


def left_out(tx: Reading, author_ids: Sequence[str]) -> int:
    """How many of their samples a person left out."""
    query = select(func.count()).where(Sample.author_id.in_(author_ids), Sample.excluded)
    return tx.session.scalar(query) or 0


def count(tx: Reading, author_id: str) -> int:
    """How many samples an author has, without those that a person left out."""
    query = select(func.count()).where(Sample.author_id == author_id, Sample.excluded.is_(False))
    return tx.session.scalar(query) or 0
