"""The process that makes pictures or learns a likeness. It gives its memory back when it ends.

`python -m core.images.diffusion_child FOLDER --stay | --train`
With --stay it makes what ask.json of each folder asks for whose name comes by stdin, and keeps its model meanwhile.
Of a folder it says 0 when it is done, 3 when it was stopped (what it had made or learnt is kept), 1 when it failed:
progress.json says why. With --train that is its exit code; started again, it goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from core.errors import Cancelled
from core.images import staying
from core.train.child import DONE, QUIET, STOPPED, failed
from core.train.journal import Journal
from core.train.model import Plan, Progress

ASK = "ask.json"
MORE = {"DIFFUSERS_VERBOSITY": "error", "TRANSFORMERS_VERBOSITY": "error", "DIFFUSERS_OFFLINE": "1"}
SHORT = 0.1
"""Share of the machine's memory that is free at least while a process only waits."""


def main(argv: list[str]) -> int:
    """Do what is asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.images.diffusion_child")
    parser.add_argument("folder", type=Path)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--train", action="store_true", help="learn a likeness as plan.json of the folder says")
    how.add_argument("--stay", action="store_true", help="make the pictures that are asked for by stdin")
    given = parser.parse_args(argv)
    journal = Journal(given.folder)
    journal.listen()
    for name, value in {**QUIET, **MORE}.items():
        os.environ.setdefault(name, value)
    if given.train:
        return done(journal, _train, "training")
    staying.serve(lambda folder: pictures(journal, folder), lambda: journal.ending() or short() or gone())
    return DONE


def done(journal: Journal, work: Callable[[Journal], None], what: str) -> int:
    """Do it; how it ended, as a code."""
    try:
        work(journal)
    except Cancelled:
        with contextlib.suppress(OSError):
            journal.put(phase="cancelled")
        return STOPPED
    except Exception as error:  # the last line of this process: whatever happened is said in words
        return failed(journal, error, what)
    return DONE


def pictures(journal: Journal, folder: Path) -> int:
    """Make what a folder asks for; how it ended."""
    journal.turn_to(folder)
    return done(journal, _pictures, "picture")


def _pictures(journal: Journal) -> None:
    journal.put(phase="loading", message="Loading the image model")
    asked = json.loads((journal.folder / ASK).read_text(encoding="utf8"))
    _worn[:] = [Path(asked["adapter"])] if asked.get("adapter") else []
    from core.images import diffusion

    diffusion.pictures(journal, asked)
    journal.put(phase="done", message="")


_worn: list[Path] = []
"""The likeness that this process has loaded."""


def gone() -> bool:
    """Whether a likeness was deleted that is still in memory here."""
    return not all(file.is_file() for file in _worn)


def short() -> bool:
    """Whether memory is short, here or on the card: others need it more than one who waits."""
    here = psutil.virtual_memory()
    if here.available < SHORT * here.total:
        return True
    from core.images import diffusion

    return diffusion.card_full()


def _train(journal: Journal) -> None:
    told = json.loads((journal.folder / "plan.json").read_text(encoding="utf8"))
    earlier = journal.before()
    kept = {name: earlier[name] for name in ("held_loss", "held_loss_before") if earlier.get(name) is not None}
    journal.now = replace(Progress(phase="loading"), **kept)
    journal.put(message="Loading the programs that train")
    journal.look()
    from core.images import diffusion_train

    diffusion_train.train(journal, Plan.restored(told), told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
