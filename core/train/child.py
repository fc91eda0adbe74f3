"""The process that trains, for one run's folder. It gives its memory back when it ends, and can be stopped at any time.

`python -m core.train.child RUN_FOLDER [--base] [--first-step] [--write ASKS.json OUT.jsonl]`
Ends with 0 when it is done, 3 when it was stopped (everything learnt is saved), 1 when it failed: progress.json says
why. Started again, it goes on from the newest checkpoint that is whole.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import sys
import traceback
from dataclasses import replace
from pathlib import Path

from core.errors import Cancelled, StorageError, TimbreError, Unavailable
from core.llm import embedded
from core.train import bases
from core.train.journal import Journal
from core.train.model import Plan, Progress

DONE, FAILED, STOPPED = 0, 1, 3
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRL_EXPERIMENTAL_SILENCE": "1",
}


def main(argv: list[str]) -> int:
    """Run what the folder asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.train.child")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", action="store_true", help="only make the base ready")
    parser.add_argument("--first-step", action="store_true", help="one step and no more")
    parser.add_argument("--write", nargs=2, type=Path, metavar=("ASKS", "OUT"), help="write texts instead")
    given = parser.parse_args(argv)
    journal = Journal(given.folder)
    journal.listen()
    for name, value in {**QUIET, "OMP_WAIT_POLICY": embedded.wait_policy()}.items():
        os.environ.setdefault(name, value)
    try:
        if given.write:
            _write(journal, *given.write)
        else:
            _train(journal, base_only=given.base, first_step=given.first_step)
    except Cancelled:
        if not given.write:
            with contextlib.suppress(OSError):
                journal.put(phase="cancelled")
        return STOPPED
    except Exception as error:  # the last line of this process: whatever happened is said in words
        return failed(journal, error)
    return DONE


def failed(journal: Journal, error: Exception, what: str = "training") -> int:
    """Say why, in words and in the log; the exit code. `what` was being done, see `explained`."""
    with contextlib.suppress(OSError):  # the log lies on the disk that may be full
        traceback.print_exception(error)
    said = explained(error, what)
    with contextlib.suppress(OSError):
        journal.put(phase="failed", message=said.message, hint=said.hint)
    return FAILED


def _plan(folder: Path) -> Plan:
    return Plan.restored(json.loads((folder / "plan.json").read_text()))


def _base(journal: Journal, plan: Plan) -> bases.Base:
    def say(done: int, total: int) -> None:
        journal.look()
        if done % 16 == 0:
            journal.put(step=done, steps=total, message="Making the base model ready for training (only this once)")

    base = bases.ensure(plan.base, say)
    journal.put(step=0, steps=0, message="")
    return base


def _train(journal: Journal, base_only: bool, first_step: bool) -> None:
    plan = _plan(journal.folder)
    earlier = journal.before()
    kept = {name: earlier[name] for name in ("held_loss", "held_loss_before") if earlier.get(name) is not None}
    journal.now = replace(Progress(phase="loading"), **kept)
    journal.put(message="Loading the programs that train")
    journal.look()
    base = _base(journal, plan)
    if base_only:
        return
    from core.train import trainer

    trainer.train(journal, replace(plan, steps=1) if first_step else plan, base)


def _write(journal: Journal, asks: Path, out: Path) -> None:
    from core.train import writer

    plan = _plan(journal.folder)
    writer.answer(journal, plan, bases.ensure(plan.base, lambda *_: journal.look()), asks, out)


def explained(error: BaseException, what: str = "training") -> TimbreError:
    """An error of a library as a sentence and what to do. `what` was being done: a training, or a picture."""
    if isinstance(error, TimbreError):
        return error
    said = f"{type(error).__name__}: {error}"
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if (
        full
        or "No space left" in said
        or "File too large" in said
        or "file write failed" in said
        or "iostream error" in said
    ):
        return StorageError(
            f"The disk is full, so the {what} stopped.",
            "Make room on the disk that holds the data folder, then let it go on.",
        )
    if isinstance(error, MemoryError) or "out of memory" in said.lower() or "allocate memory" in said:
        return Unavailable(
            f"The memory was not enough for this {what}.",
            "Choose fewer rows at once, shorter rows or gradient checkpointing under 'Advanced', then start it again."
            if what == "training"
            else "Close other programs, or use a smaller image model.",
        )
    if isinstance(error, ImportError):
        return Unavailable(
            f"A program that this {what} needs is not installed ({error.name or said[:120]}).",
            "Run `make setup`; for 4 bits and a GPU also `.venv/bin/pip install -r requirements-gpu.txt`.",
        )
    return TimbreError(f"The {what} stopped on an error of the program ({said.splitlines()[0][:200]}).")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
