"""Reading and writing of picture runs, and of the pictures that came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.errors import NotFound
from core.store import intents
from core.store.base import now
from core.store.engine import Reading, Writing, held
from core.store.ids import new_id
from core.store.tables import Author, Intent
from core.store.tables_images import Image, PictureRun

KIND, HOSTED = "picture", "picture.hosted"
"""Kinds of intents: what this machine makes, one run after the other, and what a service makes beside it."""
LIVE = (*intents.LIVE, "running")


def add(tx: Writing, row: PictureRun, kind: str = KIND) -> str:
    """A run and its intent, of one id, in this transaction.

    The intent says what was asked for: once another one of the same words is done, a failed one needs nobody any more.
    """
    row.id, row.workspace_id = row.id or new_id(), tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    words = hashlib.sha256(row.prompt.encode()).hexdigest()
    asked = {"author": row.author_id, "post": row.post_id, "asked": words[:16]}
    return intents.add(tx, kind, asked, intent_id=row.id)


def get(tx: Reading, run_id: str) -> PictureRun:
    """One run. Raises NotFound."""
    row = tx.session.get(PictureRun, run_id)
    if row is None:
        raise NotFound(f"There is no picture run {run_id}.", "Choose one on the Images page, or ask for a new one.")
    return row


def listed(tx: Reading, author_id: str, post_id: str | None = None, limit: int = 10) -> list[PictureRun]:
    """The newest first, of an author; of one post where it is named."""
    query = select(PictureRun).where(PictureRun.author_id == author_id).order_by(PictureRun.id.desc()).limit(limit)
    return list(tx.session.scalars(query.where(PictureRun.post_id == post_id) if post_id else query))


def locked(tx: Writing, run_id: str) -> PictureRun:
    """One run that nobody else decides on until this transaction ends. Raises NotFound."""
    held(tx, PictureRun, run_id)
    return get(tx, run_id)


def wanted(row: PictureRun) -> list[int]:
    """The numbers of its pictures, from 0: all of them, or those that another run lacked."""
    return [int(k) for k in row.settings.get("numbers") or range(int(row.settings["n"]))]


def live_same(tx: Writing, row: PictureRun) -> PictureRun | None:
    """A run that waits or runs now and was asked for in exactly these words: one click more, in the same moment too."""
    held(tx, Author, row.author_id)
    query = select(PictureRun).join(Intent, Intent.id == PictureRun.id).where(Intent.status.in_(intents.LIVE))
    query = query.where(PictureRun.author_id == row.author_id, PictureRun.provider == row.provider)
    names = ("post_id", "parent_id", "prompt")
    known = (run for run in tx.session.scalars(query) if all(getattr(run, n) == getattr(row, n) for n in names))
    return next((run for run in known if _chosen(run.settings) == _chosen(row.settings)), None)


def _chosen(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a person chose; a seed that nobody chose is another one every time."""
    return {k: v for k, v in settings.items() if k != "seed" or settings.get("seed_chosen")}


def ended(tx: Reading, rows: Sequence[PictureRun]) -> dict[str, Intent]:
    """Intents that have ended although their run still says that it lives, by id."""
    unsure = [row.id for row in rows if row.status in LIVE]
    if not unsure:
        return {}
    query = select(Intent).where(Intent.id.in_(unsure), Intent.status.not_in(intents.LIVE))
    return {row.id: row for row in tx.session.scalars(query)}


def begin(tx: Writing, run_id: str) -> PictureRun:
    """Work on it begins, or goes on after a worker died."""
    row = get(tx, run_id)
    row.status, row.started_at = "running", row.started_at or now()
    return row


def finish(tx: Writing, run_id: str, status: str, message: str = "", hint: str = "") -> None:
    """How it ended."""
    row = get(tx, run_id)
    row.status, row.message, row.hint, row.finished_at = status, message, hint, now()


def close(tx: Writing, run_id: str) -> None:
    """Somebody has dealt with a run that failed: neither it nor its job counts as failed any more."""
    for row in (get(tx, run_id), tx.session.get_one(Intent, run_id)):
        row.status = "cancelled"


def remember(tx: Writing, run_id: str, facts: Mapping[str, Any]) -> None:
    """Add to what is remembered of a service; a value of None takes its key out."""
    row = get(tx, run_id)
    row.remote = {name: value for name, value in {**row.remote, **facts}.items() if value is not None}


def asked_to_stop(tx: Reading, run_id: str) -> bool:
    """Whether a person asked it to stop."""
    return bool(tx.session.scalar(select(Intent.cancel_requested).where(Intent.id == run_id)))


# ---- what came of it -----------------------------------------------------------------------------------------


def image(tx: Reading, image_id: str) -> Image:
    """One image that is not deleted. Raises NotFound."""
    row = tx.session.get(Image, image_id)
    if row is None or row.deleted_at is not None:
        raise NotFound("There is no such picture (any more).", "Choose one from the gallery.")
    return row


def made(tx: Reading, run_ids: Collection[str], deleted: bool = False) -> list[Image]:
    """The pictures of these runs, in the order of their numbers; with `deleted` those that were taken away too."""
    query = select(Image).where(Image.run_id.in_(list(run_ids)), Image.kind == "picture").order_by(Image.number)
    return list(tx.session.scalars(query if deleted else query.where(Image.deleted_at.is_(None))))
