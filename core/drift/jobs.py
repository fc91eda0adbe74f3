"""The workflow "drift": every author of whom something changed is checked; and the look-around that asks for it."""

from __future__ import annotations

from typing import Any

from core import jobs, store
from core.drift import commands, judging
from core.errors import NotFound
from core.people import WORKER
from core.store import authors, drift


@jobs.workflow(commands.KEY, queue="drift")
def run(intent_id: str) -> dict[str, Any]:
    """Check author by author, each in a step of its own: a run that was cut off goes on with the next one."""
    waiting: list[str] = jobs.step(_waiting, name="waiting")
    opened = 0
    for number, author_id in enumerate(waiting):
        opened += jobs.step(_check, intent_id, author_id, number, len(waiting), name="check")
    return {"checked": len(waiting), "opened": opened}


def _waiting() -> list[str]:
    return judging.stale()


def _check(intent_id: str, author_id: str, number: int, total: int) -> int:
    try:
        with store.reading() as tx:
            name = authors.get(tx, author_id).name
        said = f"Checking {name}"
        jobs.progress(intent_id, number, total, said)
        return int(
            judging.check(author_id, lambda n: jobs.progress(intent_id, number, total, f"{said}: {n:,} posts to read"))
        )
    except NotFound:
        return 0  # removed in the meantime


class _Look:
    """What this process has seen of the change log, and up to where it has asked for a check."""

    def __init__(self) -> None:
        self.seen, self.asked = 0, -1
        self.waited = 0


_look = _Look()
PATIENCE, ANYWAY = 20, 200
"""Looks in a row that a busy change log may put a check off; looks after which one is made whatever was seen."""


@jobs.periodic(3.0)
def scan() -> None:
    """Ask for a check at the start, and when the change log has come to rest after something that may matter."""
    with store.reading() as tx:
        newest = drift.last_change(tx, _look.seen)
    moved, _look.seen = newest != _look.seen, newest
    _look.waited += 1
    if _look.asked == newest and _look.waited < ANYWAY:
        return
    if moved and _look.asked >= 0 and _look.waited < PATIENCE:
        return  # more may follow
    if any(intent.kind == commands.KEY for intent in jobs.active()):
        return  # it may have begun before the change: ask once it has ended
    _look.asked, _look.waited = newest, 0
    if judging.stale():
        commands.request(WORKER)
