"""Reading and writing of knowledge: texts that posts may draw facts from."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from core.errors import NotFound
from core.store.base import now
from core.store.engine import Reading, Writing
from core.store.tables_writing import Knowledge


def listed(tx: Reading, author_id: str | None) -> list[Knowledge]:
    """What an author may draw from, the newest first: their own and everyone's. None: everyone's only."""
    query = select(Knowledge).where(Knowledge.deleted_at.is_(None)).where(_of(author_id))
    return list(tx.session.scalars(query.order_by(Knowledge.created_at.desc(), Knowledge.id.desc())))


def get(tx: Reading, knowledge_id: str) -> Knowledge:
    """One that is in use. Raises NotFound."""
    row = tx.session.get(Knowledge, knowledge_id)
    if row is None or row.deleted_at is not None:
        raise NotFound("This source is no longer there.", "Somebody removed it. Choose another, or add it again.")
    return row


def among(tx: Reading, ids: Sequence[str]) -> list[Knowledge]:
    """Those of `ids` that are in use, in that order; the others are left out."""
    rows = tx.session.scalars(select(Knowledge).where(Knowledge.id.in_(ids), Knowledge.deleted_at.is_(None)))
    known = {row.id: row for row in rows}
    return [known[i] for i in dict.fromkeys(ids) if i in known]


def same(tx: Reading, author_id: str | None, text_hash: str) -> Knowledge | None:
    """The row that holds this very text for the author or for everyone, removed or not; everyone's comes first.

    For everyone (None) it may be anybody's.
    """
    query = select(Knowledge).where(Knowledge.text_hash == text_hash)
    if author_id is not None:
        query = query.where(_of(author_id))
    rows = sorted(tx.session.scalars(query), key=lambda k: (k.deleted_at is not None, k.author_id is not None, k.id))
    return rows[0] if rows else None


def add(tx: Writing, row: Knowledge) -> Knowledge:
    """A new one."""
    row.workspace_id = tx.actor.workspace_id
    row.by = tx.actor.name
    tx.session.add(row)
    tx.session.flush()
    return row


def remove(tx: Writing, knowledge_id: str) -> None:
    """No longer offered; the row stays, for the runs that drew from it."""
    get(tx, knowledge_id).deleted_at = now()


def _of(author_id: str | None) -> ColumnElement[bool]:
    return or_(Knowledge.author_id.is_(None), Knowledge.author_id == author_id)
