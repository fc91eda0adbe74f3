"""What the small measures have in common: enough labels, rules of an exam, files of a run, keeping what was learnt."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics import slop_model
from core import store
from core.errors import Invalid, Unavailable
from core.llm.loras import file_hash
from core.people import WORKER
from core.store import training
from core.store.tables_training import TrainingRun
from core.train import phases, registry
from core.train.inuse import GENERICNESS
from core.train.model import Plan
from core.train.tidying import put_json

JUDGE = "labels-1"
TRAIN, HELD, EXAM, OUT = "train.jsonl", "held.jsonl", "exam.json", "out"
"""The first two are of `phases.TEXTS`: they go when the run has ended, and when somebody withdraws."""


@dataclass(frozen=True)
class Ready:
    """Whether there are labels enough to learn a measure from."""

    enough: bool
    said: str
    """What there is and what is missing, for people."""

    def required(self) -> None:
        """Raises Invalid, which says what is missing."""
        if not self.enough:
            raise Invalid(self.said, "Vote in the Lab, and rate drafts: give the reason “too generic” where it holds.")


def counted(rows: Sequence[tuple[int, int, str]], more: str = "") -> Ready:
    """Of rows (how many there are, how many it takes, of what); `more` is said beside it."""
    there = ", ".join(f"{n} {what}" for n, _, what in rows)
    missing = [f"{least - n} more {what}" for n, least, what in rows if n < least]
    if not missing:
        return Ready(True, f"There are {there}.{more}")
    return Ready(False, f"There are {there}. Missing: {', '.join(missing)}. Nothing was changed.{more}")


def rule(name: str, passed: bool, said: str) -> dict[str, Any]:
    """One question of an exam: what was found, and whether that will do."""
    return {"name": name, "passed": bool(passed), "said": said}


def keep_exam(folder: Path, judged: dict[str, Any], verdict: list[dict[str, Any]], began: float) -> None:
    """Write down how the exam went; it is passed where every rule is."""
    passed = all(one["passed"] for one in verdict)
    exam = {"judge": JUDGE, "judged": judged, "verdict": verdict, "passed": passed, "texts": []}
    put_json(folder / EXAM, exam | {"seconds": round(time.monotonic() - began, 2)})


@phases.phase
def keep(row: TrainingRun, _: Plan, folder: Path) -> None:
    """Make an adapter of what was learnt; it is used once somebody promotes it."""
    found = registry.of_run(row.id)
    if found is None:
        exam = json.loads((folder / EXAM).read_text(encoding="utf8"))
        base_hash = file_hash(slop_model.WEIGHTS) if row.kind == GENERICNESS else ""
        found = registry.add(row, folder / OUT, exam, base_hash=base_hash)
    with store.writing(WORKER) as tx:
        training.note(tx, row.id, adapter_id=found.id)


def put(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows whole or not at all."""
    half = file.with_suffix(".half")
    half.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf8")
    half.replace(file)


def lines(file: Path) -> list[dict[str, Any]]:
    """The rows of a file of the run. Raises Unavailable where it is gone."""
    if not file.is_file():
        raise Unavailable(f"The file {file.name} of this training is missing, so it cannot go on.", "Start it again.")
    return [json.loads(line) for line in file.read_text(encoding="utf8").splitlines() if line]
