"""What the Notion page asks of the store: counts and one page of a list at a time, never ten thousand rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, defer

from core.store.engine import Reading
from core.store.tables import Author, Change, NotionPass, NotionRow, Post, Sample

MAY_ASK = ("Idea", "Drafting", "In Review", "Changes Requested", "Approved", "Rejected", "Archived")


def by_state(tx: Reading) -> dict[str, int]:
    """How many rows are in each state."""
    found = tx.session.execute(select(NotionRow.state, func.count()).group_by(NotionRow.state))
    return {str(state): int(n) for state, n in found}


def in_state(tx: Reading, state: str, limit: int, offset: int = 0) -> list[NotionRow]:
    """Rows in one state, the newest first."""
    query = select(NotionRow).where(NotionRow.state == state).order_by(NotionRow.created_at.desc(), NotionRow.id)
    return list(tx.session.scalars(query.limit(limit).offset(offset)))


def remarked(tx: Reading, limit: int) -> list[NotionRow]:
    """Rows in step but for a field that is left alone, as their message says: a word of Notion's that is not ours."""
    query = select(NotionRow).where(NotionRow.state == "ok", NotionRow.message != "")
    return list(tx.session.scalars(query.order_by(NotionRow.created_at.desc(), NotionRow.id).limit(limit)))


def made(tx: Reading) -> int:
    """How many rows that are still known here were created by us: each is a page, and so a block, of the workspace."""
    return tx.session.scalar(select(func.count()).where(NotionRow.memo["made"].as_boolean())) or 0


# ---- conflicts -----------------------------------------------------------------------------------------------


def conflict_groups(tx: Reading) -> list[tuple[str, str | None, int]]:
    """(kind, author id where it is a post, how many rows) of all conflicts."""
    query = select(NotionRow.kind, Post.author_id, func.count()).select_from(NotionRow)
    query = query.outerjoin(Post, _its_post()).where(NotionRow.state == "conflict")
    found = tx.session.execute(query.group_by(NotionRow.kind, Post.author_id))
    return [(kind, author, n) for kind, author, n in found]


def conflicts(
    tx: Reading, limit: int, offset: int = 0, kind: str | None = None, author_id: str | None = None
) -> list[NotionRow]:
    """One page of the rows on which both sides changed, the oldest first."""
    query = select(NotionRow).where(NotionRow.state == "conflict").order_by(NotionRow.created_at, NotionRow.id)
    if kind:
        query = query.where(NotionRow.kind == kind)
    if author_id:
        query = query.join(Post, _its_post()).where(Post.author_id == author_id)
    return list(tx.session.scalars(query.limit(limit).offset(offset)))


def _its_post() -> ColumnElement[bool]:
    return and_(NotionRow.kind == "calendar", Post.id == NotionRow.local_id)


def last_change(tx: Reading, entity: str, entity_id: str, field: str) -> Change | None:
    """Who changed a field last on our side, and when; the sync's own notes on decided conflicts do not count."""
    query = select(Change).where(Change.entity == entity, Change.entity_id == entity_id, Change.field == field)
    return tx.session.scalars(query.where(Change.action != "conflict").order_by(Change.seq.desc()).limit(1)).first()


def changed_after(tx: Reading, instant: datetime, entities: Collection[str]) -> bool:
    """Whether anybody changed a record of these kinds since then; the worker's own measuring does not count."""
    made = (Change.at > instant, Change.entity.in_(list(entities)), Change.source != "worker")
    return bool(tx.session.scalar(select(exists().where(*made))))


def requests(tx: Reading, status: str, limit: int) -> tuple[list[Post], int]:
    """Posts not out yet for which somebody asked for a status in Notion, and how many there are."""
    asked = (
        Post.status.in_([s for s in MAY_ASK if s != status]),
        Post.deleted_at.is_(None),
        Post.requested["status"].as_string() == status,
    )
    total = tx.session.scalar(select(func.count()).select_from(Post).where(*asked)) or 0
    return list(tx.session.scalars(select(Post).where(*asked).order_by(Post.updated_at).limit(limit))), total


# ---- what waits ----------------------------------------------------------------------------------------------


def open_rows(
    tx: Reading, kind: str, entities: Collection[str], seq: int, states: Collection[str], limit: int
) -> tuple[list[NotionRow], int]:
    """Rows that may have something to send: in one of the states, or their record changed after that line of the log.

    Also how many there are; whether each one really differs is for the caller to see.
    """
    # The sum keeps SQLite from reading all changes of an entity where the end of the log is enough.
    changed = select(Change.entity_id).where(Change.seq > seq, (Change.entity + "").in_(list(entities)))
    where = (
        NotionRow.kind == kind,
        NotionRow.page_id.is_not(None),
        NotionRow.state != "unmatched",
        or_(NotionRow.state.in_(list(states)), NotionRow.local_id.in_(changed)),
    )
    total = tx.session.scalar(select(func.count()).select_from(NotionRow).where(*where)) or 0
    query = select(NotionRow).where(*where).order_by(NotionRow.state, NotionRow.created_at, NotionRow.id)
    return list(tx.session.scalars(query.limit(limit))), total


def new_posts(tx: Reading, kind: str, statuses: Collection[str], limit: int) -> tuple[list[str], int]:
    """Ids of posts in these statuses that have no row of this kind yet, the oldest first, and how many there are."""
    where = (Post.status.in_(list(statuses)), Post.deleted_at.is_(None), ~_row_of(kind, Post.id))
    total = tx.session.scalar(select(func.count()).select_from(Post).where(*where)) or 0
    return list(tx.session.scalars(select(Post.id).where(*where).order_by(Post.id).limit(limit))), total


def new_samples(tx: Reading, limit: int) -> tuple[list[str], int]:
    """The same for samples in use of all authors; the sample workspace's invented people stay here."""
    real = select(Author.id).where(Author.is_sample.is_(False), Author.archived_at.is_(None))
    where = (Sample.excluded.is_(False), Sample.author_id.in_(real), ~_row_of("samples", Sample.id))
    total = tx.session.scalar(select(func.count()).select_from(Sample).where(*where)) or 0
    return list(tx.session.scalars(select(Sample.id).where(*where).order_by(Sample.id).limit(limit))), total


def _row_of(kind: str, local_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return exists().where(NotionRow.kind == kind, NotionRow.local_id == local_id, NotionRow.page_id.is_not(None))


# ---- passes --------------------------------------------------------------------------------------------------

_NEWEST = (NotionPass.started_at.desc(), NotionPass.id.desc())


def head(tx: Reading, statuses: Collection[str]) -> NotionPass | None:
    """The newest pass of these statuses without its log (reading `.log` of it fails)."""
    query = select(NotionPass).where(NotionPass.status.in_(list(statuses))).options(defer(NotionPass.log))
    return tx.session.scalars(query.order_by(*_NEWEST).limit(1)).first()


def heads(tx: Reading, limit: int) -> list[tuple[NotionPass, int]]:
    """The newest passes without their logs, each with the number of its lines."""
    newest = select(NotionPass.id).order_by(*_NEWEST).limit(limit)
    query = select(NotionPass, func.json_array_length(NotionPass.log)).options(defer(NotionPass.log))
    found = tx.session.execute(query.where(NotionPass.id.in_(list(tx.session.scalars(newest)))).order_by(*_NEWEST))
    return [(one, int(lines or 0)) for one, lines in found]


def one_pass(tx: Reading, pass_id: str) -> NotionPass | None:
    """One pass with its log."""
    return tx.session.get(NotionPass, pass_id)
