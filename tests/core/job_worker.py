"""A worker with workflows made for tests: each step appends its name to a file, so that a test can count them."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path

from core import jobs
from core.config import settings
from core.errors import Invalid
from core.jobs import Engine


def note(word: str) -> str:
    with Path(settings().timbre_data / "steps.txt").open("a") as out:
        out.write(f"{word}\n")
    return word


def slow(word: str) -> str:
    note(f"{word} begins")
    while not Path(settings().timbre_data / "go").exists():
        time.sleep(0.05)
    return note(word)


@jobs.workflow("count", queue="default")
def count(intent_id: str) -> dict[str, list[str]]:
    done = [jobs.step(note, "first", name="first")]
    done.append(jobs.step(slow, "second", name="second"))
    jobs.progress(intent_id, 2, 3, "two of three")
    done.append(jobs.step(note, "third", name="third"))
    return {"done": done}


@jobs.workflow("refuse", queue="default")
def refuse(intent_id: str) -> None:
    raise Invalid("The file is empty.", "Choose another.")


@jobs.workflow("break", queue="default")
def broken(intent_id: str) -> None:
    raise ZeroDivisionError("secret-token-123")


@jobs.workflow("wait", queue="default")
def wait(intent_id: str) -> None:
    for n in range(2000):
        jobs.progress(intent_id, n, 2000)
        time.sleep(0.02)


if __name__ == "__main__":
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    engine = Engine(*sys.argv[1:])
    engine.start()
    stopping.wait()
    engine.stop()
