"""The workflow "drift": every author of whom something changed is checked; and the look-around that asks for it."""

from __future__ import annotations

import traceback
from typing import Any

import structlog

from core import jobs, store
from core.drift import commands, judging
from core.errors import NotFound, TimbreError, Unavailable
from core.people import WORKER
from core.store import authors, drift

log = structlog.get_logger()
FAILED = -1


@jobs.workflow(commands.KEY, queue="drift")
def run(intent_id: str) -> dict[str, Any]:
    """Check author by author, each in a step of its own: a run that was cut off goes on with the next one."""
    waiting: list[str] = jobs.step(_waiting, name="waiting")
    opened = failed = 0
    for number, author_id in enumerate(waiting):
        found = jobs.step(_check, intent_id, author_id, number, len(waiting), name="check")
        opened, failed = opened + max(found, 0), failed + (found == FAILED)
    if failed:
        raise Unavailable(
            f"{failed} of {len(waiting)} authors could not be checked: an error of the program. The others were.",
            f"The worker's log has the details under {intent_id}. It is tried again by itself.",
        )
    return {"checked": len(waiting), "opened": opened}


def _waiting() -> list[str]:
    return judging.stale()


def _check(intent_id: str, author_id: str, number: int, total: int) -> int:
    """Alarms opened, or `FAILED`: what is wrong with one author keeps none of the others waiting."""
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
    except TimbreError:
        raise  # a full disk, a person who stops it: it would be the same for the next one
    except Exception:
        log.error("drift check", intent=intent_id, author=author_id, trace=traceback.format_exc())
        return FAILED


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
