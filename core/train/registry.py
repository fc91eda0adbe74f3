"""The adapters that there are, which of them are in use, and what it takes: an exam, whole files, the base, consent."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from core import store
from core.errors import Invalid, NotFound
from core.people import WORKER
from core.store import Actor, Writing, adapters, training
from core.store.base import now
from core.store.tables_training import Adapter, Promotion, TrainingRun
from core.train import keeping
from core.train.keeping import exports
from core.train.model import adapters_folder, run_folder
from core.train.promoting import home, lift, may, problem, promote, roll_back, stop
from core.train.scope import Scope
from core.train.serving import Serving, examined_at, learnt_from, named, serving, switched_off, wanted, why_not
from core.train.serving import lora_files as loras

__all__ = [
    "Serving",
    "adapter",
    "add",
    "delete",
    "examined_at",
    "exports",
    "folder",
    "history",
    "in_use",
    "lift",
    "listed",
    "live",
    "loras",
    "made",
    "named",
    "of_run",
    "problem",
    "promote",
    "roll_back",
    "serving",
    "set_scale",
    "set_served",
    "settle",
    "stop",
    "switched_off",
    "waiting",
    "wanted",
    "why_not",
]
PROVIDERS = ("ollama", "openai")


# ---- looking -------------------------------------------------------------------------------------------------


def adapter(adapter_id: str) -> Adapter:
    """One adapter, a deleted one too. Raises NotFound."""
    with store.reading() as tx:
        return adapters.get(tx, adapter_id)


def of_run(run_id: str) -> Adapter | None:
    """What a run has made."""
    with store.reading() as tx:
        return adapters.of_run(tx, run_id)


def listed(scope: Scope | None = None, kind: str | None = None) -> list[Adapter]:
    """Those that are not deleted, the newest first; of their exams what a list shows."""
    chosen = scope or Scope()
    with store.reading() as tx:
        return adapters.listed(tx, kind, chosen.author_id, chosen.archetype_id)


def made(run_ids: Collection[str]) -> dict[str, Adapter]:
    """What these runs have made and is not deleted, by the run's id; of their exams what a list shows."""
    with store.reading() as tx:
        return {str(row.run_id): row for row in adapters.listed(tx, run_ids=run_ids)}


def folder(adapter_id: str) -> Path:
    """Where an adapter's files lie."""
    return adapters_folder() / adapter_id


def live(kind: str, scope: Scope) -> Adapter | None:
    """The adapter in use for exactly this scope."""
    with store.reading() as tx:
        found = adapters.live(tx, kind, scope.key)
        return adapters.get(tx, found.adapter_id) if found and found.adapter_id else None


def in_use(scope: Scope | None = None) -> list[tuple[Promotion, Adapter]]:
    """What is in use, the newest first: everywhere, or in one scope; of the exams what a list shows."""
    with store.reading() as tx:
        return [pair for pair in adapters.lives(tx) if scope is None or pair[0].scope == scope.key]


def history(kind: str, scope: Scope) -> list[Promotion]:
    """What was in use here, the newest first."""
    with store.reading() as tx:
        return adapters.history(tx, kind, scope.key)


def waiting() -> list[Adapter]:
    """Those that have passed, were never in use, and are newer than what is: a person decides. The newest first."""
    with store.reading() as tx:
        newest = {(p.kind, p.scope): row.id for p, row in adapters.lives(tx)}
        rows = adapters.untried(tx)
    return [row for row in rows if row.id > newest.get((row.kind, home(row).key), "")]


# ---- keeping -------------------------------------------------------------------------------------------------


def add(run: TrainingRun, made: Path, exam: dict[str, Any], actor: Actor = WORKER, base_hash: str = "") -> Adapter:
    """Keep what a run has made: `made` (a folder with its files) becomes the adapter's folder by one rename, then the
    row is written. Done again after a kill it comes to the same end: the adapter has its run's id.

    Raises Invalid where there is nothing to keep, StorageError.
    """
    if (found := of_run(run.id)) is not None:
        return found
    row = Adapter(
        id=run.id,
        kind="voice" if run.kind == "preference" else run.kind,
        author_id=run.author_id,
        archetype_id=run.archetype_id,
        run_id=run.id,
        title=run.title,
        base=run.base,
        data_hash=str(run.dataset.get("hash") or ""),
        exam=exam,
        passed=bool(exam["passed"]) if exam.get("passed") is not None else None,
    )
    with store.reading() as tx:
        names = adapters.names(tx, list(run.dataset.get("consent") or {}))
    keeping.move(run, row, made, names, base_hash)
    with store.writing(actor) as tx:
        return adapters.of_run(tx, run.id) or adapters.add(tx, row)


