"""What the worker looks for now and then: trainings that are due, runs that ended unsaid, folders that nobody needs."""

from __future__ import annotations

import shutil
from pathlib import Path

from core import jobs, store
from core.people import WORKER
from core.store import training
from core.train import policies, process, registry, tidying, withdrawal
from core.train.model import run_folder

REFUSED = "Somebody no longer agreed that their texts train a model: what it had learnt was deleted."


@jobs.periodic(60.0)
def begin() -> None:
    """Ask for every training that is due."""
    policies.look()


@jobs.periodic(20.0)
def settle() -> None:
    """Say the end of runs whose job ended before it could (stopped while nobody worked on it, a program error).

    What such a run left on the disk is tidied as after any other end.
    """
    with store.reading() as tx:
        ended = training.ended(tx, training.live(tx))
    for intent in ended.values():
        process.end_orphans(run_folder(intent.id))
        with store.writing(WORKER) as tx:
            training.finish(tx, intent.id, intent.status, intent.message, intent.hint)
        tidying.tidy(intent.id)
    registry.settle()


@jobs.periodic(300.0)
def sweep() -> None:
    """Folders of runs that were taken out of the store, with their author or by hand, go from the disk; and what was
    learnt from somebody who has withdrawn since: of runs without an adapter at once, of adapters after a while.
    """
    withdrawal.clear()
    root: Path = run_folder("x").parent
    names = [path.name for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    with store.reading() as tx:
        gone = training.forgotten(tx, names)
        refused = training.refused(tx, names)
    for name in gone:
        process.end_orphans(run_folder(name))
        shutil.rmtree(run_folder(name), ignore_errors=True)
    for name in refused:
        process.end_orphans(run_folder(name))
        tidying.wipe(name, run_folder(name))
        with store.writing(WORKER) as tx:
            training.note(tx, name, hint=REFUSED)
