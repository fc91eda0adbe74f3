"""Asking for a training, looking at it, stopping it: for the pages, the API and the policies."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core import store
from core.errors import Conflict, Denied, Invalid
from core.review.lifecycle import has_role
from core.store import Actor, adapters, intents, training
from core.store.tables_training import TrainingRun
from core.train import dial, estimate
from core.train.model import EMBEDDED, Plan, run_folder
from core.train.scope import Scope

LIGHT = ("genericness", "reranker")
"""Kinds that take seconds: they have a queue of their own and never wait for a training of hours."""
LOG_LINES = 200


def start(
    kind: str,
    method: str,
    scope: Scope,
    plan: Plan,
    actor: Actor,
    why: str = "asked",
    start_adapter_id: str | None = None,
    more: dict[str, Any] | None = None,
) -> str:
    """Ask for a training; returns the run's id. While one of this kind and scope waits or runs, that one's id.

    `more` goes into the settings beside the plan, for kinds that need it. Raises Denied, Invalid (the plan), NotFound.
    """
    _may(actor)
    dial.checked(plan)
    if kind not in (*LIGHT, "image"):  # those of images look at their base themselves
        _known_base(plan.base)
    if start_adapter_id:
        _may_begin_from(start_adapter_id, scope)
    row = TrainingRun(
        kind=kind,
        method=method,
        author_id=scope.author_id or None,
        archetype_id=scope.archetype_id or None,
        title=scope.title(),
        base=plan.base,
        settings={**(more or {}), **plan.record(), "method": method},
        status="queued",
        why=why,
        start_adapter_id=start_adapter_id,
    )
    # A measurement stands beside a training that is asked for while it runs: it must not be taken for it.
    key = _key(kind, scope, actor) + (f":{plan.effort}" if plan.effort == estimate.MEASURE else "")
    try:
        with store.writing(actor) as tx:
            return training.add(tx, row, key, intent_kind(kind))
    except Conflict:  # another process asked in the same moment: then that run is the one
        with store.writing(actor) as tx:
            return training.add(tx, row, key, intent_kind(kind))


def _known_base(base: str) -> None:
    try:
        found = base == EMBEDDED or (Path(base) / "config.json").is_file()
    except ValueError:  # a character that no path can have
        found = False
    if not found:
        raise Invalid(
            f"There is no model in safetensors in {base!r}; nothing was begun.",
            "Name the folder that holds its config.json, or leave it at 'embedded'.",
        )


def _may_begin_from(adapter_id: str, scope: Scope) -> None:
    """What one has learnt by heart would come out of the next one, whose exam looks at its own posts alone."""
    with store.reading() as tx:
        row = adapters.get(tx, adapter_id)
    mine = row.author_id in (None, scope.author_id)
    if row.passed is not True or row.deleted_at is not None or row.kind != "voice" or not mine:
        raise Invalid(
            f"A training cannot begin from {row.title}: it takes an adapter that has passed its exam, of the same "
            "author or of several.",
            "Choose another one, or begin afresh.",
        )


def go_on(run_id: str, actor: Actor) -> str:
    """Ask that a run which was stopped or failed goes on from its newest checkpoint; returns the new run's id.

    Where its texts have changed since, it begins afresh and says so. Raises Conflict, Denied, NotFound.
    """
    old = run(run_id)
    with store.reading() as tx:
        if training.refused(tx, [run_id]):
            raise Conflict(
                "Somebody whose texts this run had learnt from no longer agrees to training; nothing was begun.",
                "Record their consent on the Samples page, then train anew.",
            )
    if old.status not in ("cancelled", "failed"):
        raise Conflict(
            "This training has not stopped: it waits, runs, or is done.", "Look at it in the list on the Training page."
        )
    scope = Scope(old.author_id or "", old.archetype_id or "")
    more = {**old.settings, "continues": run_id}
    plan = Plan.restored(old.settings)
    return start(old.kind, old.method, scope, plan, actor, start_adapter_id=old.start_adapter_id, more=more)


def forget(run_id: str, actor: Actor) -> None:
    """Take a run that has ended out of the list, with its checkpoints. Raises Conflict where it runs or is in use."""
    _may(actor)
    with store.writing(actor) as tx:
        row = training.get(tx, run_id)
        if row.status in training.LIVE and not training.ended(tx, [row]):
            raise Conflict("This training still waits or runs; nothing was removed.", "Stop it first.")
        if training.has_adapter(tx, run_id):
            raise Conflict("This training has made an adapter; nothing was removed.", "Delete the adapter first.")
        training.remove(tx, run_id)
    shutil.rmtree(run_folder(run_id), ignore_errors=True)


def intent_kind(kind: str) -> str:
    """The kind of the job that does a training of this kind."""
    return f"{training.KIND} light" if kind in LIGHT else training.KIND


def _key(kind: str, scope: Scope, actor: Actor) -> str:
    return f"{training.KIND}:{actor.workspace_id}:{kind}:{scope.key}"


def cancel(run_id: str, actor: Actor) -> None:
    """Ask a run to stop: at once where it waits, after a checkpoint where it is training. Raises Denied, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        row = training.get(tx, run_id)
        if row.status not in training.LIVE:
            return
        intents.cancel(tx, run_id)


def saved(run_id: str) -> bool:
    """Whether there is a checkpoint on this machine that it could go on from."""
    places = run_folder(run_id) / "checkpoints"
    return places.is_dir() and any(places.iterdir())


def stopping(run_id: str) -> bool:
    """Whether somebody has asked it to stop; it ends after its next checkpoint."""
    with store.reading() as tx:
        return training.asked_to_stop(tx, run_id)


def runs(kind: str | None = None, scope: Scope | None = None, limit: int = 50, offset: int = 0) -> list[TrainingRun]:
    """The newest runs first, whatever became of them; without history and samples."""
    chosen = scope or Scope()
    with store.reading() as tx:
        rows = training.listed(tx, kind, chosen.author_id, chosen.archetype_id, limit, offset)
        return _with_ends(tx, rows)


def count(kind: str | None = None, scope: Scope | None = None) -> int:
    """How many there are; as `runs`."""
    chosen = scope or Scope()
    with store.reading() as tx:
        return training.count(tx, kind, chosen.author_id, chosen.archetype_id)


def run(run_id: str) -> TrainingRun:
    """One run as it is now, with its history and samples. Raises NotFound."""
    with store.reading() as tx:
        return _with_ends(tx, [training.whole(tx, run_id)])[0]


def log(run_id: str, lines: int = LOG_LINES) -> list[str]:
    """The last lines that the training process wrote; none where it has not begun, or on another machine."""
    path = run_folder(run_id) / "child.log"
    try:
        with path.open("rb") as opened:
            opened.seek(0, 2)
            opened.seek(max(0, opened.tell() - 400 * lines))
            return opened.read().decode("utf8", "replace").splitlines()[-lines:]
    except OSError:
        return []


def _with_ends(tx: store.Reading, rows: Iterable[TrainingRun]) -> list[TrainingRun]:
    """A run whose job ended before it could say so (cancelled while it waited, a program error) shows that end."""
    found = list(rows)
    ended = training.ended(tx, found)
    for row in found:
        if intent := ended.get(row.id):
            row.status, row.message, row.hint = intent.status, intent.message, intent.hint
            row.finished_at = intent.finished_at
    return found


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not train.", "Ask an editor or an approver of your team.")
