"""What a person decides on pictures that did not come: fetch what was paid for, ask anew, or leave it."""

from __future__ import annotations

import shutil
from typing import Any, Final

from core import store
from core.errors import Invalid
from core.images.pictures import as_ended, kind, may, ready
from core.images.pictures_memory import Remembered, run_folder
from core.store import Actor, Writing, pictures
from core.store.tables_images import PictureRun

NEXT: Final = "next"
"""The run that took this one up, among what is remembered of it: asked once more it is that one, not a further one."""
SETTLED: Final = frozenset({"refused", NEXT})
"""Of what is remembered of a run, all that no service has any more."""


def resumable(run: PictureRun) -> bool:
    """Whether a service may still have what was asked for, or something came that found no room."""
    return not taken_up(run) and (not SETTLED.issuperset(run.remote) or bool(Remembered(run.id).received()))


def taken_up(run: PictureRun) -> bool:
    """Whether another run was asked for what did not come of this one."""
    return NEXT in run.remote


def go_on(run_id: str, actor: Actor) -> str:
    """Take up a run that failed while a service still had it: what was paid for is fetched, not asked for again.

    Returns the new run's id. Raises Denied, NotFound, Invalid where there is nothing to take up.
    """
    may(actor)
    with store.writing(actor) as tx:
        old = _over(tx, run_id)
        if not resumable(old):
            raise Invalid("There is nothing of this left to fetch.", "Ask for it again: it is a new request.")
        row = _rest(tx, old, {k: v for k, v in old.remote.items() if k not in SETTLED})
        further = pictures.add(tx, row, kind(row))
        _followed(tx, old, further)
        Remembered(run_id).hand_over(further)
    shutil.rmtree(run_folder(run_id), ignore_errors=True)
    return further


def repeat(run_id: str, actor: Actor) -> str:
    """Ask anew for what did not come of a run that ended, whatever became of it there: it is paid for anew.

    Returns the new run's id, or that of the one that was asked for then already. Raises Denied, NotFound, Invalid, and
    Unavailable where the provider is not set up.
    """
    may(actor)
    with store.writing(actor) as tx:
        old = _over(tx, run_id)
        if taken_up(old):
            return str(old.remote[NEXT])
        if resumable(old):
            raise Invalid("What was paid for may still be there.", "Look for it first: that costs nothing.")
        row = _rest(tx, old, {})
        ready(row.provider)
        same = pictures.live_same(tx, row)
        further = same.id if same is not None else pictures.add(tx, row, kind(row))
        _followed(tx, old, further)
        return further


def close(run_id: str, actor: Actor) -> None:
    """A person leaves a failed run as it is: what came of it stays, and Today says no more of it.

    Raises Denied, NotFound, Invalid where it has not ended.
    """
    may(actor)
    with store.writing(actor) as tx:
        _over(tx, run_id)
        pictures.close(tx, run_id)


def _over(tx: Writing, run_id: str) -> PictureRun:
    """A run that has ended without everything. Raises NotFound, Invalid."""
    row = pictures.locked(tx, run_id)
    as_ended(row, pictures.ended(tx, [row]))
    if row.status not in ("failed", "cancelled"):
        raise Invalid("This has not failed, so there is nothing to decide.", "Reload the page.")
    return row


def _followed(tx: Writing, old: PictureRun, further: str) -> None:
    """Another run has what was left of this one; nobody needs to look at it any more."""
    old.remote = {**{k: v for k, v in old.remote.items() if k in SETTLED}, NEXT: further}
    pictures.close(tx, old.id)


def _rest(tx: Writing, old: PictureRun, remote: dict[str, Any]) -> PictureRun:
    """A run for what did not come of another one. Raises Invalid where everything came."""
    there = {image.number for image in pictures.made(tx, [old.id], deleted=True)}
    missing = [k for k in pictures.wanted(old) if k + 1 not in there]
    if not missing:
        raise Invalid("All of it has come.", "Reload the page.")
    return PictureRun(
        author_id=old.author_id, post_id=old.post_id, parent_id=old.parent_id, provider=old.provider,
        prompt=old.prompt, feedback=old.feedback, settings={**old.settings, "numbers": missing},
        estimate=old.estimate, remote=remote,
    )  # fmt: skip
