"""Asking for the index and looking at how far it is: for the pages and the API, which never load LanceDB."""

from __future__ import annotations

from dataclasses import dataclass

from core import jobs, store
from core.exemplars import index
from core.store import Actor, samples
from core.store.tables import Intent

KIND = "embed"


@dataclass(frozen=True)
class Status:
    """How much of the store is in the index."""

    done: int
    total: int
    missing: bool
    """Samples are said to be embedded, and the index is gone from the disk."""
    job: Intent | None
    """The embedding that waits or runs now."""
    last: Intent | None
    """The newest one that has ended."""

    @property
    def complete(self) -> bool:
        """Nothing is left to do."""
        return self.done == self.total and not self.missing


def status() -> Status:
    """How far embedding is, over all authors."""
    with store.reading() as tx:
        done, total = samples.embedding(tx)
    asked = jobs.recent(KIND, limit=3)
    live = next((job for job in asked if job.status in ("queued", "started")), None)
    ended = next((job for job in asked if job.status not in ("queued", "started")), None)
    return Status(done, total, bool(done) and not index.exists(), live, ended)


def request(actor: Actor) -> str:
    """Ask that everything be embedded that is not yet; asked twice while it runs, it runs once."""
    return jobs.request(KIND, {}, actor, key=f"{KIND}:{actor.workspace_id}")


def rebuild(actor: Actor) -> str:
    """Ask that the index be made anew from the store. Until it is done, exemplars are chosen by words."""
    return jobs.request(KIND, {"rebuild": True}, actor, key=f"{KIND}:rebuild:{actor.workspace_id}")


def ensure(actor: Actor) -> str | None:
    """Ask for embedding where something waits or the index is gone; for the worker's start."""
    found = status()
    return None if found.complete or found.job else request(actor)
