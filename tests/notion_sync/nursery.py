"""Real sync processes, started quickly: one process imports everything and becomes a sync each time it is asked to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.config import ROOT
from tests.processes import environment

CODE = """
import os, sys
from notion_sync.__main__ import main
for _ in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(main(["sync"]))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Nursery:
    """Starts `python -m notion_sync sync`, and says how each ended."""

    def __init__(self, data: Path, **env: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CODE], cwd=ROOT, env=environment(data, **env), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> int:
        """The id of the process that syncs now."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._line()

    def ended(self) -> int:
        """Wait for its end: the exit code, or minus the signal that ended it."""
        return self._line()

    def _line(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def nursery(data: Path, **env: str) -> Iterator[Nursery]:
    """A nursery of syncs on this data folder."""
    found = Nursery(data, **env)
    try:
        yield found
    finally:
        found.close()
