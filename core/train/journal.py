"""What a training process says about itself: progress, a log, samples; and whether somebody asked it to stop."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from core.errors import Cancelled
from core.train.model import Progress

FLAG = "cancel"
WATCH = 1.0
"""Seconds between two looks at whether the process that started this one is still there."""


class Journal:
    """The files of one run's folder. `progress.json` is written whole or not at all, the others by the line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.began: float = psutil.Process().create_time()
        self.now = Progress(phase="loading")
        self._asked = threading.Event()

    def turn_to(self, folder: Path) -> None:
        """From now on it is about another folder: of a process that does one thing after the other."""
        self.folder, self.now = folder, Progress(phase="loading")

    def put(self, **said: Any) -> None:
        """Change what `progress.json` says."""
        self.now = replace(self.now, **said)
        half = self.folder / "progress.json.part"
        half.write_text(json.dumps(asdict(self.now)))
        half.replace(self.folder / "progress.json")

    def add(self, name: str, **row: Any) -> None:
        """Append a row to `log.jsonl` or `samples.jsonl`."""
        with (self.folder / name).open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")

    def before(self) -> dict[str, Any]:
        """What `progress.json` said when this process started: of a run that goes on."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.folder / "progress.json").read_text())
            return found if isinstance(found, dict) else {}
        return {}

    def since(self) -> float:
        """Seconds since the start of the process."""
        return time.time() - self.began

    def memory(self) -> int:
        """Bytes resident at most so far."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024

    def listen(self) -> None:
        """From now on SIGTERM, or the death of the process that started this one, asks to stop as the flag does."""
        signal.signal(signal.SIGTERM, lambda *_: self._asked.set())
        parent = os.getppid()

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(WATCH)
            self._asked.set()

        threading.Thread(target=watch, daemon=True).start()

    def asked(self) -> bool:
        """Whether to stop."""
        return self.ending() or (self.folder / FLAG).exists()

    def ending(self) -> bool:
        """Whether the whole process was asked to end, not only what it does for this folder."""
        return self._asked.is_set()

    def look(self) -> None:
        """Raises Cancelled where somebody asked to stop."""
        if self.asked():
            raise Cancelled("The training was stopped.")
