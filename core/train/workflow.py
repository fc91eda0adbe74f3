"""The durable run: kind "train". The id of the intent, of the workflow and of the run is one; each phase is a step.

What a run of a kind does stands in `WORK`. A phase that a kill cut off is done again: it finds what it left behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from core import jobs, store
from core.errors import Cancelled, Conflict, Denied, Invalid, NotFound, StorageError, TimbreError, Unavailable
from core.people import WORKER
from core.store import training
from core.train import process
from core.train.commands import LIGHT, intent_kind

log = structlog.get_logger()
Phase = Callable[[str], None]
"""Does one phase of the run of this id; raises TimbreError. Done again after a kill, it comes to the same end."""

WORK: dict[str, Mapping[str, Phase]] = {}
"""What a run of each kind does: its phases by name (core.train.model.PHASES), in order.

The module of a kind adds it, `WORK["image"] = {"train": ...}`, and worker.py imports that module."""

ENDS: list[Callable[[str], None]] = []
"""What is done once a run has ended, however it ended: tidying that may fail without harm."""

SAID = {
    "prepare": "Collecting the posts",
    "base": "Getting the model ready",
    "train": "Training",
    "export": "Turning it into an adapter that Timbre can use",
    "exam": "Sitting the exam",
    "register": "Keeping the adapter",
}
_KINDS: dict[str, type[TimbreError]] = {
    kind.__name__: kind for kind in (Cancelled, Conflict, Denied, Invalid, NotFound, StorageError, Unavailable)
}


@jobs.workflow(training.KIND, queue=training.KIND)
def train(run_id: str) -> dict[str, Any]:
    """Do a run, or go on with it. Its end is written to the run as well as to the intent."""
    return _run(run_id)


@jobs.workflow(intent_kind(LIGHT[0]), queue="train-light")
def train_light(run_id: str) -> dict[str, Any]:
    """A run that takes seconds: it waits for no other."""
    return _run(run_id)


def _run(run_id: str) -> dict[str, Any]:
    try:
        with store.writing(WORKER) as tx:
            kind = training.begin(tx, run_id).kind
        phases = _phases(kind)
        for done, phase in enumerate(phases):
            jobs.progress(run_id, done, len(phases), SAID[phase])
            answer = jobs.step(_phase, run_id, phase, name=phase)
            _raised(answer)
            if answer.get("last"):
                break
    except Cancelled as error:
        _end(run_id, "cancelled", error.message, "What it had learnt is kept: you may let it go on from there.")
        raise
    except TimbreError as error:
        _end(run_id, "failed", error.message, error.hint)
        raise
    _end(run_id, "done")
    jobs.progress(run_id, len(phases), len(phases), "")
    return {"run": run_id}


def _phases(kind: str) -> Mapping[str, Phase]:
    if kind not in WORK:
        raise Unavailable(f"This version of Timbre cannot train anything of the kind {kind}.", "Update Timbre.")
    return WORK[kind]


class Done(Exception):
    """Raised by a phase after which nothing is left to do: those that would follow are passed over."""


def _phase(run_id: str, phase: str) -> dict[str, Any]:
    """One phase. What a person can act on is an answer, not an exception: it must survive being recorded."""
    began, last = time.monotonic(), False
    try:
        with store.writing(WORKER) as tx:
            row = training.note(tx, run_id, phase=phase)
        _phases(row.kind)[phase](run_id)
    except Done:
        last = True
    except TimbreError as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    took(run_id, phase, time.monotonic() - began)
    return {"phase": phase, "last": last}


def took(run_id: str, phase: str, seconds: float) -> None:
    """Note what a phase (or a part of one) took, of the time since it was last taken up."""
    with store.writing(WORKER) as tx:
        row = training.get(tx, run_id)
        known = row.progress.get("took") or {}
        row.progress = {**row.progress, "took": {**known, phase: round(seconds, 2)}}


def _raised(answer: Mapping[str, Any]) -> None:
    if kind := answer.get("error"):
        raise _KINDS.get(kind, TimbreError)(answer["message"], answer["hint"])


def _end(run_id: str, status: str, message: str = "", hint: str = "") -> None:
    with store.writing(WORKER) as tx:
        training.finish(tx, run_id, status, message, hint)
    for tidy in ENDS:
        try:
            tidy(run_id)
        except (TimbreError, OSError) as error:  # the look-around tidies again
            log.warning("training: not tidied", run=run_id, problem=str(error))


def warn(run_id: str, sentence: str) -> None:
    """Keep something worth knowing of a run, for its page."""
    with store.writing(WORKER) as tx:
        row = training.get(tx, run_id)
        found = [one for one in row.progress.get("warnings") or [] if one != sentence]
        row.progress = {**row.progress, "warnings": [*found, sentence]}


def said(run_id: str, done: int, total: int, message: str) -> None:
    """Say how far a phase is, for work inside the worker. Raises Cancelled; stops where the worker is being stopped."""
    process.leaving()
    jobs.progress(run_id, done, total, message)
