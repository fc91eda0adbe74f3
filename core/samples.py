"""What is known of an author's own writing."""

from __future__ import annotations

from core import store
from core.store import samples
from core.store.tables import Sample


def of_author(author_id: str) -> list[Sample]:
    """An author's samples, the oldest first; those left out by a person are not among them."""
    with store.reading() as tx:
        return samples.of_author(tx, author_id)


def counts() -> dict[str, int]:
    """How many samples each author has, by author id."""
    with store.reading() as tx:
        return samples.counts(tx)
