"""Reading and writing of samples: an author's own texts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import defer

from core.errors import NotFound
from core.store.base import now
from core.store.changes import record
from core.store.engine import Reading, Writing
from core.store.tables import ImportBatch, Sample

CHUNK = 500
"""Values in one IN (...)."""


def of_author(tx: Reading, author_id: str, excluded: bool = False) -> list[Sample]:
    """An author's samples, the oldest first (by date, then by order of import); those left out only where asked."""
    query = select(Sample).where(Sample.author_id == author_id)
    if not excluded:
        query = query.where(Sample.excluded.is_(False))
    return list(tx.session.scalars(query.order_by(Sample.date.is_(None), Sample.date, Sample.position, Sample.id)))


def counts(tx: Reading) -> dict[str, int]:
    """How many samples each author has, by author id."""
    query = select(Sample.author_id, func.count()).where(Sample.excluded.is_(False)).group_by(Sample.author_id)
    return {row[0]: row[1] for row in tx.session.execute(query)}


def get(tx: Reading, sample_id: str) -> Sample:
    """One sample. Raises NotFound."""
    row = tx.session.get(Sample, sample_id)
    if row is None:
        raise NotFound(f"There is no sample {sample_id}.", "Choose one from the list.")
    return row


# ---- importing ------------------------------------------------------------------------------------------------


def hashes(tx: Reading, author_ids: Collection[str]) -> set[tuple[str, str]]:
    """The texts these authors have, as (author id, text hash)."""
    query = select(Sample.author_id, Sample.text_hash).where(Sample.author_id.in_(author_ids))
    return {(author, text) for author, text in tx.session.execute(query)}


def texts(tx: Reading, author_id: str, most: int) -> list[tuple[str, datetime | None]]:
    """The newest texts of an author with their dates, left out or not."""
    query = select(Sample.text, Sample.date).where(Sample.author_id == author_id).order_by(Sample.id.desc())
    return [(text, date) for text, date in tx.session.execute(query.limit(most))]


def next_positions(tx: Reading, author_ids: Collection[str]) -> dict[str, int]:
    """The position that each author's next sample gets."""
    query = select(Sample.author_id, func.max(Sample.position)).where(Sample.author_id.in_(author_ids))
    out = dict.fromkeys(author_ids, 0)
    out.update({author: last + 1 for author, last in tx.session.execute(query.group_by(Sample.author_id))})
    return out


def add_many(tx: Writing, rows: Sequence[dict[str, Any]]) -> int:
    """Add samples, passing over texts that their author has already; returns how many were added."""
    postgres = tx.session.get_bind().dialect.name == "postgresql"
    statement = (postgresql.insert if postgres else sqlite.insert)(Sample).on_conflict_do_nothing(
        index_elements=["workspace_id", "author_id", "text_hash"]
    )
    return len(tx.session.execute(statement.returning(Sample.id), list(rows)).all())


def batches(tx: Reading, author_id: str) -> list[tuple[ImportBatch | None, int]]:
    """The imports that this author's samples came with (None: without one), the newest first, each with its number."""
    query = select(Sample.batch_id, func.count()).where(Sample.author_id == author_id).group_by(Sample.batch_id)
    found = [(tx.session.get(ImportBatch, batch) if batch else None, n) for batch, n in tx.session.execute(query)]
    return sorted(found, key=lambda pair: pair[0].id if pair[0] else "", reverse=True)


# ---- looking --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """What can be counted about an author's samples. Those left out count only in `excluded`."""

    count: int
    excluded: int
    words: int
    dated: int
    first: datetime | None
    last: datetime | None
    waiting: int
    """Not embedded yet, left out or not."""


def figures(tx: Reading, author_id: str) -> Figures:
    """The figures of one author."""
    used = Sample.excluded.is_(False)
    query = select(
        func.count(case((used, 1))),
        func.count(case((Sample.excluded, 1))),
        func.coalesce(func.sum(case((used, Sample.words))), 0),
        func.count(case((used, Sample.date))),
        func.min(case((used, Sample.date))),
        func.max(case((used, Sample.date))),
        func.count() - func.count(Sample.embedded_at),
    ).where(Sample.author_id == author_id)
    return Figures(*tx.session.execute(query).one())


def dates(tx: Reading, author_id: str) -> list[datetime]:
    """The dates of an author's samples in order; those without are left out."""
    query = select(Sample.date).where(
        Sample.author_id == author_id, Sample.excluded.is_(False), Sample.date.is_not(None)
    )
    return [date for date in tx.session.scalars(query.order_by(Sample.date)) if date]


def page(
    tx: Reading, author_id: str, search: str, excluded: bool | None, offset: int, limit: int
) -> tuple[list[Sample], int]:
    """One page of an author's samples (without their features), the newest first, and how many there are in all."""
    query = _matching(select(Sample.id), author_id, search, excluded)
    total = tx.session.scalar(_matching(select(func.count()), author_id, search, excluded)) or 0
    order = (Sample.date.is_(None), Sample.date.desc(), Sample.position.desc(), Sample.id)
    ids = list(tx.session.scalars(query.order_by(*order).offset(offset).limit(limit)))
    rows = tx.session.scalars(select(Sample).where(Sample.id.in_(ids)).options(defer(Sample.features)))
    return sorted(rows, key=lambda row: ids.index(row.id)), total


