"""The worker: queued and scheduled work. `python worker.py`; one for each slot."""

from __future__ import annotations

import signal
import sys
import threading

from core.errors import TimbreError
from core.jobs import Engine


def main() -> int:
    """Run until told to stop."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    engine = Engine()
    try:
        engine.start()
    except TimbreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stopping.wait()
    engine.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
