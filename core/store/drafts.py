"""Reading and writing of drafts: what is being typed and is no record yet (`Setting` rows, outside the audit trail)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select, update

from core.store.engine import Reading, Writing
from core.store.ids import new_id
from core.store.tables import Setting


def get(tx: Reading, key: str, lock: bool = False) -> dict[str, Any]:
    """What is typed so far; empty where nothing is. `lock`: nobody else changes it until this transaction ends."""
    query = select(Setting.value).where(Setting.key == key)
    return dict(tx.session.scalar(query.with_for_update() if lock else query) or {})


def put(tx: Writing, key: str, value: dict[str, Any]) -> None:
    """Keep what is typed, past the change log: a pause in typing is nobody's edit of a record."""
    if not tx.session.scalar(update(Setting).where(Setting.key == key).values(value=value).returning(Setting.id)):
        fresh = {"id": new_id(), "workspace_id": tx.actor.workspace_id, "key": key, "value": value}
        tx.session.execute(insert(Setting).values(**fresh))


def drop(tx: Writing, key: str) -> None:
    """Forget it: it has become a record, or nobody wants it."""
    tx.session.execute(delete(Setting).where(Setting.key == key))
