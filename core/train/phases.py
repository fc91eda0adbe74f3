"""What a run of the kinds voice and preference does, phase by phase. Done again, it comes to the same end."""

from __future__ import annotations

import errno
import functools
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import store
from core.errors import Conflict, Denied, StorageError, TimbreError, Unavailable
from core.llm import embedded
from core.llm.loras import file_hash
from core.people import WORKER
from core.store import training
from core.store.tables_training import TrainingRun
from core.train import (
    bases,
    beginnings,
    dataset,
    estimate,
    lora_gguf,
    preferences,
    process,
    registry,
    room,
    sitting,
    tidying,
    workflow,
)
from core.train.beginnings import WEIGHTS
from core.train.follow import Follower, progress
from core.train.model import EMBEDDED, Plan, run_folder
from core.train.scope import Scope
from core.train.tidying import BASE, EXAM, TEXTS, put_json, read_json
from core.train.workflow import ENDS, WORK

CHILD = "core.train.child"
FIRST = 3
"""Steps after which what a step takes is worth remembering."""
LOOKS_AT_CONSENT = 5
"""Looks at the progress between two looks at whether consent still stands."""


class Withdrawn(Denied):
    """An author's consent does not stand (any more): nothing made of their texts may stay."""


def phase(work: Callable[[TrainingRun, Plan, Path], None]) -> workflow.Phase:
    """A phase with what all of them need: run, plan, folder; consent is looked at again, a full disk is told."""

    @functools.wraps(work)
    def run(run_id: str) -> None:
        with store.reading() as tx:
            row = training.get(tx, run_id)
        folder = run_folder(run_id)
        try:
            consent(row)
            work(row, Plan.restored(row.settings), folder)
        except Withdrawn:
            tidying.wipe(run_id, folder)
            raise
        except OSError as error:
            raise _explained(error) from error

    return run


def consent(row: TrainingRun) -> None:
    """Raises Withdrawn where an author whose texts the run has taken does not agree to training any more."""
    asked = sorted(row.dataset.get("consent") or {})
    with store.reading() as tx:
        names = training.unwilling(tx, asked)
    if names:
        photos = row.kind == "image"
        raise Withdrawn(
            f"{_listed(names)} no longer agreed that these {'photos' if photos else 'texts'} train a model, so the "
            "training was stopped, and what it had made of them was deleted.",
            "Ask again on the Images page, under Photos."
            if photos
            else "Ask again on the Samples page, or train without these texts.",
        )


# ---- prepare --------------------------------------------------------------------------------------------------


