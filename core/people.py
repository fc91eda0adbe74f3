"""Who is acting. On loopback there is one local person, whom nobody has verified."""

from __future__ import annotations

from core.store import Actor


def local_actor(source: str = "app") -> Actor:
    """The person at this machine. `source` is the door: app, api, notion or worker."""
    return Actor(name="You (this machine)", role="approver", verified=False, source=source)


WORKER = Actor(name="Timbre", role="editor", source="worker")
"""The program itself, for what nobody typed."""
