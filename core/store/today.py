"""What the Today page asks of the store: only the columns it shows, never a whole text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, exists, func, literal, select
from sqlalchemy.orm import aliased, defer

from core.store.engine import Reading
from core.store.tables import Brief, Intent, NotionPass, NotionRow, Persona, Post, Run, Sample, Variant
from core.store.tables_images import PictureRun
from core.store.tables_training import TrainingRun

Posts = Select[*tuple[Any, ...]]
WAITING = ("In Review", "Changes Requested", "Drafting", "Idea")
OUT = ("Approved", "Scheduled", "Published", "Measured")
GONE = ("Rejected", "Archived")
FIRST = 120
"""Characters of a text that stand for a title."""


@dataclass(frozen=True)
class Line:
    """A post in one line."""

    id: str
    author_id: str
    title: str
    status: str
    slot: datetime | None
    zone: str
    slot_approved_by: str | None
    requested: dict[str, Any]
    updated_at: datetime
    words: str
    """The first words of its text where it has no title, else ""."""


_COLUMNS = (
    Post.id,
    Post.author_id,
    Post.title,
    Post.status,
    Post.slot,
    Post.zone,
    Post.slot_approved_by,
    Post.requested,
    Post.updated_at,
    case((Post.title == "", func.substr(Post.text, 1, FIRST)), else_=""),
)


def _lines(tx: Reading, query: Posts) -> list[Line]:
    return [Line(*row) for row in tx.session.execute(query)]


def _posts() -> Posts:
    return select(*_COLUMNS).where(Post.deleted_at.is_(None))


def in_status(tx: Reading, status: str, limit: int) -> list[Line]:
    """Posts of one status, the one that has waited longest first."""
    return _lines(tx, _posts().where(Post.status == status).order_by(Post.updated_at, Post.id).limit(limit))


def between(tx: Reading, start: datetime, end: datetime) -> list[Line]:
    """Posts whose slot lies in [start, end), the earliest first."""
    query = _posts().where(Post.slot >= start, Post.slot < end, Post.status.not_in(GONE))
    return _lines(tx, query.order_by(Post.slot, Post.id))


def missed(tx: Reading, start: datetime, now: datetime) -> list[Line]:
    """Posts whose slot went by since `start` without an approval."""
    query = _posts().where(Post.slot >= start, Post.slot < now, Post.status.in_(WAITING))
    return _lines(tx, query.order_by(Post.slot.desc(), Post.id))


def by_id(tx: Reading, ids: list[str]) -> dict[str, Line]:
    """Those posts, by id."""
    return {line.id: line for line in _lines(tx, _posts().where(Post.id.in_(ids)))}


def counts(tx: Reading) -> dict[str, int]:
    """How many posts are in each status."""
    query = select(Post.status, func.count()).where(Post.deleted_at.is_(None)).group_by(Post.status)
    return {row[0]: row[1] for row in tx.session.execute(query)}


def undecided(tx: Reading, since: datetime, limit: int) -> list[tuple[Run, int]]:
    """Finished runs since then that wrote a text of which no variant became a post yet; newest first.

    With each the number of variants that hold their constraints: there is at least one. A change in words and another
    form belong to the variant that they were made from and wait for nobody.
    """
    chosen = exists().where(Variant.run_id == Run.id, Variant.post_id.is_not(None))
    number = select(func.count()).where(Variant.run_id == Run.id, Variant.status == "ok").scalar_subquery()
    wrote = Run.task.in_(("write", "article"))
    query = select(Run, number).where(Run.status == "done", wrote, Run.finished_at >= since, ~chosen, number > 0)
    return [(run, count) for run, count in tx.session.execute(query.order_by(Run.id.desc()).limit(limit))]


def fruitless(tx: Reading, since: datetime, limit: int) -> list[Run]:
    """Runs since then of which no variant holds its constraints and after which nobody wrote for that author again."""
    good = exists().where(Variant.run_id == Run.id, Variant.status == "ok")
    alone = Run.experiment_id.is_(None), Run.parent_id.is_(None)
    later = aliased(Run)
    gone_on = exists().where(later.author_id == Run.author_id, later.id > Run.id, later.parent_id.is_(None))
    query = select(Run).where(Run.status == "done", Run.finished_at >= since, *alone, ~good, ~gone_on)
    return list(tx.session.scalars(query.order_by(Run.id.desc()).limit(limit)))


@dataclass(frozen=True)
class Told:
    """What a job is about: whose it is, the topic in its first line, the post it belongs to."""

    author_id: str | None
    topic: str
    post_id: str | None = None


def told(tx: Reading, jobs: Collection[str]) -> dict[str, Told]:
    """By the id of a job what it is about; only of runs, which share the id of their job."""
    if not jobs:
        return {}
    written = select(Run.id, Run.author_id, Brief.fields).join(Brief, Brief.id == Run.brief_id).where(Run.id.in_(jobs))
    out = {run: Told(author, str(fields.get("topic") or "")) for run, author, fields in tx.session.execute(written)}
    learnt = select(TrainingRun.id, TrainingRun.author_id, TrainingRun.title).where(TrainingRun.id.in_(jobs))
    out |= {run: Told(author, title) for run, author, title in tx.session.execute(learnt)}
    drawn = select(PictureRun.id, PictureRun.author_id, Post.title, PictureRun.post_id)
    drawn = drawn.outerjoin(Post, Post.id == PictureRun.post_id).where(PictureRun.id.in_(jobs))
    return out | {run: Told(author, title or "", post) for run, author, title, post in tx.session.execute(drawn)}


def failed(tx: Reading, since: datetime, limit: int) -> list[Intent]:
    """Jobs that failed since then and that no later job of the same kind and payload made good; newest first."""
    query = select(Intent).where(Intent.status == "failed", Intent.finished_at >= since).order_by(Intent.id.desc())
    found = list(tx.session.scalars(query.limit(50)))
    if not found:
        return []
    good = select(Intent.kind, Intent.payload).where(Intent.status == "done", Intent.id > found[-1].id)
    done = [(kind, payload) for kind, payload in tx.session.execute(good)]
    return [job for job in found if (job.kind, job.payload) not in done][:limit]


def notion_rows(tx: Reading, state: str, limit: int) -> list[NotionRow]:
    """Rows of Notion in a state that waits for a person, the oldest first."""
    query = select(NotionRow).where(NotionRow.state == state).order_by(NotionRow.id).limit(limit)
    return list(tx.session.scalars(query))


def count_notion_rows(tx: Reading) -> dict[str, int]:
    """How many rows of Notion are in each state but "ok"."""
    query = select(NotionRow.state, func.count()).where(NotionRow.state != "ok").group_by(NotionRow.state)
    return {row[0]: row[1] for row in tx.session.execute(query)}


def last_pass(tx: Reading) -> NotionPass | None:
    """The newest sync pass; a dry run is none. Its log is left where it is."""
    query = select(NotionPass).where(NotionPass.status != "dry run").options(defer(NotionPass.log))
    return tx.session.scalar(query.order_by(NotionPass.id.desc()).limit(1))


def any_of(tx: Reading) -> tuple[bool, bool, bool]:
    """Whether there is any sample, any persona card, any post."""
    row = tx.session.execute(
        select(
            select(literal(1)).select_from(Sample).exists(),
            select(literal(1)).select_from(Persona).exists(),
            select(literal(1)).select_from(Post).where(Post.deleted_at.is_(None)).exists(),
        )
    ).one()
    return bool(row[0]), bool(row[1]), bool(row[2])
