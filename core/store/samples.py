"""Reading and writing of samples: an author's own texts."""

from __future__ import annotations

from sqlalchemy import func, select

from core.store.engine import Reading
from core.store.tables import Sample


def of_author(tx: Reading, author_id: str, excluded: bool = False) -> list[Sample]:
    """An author's samples, the oldest first (by date, then by order of import); those left out only where asked."""
    query = select(Sample).where(Sample.author_id == author_id)
    if not excluded:
        query = query.where(Sample.excluded.is_(False))
    return list(tx.session.scalars(query.order_by(Sample.date.is_(None), Sample.date, Sample.position, Sample.id)))


def counts(tx: Reading) -> dict[str, int]:
    """How many samples each author has, by author id."""
    query = select(Sample.author_id, func.count()).where(Sample.excluded.is_(False)).group_by(Sample.author_id)
    return {row[0]: row[1] for row in tx.session.execute(query)}
