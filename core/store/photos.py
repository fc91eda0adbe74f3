"""Reading and writing of photo sets, their photos, and what was made from them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, or_, select

from core.errors import NotFound
from core.store import intents, training
from core.store.base import now
from core.store.engine import Reading, Writing
from core.store.tables import Change, Intent
from core.store.tables_images import Image, Photo, PhotoSet, PictureRun
from core.store.tables_training import Adapter, TrainingRun


def get(tx: Reading, set_id: str) -> PhotoSet:
    """One set, a deleted one too. Raises NotFound."""
    row = tx.session.get(PhotoSet, set_id)
    if row is None:
        raise NotFound(f"There is no photo set {set_id}.", "Choose one from the list under Photos.")
    return row


def locked(tx: Writing, set_id: str) -> PhotoSet:
    """One set that is not deleted, and that nobody else changes until this transaction ends. Raises NotFound."""
    row = tx.session.scalar(select(PhotoSet).where(PhotoSet.id == set_id).with_for_update())
    if row is None or row.deleted_at is not None:
        raise NotFound("These photos were deleted.", "Reload the page.")
    return row


def add(tx: Writing, row: PhotoSet) -> PhotoSet:
    """A new set."""
    row.workspace_id = tx.actor.workspace_id
    row.remote = []
    tx.session.add(row)
    tx.session.flush()
    return row


def listed(tx: Reading, author_id: str = "") -> list[PhotoSet]:
    """Those that are not deleted, or whose copies with a service are not gone yet; the newest first."""
    query = select(PhotoSet).order_by(PhotoSet.id.desc())
    query = query.where(PhotoSet.author_id == author_id) if author_id else query
    return [row for row in tx.session.scalars(query) if row.deleted_at is None or remaining(row)]


def remaining(row: PhotoSet) -> list[dict[str, Any]]:
    """Copies with a service that are not known to be gone."""
    return [copy for copy in row.remote or [] if not copy.get("gone")]


def triggers(tx: Reading) -> set[str]:
    """Every made-up word that stands for somebody, of deleted sets too: an adapter may still know it."""
    return set(tx.session.scalars(select(PhotoSet.trigger)))


def forgotten(tx: Reading, ids: Collection[str]) -> list[str]:
    """Those of these sets that once were in this very store and are gone, with their author."""
    there = set(tx.session.scalars(select(PhotoSet.id).where(PhotoSet.id.in_(list(ids)))))
    query = select(Change.entity_id).where(Change.entity == "photo_set", Change.entity_id.in_(list(ids)))
    return sorted(set(tx.session.scalars(query.distinct())) - there)


def over(tx: Reading) -> list[PhotoSet]:
    """Sets to which consent was withdrawn or has expired, and which are not deleted."""
    query = select(PhotoSet).where(
        PhotoSet.deleted_at.is_(None), or_(PhotoSet.withdrawn_at.is_not(None), PhotoSet.expires_at <= now())
    )
    return list(tx.session.scalars(query.order_by(PhotoSet.id)))


def deleted(tx: Reading) -> list[PhotoSet]:
    """Those that were deleted."""
    return list(tx.session.scalars(select(PhotoSet).where(PhotoSet.deleted_at.is_not(None)).order_by(PhotoSet.id)))


# ---- photos --------------------------------------------------------------------------------------------------


def photos(tx: Reading, set_id: str, used: bool | None = None) -> list[Photo]:
    """The photos of a set in their order; only those that are used (or not) where asked."""
    query = select(Photo).where(Photo.set_id == set_id).order_by(Photo.position, Photo.id)
    return list(tx.session.scalars(query.where(Photo.used.is_(used)) if used is not None else query))


def photo(tx: Reading, photo_id: str) -> Photo:
    """One photo. Raises NotFound."""
    row = tx.session.get(Photo, photo_id)
    if row is None:
        raise NotFound("There is no such photo (any more).", "Reload the page.")
    return row


def add_photo(tx: Writing, row: Photo) -> Photo:
    """A new photo, after the others of its set."""
    last = tx.session.scalar(select(func.max(Photo.position)).where(Photo.set_id == row.set_id))
    row.position = 0 if last is None else last + 1
    row.workspace_id = tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    return row


def remove_photo(tx: Writing, photo_id: str) -> Photo:
    """Take a photo out of its set."""
    row = photo(tx, photo_id)
    tx.session.delete(row)
    return row


def counts(tx: Reading, ids: Collection[str]) -> dict[str, int]:
    """How many photos of each set are used."""
    query = select(Photo.set_id, func.count()).where(Photo.set_id.in_(list(ids)), Photo.used.is_(True))
    return {row[0]: row[1] for row in tx.session.execute(query.group_by(Photo.set_id))}


# ---- what was made from them ---------------------------------------------------------------------------------


def runs(tx: Reading, set_id: str) -> list[TrainingRun]:
    """The trainings that were begun from a set, the newest first."""
    query = select(TrainingRun).where(
        TrainingRun.kind == "image", cast(TrainingRun.settings, String).contains(set_id, autoescape=True)
    )
    rows = tx.session.scalars(query.order_by(TrainingRun.id.desc()))
    return [row for row in rows if (row.settings or {}).get("photo_set_id") == set_id]


def adapters(tx: Reading, set_id: str) -> list[Adapter]:
    """The likenesses that were learnt from a set and are not deleted, the newest first."""
    query = select(Adapter).where(Adapter.kind == "image", Adapter.deleted_at.is_(None)).order_by(Adapter.id.desc())
    return [row for row in tx.session.scalars(query) if set_id in ((row.card or {}).get("consent") or {})]


def stop(tx: Writing, set_id: str, learnt: bool = True) -> None:
    """Ask trainings from these photos to stop, and with `learnt` pictures that are made with what came of them too."""
    asked = [row.id for row in runs(tx, set_id) if row.status in training.LIVE]
    asked += [row.id for row in _wearing(tx, set_id, Intent.status.in_(intents.LIVE))] if learnt else []
    for id_ in asked:
        intents.cancel(tx, id_)


def needed(tx: Reading, set_id: str) -> bool:
    """Whether a copy with a service is needed: a training or a picture run lives, or can go on with the copy."""
    if any(row.status in training.LIVE for row in runs(tx, set_id)):
        return True
    if _wearing(tx, set_id, Intent.status.in_(intents.LIVE)):
        return True
    lent = _wearing(tx, set_id, cast(PictureRun.remote, String).contains('"likeness"'))
    return any(row.remote["likeness"].get("expires", "") > now().isoformat() for row in lent)


def _wearing(tx: Reading, set_id: str, which: ColumnElement[bool]) -> list[PictureRun]:
    """Runs of pictures with a likeness that was learnt from a set."""
    worn = {row.id for row in adapters(tx, set_id)}
    if not worn:
        return []
    query = select(PictureRun).join(Intent, Intent.id == PictureRun.id).where(which)
    return [row for row in tx.session.scalars(query) if (row.settings or {}).get("adapter") in worn]


def examined(tx: Writing, run_id: str) -> Adapter | None:
    """The likeness whose contact sheet a run has made, to be written by nobody else until this transaction ends."""
    return tx.session.scalar(select(Adapter).where(Adapter.run_id == run_id, Adapter.kind == "image").with_for_update())


def samples(tx: Reading, run_id: str) -> list[Image]:
    """The contact sheet of a training, in its order."""
    query = select(Image).where(Image.run_id == run_id, Image.kind == "sample", Image.deleted_at.is_(None))
    return list(tx.session.scalars(query.order_by(Image.number, Image.id)))


def worn(tx: Reading, author_id: str, adapter_ids: Collection[str]) -> list[Image]:
    """The pictures of an author that were made with one of these likenesses."""
    query = select(Image).where(Image.author_id == author_id, Image.kind == "picture", Image.deleted_at.is_(None))
    return [row for row in tx.session.scalars(query) if row.settings.get("adapter") in adapter_ids]
