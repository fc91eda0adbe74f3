"""What stays of a training run and what goes: texts never stay, what was learnt stays where it can be gone on with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from core import store
from core.people import WORKER
from core.store import training
from core.train import registry
from core.train.model import adapters_folder, bases_folder, run_folder

TEXTS = ("train.jsonl", "held.jsonl", "samples.json", "asks.json")
"""Texts of people: they are in the store, and in a run's folder only while it runs."""
HALF = ("*.half", "*.part")
"""What a full disk or a kill has left half written; it may hold texts too."""
EXAM = "exam.json"
BASE = "base.json"


def tidy(run_id: str) -> None:
    """Once a run has ended: its texts go. What one that was stopped or failed had learnt stays."""
    folder = run_folder(run_id)
    if not folder.is_dir():
        return
    with store.reading() as tx:
        row = training.get(tx, run_id)
        others = [
            r for r in training.listed(tx, row.kind, row.author_id or "", row.archetype_id or "", limit=100)
            if (r.author_id, r.archetype_id) == (row.author_id, row.archetype_id)
            and r.status in ("failed", "cancelled") and r.id < run_id
        ]  # fmt: skip
    _bring_back(run_id, folder)
    for path in (*(folder / name for name in TEXTS), *(half for name in HALF for half in folder.glob(name))):
        path.unlink(missing_ok=True)
    if row.status == "done":
        clear(folder, logs=False)
        for other in others:  # there is a newer one: nobody goes on with these
            clear(run_folder(other.id), logs=False)


def _bring_back(run_id: str, folder: Path) -> None:
    """What was moved among the adapters in the moment before a kill, and was not to become one, is the run's again."""
    moved = adapters_folder() / run_id
    if moved.is_dir() and registry.of_run(run_id) is None and not (folder / "out").exists():
        moved.replace(folder / "out")


def clear(folder: Path, logs: bool = True) -> None:
    """Take away what was learnt in a folder: checkpoints, weights, answers in the exam; and what was said of it."""
    for name in ("checkpoints", "out", "start"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (
        "exam.jsonl",
        "asks.json",
        "answers.jsonl",
        EXAM,
        BASE,
        *(("log.jsonl", "samples.jsonl", "progress.json") if logs else ()),
    ):
        (folder / name).unlink(missing_ok=True)


def half_made() -> None:
    """Bases that a kill left half made go; to be called where nobody else makes one."""
    for left in bases_folder().glob(".making-*"):
        shutil.rmtree(left, ignore_errors=True)


def wipe(run_id: str, folder: Path) -> None:
    """Nothing of what a run has made stays: somebody whose texts it learnt from has withdrawn."""
    made = registry.of_run(run_id)
    if made is None:
        shutil.rmtree(adapters_folder() / run_id, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    with store.writing(WORKER) as tx:
        training.note(tx, run_id, samples=[], adapter_id=made.id if made else None)


def read_json(path: Path) -> dict[str, Any]:
    """A file of JSON; empty where it is not there or not whole."""
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def put_json(path: Path, record: dict[str, Any]) -> None:
    """Write a file whole or not at all."""
    half = path.with_suffix(".part")
    half.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf8")
    half.replace(path)
