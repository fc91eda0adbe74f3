"""The durable run: kind "generate". The id of the intent, of the workflow and of the run is one.

Each phase is a durable step; inside it every part (a draft, a critique) and every finished model call is on record, so
that a worker that was killed goes on where it was and calls nothing twice.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog

from core import jobs, llm, store
from core.errors import Cancelled, Conflict, Denied, Invalid, NotFound, StorageError, TimbreError, Unavailable
from core.generate import judge, tasks
from core.people import WORKER
from core.store import runs, samples

log = structlog.get_logger()
_KINDS: dict[str, type[TimbreError]] = {
    kind.__name__: kind for kind in (Cancelled, Conflict, Denied, Invalid, NotFound, StorageError, Unavailable)
}
_SAID = {
    "retrieve": "Finding the author's closest posts",
    "plan": "Planning the angles",
    "write": "Drafting, checking, rewriting",
    "score": "Scoring",
    "rank": "Putting the variants in order",
    "outline": "Making an outline",
    "sections": "Writing the sections",
    "revise": "Changing what you asked for",
    "adapt": "Making the other form",
    "keep": "Checking and keeping it",
}
WARM_AFTER = 2.0
"""Seconds after the worker's start: it answers first."""
KEPT = "The brief and every finished step are kept."


@jobs.workflow(runs.KIND, queue="generate")
def generate(run_id: str) -> dict[str, Any]:
    """Do a run, or go on with it. Its end is written to the run as well as to the intent."""
    with store.writing(WORKER) as tx:
        phases = tuple(tasks.TASKS[runs.begin(tx, run_id).task])
    try:
        for done, phase in enumerate(phases):
            jobs.progress(run_id, done, len(phases), _SAID[phase])
            _raised(jobs.step(_phase, run_id, phase, name=phase))
    except Cancelled as error:
        _end(run_id, "cancelled", error.message, "Start it again from the same brief whenever you like.")
        raise
    except TimbreError as error:
        _end(run_id, "failed", f"{error.message} {KEPT}", error.hint)
        raise
    _end(run_id, "done")
    jobs.progress(run_id, len(phases), len(phases), "")
    return {"run": run_id}


def _phase(run_id: str, phase: str) -> dict[str, Any]:
    """One phase. What a person can act on is an answer, not an exception: it must survive being recorded."""
    try:
        with store.reading() as tx:
            task = runs.get(tx, run_id).task
        tasks.TASKS[task][phase](run_id)
    except TimbreError as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    return {"phase": phase}


def _raised(answer: dict[str, Any]) -> None:
    if kind := answer.get("error"):
        raise _KINDS.get(kind, TimbreError)(answer["message"], answer["hint"])


def _end(run_id: str, status: str, message: str = "", hint: str = "") -> None:
    with store.writing(WORKER) as tx:
        runs.finish(tx, run_id, status, message, hint)


def warm_up() -> None:
    """Load the model and the embedder in the background, for the worker's start: the first run need not wait."""
    threading.Thread(target=_warm, name="warm up", daemon=True).start()


def _warm() -> None:
    time.sleep(WARM_AFTER)
    with store.reading() as tx:
        if not samples.counts(tx):
            return  # nobody to write for yet
    try:
        llm.warm()
    except TimbreError as error:
        log.warning("the model is not ready", problem=str(error))
    judge.relevance(["warm up"], "warm up")
