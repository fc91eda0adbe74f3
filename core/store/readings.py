"""Reading and writing of what analytics.voice has read of the samples: bare columns, as there may be thousands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select, update

from core.store.engine import Reading, Writing
from core.store.tables import Sample

Revision = tuple[int, str, int]
"""Changes whenever an author's samples do: (how many, newest id, see `which`)."""


@dataclass(frozen=True)
class Own:
    """A sample with what was read of it, where this version read it."""

    id: str
    text: str
    reading: bytes | None
    features: bytes | None = None  # where they are of the version asked for


def revisions(tx: Reading) -> dict[str, Revision]:
    """The revision of every author who has samples, by author id; those left out do not count."""
    query = (
        select(Sample.author_id, func.count(), func.max(Sample.id), which())
        .where(Sample.excluded.is_(False))
        .group_by(Sample.author_id)
    )
    return {row[0]: (row[1], row[2], int(row[3])) for row in tx.session.execute(query)}


def which() -> ColumnElement[int]:
    """A number that tells which of an author's samples are in use: sums of positions alone are soon the same again."""
    place = cast(Sample.position, BigInteger) + 1
    return func.sum(place * place * 101 + place)  # under 2**63 up to 600,000 samples


def newest(tx: Reading, author_id: str, version: str, measured: str, limit: int) -> list[Own]:
    """The newest samples of an author, the oldest of them first."""
    known = case((Sample.reading_version == version, Sample.reading))
    vector = case((Sample.features_version == measured, Sample.features))
    query = (
        select(Sample.id, Sample.text, known, vector)
        .where(Sample.author_id == author_id, Sample.excluded.is_(False))
        .order_by(Sample.date.is_(None).desc(), Sample.date.desc(), Sample.position.desc(), Sample.id.desc())
        .limit(limit)
    )
    return [Own(row[0], row[1], row[2], row[3]) for row in tx.session.execute(query)][::-1]


def unread(
    tx: Reading, version: str, measured: str, limit: int, author_id: str | None = None
) -> list[tuple[str, str, bytes | None]]:
    """(id, text, features where they are of the version `measured`) of samples not read yet, the newest first."""
    known = case((Sample.features_version == measured, Sample.features))
    query = select(Sample.id, Sample.text, known).where(_unread(version))
    if author_id is not None:
        query = query.where(Sample.author_id == author_id)
    return [(row[0], row[1], row[2]) for row in tx.session.execute(query.order_by(Sample.id.desc()).limit(limit))]


def waiting(tx: Reading, version: str, author_id: str | None = None) -> int:
    """How many samples this version has not read."""
    query = select(func.count()).where(_unread(version))
    if author_id is not None:
        query = query.where(Sample.author_id == author_id)
    return tx.session.scalar(query) or 0


def _unread(version: str) -> ColumnElement[bool]:
    return Sample.excluded.is_(False) & Sample.reading_version.is_distinct_from(version)


def keep(tx: Writing, readings: Mapping[str, bytes], version: str) -> None:
    """Keep what was read, by sample id."""
    rows = [{"id": id_, "reading": packed, "reading_version": version} for id_, packed in readings.items()]
    if rows:
        tx.session.execute(update(Sample), rows)
