"""Reading and writing of intents and heartbeats."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.errors import NotFound
from core.store.base import now
from core.store.engine import Reading, Writing, held
from core.store.ids import new_id
from core.store.tables import Heartbeat, Intent

LIVE = ("queued", "started")


def add(tx: Writing, kind: str, payload: dict[str, Any], key: str | None = None, intent_id: str | None = None) -> str:
    """A new intent, or the live one of the same key; returns its id. `intent_id` makes it share another row's id."""
    if key is not None and (live := _same(tx, key)) is not None:
        return live.id
    row = Intent(kind=kind, payload=payload, key=key, by=tx.actor.name, workspace_id=tx.actor.workspace_id)
    row.id = intent_id or new_id()
    try:
        with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError:  # somebody asked for the same at the same moment, and their transaction came first
        if key is None or (live := _same(tx, key)) is None:
            raise
        return live.id
    return row.id


def _same(tx: Writing, key: str) -> Intent | None:
    """The live intent of a key; one that has ended gives its key up."""
    same = tx.session.scalar(select(Intent).where(Intent.key == key).with_for_update(key_share=True))
    if same is None or same.status in LIVE:
        return same
    same.key = None
    tx.session.flush()
    return None


def recent(tx: Reading, kind: str | None, limit: int) -> list[Intent]:
    """The newest first."""
    query = select(Intent).order_by(Intent.id.desc()).limit(limit)
    return list(tx.session.scalars(query.where(Intent.kind == kind) if kind else query))


def active(tx: Reading) -> list[Intent]:
    """What waits or runs, the oldest first."""
    return list(tx.session.scalars(select(Intent).where(Intent.status.in_(LIVE)).order_by(Intent.id)))


def waiting(tx: Reading, kinds: list[str]) -> list[Intent]:
    """What no worker has taken yet, of kinds that this worker knows."""
    query = select(Intent).where(Intent.status == "queued", Intent.kind.in_(kinds)).order_by(Intent.id)
    return list(tx.session.scalars(query))


def dispatched(tx: Writing, intent_id: str) -> None:
    """The engine has it (unless it has even ended in the meantime)."""
    row = _held(tx, intent_id)
    if row.status == "queued":
        row.status = "started"


def begun(tx: Writing, intent_id: str) -> bool:
    """Work begins or resumes; True where it was cancelled first."""
    row = _held(tx, intent_id)
    if row.cancel_requested:
        row.status, row.finished_at, row.message = "cancelled", now(), "Stopped, as you asked."
        return True
    row.status, row.started_at = "started", row.started_at or now()
    return False


def progress(tx: Writing, intent_id: str, done: int, total: int | None, message: str | None) -> bool:
    """Note how far it is; True where a person asked it to stop."""
    row = _get(tx, intent_id)
    row.done = done
    row.total = row.total if total is None else total
    row.message = row.message if message is None else message
    return row.cancel_requested


def finish(
    tx: Writing, intent_id: str, status: str, message: str, *, hint: str = "", result: dict[str, Any] | None = None
) -> None:
    """Note how it ended, and free its key."""
    row = _held(tx, intent_id)
    row.status, row.finished_at, row.key = status, now(), None
    row.message, row.hint, row.result = message, hint, result or {}


def cancel(tx: Writing, intent_id: str) -> None:
    """Ask it to stop; what nobody has taken yet ends at once."""
    row = _held(tx, intent_id)
    row.cancel_requested = True
    if row.status == "queued":
        finish(tx, intent_id, "cancelled", "Stopped before it began, as you asked.")


def beats(tx: Reading) -> list[Heartbeat]:
    """The heartbeat of every slot."""
    return list(tx.session.scalars(select(Heartbeat)))


def _get(tx: Reading, intent_id: str) -> Intent:
    row = tx.session.get(Intent, intent_id)
    if row is None:
        raise NotFound(f"There is no job {intent_id}.", "")
    return row


def _held(tx: Writing, intent_id: str) -> Intent:
    """As `_get`; a page that stops it and the worker that takes it wait for one another."""
    held(tx, Intent, intent_id)
    return _get(tx, intent_id)
