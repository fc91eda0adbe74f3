"""What ideas rest on: an author's newest texts by source, as bare columns, and the proposals that were decided on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from core.errors import NotFound
from core.store import posts
from core.store.engine import Reading, Writing, held
from core.store.readings import which
from core.store.tables import Brief, Post, Sample
from core.store.tables_writing import Idea, Knowledge

Revision = tuple[Any, ...]
"""Changes whenever an author's posts or samples do."""
DECIDED = ("Approved", "Scheduled", "Published", "Measured")
GONE = ("Rejected", "Archived")
IDEA = "Idea"


@dataclass(frozen=True)
class Text:
    """A post of Timbre or a sample. `at` is when it went out, as well as is known."""

    id: str
    source: str  # post | sample
    at: datetime | None
    text: str
    title: str = ""
    pillar: str = ""
    metrics: dict[str, Any] | None = None


def revision(tx: Reading, author_id: str) -> Revision:
    """What changes with the author's posts and samples."""
    own = select(func.count(), func.max(Sample.id), which())
    made = select(func.count(), func.max(Post.updated_at)).where(Post.author_id == author_id)
    samples = tx.session.execute(own.where(Sample.author_id == author_id, Sample.excluded.is_(False))).one()
    return (*samples, *tx.session.execute(made).one())


def _when() -> ColumnElement[datetime]:
    """When a post went out, goes out or was written, the first of these that is known."""
    return func.coalesce(Post.published_at, Post.slot, Post.approved_at, Post.created_at)


def written(tx: Reading, author_id: str, since: datetime | None, limit: int) -> list[Text]:
    """The author's posts of Timbre that were approved or made of a chosen variant, the newest first."""
    query = (
        select(Post.id, _when(), Post.text, Post.title, Post.pillar, Post.metrics)
        .where(Post.author_id == author_id, Post.deleted_at.is_(None), Post.text != "")
        .where(or_(Post.status.in_(DECIDED), Post.variant_id.is_not(None) & Post.status.not_in(GONE)))
        .order_by(_when().desc(), Post.id.desc())
        .limit(limit)
    )
    if since is not None:
        query = query.where(_when() >= since)
    return [Text(row[0], "post", row[1], row[2], row[3], row[4], row[5]) for row in tx.session.execute(query)]


def under_way(tx: Reading, author_id: str) -> list[Text]:
    """Every post of Timbre that is not rejected or put away, ideas and drafts too, the oldest first."""
    query = (
        select(Post.id, _when(), Post.text, Post.title, Post.pillar, Post.metrics)
        .where(Post.author_id == author_id, Post.deleted_at.is_(None), Post.status.not_in(GONE))
        .order_by(_when(), Post.id)
    )
    return [Text(row[0], "post", row[1], row[2], row[3], row[4], row[5]) for row in tx.session.execute(query)]


def newest(tx: Reading, author_id: str, limit: int) -> list[Text]:
    """The author's newest samples, the newest first; those without a date come last where others have one."""
    query = (
        select(Sample.id, Sample.date, Sample.text, Sample.metrics)
        .where(Sample.author_id == author_id, Sample.excluded.is_(False))
        .order_by(Sample.date.is_(None), Sample.date.desc(), Sample.position.desc(), Sample.id.desc())
        .limit(limit)
    )
    return [Text(row[0], "sample", row[1], row[2], metrics=row[3]) for row in tx.session.execute(query)]


def knowledge_ids(tx: Reading, author_id: str) -> tuple[str, ...]:
    """What the author may draw from, the newest first."""
    mine = or_(Knowledge.author_id.is_(None), Knowledge.author_id == author_id)
    query = select(Knowledge.id).where(Knowledge.deleted_at.is_(None), mine)
    return tuple(tx.session.scalars(query.order_by(Knowledge.created_at.desc(), Knowledge.id.desc())))


# ---- proposals -----------------------------------------------------------------------------------------------


def decided(tx: Reading, author_id: str) -> set[str]:
    """The keys of proposals that were taken or dismissed."""
    query = select(Idea.key).where(Idea.author_id == author_id, Idea.status != "open")
    return set(tx.session.scalars(query))


def listed(tx: Reading, author_id: str, status: str) -> list[Idea]:
    """An author's proposals of a status, the newest first."""
    query = select(Idea).where(Idea.author_id == author_id, Idea.status == status).order_by(Idea.id.desc())
    return list(tx.session.scalars(query))


def by_key(tx: Reading, author_id: str, key: str) -> Idea | None:
    """A proposal by its key."""
    return tx.session.scalar(select(Idea).where(Idea.author_id == author_id, Idea.key == key))


def locked(tx: Writing, author_id: str, key: str) -> Idea | None:
    """A proposal by its key, which nobody else decides on until this transaction ends."""
    row = by_key(tx, author_id, key)
    return held(tx, Idea, row.id) if row is not None else None


def get(tx: Reading, idea_id: str) -> Idea:
    """One proposal. Raises NotFound."""
    row = tx.session.get(Idea, idea_id)
    if row is None:
        raise NotFound(f"There is no idea {idea_id}.", "Open the Ideas page again.")
    return row


def add(tx: Writing, row: Idea) -> Idea:
    """Keep a proposal that somebody decided on."""
    row.workspace_id = tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    return row


def waiting(tx: Reading, author_id: str, limit: int) -> list[tuple[Post, Brief | None]]:
    """The author's posts that are ideas, the newest first, each with its newest brief that no run has used."""
    query = select(Post).where(Post.author_id == author_id, Post.status == IDEA, Post.deleted_at.is_(None))
    found = list(tx.session.scalars(query.order_by(Post.id.desc()).limit(limit)))
    briefs = _briefs(tx, [post.id for post in found])
    return [(post, briefs.get(post.id)) for post in found]


def with_brief(tx: Reading, post_id: str) -> tuple[Post, Brief | None]:
    """One post and its newest brief that no run has used. Raises NotFound."""
    post = posts.get(tx, post_id)
    return post, _briefs(tx, [post.id]).get(post.id)


def _briefs(tx: Reading, post_ids: list[str]) -> dict[str, Brief]:
    query = select(Brief).where(Brief.post_id.in_(post_ids), Brief.submitted_at.is_(None)).order_by(Brief.id)
    return {brief.post_id: brief for brief in tx.session.scalars(query) if brief.post_id}
