"""Trainings of a likeness: asked for here, done phase by phase by the worker like every other training.

Photos are copied into the run's folder for as long as it runs. Both ways, DreamBooth on this machine and fal's portrait
trainer, end in one file that diffusers loads, a contact sheet that a person rates, and an adapter that nobody uses yet.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import store
from core.errors import Invalid, TimbreError, Unavailable
from core.images import (
    acceptance,
    diffusion_base,
    likeness_sheet,
    photo_files,
)
from core.images.consent import demand
from core.images.likeness_asking import enough, expected, proposed, sample, start, why_not
from core.images.likeness_plan import EFFORTS, FAL_BASE, Likeness
from core.images.lora_files import KIND, WEIGHTS, facts, misfit
from core.people import WORKER
from core.store import photos, training
from core.store.tables_images import Photo, PhotoSet
from core.store.tables_training import TrainingRun
from core.train import beginnings, phases, process, registry, room, tidying, workflow
from core.train.follow import progress
from core.train.model import Plan, run_folder
from core.train.tidying import BASE, EXAM, put_json, read_json
from core.train.workflow import ENDS, WORK

__all__ = ["EFFORTS", "expected", "proposed", "sample", "start", "why_not"]
CHILD = "core.images.diffusion_child"
PHOTOS, COPIES = "photos.json", "photos"
CHECKPOINTS = 3
"""Copies of the LoRA and of its optimiser's two figures a weight that lie on the disk at most."""


# ---- prepare -------------------------------------------------------------------------------------------------


