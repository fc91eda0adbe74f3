"""The worker: queued and scheduled work. `python worker.py`; one for each slot."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading

import core.drift.jobs
import core.exemplars.jobs
import core.generate.workflow  # registers its workflow
import core.images.likeness_runs  # registers what a training of a likeness does
import core.images.photo_deletion  # registers its look at photos whose consent has ended
import core.images.pictures_jobs  # registers its workflows
import core.images.tidying  # registers its look at files that no image owns
import core.llm.jobs
import core.review.scoring  # registers its look at posts without scores
import core.train.grouping
import core.train.learned  # registers how the small measures are learnt
import core.train.looks
import core.train.phases  # registers what a training does
import core.train.process
import core.webhook  # registers its workflow
import notion_sync.jobs  # noqa: F401 - registers its workflow and its scan
from core import exemplars
from core.errors import TimbreError
from core.jobs import Engine
from core.people import WORKER


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
    with contextlib.suppress(TimbreError):  # a page asks again
        exemplars.ensure(WORKER)
    core.generate.workflow.warm_up()
    stopping.wait()
    core.train.process.leave()
    engine.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