def _matching(query: Select[Any], author_id: str, search: str, excluded: bool | None) -> Select[Any]:
    query = query.where(Sample.author_id == author_id)
    if excluded is not None:
        query = query.where(Sample.excluded.is_(excluded))
    return query.where(Sample.text.icontains(search, autoescape=True)) if search else query


def exclude(tx: Writing, sample_id: str, excluded: bool) -> Sample:
    """Leave a sample out, or take it back; written to the change log by hand, as samples are not audited row by row."""
    row = get(tx, sample_id)
    if row.excluded != excluded:
        record(tx.session, "sample", row.id, "update", excluded=(row.excluded, excluded))
        row.excluded = excluded
    return row


def measure(tx: Writing, row: Sample, metrics: dict[str, Any]) -> None:
    """What came of a sample; written to the change log by hand, as `exclude` does."""
    if row.metrics != metrics:
        record(tx.session, "sample", row.id, "update", metrics=(row.metrics, metrics))
        row.metrics = metrics


# ---- embedding (worker) ---------------------------------------------------------------------------------------


def waiting(tx: Reading, limit: int) -> list[Sample]:
    """Samples that are not embedded yet, the oldest import first."""
    query = select(Sample).where(Sample.embedded_at.is_(None)).order_by(Sample.id).limit(limit)
    return list(tx.session.scalars(query.options(defer(Sample.features))))


def embedding(tx: Reading, workspace_id: str | None = None) -> tuple[int, int]:
    """How many samples are embedded, and how many there are."""
    query = select(func.count(Sample.embedded_at), func.count())
    done, total = tx.session.execute(query.where(Sample.workspace_id == workspace_id) if workspace_id else query).one()
    return done, total


def embedded(tx: Reading) -> set[str]:
    """The ids of the samples said to be in the index."""
    return set(tx.session.scalars(select(Sample.id).where(Sample.embedded_at.is_not(None))))


def known(tx: Reading, ids: Collection[str]) -> set[str]:
    """Those of the ids that are samples."""
    return set(tx.session.scalars(select(Sample.id))) & set(ids)


def mark_embedded(tx: Writing, ids: Collection[str], done: bool = True) -> None:
    """Note that these are in the index, or that they are not (any more)."""
    listed, at = sorted(ids), now() if done else None
    for start in range(0, len(listed), CHUNK):
        some = Sample.id.in_(listed[start : start + CHUNK])
        tx.session.execute(update(Sample).where(some).values(embedded_at=at))


# ---- style ----------------------------------------------------------------------------------------------------

FIRST_LINES = 240
"""Characters of a text that a list or a hover shows."""


def style_revision(tx: Reading, author_id: str, version: str) -> tuple[int, int, str, int]:
    """What changes whenever an author's style does: (samples, of these measured by `version`, newest id, order sum)."""
    query = select(
        func.count(),
        func.count(case((Sample.features_version == version, 1))),
        func.coalesce(func.max(Sample.id), ""),
        func.coalesce(func.sum(Sample.position), 0),
    ).where(Sample.author_id == author_id, Sample.excluded.is_(False))
    count, measured, newest, order = tx.session.execute(query).one()
    return count, measured, newest, int(order)


def style_rows(tx: Reading, author_id: str, version: str) -> list[tuple[str, datetime | None, str, bytes]]:
    """(id, date, first lines, feature vector) of the measured samples, the oldest first: bare columns are quick."""
    query = (
        select(Sample.id, Sample.date, func.substr(Sample.text, 1, FIRST_LINES), Sample.features)
        .where(Sample.author_id == author_id, Sample.excluded.is_(False))
        .where(Sample.features_version == version, Sample.features.is_not(None))
        .order_by(Sample.date.is_(None), Sample.date, Sample.position, Sample.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in tx.session.execute(query) if row[3] is not None]


def unmeasured(tx: Reading, author_id: str, version: str, limit: int) -> list[tuple[str, str]]:
    """(id, text) of samples whose features are missing or of another version."""
    other = Sample.features_version.is_distinct_from(version) | Sample.features.is_(None)
    query = select(Sample.id, Sample.text).where(Sample.author_id == author_id, Sample.excluded.is_(False), other)
    return [(row[0], row[1]) for row in tx.session.execute(query.order_by(Sample.id).limit(limit))]


def keep_features(tx: Writing, vectors: dict[str, bytes], version: str) -> None:
    """Keep measured vectors, by sample id."""
    rows = [{"id": id_, "features": vector, "features_version": version} for id_, vector in vectors.items()]
    if rows:
        tx.session.execute(update(Sample), rows)
