"""The adapters that there are, which of them are in use, and what it takes: an exam, whole files, the base, consent."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from core import store
from core.errors import Denied, Invalid, NotFound
from core.llm import embedded
from core.llm.loras import file_hash, known_hash
from core.people import WORKER
from core.review.lifecycle import has_role
from core.store import Actor, Reading, Writing, adapters, training
from core.store.base import now
from core.store.tables_training import Adapter, Promotion, TrainingRun
from core.train import keeping
from core.train.model import EMBEDDED, adapters_folder, run_folder
from core.train.scope import Scope
from core.train.serving import Serving, learnt_from, served_as, serving, wanted, why_not
from core.train.serving import lora_files as loras

__all__ = [
    "Serving",
    "adapter",
    "add",
    "delete",
    "folder",
    "history",
    "in_use",
    "listed",
    "live",
    "loras",
    "of_run",
    "problem",
    "promote",
    "roll_back",
    "serving",
    "set_scale",
    "set_served",
    "settle",
    "stop",
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
    """Those that are not deleted, the newest first."""
    chosen = scope or Scope()
    with store.reading() as tx:
        return adapters.listed(tx, kind, chosen.author_id, chosen.archetype_id)


def folder(adapter_id: str) -> Path:
    """Where an adapter's files lie."""
    return adapters_folder() / adapter_id


def live(kind: str, scope: Scope) -> Adapter | None:
    """The adapter in use for exactly this scope."""
    with store.reading() as tx:
        found = adapters.live(tx, kind, scope.key)
        return adapters.get(tx, found.adapter_id) if found and found.adapter_id else None


def in_use(scope: Scope | None = None) -> list[tuple[Promotion, Adapter]]:
    """What is in use, the newest first: everywhere, or in one scope."""
    with store.reading() as tx:
        return [pair for pair in adapters.lives(tx) if scope is None or pair[0].scope == scope.key]


def history(kind: str, scope: Scope) -> list[Promotion]:
    """What was in use here, the newest first."""
    with store.reading() as tx:
        return adapters.history(tx, kind, scope.key)


def waiting() -> list[Adapter]:
    """Those that have passed, were never in use, and are newer than what is: a person decides. The newest first."""
    with store.reading() as tx:
        ever = adapters.ever_live(tx)
        newest = {(p.kind, p.scope): row.id for p, row in adapters.lives(tx)}
        rows = adapters.listed(tx)
    return [r for r in rows if r.passed and r.id not in ever and r.id > newest.get((r.kind, home(r).key), "")]


def home(row: Adapter) -> Scope:
    """For whom an adapter was made."""
    return Scope(row.author_id or "", row.archetype_id or "")


def problem(row: Adapter, scope: Scope) -> str:
    """Why an adapter cannot be put into use here, in plain words; empty where it can. Quick: reads no large file."""
    with store.reading() as tx:
        return _problem(tx, row, scope, sure=False)


def _problem(tx: Reading, row: Adapter, scope: Scope, sure: bool) -> str:
    if row.deleted_at is not None:
        return "It was deleted."
    if row.passed is not True:
        return "It has not sat an exam." if row.passed is None else "It did not pass its exam."
    if scope.key != home(row).key and not (
        row.archetype_id and scope.author_id in adapters.members(tx, row.archetype_id)
    ):
        return "It was made for somebody else."
    if names := adapters.refused(tx, learnt_from(row)):
        return f"These no longer agreed to training: {', '.join(names)}."
    return keeping.broken(row, sure) or _base_problem(row, sure)


