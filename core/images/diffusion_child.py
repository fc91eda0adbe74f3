"""The process that makes pictures or learns a likeness, for one folder. It gives its memory back when it ends.

`python -m core.images.diffusion_child FOLDER [--train]`
Without --train it makes what FOLDER/ask.json asks for. Ends with 0 when it is done, 3 when it was stopped (what it had
made or learnt is kept), 1 when it failed: progress.json says why. Started again, it goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import traceback
from dataclasses import replace
from pathlib import Path

from core.errors import Cancelled
from core.train.child import DONE, FAILED, QUIET, STOPPED, explained
from core.train.journal import Journal
from core.train.model import Plan, Progress

ASK = "ask.json"
MORE = {"DIFFUSERS_VERBOSITY": "error", "TRANSFORMERS_VERBOSITY": "error", "DIFFUSERS_OFFLINE": "1"}


def main(argv: list[str]) -> int:
    """Do what the folder asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.images.diffusion_child")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--train", action="store_true", help="learn a likeness as plan.json says")
    given = parser.parse_args(argv)
    journal = Journal(given.folder)
    journal.listen()
    for name, value in {**QUIET, **MORE}.items():
        os.environ.setdefault(name, value)
    try:
        (_train if given.train else _pictures)(journal)
    except Cancelled:
        with contextlib.suppress(OSError):
            journal.put(phase="cancelled")
        return STOPPED
    except Exception as error:  # the last line of this process: whatever happened is said in words
        with contextlib.suppress(OSError):  # the log lies on the disk that may be full
            traceback.print_exc()
        said = explained(error, "training" if given.train else "picture")
        with contextlib.suppress(OSError):
            journal.put(phase="failed", message=said.message, hint=said.hint)
        return FAILED
    return DONE


def _pictures(journal: Journal) -> None:
    journal.put(phase="loading", message="Loading the image model")
    asked = json.loads((journal.folder / ASK).read_text(encoding="utf8"))
    from core.images import diffusion

    diffusion.pictures(journal, asked)
    journal.put(phase="done", message="")


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