@phase
def prepare(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """The texts, how they were chosen, and whether there is room for all that follows."""
    scope = Scope(row.author_id or "", row.archetype_id or "")
    _need_base(plan)
    made = (
        dataset.prepare(scope.author_ids(), plan, archetype_id=row.archetype_id)
        if row.kind == "voice"
        else preferences.prepare(scope.author_ids(), plan)
    )
    record = dict(made.record())
    expected = estimate.of(plan, record)
    room.check(folder, expected.disk, expected.memory or expected.needs or None, plan.device)
    beginnings.take_over(row, record, folder)
    folder.mkdir(parents=True, exist_ok=True)
    made.write(folder)
    record["consent"] = {**beginnings.begin_from(row, record, folder), **(record.get("consent") or {})}
    put_json(folder / "plan.json", {**plan.record(), "run": row.id, "kind": row.kind})
    with store.writing(WORKER) as tx:
        training.note(tx, row.id, dataset=record, estimate=expected.record())


def _need_base(plan: Plan) -> None:
    """Raises Unavailable where the base is missing, before anything else is done."""
    if plan.base == EMBEDDED:
        embedded.require()
    elif not bases.ready(plan.base):
        bases.ensure(plan.base)  # says what is wrong with the folder


# ---- base -----------------------------------------------------------------------------------------------------


@phase
def base(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """The model in the form that is trained from: made once, then only looked at."""
    _need_base(plan)
    if not bases.ready(plan.base):
        with process.device("base", lambda: workflow.said(row.id, 1, 6, "Waiting: the model is being made ready")):
            tidying.half_made()
            if not bases.ready(plan.base):
                child(row, plan, folder, "--base")
    _same_base(plan, folder)


def _same_base(plan: Plan, folder: Path) -> None:
    """Raises Conflict where the run has begun with another model: its checkpoints fit only that one."""
    found = file_hash(embedded.path()) if plan.base == EMBEDDED else bases.ensure(plan.base).hash
    kept = folder / BASE
    if not (known := read_json(kept).get("hash")):
        put_json(kept, {"hash": found})
    elif known != found:
        raise Conflict(
            "The model is another one than when this training began, and what it has learnt fits only that one. "
            "Its checkpoints are kept.",
            "Set TIMBRE_MODEL_PATH back and let it go on, or start it anew for the model that is here now.",
        )


# ---- train ----------------------------------------------------------------------------------------------------


@phase
def train(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """The training itself, in a process of its own; one at a time on a device."""
    if progress(folder).get("phase") != "done" or not (folder / "out" / WEIGHTS).is_file():
        _need_texts(folder)
        with process.device(plan.device, lambda: workflow.said(row.id, 2, 6, "Waiting: this machine is at work")):
            _same_base(plan, folder)
            began, afresh = time.monotonic(), not (folder / "checkpoints").is_dir()
            child(row, plan, folder)
        said = progress(folder)
        if afresh and said.get("seconds_a_step"):
            looks = time.monotonic() - began - float(said["seconds_a_step"]) * int(said.get("step") or 0)
            workflow.took(row.id, "looks", max(0.0, looks))
    if plan.effort == estimate.MEASURE:
        estimate.remember(plan, progress(folder), row.dataset)  # a quick machine is done between two looks
        raise workflow.Done


def _need_texts(folder: Path) -> None:
    if not all((folder / name).is_file() for name in ("plan.json", *TEXTS[:2])):
        raise Unavailable(
            f"Files of this training are missing in {folder}, so it cannot go on.", "Start it again from its settings."
        )


def child(row: TrainingRun, plan: Plan, folder: Path, *arguments: str, module: str = "") -> None:
    """Run the training process, bring what it says into the row, and turn its end into an error where it is one."""
    looks, remembered = 0, False

    def also(said: dict[str, Any]) -> None:
        nonlocal looks, remembered
        looks += 1
        if looks % LOOKS_AT_CONSENT == 0:
            consent(row)
        if not remembered and int(said.get("step") or 0) >= FIRST:
            remembered = True
            estimate.remember(plan, said, row.dataset)

    follower = Follower(row.id, folder, also)
    try:
        code = process.follow(folder, module or CHILD, arguments, follower.look)
    finally:
        with suppress(TimbreError):
            follower.last()
    if code:
        raise process.ended(code, progress(folder), shutil.disk_usage(folder).free)


# ---- export, exam, register ------------------------------------------------------------------------------------


@phase
def export(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """The adapter as the embedded runtime takes it; of another base its safetensors are all there is."""
    _same_base(plan, folder)
    if plan.base == EMBEDDED:
        lora_gguf.write(folder / "out", embedded.path(), folder / "out" / "adapter.gguf", row.title)


@phase
def exam(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """Whether it writes more like the author than its base with the same examples, and at what price."""
    _same_base(plan, folder)
    sitting.sit(row, plan, folder, lambda *arguments: child(row, plan, folder, *arguments))


@phase
def register(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """Into the registry, whether it passed or not. It is used only once somebody promotes it."""
    found = read_json(folder / EXAM)
    base_hash = "" if plan.base == EMBEDDED else str(read_json(folder / BASE).get("hash") or "")
    registry.add(row, folder / "out", found, WORKER, base_hash)
    took = row.progress.get("took") or {}
    seconds = {name: took[name] for name in ("looks", "exam") if name in took}
    rest = sum(took.get(name, 0.0) for name in ("prepare", "export"))
    estimate.remember(plan, progress(folder), row.dataset, {**seconds, "rest": rest})


def _explained(error: OSError) -> TimbreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageError(
            "The disk is full; the training stopped. Everything up to its last checkpoint is kept.",
            "Free some space on the disk that holds the data folder, then let it go on.",
        )
    return StorageError(
        f"A file of the training cannot be read or written ({error.strerror}). Nothing else was touched.",
        "Check that you may write to the data folder (TIMBRE_DATA), then let the training go on.",
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


for kind in ("voice", "preference"):
    WORK[kind] = {
        "prepare": prepare,
        "base": base,
        "train": train,
        "export": export,
        "exam": exam,
        "register": register,
    }
ENDS.append(tidying.tidy)
