"""Whether those that something was learnt from still agree: authors (their texts), photo sets (their photos)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select

from core.store.base import now
from core.store.engine import Reading
from core.store.tables import Author
from core.store.tables_images import PhotoSet

GONE = "somebody who was removed"


def stands(row: PhotoSet) -> bool:
    """Whether the photos of this set may be learnt from, and what was learnt from them be used, at this moment."""
    in_time = row.expires_at is None or row.expires_at > now()
    return row.consent_at is not None and row.withdrawn_at is None and in_time


def agreed(tx: Reading, ids: Collection[str]) -> set[str]:
    """Those of these authors and photo sets that agree now."""
    authors = select(Author.id).where(Author.id.in_(list(ids)), Author.training_consent.is_(True))
    sets = select(PhotoSet.id).where(
        PhotoSet.id.in_(list(ids)),
        PhotoSet.consent_at.is_not(None),
        PhotoSet.withdrawn_at.is_(None),
        or_(PhotoSet.expires_at.is_(None), PhotoSet.expires_at > now()),
    )
    return set(tx.session.scalars(authors)) | set(tx.session.scalars(sets))


def ended(tx: Reading, author_id: str) -> datetime | None:
    """Since when an author who does not agree has not; None of one that is gone, or where nobody wrote it down."""
    row = tx.session.get(Author, author_id)
    return row.consent_at if row is not None else None


def names(tx: Reading, ids: Collection[str]) -> dict[str, str]:
    """What these authors and the persons of these photo sets are called; one that is gone is left out."""
    rows = tx.session.execute(select(Author.id, Author.name).where(Author.id.in_(list(ids))))
    found = {row[0]: str(row[1]) for row in rows}
    sets = tx.session.execute(select(PhotoSet.id, PhotoSet.person).where(PhotoSet.id.in_(list(ids))))
    return found | {row[0]: str(row[1]) or "the person in the photos" for row in sets}


def unwilling(tx: Reading, ids: Collection[str]) -> list[str]:
    """The names of those that do not agree (any more), in the order of `ids`; one that is gone is said to be."""
    there = agreed(tx, ids)
    known = names(tx, [id_ for id_ in ids if id_ not in there])
    return list(dict.fromkeys(known.get(id_, GONE) for id_ in ids if id_ not in there))
