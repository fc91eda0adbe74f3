"""Asking for a model of Ollama and seeing what there is: for the Settings page. The worker does the pulling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core import jobs, llm
from core.config import settings
from core.errors import Conflict, Denied, Unavailable
from core.llm import embedded, listing, ollama
from core.llm.costs import price
from core.store import Actor
from core.store.base import now
from core.store.tables import Intent

KIND = "pull"
MEGABYTE = 1_000_000
"""The unit of a pull's progress: bytes of a large model are more than the column holds."""
LIVE = ("queued", "started")


@dataclass(frozen=True)
class Choice:
    """A model that can write, as people see it: `id` is how TIMBRE_LLM says it, `size` in bytes (0: not known)."""

    id: str
    size: int
    kind: str
    """Parameters and quantization, where known."""
    small: bool
    price: str
    active: bool


@dataclass(frozen=True)
class Shelf:
    """What there is: models, and why a provider shows none, by its name."""

    choices: list[Choice]
    problems: dict[str, Unavailable]


def shelf() -> Shelf:
    """The models that can be chosen now; Ollama's with their sizes. Answers within a second or two."""
    found = listing.look()
    rows = {f"ollama/{row.name}": row for row in found.local}
    return Shelf([_choice(name, rows.get(name)) for name in found.names], found.problems)


def _choice(name: str, row: ollama.Local | None) -> Choice:
    model = llm.active(name)
    size, kind = 0, ""
    if model.provider == "embedded":
        file = embedded.path()
        size, kind = file.stat().st_size if file.is_file() else 0, model.name
    elif row is not None:
        size, kind = row.size, " ".join(part for part in (row.parameters, row.quantization) if part)
    return Choice(name, size, kind, model.small, price(model.id), name == settings().timbre_llm)


def live() -> Intent | None:
    """The pull that waits or runs now."""
    return next((job for job in jobs.recent(KIND, limit=3) if job.status in LIVE), None)


def last() -> Intent | None:
    """The newest pull, where it ended within a day."""
    newest = next(iter(jobs.recent(KIND, limit=1)), None)
    ended = newest.finished_at if newest is not None else None
    return newest if ended is not None and now() - ended < timedelta(days=1) else None


def ask(name: str, actor: Actor) -> str:
    """Ask the worker to pull a model; returns the job's id. One at a time. Raises Invalid, Denied, Conflict."""
    if actor.role == "reader":
        raise Denied("You may not pull models: your role is reader.", "Ask an editor or an approver to do it.")
    name, running = ollama.name_of(name), live()
    if running is not None and running.payload["name"] != name:
        raise Conflict(f"{running.payload['name']} is being pulled now.", "Wait until it is here, or stop it first.")
    return jobs.request(KIND, {"name": name}, actor, key=f"{KIND}:{actor.workspace_id}")