@phases.phase
def prepare(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """The photos and captions, copied; whether there is room for all that follows."""
    about = Likeness.restored(row.settings)
    with store.reading() as tx:
        chosen = photos.photos(tx, about.photo_set_id, used=True)
    photo_set = demand(about.photo_set_id)
    enough(chosen)
    if plan.method == "dreambooth":
        base = diffusion_base.of(Path(plan.base))
        needs = base.needs(about.resolution**2, 2 if plan.dtype == "bfloat16" else 4)
        room.check(folder, CHECKPOINTS * 12 * _numbers(base, plan.rank), needs, plan.device)
    record = _record(photo_set, chosen)
    beginnings.take_over(row, record, folder)
    folder.mkdir(parents=True, exist_ok=True)
    _copy(chosen, about, folder)
    put_json(folder / "plan.json", {**about.record(), **plan.record(), "run": row.id, "kind": row.kind})
    with store.writing(WORKER) as tx:
        training.note(tx, row.id, dataset=record, estimate=expected(plan, about))


def _record(photo_set: PhotoSet, chosen: list[Photo]) -> dict[str, Any]:
    """Figures and ids, never a photo; consent under the photo set's id."""
    told = json.dumps([photo_set.trigger, photo_set.subject, *[(p.sha256, p.caption) for p in chosen]])
    agreed = {"by": photo_set.consent_by, "at": photo_set.consent_at and photo_set.consent_at.isoformat(),
              "expires": photo_set.expires_at and photo_set.expires_at.isoformat()}  # fmt: skip
    return {
        "train": len(chosen),
        "captioned": sum(p.captioned for p in chosen),
        "hash": hashlib.sha256(told.encode()).hexdigest(),
        "ids": {"train": [p.id for p in chosen]},
        "consent": {photo_set.id: agreed},
    }


def _copy(chosen: list[Photo], about: Likeness, folder: Path) -> None:
    """Photos by number, each with its caption beside it; only their owner may read them."""
    copies = folder / COPIES
    shutil.rmtree(copies, ignore_errors=True)
    copies.mkdir(mode=0o700)
    rows = []
    for number, photo in enumerate(chosen, 1):
        source = photo_files.path(photo)
        target = copies / f"{number:02d}{source.suffix}"
        shutil.copyfile(source, target)
        target.chmod(0o600)
        caption = photo.caption.strip() or f"a photo of {about.who}"
        target.with_suffix(".txt").write_text(caption, encoding="utf8")
        rows.append({"file": f"{COPIES}/{target.name}", "caption": caption})
    (folder / PHOTOS).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf8")


def _numbers(base: diffusion_base.Base, rank: int) -> int:
    """Weights of a LoRA, about: a hundredth of the model at rank 16, in proportion."""
    return round(base.parameters * rank / 1600)


# ---- train ---------------------------------------------------------------------------------------------------


@phases.phase
def train(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """The training itself: in a process of its own, one at a time on a device; or at fal, which is waited for."""
    out = folder / "out" / WEIGHTS
    if not out.is_file():
        if not (folder / PHOTOS).is_file():
            raise Unavailable(f"Files of this training are missing in {folder}.", "Start it again from its settings.")
        (_here if plan.method == "dreambooth" else _there)(row, plan, folder)
    facts(out)  # Invalid where it is no LoRA
    if plan.method == "dreambooth" and (said := misfit(out, diffusion_base.of(Path(plan.base)))):
        raise Invalid(f"The training has made no likeness that can be used. {said}", "Start it again.")


def _here(row: TrainingRun, plan: Plan, folder: Path) -> None:
    with process.device(
        plan.device, lambda: workflow.said(row.id, 1, 4, "Waiting: this machine trains, or makes pictures")
    ):
        _same_base(plan, folder)
        phases.child(row, plan, folder, "--train", module=CHILD)
    if progress(folder).get("phase") != "done":
        raise Unavailable("The training ended before its last step.", "Let it go on.")


def _same_base(plan: Plan, folder: Path) -> None:
    """Raises Invalid where the run has begun with another model: its checkpoints fit only that one."""
    found, kept = diffusion_base.digest(Path(plan.base)), folder / BASE
    if not (known := read_json(kept).get("hash")):
        put_json(kept, {"hash": found})
    elif known != found:
        raise Invalid(
            "The image model is another one than when this training began. Its checkpoints are kept.",
            "Put the model back and let it go on, or start it anew.",
        )


def _there(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """At fal. What it calls the request is kept in the folder: a worker that was killed pays nothing twice."""
    from core.images import fal_trainer
    from core.images import photos as photo_sets

    about, half = Likeness.restored(row.settings), folder / "out.part"
    half.mkdir(exist_ok=True)
    watch = likeness_sheet.Watch(row, folder, phases.consent)

    def log(line: str) -> None:
        with (folder / "child.log").open("a", encoding="utf8") as out:
            out.write(f"{line}\n")

    fal_trainer.train(
        folder / COPIES,
        _at_fal(plan, about),
        half / WEIGHTS,
        watch.note,
        watch.stop,
        likeness_sheet.FolderMemory(folder),
        lambda entry: photo_sets.note_remote(about.photo_set_id, entry),
        log=log,
    )
    shutil.rmtree(folder / "out", ignore_errors=True)
    half.replace(folder / "out")


def _at_fal(plan: Plan, about: Likeness) -> Any:
    from core.images import fal_trainer

    return fal_trainer.Plan(trigger=about.trigger, steps=plan.steps, rate=plan.rate, **about.more)


# ---- exam and register ---------------------------------------------------------------------------------------


@phases.phase
def exam(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """The contact sheet, with the likeness and without it. Whether it is the person, a person says."""
    put_json(folder / EXAM, likeness_sheet.make(row, plan, folder, phases.consent))


@phases.phase
def register(row: TrainingRun, plan: Plan, folder: Path) -> None:
    """Into the registry, not passed yet: its contact sheet waits for a person."""
    base_hash = str(read_json(folder / BASE).get("hash") or "") if plan.method == "dreambooth" else FAL_BASE
    made = registry.add(row, folder / "out", read_json(folder / EXAM), WORKER, base_hash)
    acceptance.decide(made.id, WORKER)


def tidy(run_id: str) -> None:
    """Once a run has ended: copies of photos go; of one that has made no adapter the contact sheet too.

    Of one that was stopped because somebody withdrew nothing stays at all.
    """
    with store.reading() as tx:
        row = training.known(tx, run_id)
        if row is None or row.kind != KIND:
            return
        refused = training.refused(tx, [run_id])
    folder = run_folder(run_id)
    if refused:
        tidying.wipe(run_id, folder)
    for name in (COPIES, *(("class", "sheet") if row.status == "done" else ())):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (PHOTOS, *((likeness_sheet.MEMORY,) if row.status == "done" else ())):
        (folder / name).unlink(missing_ok=True)
    if registry.of_run(run_id) is None:
        with suppress(TimbreError):
            likeness_sheet.remove(run_id)


WORK[KIND] = {"prepare": prepare, "train": train, "exam": exam, "register": register}
ENDS.append(tidy)
