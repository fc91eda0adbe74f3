"""The child's side of core.images.resident: does one ask after the other, and goes when nobody needs it any more."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from pathlib import Path

STAYS = 300.0
"""Seconds without an ask after which it goes: a person looks at what came, then tries again, within a few minutes."""
LOOK = 0.5
"""Seconds between two looks at whether it should go."""
FAILED = 1


def serve(work: Callable[[Path], int], over: Callable[[], bool]) -> None:
    """Read folders from stdin, a line each, and answer each with the code that `work` returns.

    What is printed meanwhile goes where errors go.
    Ends once whoever asks has ended (even by kill -9), once `over()` says so, after a failure, or after STAYS.
    """
    answers = os.dup(1)
    os.dup2(2, 1)
    last = time.monotonic()
    while True:
        if not select.select([0], [], [], LOOK)[0]:
            if over() or time.monotonic() - last > STAYS:
                return
            continue
        asked = os.read(0, select.PIPE_BUF).decode()
        if not asked:
            return
        code = work(Path(asked.rstrip("\n")))
        try:
            os.write(answers, f"{code}\n".encode())
        except BrokenPipeError:
            return
        if code == FAILED:
            return
        last = time.monotonic()
