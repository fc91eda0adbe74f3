"""A worker for tests that makes pictures with the painter and does nothing else."""

from __future__ import annotations

import signal
import threading

import core.images.pictures_jobs  # noqa: F401 - registers its workflows
from core.images import provider
from core.jobs import Engine

if __name__ == "__main__":
    provider.PROVIDERS["painter"] = "painter"  # the file beside this one
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    engine = Engine()
    engine.start()
    stopping.wait()
    engine.stop()
