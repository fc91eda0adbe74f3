"""The process that trains: started, followed, ended; one at a time a device; none is left behind by a dead worker."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from filelock import Timeout

from core import store
from core.config import ROOT
from core.errors import Cancelled, StorageError, TimbreError, Unavailable

NICE = 10
"""The app, the worker and writing come first."""
EVERY = 0.5
"""Seconds between two looks at a process."""
SAVING = 600.0
"""Seconds that a process which a person stopped has for the step it is in and its checkpoint."""
LEAVING = 7.0
"""Seconds that it has where the worker itself is being stopped: core.serve ends the worker after 12."""
FLAG, LOG = "cancel", "child.log"
FAILED, CANCELLED, OUT_OF_MEMORY = 1, 3, -9
"""Exit codes: its own for an error and for a stop that was asked for, and that of one which the system has killed."""
NO_ROOM = 1_000_000
"""Bytes free under which a process that failed without a word is taken to have had no room."""

_stopping = threading.Event()
_followed: set[int] = set()
"""Pids of the processes that this worker follows."""
SPARE: list[Callable[[], None]] = []
"""Called where memory is wanted: each ends processes that only wait for more work. Their modules add it."""


class WorkerStops(BaseException):
    """The worker is being stopped. No Exception on purpose: the engine records none, and the step is done again."""


def leave() -> None:
    """For the worker's end: every training saves and stops, and goes on with the next worker."""
    _stopping.set()
    deadline = time.monotonic() + LEAVING + 2
    while _followed and time.monotonic() < deadline:
        time.sleep(0.05)
    let_go()


def let_go() -> None:
    """End what only waits for more work: its memory is wanted."""
    for end_idle in SPARE:
        end_idle()


@contextlib.contextmanager
def followed(pid: int) -> Iterator[None]:
    """This worker follows a process: it is no orphan, and the worker's end waits for it."""
    _followed.add(pid)
    try:
        yield
    finally:
        _followed.discard(pid)


def held_memory() -> int:
    """Bytes that the processes followed now have in memory: free again before the next one has the device."""
    held = 0
    for pid in list(_followed):
        with contextlib.suppress(psutil.Error):
            held += psutil.Process(pid).memory_info().rss
    return held


def stopping() -> bool:
    """Whether the worker is being stopped."""
    return _stopping.is_set()


def leaving() -> None:
    """Raises WorkerStops where the worker is being stopped: for work of minutes inside the worker itself."""
    if _stopping.is_set():
        raise WorkerStops


@contextlib.contextmanager
def device(name: str, look: Callable[[], None]) -> Iterator[None]:
    """Have a device ("cpu", "cuda") for oneself. While another has it `look` is called: it may raise Cancelled."""
    with contextlib.ExitStack() as held:
        while True:
            try:
                held.enter_context(store.locked(f"training-{name}.lock", 0))
                break
            except Timeout:
                leaving()
                look()
                time.sleep(EVERY)
        yield


def follow(folder: Path, module: str, arguments: Sequence[str], look: Callable[[], None]) -> int:
    """Run `python -m MODULE FOLDER ARGUMENTS` to its end, and return its exit code. Its output goes to child.log.

    `look` is called twice a second. Whatever it raises is raised on, once the process has ended: after Cancelled it
    may save first, otherwise it has a few seconds. What a dead worker left running in this folder is ended before.
    """
    let_go()
    end_orphans(folder)
    (folder / FLAG).unlink(missing_ok=True)
    process = start(folder, module, arguments)
    with followed(process.pid):
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(EVERY)
                leaving()
                look()
        except Cancelled:
            end(process, folder, SAVING)
            raise
        except BaseException:
            end(process, folder, LEAVING)
            raise


def ended(code: int, said: dict[str, Any], free: int | None = None) -> TimbreError:
    """Why a training process that did not come to its end stopped, in words. `free`: bytes free on its disk."""
    kept = "What it had learnt up to its last checkpoint is kept."
    if said.get("phase") == "failed" and said.get("message"):
        kind = StorageError if "disk" in str(said["message"]).lower() else Unavailable
        return kind(f"{said['message']} {kept}", str(said.get("hint") or ""))
    if code == FAILED and free is not None and free < NO_ROOM:  # so full that the process could not even say so
        return StorageError(
            f"The disk is full, so the training stopped. {kept}",
            "Free some space on the disk that holds the data folder, then let it go on.",
        )
    if code == OUT_OF_MEMORY:
        return Unavailable(
            f"The system ended the training process, most likely because memory ran out. {kept}",
            "Close other programs, or choose fewer rows at once or shorter rows under 'Advanced'; then let it go on.",
        )
    if code == CANCELLED or code < 0:
        return Unavailable(
            f"The training process was ended from outside Timbre. {kept}", "Let it go on whenever you like."
        )
    return Unavailable(
        f"The training process stopped on an error of the program (code {code}). {kept}",
        "The log of this run has the details. Let it go on, or start it again.",
    )


def start(folder: Path, module: str, arguments: Sequence[str], talks: bool = False) -> subprocess.Popen[bytes]:
    """Start it. `talks`: it is asked, and answers, by pipes. Raises StorageError."""
    try:
        with (folder / LOG).open("ab") as out:
            process = subprocess.Popen(
                command(module, folder, arguments),
                cwd=ROOT,
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else out,
                stderr=out,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
                start_new_session=True,
            )
    except OSError as error:
        raise StorageError(
            f"The training process cannot be started ({error.strerror}). Nothing is lost.",
            "Free some space on the disk that holds the data folder, then go on with this run.",
        ) from error
    with contextlib.suppress(psutil.Error, OSError):
        psutil.Process(process.pid).nice(NICE)
    return process


def command(module: str, folder: Path, arguments: Sequence[str] = ()) -> list[str]:
    """The command line: by it a process of this very run is known again."""
    return [sys.executable, "-m", module, str(folder), *arguments]


def end(process: subprocess.Popen[bytes], folder: Path, patience: float) -> None:
    """Ask it to stop, and end it where it has not after so many seconds."""
    with contextlib.suppress(OSError):  # on a full disk the signal alone must do
        (folder / FLAG).touch()
    process.terminate()
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        if _stopping.is_set():
            deadline = min(deadline, time.monotonic() + LEAVING)
        time.sleep(0.05)
    if process.poll() is None:
        process.kill()
        process.wait()


def end_orphans(folder: Path) -> int:
    """End what a worker that was killed left running in this folder, saving first; returns how many there were."""
    found = [other for other in psutil.process_iter() if _of(other, folder)]
    for other in found:
        with contextlib.suppress(psutil.Error):
            other.terminate()
    _, stubborn = psutil.wait_procs(found, timeout=LEAVING)
    for other in stubborn:
        with contextlib.suppress(psutil.Error):
            other.kill()
    psutil.wait_procs(stubborn, timeout=LEAVING)
    return len(found)


def _of(other: psutil.Process, folder: Path) -> bool:
    """Whether this is a training process of that folder: by its command line, which holds the run's own id.

    A pid alone may be another program's by now; psutil compares its start time before it sends anything.
    """
    with contextlib.suppress(psutil.Error):
        line = other.cmdline()
        return other.pid not in _followed and line[1:2] == ["-m"] and line[3:4] == [str(folder)]
    return False
