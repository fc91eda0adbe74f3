"""Looking at posts, their notes and their history. Rows are detached records."""

from __future__ import annotations

from collections.abc import Collection

from core import store
from core.store import posts
from core.store.tables import Change, Post, ReviewNote


def get(post_id: str) -> Post:
    """One post. Raises NotFound."""
    with store.reading() as tx:
        return posts.get(tx, post_id)


def listed(
    status: str | Collection[str] | None = None,
    author_id: str | None = None,
    limit: int | None = None,
    offset: int = 0,
    query: str | None = None,
) -> list[Post]:
    """Posts of a status (or several), the newest first. `query` looks in title and text."""
    with store.reading() as tx:
        return posts.listed(tx, _statuses(status), author_id, query, limit=limit, offset=offset)


def count(status: str | Collection[str] | None = None, author_id: str | None = None, query: str | None = None) -> int:
    """How many posts `listed` would give without a limit."""
    with store.reading() as tx:
        return posts.count(tx, _statuses(status), author_id, query)


def by_status(author_id: str | None = None) -> dict[str, int]:
    """How many posts are in each status; a status without posts is missing."""
    with store.reading() as tx:
        return posts.by_status(tx, author_id)


def notes(post_id: str) -> list[ReviewNote]:
    """All notes and decisions on a post, the oldest first."""
    with store.reading() as tx:
        return posts.notes(tx, post_id)


def history(post_id: str) -> list[Change]:
    """Every recorded change of a post, the oldest first: who, when, through which door, from what to what."""
    with store.reading() as tx:
        return posts.history(tx, post_id)


def _statuses(status: str | Collection[str] | None) -> Collection[str] | None:
    return (status,) if isinstance(status, str) else status
