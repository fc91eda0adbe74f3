"""What is known of an author's own writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from core import store
from core.export import csv_bytes
from core.people import may_collect
from core.store import Actor, authors, samples
from core.store.samples import Figures
from core.store.tables import Sample

PAGE = 20
GAP = timedelta(days=90)
"""A silence shorter than this is no gap, however often somebody writes."""
COLUMNS = ("author", "date", "text", "words", "source", "file", "row", "left out")


@dataclass(frozen=True)
class Source:
    """Where some of an author's samples came from. `planned` is set where an import stopped before its end."""

    name: str
    kind: str
    at: datetime | None
    count: int
    unfinished: bool = False
    batch: str = ""
    """The import, where they came with one."""


@dataclass(frozen=True)
class Overview:
    """The first answer of the Samples page."""

    figures: Figures
    gaps: list[tuple[datetime, datetime]]
    sources: list[Source]


def of_author(author_id: str) -> list[Sample]:
    """An author's samples, the oldest first; those left out by a person are not among them."""
    with store.reading() as tx:
        return samples.of_author(tx, author_id)


def counts() -> dict[str, int]:
    """How many samples each author has, by author id."""
    with store.reading() as tx:
        return samples.counts(tx)


def get(sample_id: str) -> Sample:
    """One sample. Raises NotFound."""
    with store.reading() as tx:
        return samples.get(tx, sample_id)


def overview(author_id: str) -> Overview:
    """How many, since when, from where, and where nothing is known."""
    with store.reading() as tx:
        figures = samples.figures(tx, author_id)
        dates = samples.dates(tx, author_id)
        found = samples.batches(tx, author_id)
    sources = [
        Source(b.name, b.source, b.created_at, n, "stored" not in b.counts, b.id) if b else Source("added", "", None, n)
        for b, n in found
    ]
    return Overview(figures, gaps(dates), sources)


def gaps(dates: Sequence[datetime], most: int = 3) -> list[tuple[datetime, datetime]]:
    """The longest silences between dated samples: over 90 days and over five times the usual pause."""
    pauses = [((later - earlier).total_seconds(), earlier, later) for earlier, later in pairwise(dates)]
    if not pauses:
        return []
    least = max(GAP.total_seconds(), 5 * median(pause for pause, _, _ in pauses))
    longest = sorted((p for p in pauses if p[0] > least), reverse=True)[:most]
    return sorted((earlier, later) for _, earlier, later in longest)


def page(
    author_id: str, search: str = "", excluded: bool | None = None, number: int = 1, size: int = PAGE
) -> tuple[list[Sample], int]:
    """Page `number` (from 1) of an author's samples, the newest first, and how many match in all."""
    with store.reading() as tx:
        return samples.page(tx, author_id, search.strip(), excluded, (number - 1) * size, size)


def leave_out(sample_id: str, actor: Actor) -> Sample:
    """Keep a sample, and use it for nothing until it is taken back. Raises Denied for readers."""
    may_collect(actor)
    with store.writing(actor) as tx:
        return samples.exclude(tx, sample_id, True)


def take_back(sample_id: str, actor: Actor) -> Sample:
    """Use a sample again. Raises Denied for readers."""
    may_collect(actor)
    with store.writing(actor) as tx:
        return samples.exclude(tx, sample_id, False)


def to_csv(author_id: str) -> bytes:
    """All of an author's samples, those left out too; no cell can run as a spreadsheet's formula."""
    with store.reading() as tx:
        name = authors.get(tx, author_id).name
        rows = samples.of_author(tx, author_id, excluded=True)
    return csv_bytes(
        COLUMNS,
        (
            (
                name,
                row.date.isoformat() if row.date else "",
                row.text,
                row.words,
                row.source,
                row.provenance.get("file", ""),
                row.provenance.get("row", ""),
                "yes" if row.excluded else "",
            )
            for row in rows
        ),
    )
