"""The change log, written by the session itself: no command can forget it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from core.store.ids import new_id
from core.store.tables import Audited, Change

SKIPPED = frozenset({"id", "workspace_id", "created_at"})


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def record(session: Session, entity: str, entity_id: str, action: str, **fields: tuple[Any, Any]) -> None:
    """Write change rows by hand: for bulk work, where one line stands for many rows."""
    actor = session.info["actor"]
    for name, (old, new) in (fields or {"": (None, None)}).items():
        session.add(
            Change(
                workspace_id=actor.workspace_id,
                actor=actor.name,
                verified=actor.verified,
                source=actor.source,
                entity=entity,
                entity_id=entity_id,
                action=action,
                field=name,
                old=plain(old),
                new=plain(new),
            )
        )


def _edits(row: Audited) -> dict[str, tuple[Any, Any]]:
    state = inspect(row)
    out: dict[str, tuple[Any, Any]] = {}
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if attribute.key in SKIPPED or attribute.key in row.unlogged or not history.has_changes():
            continue
        old, new = (history.deleted or (None,))[0], (history.added or (None,))[0]
        if old != new:
            out[attribute.key] = (old, new)
    return out


def log_changes(session: Session) -> None:
    """From now on every flush of this session writes its edits to the change log."""

    @event.listens_for(session, "before_flush")
    def _before_flush(_session: Session, _context: Any, _instances: Any) -> None:
        for row in [r for r in session.new if isinstance(r, Audited)]:
            row.id = row.id or new_id()
            if row.workspace_id is None:
                row.workspace_id = session.info["actor"].workspace_id
            record(session, row.__tablename__, row.id, "insert", **_edits(row))
        for row in [r for r in session.dirty if isinstance(r, Audited)]:
            if edits := _edits(row):
                record(session, row.__tablename__, row.id, "update", **edits)
        for row in [r for r in session.deleted if isinstance(r, Audited)]:
            record(session, row.__tablename__, row.id, "delete")
