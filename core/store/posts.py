"""Reading and writing of posts, their notes and their history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, or_, select

from core.errors import NotFound
from core.store.engine import Reading, Writing
from core.store.tables import Change, Post, ReviewNote

Order = Literal["newest", "slot"]


def get(tx: Reading, post_id: str) -> Post:
    """One post. Raises NotFound."""
    row = tx.session.get(Post, post_id)
    if row is None or row.deleted_at is not None:
        raise NotFound(f"There is no post {post_id}.", "It may have been removed. Pick one from the calendar.")
    return row


def locked(tx: Writing, post_id: str) -> Post:
    """One post that nobody else can change until this transaction ends. Raises NotFound."""
    row = tx.session.scalar(select(Post).where(Post.id == post_id, Post.deleted_at.is_(None)).with_for_update())
    if row is None:
        raise NotFound(f"There is no post {post_id}.", "It may have been removed. Pick one from the calendar.")
    return row


def add(tx: Writing, post: Post) -> Post:
    """A new post."""
    post.workspace_id = tx.actor.workspace_id
    tx.session.add(post)
    tx.session.flush()
    return post


def _chosen(
    statuses: Collection[str] | None,
    author_id: str | None,
    query: str | None,
    between: tuple[datetime | None, datetime | None] | None,
    slotted: bool | None,
) -> Select[Post]:
    chosen = select(Post).where(Post.deleted_at.is_(None))
    if statuses is not None:
        chosen = chosen.where(Post.status.in_(list(statuses)))
    if author_id is not None:
        chosen = chosen.where(Post.author_id == author_id)
    if query:
        chosen = chosen.where(
            or_(Post.title.icontains(query, autoescape=True), Post.text.icontains(query, autoescape=True))
        )
    if between is not None:
        chosen = chosen.where(Post.slot.is_not(None))
        if between[0] is not None:
            chosen = chosen.where(Post.slot >= between[0])
        if between[1] is not None:
            chosen = chosen.where(Post.slot < between[1])
    if slotted is not None:
        chosen = chosen.where(Post.slot.is_not(None) if slotted else Post.slot.is_(None))
    return chosen


def listed(
    tx: Reading,
    statuses: Collection[str] | None = None,
    author_id: str | None = None,
    query: str | None = None,
    between: tuple[datetime | None, datetime | None] | None = None,
    slotted: bool | None = None,
    order: Order = "newest",
    limit: int | None = None,
    offset: int = 0,
) -> list[Post]:
    """Posts that fit every filter given. `between` is a half-open range of slots; `query` looks in title and text."""
    chosen = _chosen(statuses, author_id, query, between, slotted)
    if order == "slot":
        chosen = chosen.order_by(Post.slot.is_(None), Post.slot, Post.id)
    else:
        chosen = chosen.order_by(Post.id.desc())
    return list(tx.session.scalars(chosen.limit(limit).offset(offset)))


def count(
    tx: Reading,
    statuses: Collection[str] | None = None,
    author_id: str | None = None,
    query: str | None = None,
    between: tuple[datetime | None, datetime | None] | None = None,
    slotted: bool | None = None,
) -> int:
    """How many posts fit."""
    chosen = _chosen(statuses, author_id, query, between, slotted).subquery()
    return tx.session.scalar(select(func.count()).select_from(chosen)) or 0


def by_status(tx: Reading, author_id: str | None = None) -> dict[str, int]:
    """How many posts are in each status; a status without posts is missing."""
    query = select(Post.status, func.count()).where(Post.deleted_at.is_(None)).group_by(Post.status)
    if author_id is not None:
        query = query.where(Post.author_id == author_id)
    return {row[0]: row[1] for row in tx.session.execute(query)}


def add_note(tx: Writing, post: Post, decision: str, text: str = "") -> ReviewNote:
    """What was said or decided, bound to the content as it is now."""
    row = ReviewNote(
        post_id=post.id,
        decision=decision,
        text=text,
        by=tx.actor.name,
        post_hash=post.hash,
        source=tx.actor.source,
        workspace_id=tx.actor.workspace_id,
    )
    tx.session.add(row)
    return row


def notes(tx: Reading, post_id: str) -> list[ReviewNote]:
    """All notes and decisions on a post, the oldest first."""
    query = select(ReviewNote).where(ReviewNote.post_id == post_id)
    return list(tx.session.scalars(query.order_by(ReviewNote.created_at, ReviewNote.id)))


def history(tx: Reading, post_id: str) -> list[Change]:
    """Every recorded change of a post, the oldest first."""
    query = select(Change).where(Change.entity == "post", Change.entity_id == post_id).order_by(Change.seq)
    return list(tx.session.scalars(query))
