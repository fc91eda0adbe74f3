"""Deletion that really deletes: photos, their copies in trainings and with services, and what was learnt from them.

The row says first that it is so; the files follow, and the worker goes on where a kill or a service cut it short.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from core import jobs, store
from core.errors import Conflict, TimbreError
from core.images import consent, keep, photo_files
from core.images.consent import may
from core.images.photos import note_remote
from core.people import WORKER
from core.store import Actor, photos, training
from core.store.base import now
from core.store.tables_images import PhotoSet
from core.store.tables_training import TrainingRun
from core.train import registry, tidying
from core.train.model import run_folder

log = structlog.get_logger()
COPIES = "photos"
"""The folder in a training's folder that holds its copies of the photos."""
AGAIN = timedelta(hours=1)
"""Between two times that a service is asked for the same copy."""
STRAY = 3600.0
"""Seconds after which a file that no row knows is nobody's upload any more."""


@dataclass(frozen=True)
class Deleted:
    """What became of a deletion."""

    photos: int
    adapters: int
    remaining: list[str] = field(default_factory=list)
    """What a service or a training still has, each in a sentence; the worker tries again until it is gone."""


def delete(set_id: str, actor: Actor, learnt: bool = True) -> Deleted:
    """Delete a set: rows, files, copies in trainings, copies with services as far as they allow; trainings stop.

    `learnt`: what was learnt from it goes too (adapters, contact sheets, pictures made with it). Pictures that a post
    carries stay with the post. Raises Denied, NotFound.
    """
    may(actor)
    with store.writing(actor) as tx:
        row = photos.locked(tx, set_id)
        found = photos.photos(tx, set_id)
        for photo in found:
            tx.session.delete(photo)
        photos.stop(tx, set_id, learnt)
        row.deleted_at = now()
        if learnt:
            row.withdrawn_at = row.withdrawn_at or now()
        adapters = len(photos.adapters(tx, set_id)) if learnt else 0
    return Deleted(len(found), adapters, finish(set_id, actor))


def finish(set_id: str, actor: Actor = WORKER) -> list[str]:
    """Do what is left to do for a deleted set, again and again to the same end; says what is still somewhere."""
    with store.reading() as tx:
        row = photos.get(tx, set_id)
        runs, adapters = photos.runs(tx, set_id), photos.adapters(tx, set_id)
    said = [] if photo_files.wipe(set_id) else ["The folder of the photos on this machine could not be emptied."]
    everything = not consent.state(row).stands
    if everything:
        for adapter in adapters:
            registry.delete(adapter.id, actor)
    for run in runs:
        said += _run(run, everything, actor)
    if everything:
        _pictures(row.author_id, {run.id for run in runs}, actor)
    return said + purge(set_id)


def _pictures(author_id: str, adapter_ids: set[str], actor: Actor) -> None:
    """Pictures that show the person go, but for those that a post carries: these are that post's record."""
    with store.reading() as tx:
        made = photos.worn(tx, author_id, adapter_ids)
    for image in made:
        with suppress(Conflict):
            keep.delete(image.id, actor)


def _run(run: TrainingRun, everything: bool, actor: Actor) -> list[str]:
    """A training's copies of the photos, and where `everything` is to go, all that it made."""
    if run.status in training.LIVE:
        return ["A training is still stopping; its copy goes when it has."]
    shutil.rmtree(run_folder(run.id) / COPIES, ignore_errors=True)
    if not everything:
        return []
    if run_folder(run.id).exists():
        tidying.wipe(run.id, run_folder(run.id))
    with store.reading() as tx:
        sheet = photos.samples(tx, run.id)
    said = []
    for image in sheet:
        try:
            keep.delete(image.id, actor)
        except Conflict as error:  # a post carries it
            said.append(str(error))
    return said


def purge(set_id: str) -> list[str]:
    """Ask each service to delete its copies; says what it still has."""
    with store.reading() as tx:
        copies = photos.remaining(photos.get(tx, set_id))
    said = []
    for copy in copies:
        if problem := _purged(copy):
            said.append(problem)
            note_remote(set_id, {**copy, "tried": now().isoformat(), "said": problem})
        else:
            note_remote(set_id, {**copy, "gone": now().isoformat(), "said": ""})
    return said


def _purged(copy: dict[str, Any]) -> str:
    """Why a copy is not gone, in a sentence; empty where it is."""
    if copy.get("service") != "fal":
        return f"{copy.get('service') or 'A service'} has a copy that Timbre cannot delete."
    from core.images import fal_trainer

    try:
        fal_trainer.purge(copy)
    except TimbreError as error:
        return str(error)
    return ""


# ---- the worker's look ---------------------------------------------------------------------------------------


@jobs.periodic(300.0)
def look() -> None:
    """Delete what consent has ended for, and go on with deletions that were cut short."""
    with store.reading() as tx:
        ended = [row for row in photos.over(tx) if (gone := consent.deleted_on(row)) and gone <= now()]
        deleted = [row for row in photos.deleted(tx) if _unfinished(tx, row)]
        lying = [
            row for row in photos.listed(tx) if row.deleted_at is None and _due(row) and not photos.needed(tx, row.id)
        ]
    for row in ended:
        _tried(row.id, lambda id_: delete(id_, WORKER))
    for row in deleted:
        _tried(row.id, finish)
    for row in lying:
        _tried(row.id, purge)
    sweep()


def _unfinished(tx: store.Reading, row: PhotoSet) -> bool:
    """Whether something of a deleted set may still lie somewhere that can be emptied now."""
    if photo_files.folder(row.id).exists() or _due(row):
        return True
    learnt = not consent.state(row).stands
    if learnt and photos.adapters(tx, row.id):
        return True
    return any(
        (run_folder(run.id) / ("" if learnt else COPIES)).exists() or (learnt and photos.samples(tx, run.id))
        for run in photos.runs(tx, row.id)
    )


def _due(row: PhotoSet) -> bool:
    """Whether a service is to be asked (again) to delete a copy."""
    then = (now() - AGAIN).isoformat()
    return any(str(copy.get("tried") or "") < then for copy in photos.remaining(row))


def _tried(set_id: str, work: Callable[[str], object]) -> None:
    try:
        work(set_id)
    except (TimbreError, OSError) as error:  # the next look tries again
        log.warning("photos: not deleted yet", set=set_id, problem=str(error))


def sweep() -> None:
    """Folders whose set is gone with its author, and files that no row knows, go from the disk."""
    there = photo_files.sets_on_disk()
    with store.reading() as tx:
        gone = photos.forgotten(tx, there)
        known = {id_: {photo.file for photo in photos.photos(tx, id_)} for id_ in there if id_ not in gone}
    for id_ in gone:
        photo_files.wipe(id_)
    for id_, files in known.items():
        for path in photo_files.folder(id_).iterdir():
            name = path.name.replace(".small.jpg", ".jpg").replace(".half", ".jpg")
            if name not in files and time.time() - path.stat().st_mtime > STRAY:
                path.unlink(missing_ok=True)
