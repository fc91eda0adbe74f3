"""Reading and writing of choices made in the app (`Setting` rows), by key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.store.engine import Reading, Writing
from core.store.tables import Setting


def get(tx: Reading, key: str) -> dict[str, Any]:
    """What was chosen; empty where nobody has chosen yet."""
    row = tx.session.scalar(select(Setting).where(Setting.key == key))
    return dict(row.value) if row is not None else {}


def locked(tx: Writing, key: str) -> dict[str, Any]:
    """The same, and nobody else changes it until this transaction ends: for what is kept on top of it."""
    row = tx.session.scalar(select(Setting).where(Setting.key == key).with_for_update())
    return dict(row.value) if row is not None else {}


def put(tx: Writing, key: str, value: dict[str, Any]) -> None:
    """Keep a choice; the change log has what it was before."""
    row = tx.session.scalar(select(Setting).where(Setting.key == key).with_for_update())
    if row is None:
        tx.session.add(Setting(key=key, value=value, workspace_id=tx.actor.workspace_id))
        tx.session.flush()
    elif row.value != value:
        row.value = value
