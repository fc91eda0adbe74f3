"""What was learnt from somebody who agrees no longer: out of use at once, and after a while deleted for good.

Likenesses go with their photos (core.images.photo_deletion); here is everything that was learnt from texts.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from core import store
from core.errors import TimbreError
from core.people import WORKER
from core.store import Actor, Reading, adapters, consent, training
from core.store.base import now
from core.store.tables_training import Adapter
from core.train import registry
from core.train.model import adapters_folder, run_folder
from core.train.promoting import may
from core.train.serving import learnt_from, served_as

log = structlog.get_logger()
GRACE: Final = timedelta(days=7)
"""After consent has ended, the time in which it may be given again, as with photos; then everything is deleted."""


@dataclass(frozen=True)
class Ended:
    """An adapter that has learnt from somebody who agrees no longer."""

    adapter: Adapter
    names: list[str]
    """Who agrees no longer."""
    others: list[str]
    """Who else is in it, and still agrees."""
    on: datetime | None
    """When it is deleted; None where it is not known since when they disagree."""

    @property
    def said(self) -> str:
        """What has become of it and what becomes of it, for people."""
        who = f"{registry.named(self.names)} no longer {'agrees' if len(self.names) == 1 else 'agree'} to training"
        what = "its files, the texts of its exam and what it wrote as it learnt"
        if self.on is None or self.on > now():
            when = f"are deleted on {_day(self.on)}" if self.on else "stay until a person deletes them"
            then = " unless consent is given again." if self.on else "."
        else:
            when, then = "are being deleted", "."
        return f"{who}, so it is used no more and its texts are not shown; {what} {when}{then}"

    @property
    def do(self) -> str:
        """What to do about it."""
        name = served_as(self.adapter)
        copy = f" {name} has a copy that Timbre cannot delete: remove it there." if name else ""
        if self.others:
            agree = f"{registry.named(self.others)} still {'agrees' if len(self.others) == 1 else 'agree'}"
            return f"Train it again: it then learns without their posts; {agree}.{copy}"
        return f"Delete it now, or record their consent again on the Samples page.{copy}"


def ended(adapter_id: str) -> Ended | None:
    """Where consent to an adapter has ended, what follows from it; None where everybody agrees or it is deleted."""
    with store.reading() as tx:
        return _ended(tx, adapters.get(tx, adapter_id))


def of_run(run_id: str) -> str:
    """What to tell of a run without an adapter whose authors do not all agree any more; empty where they do.

    What it had learnt and written goes at the worker's next look (core.train.looks); until then it is not shown.
    """
    with store.reading() as tx:
        if not training.refused(tx, [run_id]):
            return ""
        names = training.unwilling(tx, list((training.get(tx, run_id).dataset or {}).get("consent") or ()))
    who = f"{registry.named(names)} no longer {'agrees' if len(names) == 1 else 'agree'} to training"
    when = "is not shown, and is deleted within minutes" if run_folder(run_id).exists() else "was deleted"
    return f"{who}: what this run had learnt and written {when}."


def listed(author_id: str = "") -> list[Ended]:
    """All of them, the newest first; with `author_id` only what has learnt from this author, who agrees no longer."""
    with store.reading() as tx:
        of = [(row, set(learnt_from(row))) for row in adapters.listed(tx)]
        gone = {author_id} if author_id else set().union(*(ids for _, ids in of))
        gone -= consent.agreed(tx, gone)
        found = [_ended(tx, row) for row, ids in of if ids & gone]
    return [one for one in found if one is not None]


def _ended(tx: Reading, row: Adapter) -> Ended | None:
    ids = learnt_from(row)
    if row.kind == "image" or row.deleted_at is not None or not (names := adapters.refused(tx, ids)):
        return None
    known, agreed = adapters.names(tx, ids), consent.agreed(tx, ids)
    since = [at for id_ in ids if id_ in known and id_ not in agreed and (at := consent.ended(tx, id_)) is not None]
    on = min(since) + GRACE if since else None
    if len(known) < len(set(ids)):  # one of them is gone: nobody can give that consent again
        on = now()
    return Ended(row, names, sorted(known[id_] for id_ in agreed), on)


def delete(author_id: str, actor: Actor) -> int:
    """Delete now what has learnt from an author who agrees no longer, alone or among others; how many went.

    Raises Denied.
    """
    may(actor)
    found = listed(author_id)
    for one in found:
        registry.delete(one.adapter.id, actor)
    return len(found)


def clear() -> None:
    """For the worker's look: delete what its time has come for, and files whose adapter went with its author."""
    for one in listed():
        if one.on is not None and one.on <= now():
            try:
                registry.delete(one.adapter.id, WORKER)
            except TimbreError as error:  # the next look tries again
                log.warning("training: not deleted yet", adapter=one.adapter.id, problem=str(error))
    root = adapters_folder()
    names = [path.name for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    with store.reading() as tx:
        gone = adapters.forgotten(tx, names)
    for name in gone:
        shutil.rmtree(root / name, ignore_errors=True)
        shutil.rmtree(registry.exports(name), ignore_errors=True)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
