"""Reading of one import and of what rests on it, and taking it back."""

from __future__ import annotations

from sqlalchemy import CursorResult, delete, func, select

from core.errors import NotFound
from core.store.base import now
from core.store.changes import record
from core.store.engine import Reading, Writing, held
from core.store.tables import ImportBatch, NotionRow, Post, Sample, Variant


def get(tx: Reading, batch_id: str) -> ImportBatch:
    """One import. Raises NotFound."""
    row = tx.session.get(ImportBatch, batch_id)
    if row is None:
        raise NotFound("There is no such import.", "Choose one from the list of sources on the Samples page.")
    return row


def locked(tx: Writing, batch_id: str) -> ImportBatch:
    """One import that nobody else can take back until this transaction ends. Raises NotFound."""
    held(tx, ImportBatch, batch_id)
    return get(tx, batch_id)


def sample_ids(tx: Reading, batch_id: str) -> set[str]:
    """The samples that came with it and are there still."""
    return set(tx.session.scalars(select(Sample.id).where(Sample.batch_id == batch_id)))


def author_ids(tx: Reading, batch_id: str) -> set[str]:
    """Whose samples these are."""
    return set(tx.session.scalars(select(Sample.author_id).where(Sample.batch_id == batch_id).distinct()))


def approved_after(tx: Reading, batch_id: str) -> int:
    """How many posts that stand approved were written after examples of this import."""
    mine = sample_ids(tx, batch_id)
    query = select(Variant.exemplars).join(Post, Post.variant_id == Variant.id)
    query = query.where(Post.approved_hash.is_not(None), Post.deleted_at.is_(None))
    found = tx.session.scalars(query.where(Variant.author_id.in_(author_ids(tx, batch_id))))
    return sum(not mine.isdisjoint(exemplars or ()) for exemplars in found)


def in_notion(tx: Reading, batch_id: str) -> int:
    """How many of its samples have a row in Notion."""
    rows = select(func.count()).select_from(NotionRow).join(Sample, Sample.id == NotionRow.local_id)
    rows = rows.where(NotionRow.kind == "samples", NotionRow.page_id.is_not(None), Sample.batch_id == batch_id)
    return tx.session.scalar(rows) or 0


def take_back(tx: Writing, row: ImportBatch) -> int:
    """Delete its samples; that it was, and who took it back, stays. Returns how many went."""
    done = tx.session.execute(delete(Sample).where(Sample.batch_id == row.id))
    number = done.rowcount if isinstance(done, CursorResult) else 0
    record(tx.session, "import_batch", row.id, "undo", samples=(number, 0))
    row.counts = {**row.counts, "stored": 0, "undone": number, "undone_by": tx.actor.name, "at": now().isoformat()}
    return number
