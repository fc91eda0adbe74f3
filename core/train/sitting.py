"""The phase "exam" of a voice: the adapter and its base write to held-out briefs, and the record of it is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import guidelines, store
from core.errors import Cancelled
from core.llm.loras import file_hash
from core.store import training
from core.store.tables_training import TrainingRun
from core.train import dataset, exam_texts, process, workflow
from core.train.exam_texts import Ask, Write
from core.train.follow import progress
from core.train.model import EMBEDDED, Plan
from core.train.scope import Scope
from core.train.tidying import EXAM, put_json

ASKS, ANSWERS = "asks.json", "answers.jsonl"
EVERY = 0.5
"""Seconds between two looks at whether somebody asked to stop."""


def sit(row: TrainingRun, plan: Plan, folder: Path, child: Callable[..., None]) -> None:
    """Write the texts, judge them, keep the record in exam.json. Broken off, it goes on with the texts it has.

    `child` runs the training process with arguments, for bases that the embedded runtime does not run.
    """
    from core.train import exam  # its figures of other people's style: not for a worker that examines nothing

    stop = _Stop(row.id)
    if plan.base == EMBEDDED:
        file = folder / "out" / "adapter.gguf"
        write: Write = exam_texts.embedded(file, file_hash(file), stop)
    else:
        write = _ByChild(folder, child)
    said = progress(folder)
    try:
        record = exam.sit(
            folder,
            write,
            held_loss=(said.get("held_loss_before"), said.get("held_loss")),
            banned=_banned(row),
            progress=lambda done, total: workflow.said(row.id, done, total, f"Writing text {done} of {total}"),
            **_posts(row, plan),
        )
    except Cancelled:
        process.leaving()  # it was the worker that stops, not a person
        raise
    put_json(folder / EXAM, record)


def _posts(row: TrainingRun, plan: Plan) -> dict[str, Any]:
    """Preferences hold no posts: an adapter that learnt from them is examined on the author's own, as any other."""
    if row.kind == "voice":
        return {}
    made = dataset.prepare(Scope(row.author_id or "", row.archetype_id or "").author_ids(), plan)
    held = [asdict(one) for one in made.held]
    return {"held": held, "train_posts": [one.post for one in made.train], "perplexity": False}


def _banned(row: TrainingRun) -> list[str]:
    return [phrase for rule in guidelines.listed(row.author_id) if rule.kind == "banned" for phrase in rule.phrases]


class _ByChild:
    """Texts by the training process itself, which loads the base once: those it wrote before a kill are kept."""

    together = 100_000
    """Asks that it is given at once: all of them."""

    def __init__(self, folder: Path, child: Callable[..., None]) -> None:
        self.folder, self.child = folder, child

    def __call__(self, part: Sequence[Ask]) -> list[str]:
        found = _answers(self.folder)
        missing = [ask.record() for ask in part if ask.id not in found]
        if missing:
            put_json(self.folder / ASKS, {"asks": missing})
            self.child("--write", str(self.folder / ASKS), str(self.folder / ANSWERS))
            found = _answers(self.folder)
        return [found[ask.id] for ask in part]


def _answers(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        lines = (folder / ANSWERS).read_text(encoding="utf8").splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            row = json.loads(line)
            found[row["id"]] = row["text"]
        except (ValueError, KeyError, TypeError):
            continue  # cut off by a kill
    return found


class _Stop:
    """Whether somebody asked the run to stop, or the worker is being stopped; asked often, it looks now and then."""

    def __init__(self, run_id: str) -> None:
        self.run_id, self._at, self._said = run_id, 0.0, False

    def __call__(self) -> bool:
        if process.stopping():
            return True
        if time.monotonic() - self._at > EVERY:
            self._at = time.monotonic()
            with store.reading() as tx:
                self._said = training.asked_to_stop(tx, self.run_id)
        return self._said
