"""Reading and writing of archetypes, and of the measures that they are found by."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from core.errors import NotFound
from core.store.engine import Reading, Writing
from core.store.tables import Author, Sample
from core.store.tables_training import Archetype


def listed(tx: Reading) -> list[Archetype]:
    """Those that are not archived, the oldest first."""
    query = select(Archetype).where(Archetype.archived_at.is_(None))
    return list(tx.session.scalars(query.order_by(Archetype.id)))


def get(tx: Reading, archetype_id: str) -> Archetype:
    """One that is not archived. Raises NotFound."""
    row = tx.session.get(Archetype, archetype_id)
    if row is None or row.archived_at is not None:
        raise NotFound("There is no such archetype any more.", "Reload the page and choose one from the list.")
    return row


def hold(tx: Writing) -> None:
    """Nobody else changes any until this transaction ends: members move between them, so each change reads them all.

    To be called before anything is read; SQLite lets one writer in at a time anyway.
    """
    tx.session.execute(select(Archetype.id).order_by(Archetype.id).with_for_update())


def add(tx: Writing, name: str) -> Archetype:
    """A new one, without members yet."""
    row = Archetype(name=name, workspace_id=tx.actor.workspace_id)
    tx.session.add(row)
    tx.session.flush()
    return row


def willing(tx: Reading) -> dict[str, bool]:
    """Author id -> whether invented, of all who are not archived and have not refused training."""
    query = select(Author.id, Author.is_sample).where(Author.archived_at.is_(None))
    rows = tx.session.execute(query.where(Author.training_consent.is_not(False)))
    return {row[0]: bool(row[1]) for row in rows}


def measured(tx: Reading, version: str, author_ids: Collection[str], newest: int) -> list[tuple[str, str, bytes]]:
    """(author id, sample id, features) of the newest measured samples of each author, the oldest of them first."""
    place = func.row_number().over(
        partition_by=Sample.author_id,
        order_by=(Sample.date.is_(None).desc(), Sample.date.desc(), Sample.position.desc(), Sample.id.desc()),
    )
    inner = (
        select(Sample.author_id, Sample.id, Sample.features, place.label("place"))
        .where(Sample.author_id.in_(sorted(author_ids)), Sample.excluded.is_(False))
        .where(Sample.features_version == version, Sample.features.is_not(None))
        .subquery()
    )
    query = select(inner.c.author_id, inner.c.id, inner.c.features).where(inner.c.place <= newest)
    rows = tx.session.execute(query.order_by(inner.c.author_id, inner.c.place.desc()))
    return [(row[0], row[1], row[2]) for row in rows]
