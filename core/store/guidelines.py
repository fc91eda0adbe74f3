"""Reading and writing of guidelines: the rules of the house."""

from __future__ import annotations

from sqlalchemy import select

from core.errors import NotFound
from core.store.base import now
from core.store.engine import Reading, Writing, held
from core.store.tables import Guideline


def listed(tx: Reading, author_id: str | None = None) -> list[Guideline]:
    """All guidelines in force, the oldest first; with an author, only those that bind this author."""
    query = select(Guideline).where(Guideline.deleted_at.is_(None)).order_by(Guideline.created_at, Guideline.id)
    found = list(tx.session.scalars(query))
    return found if author_id is None else [g for g in found if not g.authors or author_id in g.authors]


def get(tx: Reading, guideline_id: str) -> Guideline:
    """One guideline in force. Raises NotFound."""
    row = tx.session.get(Guideline, guideline_id)
    if row is None or row.deleted_at is not None:
        raise NotFound(f"There is no guideline {guideline_id}.", "It may have been removed. Pick one from the list.")
    return row


def locked(tx: Writing, guideline_id: str) -> Guideline:
    """One guideline that nobody else can change until this transaction ends. Raises NotFound."""
    held(tx, Guideline, guideline_id)
    return get(tx, guideline_id)


def add(tx: Writing, row: Guideline) -> Guideline:
    """A new guideline."""
    row.workspace_id = tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    return row


def remove(tx: Writing, guideline_id: str) -> None:
    """No longer in force; the row stays, for the variants that were judged by it."""
    get(tx, guideline_id).deleted_at = now()
