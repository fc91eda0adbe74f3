"""A worker that can be held in any phase of a training, so that a test can kill it there.

Each phase writes "PHASE begins", "PHASE has worked" to steps.txt. Where a file `hold` in TIMBRE_DATA names one of
these, the worker waits there until the file is gone. With STAND_IN the training process is the stand-in, and export
and exam are made up; without, everything is the real thing.

It imports everything once and then forks a worker for each line of its input, the environment as JSON: a test that
starts ten workers need not wait for ten times the imports. What is forked is a process like any other.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import dbos  # noqa: F401 - for the workers that are forked
import sklearn.feature_extraction.text  # noqa: F401

from core.config import settings
from core.jobs import Engine
from core.people import local_actor
from core.store import adapters
from core.train import briefs, dataset, exam, exam_texts, follow, keeping, phases, process, registry
from core.train.model import PHASES, run_folder
from core.train.scope import Scope
from core.train.tidying import put_json
from core.train.workflow import WORK, Phase


def note(word: str) -> None:
    with Path(settings().timbre_data / "steps.txt").open("a") as out:
        out.write(f"{word}\n")
    hold = settings().timbre_data / "hold"
    while hold.exists() and hold.read_text() == word:
        time.sleep(0.02)


def noted(name: str, phase: Phase) -> Phase:
    def run(run_id: str) -> None:
        note(f"{name} begins")
        phase(run_id)
        note(f"{name} has worked")

    return run


def between(before: Callable[..., object], word: str) -> Callable[..., object]:
    """Something that is done, and then there is a moment."""

    def do(*args: object) -> object:
        done = before(*args)
        note(word)
        return done

    return do


def export(run_id: str) -> None:
    (run_folder(run_id) / "out" / "extra.bin").write_bytes(b"adapter")


def passed(run_id: str) -> None:
    put_json(run_folder(run_id) / "exam.json", {"passed": True, "texts": []})


def work() -> None:
    """A worker, until it is told to stop."""
    if os.environ["STAND_IN"]:
        phases.CHILD = "stand_in"
        process.EVERY, follow.EVERY, follow.SELDOM = 0.05, 0.1, 0.2
        for kind in ("voice", "preference"):
            WORK[kind] = {**WORK[kind], "export": export, "exam": passed}
    else:
        exam.Size = functools.partial(exam.Size, briefs=3, texts=3)  # type: ignore[assignment, misc]
        exam_texts.MOST_TOKENS, exam_texts.TOGETHER = 24, 2
        exam_texts._add = between(exam_texts._add, "texts are written")  # type: ignore[assignment]
    for kind in WORK:
        WORK[kind] = {name: noted(name, WORK[kind][name]) for name in PHASES if name in WORK[kind]}
    dataset._put = between(dataset._put, "a file is written")  # type: ignore[assignment]
    keeping._rename = between(keeping._rename, "it is renamed")  # type: ignore[assignment]
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    engine = Engine(poll_seconds=0.05)
    engine.start()
    stopping.wait()
    process.leave()
    engine.stop()
    os._exit(0)


def promote(adapter_id: str, author_id: str) -> None:
    """Put an adapter into use, with a moment between the change and its being written for good."""
    adapters.put_live = between(adapters.put_live, "promoted, not committed")  # type: ignore[assignment]
    registry.promote(adapter_id, Scope(author_id=author_id), local_actor())


def become(env: dict[str, str]) -> None:
    """The process that was forked is the worker of this environment."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(env)
    settings.cache_clear()
    log = os.open(env["LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(log, number)
    try:
        if "PROMOTE" in env:
            promote(*env["PROMOTE"].split())
        else:
            work()
    finally:
        os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    briefs.of_post(
        "Last week the night shift counted 17 faults in a muddy dock. I wrote it down.", "Ada"
    )  # its patterns are compiled once for all
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            become(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
