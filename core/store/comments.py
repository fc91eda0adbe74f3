"""Reading and writing of review notes that are comments in Notion too, and of the rows whose comments are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select

from core.store import posts
from core.store.base import now
from core.store.engine import Reading, Writing
from core.store.tables import NotionEvent, NotionRow, Post, ReviewNote

THERE = ("ok", "conflict", "pending")
"""States of rows that can be commented on."""


class Talk(NamedTuple):
    """A row whose comments may be read."""

    row_id: str
    memo: dict[str, Any]
    status: str
    changed: datetime
    hinted: datetime | None
    """When Notion last sent a webhook about a comment on it."""


def talks(tx: Reading) -> list[Talk]:
    """The rows of posts in the calendar, with what decides whose turn it is."""
    hints = (
        select(NotionEvent.page_id, func.max(NotionEvent.created_at).label("at"))
        .where(NotionEvent.kind.startswith("comment."))
        .group_by(NotionEvent.page_id)
        .subquery()
    )
    query = (
        select(NotionRow.id, NotionRow.memo, Post.status, Post.updated_at, hints.c.at)
        .join(Post, and_(Post.id == NotionRow.local_id, Post.deleted_at.is_(None)))
        .outerjoin(hints, hints.c.page_id == NotionRow.page_id)
        .where(_on_the_calendar())
        .order_by(NotionRow.id)
    )
    return [Talk(*found) for found in tx.session.execute(query)]


def _on_the_calendar() -> ColumnElement[bool]:
    return and_(NotionRow.kind == "calendar", NotionRow.page_id.is_not(None), NotionRow.state.in_(THERE))


def rows(tx: Reading, row_ids: Collection[str]) -> dict[str, NotionRow]:
    """These rows, by our own id."""
    return {r.id: r for r in tx.session.scalars(select(NotionRow).where(NotionRow.id.in_(list(row_ids))))}


def of_post(tx: Reading, post_id: str) -> dict[str, ReviewNote]:
    """The notes of a post that are comments in Notion, by the comment's id."""
    query = select(ReviewNote).where(ReviewNote.post_id == post_id, ReviewNote.comment_id.is_not(None))
    return {str(note.comment_id): note for note in tx.session.scalars(query)}


def outgoing(
    tx: Reading, decisions: Iterable[str], since: datetime, limit: int | None
) -> list[tuple[ReviewNote, NotionRow]]:
    """Notes with a text that somebody wrote here since then and that are not in Notion yet, the oldest first."""
    query = (
        select(ReviewNote, NotionRow)
        .join(NotionRow, and_(NotionRow.local_id == ReviewNote.post_id, _on_the_calendar()))
        .where(
            ReviewNote.comment_state.in_(("", "sending")),
            ReviewNote.comment_id.is_(None),
            ReviewNote.source.in_(("app", "api")),
            ReviewNote.decision.in_(list(decisions)),
            func.trim(ReviewNote.text) != "",
            ReviewNote.created_at >= since,
        )
        .order_by(ReviewNote.created_at, ReviewNote.id)
        .limit(limit)
    )
    return [(note, row) for note, row in tx.session.execute(query)]


def mark(tx: Writing, note: ReviewNote, row_id: str, state: str, comment_id: str | None = None) -> None:
    """Remember how far a note is on its way out: '' | sending (since now) | sent | refused."""
    found = tx.session.get(ReviewNote, note.id)
    row = tx.session.get(NotionRow, row_id)
    if found is not None and row is not None:
        found.comment_state, found.comment_id = state, comment_id
        sending = {key: at for key, at in (row.memo.get("notes") or {}).items() if key != note.id}
        if state == "sending":
            sending[note.id] = now().isoformat()
        remember(tx, row_id, notes=sending or None)  # "sending" is the fields that are


def take(tx: Writing, post_id: str, comment_id: str, text: str, at: datetime) -> None:
    """A comment as a note, once; one that was edited in Notion changes its note, and the change log keeps the old."""
    known = tx.session.scalar(select(ReviewNote).where(ReviewNote.comment_id == comment_id))
    if known is None:
        note = posts.add_note(tx, posts.get(tx, post_id), "note", text)
        note.comment_id, note.created_at = comment_id, at
        tx.session.flush()
    elif known.source == "notion" and known.text != text:
        known.text = text


def remember(tx: Writing, row_id: str, **values: Any) -> None:
    """Add to what is remembered of a row; None forgets."""
    row = tx.session.get(NotionRow, row_id)
    if row is not None:
        row.memo = {key: value for key, value in {**row.memo, **values}.items() if value is not None}
