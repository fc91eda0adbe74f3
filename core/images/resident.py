"""The process that makes pictures here, kept for some minutes after its work: what it has loaded serves the next ask.

It goes at once where a training or another model wants the machine, and when the worker ends, by kill -9 too; see
core.images.staying for when it goes by itself.
"""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import psutil

from core.config import settings
from core.errors import Cancelled
from core.train import process

KNOWN: Final = "process.json"
"""Which process it is, for the pages: what it holds counts as free, as it gives way."""
TRIES: Final = 3
"""Of an ask that came in the moment in which an idle process went by itself."""


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    key: str
    busy: bool = True
    """Somebody asks it, or its last answer never came."""

    @property
    def asks(self) -> IO[bytes]:
        """Where it is asked: the folder, a line."""
        return cast(IO[bytes], self.process.stdin)

    @property
    def answers(self) -> IO[bytes]:
        """Where it answers: a code, a line."""
        return cast(IO[bytes], self.process.stdout)


_children: dict[Path, _Child] = {}
_changing = threading.Lock()


def home(device: str) -> Path:
    """The folder of the process for a device: its log, and which one it is."""
    return settings().timbre_data / "picture-process" / device


def follow(device: str, module: str, key: str, folder: Path, look: Callable[[], None]) -> int:
    """Have `python -m MODULE` do what a folder asks for; its answer, or the exit code of one that did not answer.

    It is the process of the ask before where that had the same `key`. `look` is called twice a second; what it raises
    is raised on once the work has stopped, as by process.follow. For whoever has the device.
    """
    flag = folder / process.FLAG
    flag.unlink(missing_ok=True)
    for _ in range(TRIES):
        child = _taken(home(device), module, key)
        try:
            with process.followed(child.process.pid):
                code = _asked(child, folder, look)
        finally:
            flag.unlink(missing_ok=True)
            _returned(home(device), child)
        if code is not None:
            return code
    return process.FAILED


def let_go() -> None:
    """End those that only wait: somebody else wants the memory."""
    with _changing:
        for at, child in list(_children.items()):
            if not child.busy:
                _ended(at, child)


def held(device: str) -> int:
    """Bytes of memory that the process for a device holds; 0 where there is none. Pages may ask too."""
    try:
        known = json.loads((home(device) / KNOWN).read_text(encoding="utf8"))
        found = psutil.Process(int(known["pid"]))
        return int(found.memory_info().rss) if found.create_time() == known["began"] else 0
    except (OSError, ValueError, LookupError, TypeError, psutil.Error):
        return 0


# ---- the process ---------------------------------------------------------------------------------------------


def _taken(at: Path, module: str, key: str) -> _Child:
    """The process that has this loaded, else a new one in its place."""
    with _changing:
        child = _children.get(at)
        if child is not None and not child.busy and child.key == key and child.process.poll() is None:
            child.busy = True
            return child
        if child is not None:
            _ended(at, child)
        process.end_orphans(at)
        at.mkdir(parents=True, exist_ok=True, mode=0o700)
        (at / process.LOG).unlink(missing_ok=True)
        child = _children[at] = _Child(process.start(at, module, ("--stay",), talks=True), key)
        with contextlib.suppress(OSError, psutil.Error):
            began = psutil.Process(child.process.pid).create_time()
            (at / KNOWN).write_text(json.dumps({"pid": child.process.pid, "began": began}), encoding="utf8")
        return child


def _returned(at: Path, child: _Child) -> None:
    """It waits for the next ask; one that has ended, or never answered, goes."""
    with _changing:
        if child.busy or process.stopping():
            _ended(at, child)


def _ended(at: Path, child: _Child) -> None:
    """End it at once: what it made lies on the disk already."""
    _children.pop(at, None)
    child.process.kill()
    child.process.wait()
    for pipe in (child.asks, child.answers):
        with contextlib.suppress(OSError):
            pipe.close()


def _asked(child: _Child, folder: Path, look: Callable[[], None]) -> int | None:
    """Ask, and wait for the answer; None where it went by itself before it took the ask."""
    with contextlib.suppress(BrokenPipeError):
        child.asks.write(f"{folder}\n".encode())
        child.asks.flush()
    try:
        while not _speaks(child, process.EVERY):
            process.leaving()
            look()
        return _answer(child)
    except Cancelled:
        _stopped(child, folder)
        raise
    except BaseException:
        process.end(child.process, folder, process.LEAVING)
        raise


def _speaks(child: _Child, seconds: float) -> bool:
    """Whether it has answered, or ended, within so many seconds."""
    return bool(select.select([child.answers], [], [], seconds)[0])


def _answer(child: _Child) -> int | None:
    if said := child.answers.readline():
        child.busy = int(said) != 0
        return int(said)
    return child.process.wait() or None


def _stopped(child: _Child, folder: Path) -> None:
    """A person stopped it: it ends the step that it is in, and waits for the next ask."""
    (folder / process.FLAG).touch()
    deadline = time.monotonic() + process.SAVING
    while time.monotonic() < deadline and not process.stopping():
        if _speaks(child, 0.05):
            child.busy = _answer(child) not in (0, process.CANCELLED)
            return
    process.end(child.process, folder, process.LEAVING)


process.SPARE.append(let_go)