def delete(adapter_id: str, actor: Actor) -> None:
    """Take an adapter out of use and its files off the disk; that it was there, and how its exam went, is kept.

    Raises Denied, NotFound.
    """
    may(actor)
    with store.writing(actor) as tx:
        row = adapters.get(tx, adapter_id)
        for promotion, used in adapters.lives(tx, row.kind):
            if used.id == row.id:
                adapters.put_live(tx, row.kind, promotion.scope, None, "delete", promotion.previous_id)
        row.deleted_at = row.deleted_at or now()
        row.exam = keeping.summary(row.exam)
        run_id = row.run_id if row.run_id and _ended(tx, row.run_id) else None
    for place in (folder(adapter_id), exports(adapter_id)):
        shutil.rmtree(place, ignore_errors=True)
    if run_id:
        shutil.rmtree(run_folder(run_id), ignore_errors=True)  # its checkpoints hold the same


def _ended(tx: Writing, run_id: str) -> bool:
    """Whether its run has ended or is gone; what it wrote while it learnt goes too."""
    try:
        run = training.get(tx, run_id)
    except NotFound:
        return True
    run.samples = []
    return run.status not in training.LIVE


def settle() -> list[str]:
    """For the worker's look-around: what was learnt from somebody who withdrew is taken out of use, and its copies for
    other programs go, as do files that a deletion left behind. Returns the ids of what was taken out of use.
    """
    stopped = []
    with store.reading() as tx:
        gone = adapters.deleted(tx)
        unwilling = [(p, row) for p, row in adapters.lives(tx) if adapters.refused(tx, learnt_from(row))]
    for promotion, row in unwilling:
        with store.writing(WORKER) as tx:
            there = adapters.live(tx, promotion.kind, promotion.scope)
            if there is not None and there.id == promotion.id and adapters.refused(tx, learnt_from(row)):
                adapters.put_live(tx, there.kind, there.scope, None, "consent", there.id)
                stopped.append(row.id)
    for id_ in gone:
        shutil.rmtree(folder(id_), ignore_errors=True)
    for id_ in _withdrawn_exports():
        shutil.rmtree(exports(id_), ignore_errors=True)
    return stopped


def _withdrawn_exports() -> list[str]:
    """Adapters that lie written out although they were deleted, or somebody behind them no longer agrees."""
    root = exports("x").parent
    names = [path.name for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    with store.reading() as tx:
        rows = adapters.some(tx, names)
        return [id_ for id_, row in rows.items() if row.deleted_at or adapters.refused(tx, learnt_from(row))]


# ---- how it is applied ---------------------------------------------------------------------------------------


def set_scale(adapter_id: str, scale: float, actor: Actor) -> None:
    """How strongly it is applied from now on, 0 (not at all) to 1. Raises Denied, Invalid, NotFound."""
    may(actor)
    if not 0 <= scale <= 1:
        raise Invalid(f"An adapter is applied at 0 to 1, not at {scale}.", "Choose a number between them.")
    with store.writing(actor) as tx:
        adapters.get(tx, adapter_id).scale = float(scale)


def set_served(adapter_id: str, model_ref: str, actor: Actor) -> None:
    """Say under which name another program serves it, as TIMBRE_LLM would (ollama/NAME, openai/NAME); "" for none.

    Raises Denied, Invalid, NotFound.
    """
    may(actor)
    provider, _, name = model_ref.strip().partition("/")
    if model_ref.strip() and (provider not in PROVIDERS or not name.strip()):
        raise Invalid(f"{model_ref} names no served model.", "Write it as ollama/NAME or openai/NAME.")
    with store.writing(actor) as tx:
        adapters.tell(tx, adapters.get(tx, adapter_id), served_as=model_ref.strip())
