"""Reading and writing of webhook events: hints to look, kept a week so that a repeated one is known."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from core.store.base import now
from core.store.engine import Reading, Writing
from core.store.tables import NotionBinding, NotionEvent, NotionRow

KEPT = timedelta(days=7)


def known(tx: Reading, event_id: str) -> bool:
    """Whether this event has come before."""
    return tx.session.scalar(select(NotionEvent.id).where(NotionEvent.event_id == event_id)) is not None


def add(tx: Writing, event: NotionEvent) -> None:
    """Keep an event, and forget those over a week old."""
    tx.session.execute(delete(NotionEvent).where(NotionEvent.created_at < now() - KEPT))
    event.workspace_id = tx.actor.workspace_id
    tx.session.add(event)


def row_of(tx: Reading, page_ids: Collection[str]) -> str | None:
    """Which of these ids is a page of ours, written as its row has it."""
    forms = {form for page_id in page_ids for form in (page_id, page_id.replace("-", ""), _dashed(page_id))}
    return tx.session.scalars(select(NotionRow.page_id).where(NotionRow.page_id.in_(sorted(forms)))).first()


def holds(tx: Reading, ids: Collection[str]) -> bool:
    """Whether one of these ids is a bound database or data source."""
    forms = sorted({form for one in ids for form in (one, one.replace("-", ""), _dashed(one))})
    either = or_(NotionBinding.database_id.in_(forms), NotionBinding.data_source_id.in_(forms))
    return tx.session.scalars(select(NotionBinding.id).where(either)).first() is not None


def oldest_unseen(tx: Reading) -> datetime | None:
    """When the oldest event came that no pass has taken up."""
    return tx.session.scalar(select(func.min(NotionEvent.created_at)).where(NotionEvent.seen_at.is_(None)))


def unseen_pages(tx: Reading, limit: int) -> set[str]:
    """Pages of ours that events named and no pass has looked at, the oldest event first."""
    query = (
        select(NotionEvent.page_id)
        .where(NotionEvent.seen_at.is_(None), NotionEvent.page_id != "", ~NotionEvent.kind.startswith("comment."))
        .order_by(NotionEvent.created_at)
    )
    return set(list(dict.fromkeys(tx.session.scalars(query)))[:limit])


def newest(tx: Reading) -> datetime | None:
    """When the newest event came."""
    return tx.session.scalar(select(func.max(NotionEvent.created_at)))


def seen(tx: Writing, before: datetime) -> None:
    """Mark what came before as taken up."""
    unseen = update(NotionEvent).where(NotionEvent.seen_at.is_(None), NotionEvent.created_at <= before)
    tx.session.execute(unseen.values(seen_at=now()))


def _dashed(one: str) -> str:
    bare = one.replace("-", "")
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:])) if len(bare) == 32 else one