def _base_problem(row: Adapter, sure: bool) -> str:
    """Only of adapters that a language model applies."""
    if row.kind != "voice" or served_as(row):
        return ""
    if row.base != EMBEDDED:
        return "The built-in model is not its base: export it, then say under which name it is served."
    if not embedded.path().is_file():
        return "Its base, the built-in model, is missing."
    now_ = file_hash(embedded.path()) if sure else known_hash(embedded.path())
    return "It was made for another model than the one that Timbre runs now." if now_ and now_ != row.base_hash else ""


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
    _may(actor)
    with store.writing(actor) as tx:
        row = adapters.get(tx, adapter_id)
        for promotion, used in adapters.lives(tx, row.kind):
            if used.id == row.id:
                adapters.put_live(tx, row.kind, promotion.scope, None, "stop", promotion.previous_id)
        row.deleted_at = row.deleted_at or now()
        row.exam = keeping.summary(row.exam)
        run_id = row.run_id if row.run_id and _ended(tx, row.run_id) else None
    shutil.rmtree(folder(adapter_id), ignore_errors=True)
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
    """For the worker's look-around: what was learnt from somebody who withdrew is taken out of use, and files that a
    deletion left behind are removed. Returns the ids of what was taken out of use.
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
    return stopped


# ---- deciding ------------------------------------------------------------------------------------------------


def promote(adapter_id: str, scope: Scope, actor: Actor) -> Promotion:
    """Put an adapter into use for an author, an archetype or the workspace, in place of what is in use there.

    Raises Denied; Invalid where the exam was not passed, a file or the base is not what it was, or somebody withdrew.
    """
    _may(actor)
    said = _sure(adapter(adapter_id), scope)
    if said:
        raise _refused(said)
    with store.writing(actor) as tx:
        row = adapters.get(tx, adapter_id)
        if said := _problem(tx, row, scope, sure=False):
            raise _refused(said)
        before = adapters.live(tx, row.kind, scope.key)
        if before is not None and before.adapter_id == row.id:
            return before
        return adapters.put_live(tx, row.kind, scope.key, row.id, "promote", before.id if before else None)


def _sure(row: Adapter, scope: Scope) -> str:
    """Every file is read: outside a transaction, as it may take seconds."""
    with store.reading() as tx:
        return _problem(tx, row, scope, sure=True)


def _refused(said: str) -> Invalid:
    return Invalid(
        f"The adapter was not put into use. {said}", "What was in use before stays in use. See its card for why."
    )


def roll_back(kind: str, scope: Scope, actor: Actor) -> Promotion:
    """Use again what was in use before; what cannot be used any more is passed over, down to none.

    Doing it again goes one further back. Raises Denied; Invalid where there is nothing to go back from.
    """
    _may(actor)
    if embedded.path().is_file():
        file_hash(embedded.path())  # known from here on: nobody waits for a large file while the store is held
    with store.writing(actor) as tx:
        here = adapters.live(tx, kind, scope.key)
        back = adapters.promotion(tx, here.previous_id) if here else None
        while back is not None and back.adapter_id and _problem(tx, adapters.get(tx, back.adapter_id), scope, True):
            back = adapters.promotion(tx, back.previous_id)
        if here is None or (here.adapter_id is None and (back is None or back.adapter_id is None)):
            raise Invalid("There is nothing to roll back to. Nothing was changed.", "Promote an adapter that passed.")
        to, further = (back.adapter_id, back.previous_id) if back else (None, None)
        return adapters.put_live(tx, kind, scope.key, to, "roll back", further)


def stop(kind: str, scope: Scope, actor: Actor) -> Promotion:
    """Use none here from now on; rolling back brings the last one back. Raises Denied; Invalid where none is in use."""
    _may(actor)
    with store.writing(actor) as tx:
        here = adapters.live(tx, kind, scope.key)
        if here is None and scope.author_id:
            return adapters.put_live(tx, kind, scope.key, None, "stop", None)  # not their archetype's either
        if here is None or here.adapter_id is None:
            raise Invalid("No adapter is in use here. Nothing was changed.", "")
        return adapters.put_live(tx, kind, scope.key, None, "stop", here.id)


def set_scale(adapter_id: str, scale: float, actor: Actor) -> None:
    """How strongly it is applied from now on, 0 (not at all) to 1. Raises Denied, Invalid, NotFound."""
    _may(actor)
    if not 0 <= scale <= 1:
        raise Invalid(f"An adapter is applied at 0 to 1, not at {scale}.", "Choose a number between them.")
    with store.writing(actor) as tx:
        adapters.get(tx, adapter_id).scale = float(scale)


def set_served(adapter_id: str, model_ref: str, actor: Actor) -> None:
    """Say under which name another program serves it, as TIMBRE_LLM would (ollama/NAME, openai/NAME); "" for none.

    Raises Denied, Invalid, NotFound.
    """
    _may(actor)
    provider, _, name = model_ref.strip().partition("/")
    if model_ref.strip() and (provider not in PROVIDERS or not name.strip()):
        raise Invalid(f"{model_ref} names no served model.", "Write it as ollama/NAME or openai/NAME.")
    with store.writing(actor) as tx:
        adapters.tell(tx, adapters.get(tx, adapter_id), served_as=model_ref.strip())


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not decide on adapters.", "Ask an editor or an approver of your team.")
