"""Whether the database answers and takes writes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text

from core.store.engine import Writing
from core.store.tables import Change


@dataclass(frozen=True)
class Health:
    """What the database says of itself."""

    kind: str
    """sqlite or postgresql."""
    schema: str
    """The newest migration it has."""
    changes: int
    """Lines in the change log."""


def health(tx: Writing) -> Health:
    """Ask from inside a write transaction (it changes nothing): a database that is locked or full refuses it."""
    schema = tx.session.scalar(text("SELECT version_num FROM alembic_version")) or ""
    changes = tx.session.scalar(select(func.max(Change.seq))) or 0
    return Health(tx.session.get_bind().dialect.name, str(schema), changes)
