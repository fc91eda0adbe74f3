"""What a training begins with besides its texts: the checkpoints of one that was stopped, or another adapter."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from core import store
from core.errors import Unavailable
from core.store import training
from core.store.tables_training import TrainingRun
from core.train import dataset, registry, tidying, workflow
from core.train.model import Plan, adapters_folder, run_folder
from core.train.scope import Scope

WEIGHTS = "adapter_model.safetensors"


def take_over(row: TrainingRun, record: dict[str, Any], folder: Path) -> None:
    """The checkpoints of the run that this one goes on with; of other data or another plan they are of no use."""
    before = str(row.settings.get("continues") or "")
    if not before:
        return
    left = run_folder(before)
    if left.is_dir() and not folder.exists():
        left.replace(folder)
    with store.reading() as tx:
        old = training.get(tx, before)
    same = {**old.settings, "continues": ""} == {**row.settings, "continues": ""}
    if not same or old.dataset.get("hash") != record.get("hash"):
        tidying.clear(folder)
        workflow.warn(row.id, "What it learns from, or how, has changed since then, so it began afresh.")


def begin_from(row: TrainingRun, record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The adapter that the run starts with, as a copy: it may be deleted meanwhile. Gives whose consent it rests on.

    One that has learnt what this run keeps back for its exam, itself or through what it began from, is left aside, and
    that is said; else what it has learnt from is noted in the record.
    """
    if not row.start_adapter_id:
        return {}
    start = registry.adapter(row.start_adapter_id)
    source = adapters_folder() / start.id
    if start.deleted_at is not None or not (source / WEIGHTS).is_file():
        raise Unavailable(
            "The adapter that this training should begin from is not there any more.",
            "Start it again without one, or from another one.",
        )
    with store.reading() as tx:
        made = training.known(tx, start.run_id) if start.run_id else None
    before = {*_ids(made.dataset, "train"), *_ids(made.dataset, "before")} if made is not None else set()
    if made is None or before & _examined(row, record):
        workflow.warn(row.id, "It began afresh: the other adapter knows posts that the exam of this one needs.")
        return {}
    record["ids"] = {**(record.get("ids") or {}), "before": sorted(before)}
    (folder / "start").mkdir(exist_ok=True)
    for name in (WEIGHTS, "adapter_config.json"):
        shutil.copyfile(source / name, folder / "start" / name)
    return dict(made.dataset.get("consent") or {})


def _examined(row: TrainingRun, record: dict[str, Any]) -> set[str]:
    """What the exam of a run rests on; preferences are held-out pairs, and posts that their dataset does not name."""
    held = set(_ids(record, "held"))
    if row.kind == "preference":
        ids = Scope(row.author_id or "", row.archetype_id or "").author_ids()
        held |= set(_ids(dataset.prepare(ids, Plan.restored(row.settings)).record(), "held"))
    return held


def _ids(record: dict[str, Any], part: str) -> list[str]:
    return [str(one) for one in (record.get("ids") or {}).get(part) or []]
