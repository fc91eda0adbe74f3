"""Reading and writing of training runs and of the policies that begin them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import undefer

from core.errors import NotFound
from core.store import consent, intents
from core.store.base import now
from core.store.engine import Reading, Writing
from core.store.ids import new_id
from core.store.tables import Author, Change, Intent, Sample
from core.store.tables_training import Adapter, Archetype, TrainingPolicy, TrainingRun
from core.store.tables_writing import Rating, Vote

KIND = "train"
LIVE = (*intents.LIVE, "running")


# ---- runs ----------------------------------------------------------------------------------------------------


def add(tx: Writing, row: TrainingRun, key: str, intent_kind: str = KIND) -> str:
    """A run and its intent, of one id; where one of the same key waits or runs, that one's id and nothing new."""
    row.id = row.id or new_id()
    found = intents.add(tx, intent_kind, {"run": row.id, "kind": row.kind}, key, intent_id=row.id)
    if found == row.id:
        row.by, row.workspace_id = tx.actor.name, tx.actor.workspace_id
        tx.session.add(row)
        tx.session.flush()
    return found


def get(tx: Reading, run_id: str) -> TrainingRun:
    """One run, without its history and samples. Raises NotFound."""
    return _found(tx.session.get(TrainingRun, run_id), run_id)


def known(tx: Reading, run_id: str) -> TrainingRun | None:
    """One run, or None where it is gone."""
    return tx.session.get(TrainingRun, run_id)


def whole(tx: Reading, run_id: str) -> TrainingRun:
    """One run with its history and samples. Raises NotFound."""
    query = select(TrainingRun).where(TrainingRun.id == run_id)
    query = query.options(undefer(TrainingRun.history), undefer(TrainingRun.samples))
    return _found(tx.session.scalar(query), run_id)


def _found(row: TrainingRun | None, run_id: str) -> TrainingRun:
    if row is None:
        raise NotFound(f"There is no training run {run_id}.", "Choose one from the list on the Training page.")
    return row


def listed(
    tx: Reading, kind: str | None = None, author_id: str = "", archetype_id: str = "", limit: int = 50, offset: int = 0
) -> list[TrainingRun]:
    """The newest first, without history and samples; of everybody where neither author nor archetype is named."""
    query = select(TrainingRun).where(*_of(kind, author_id, archetype_id))
    return list(tx.session.scalars(query.order_by(TrainingRun.id.desc()).limit(limit).offset(offset)))


def count(tx: Reading, kind: str | None = None, author_id: str = "", archetype_id: str = "") -> int:
    """How many there are; as `listed`."""
    query = select(func.count()).select_from(TrainingRun).where(*_of(kind, author_id, archetype_id))
    return tx.session.scalar(query) or 0


def _of(kind: str | None, author_id: str, archetype_id: str) -> list[ColumnElement[bool]]:
    of = {TrainingRun.kind: kind, TrainingRun.author_id: author_id, TrainingRun.archetype_id: archetype_id}
    return [column == wanted for column, wanted in of.items() if wanted]


def live(tx: Reading) -> list[TrainingRun]:
    """What waits or runs by its own word, the oldest first."""
    return list(tx.session.scalars(select(TrainingRun).where(TrainingRun.status.in_(LIVE)).order_by(TrainingRun.id)))


def ended(tx: Reading, rows: Sequence[TrainingRun]) -> dict[str, Intent]:
    """Intents that have ended although their run still says that it lives, by id."""
    unsure = [row.id for row in rows if row.status in LIVE]
    if not unsure:
        return {}
    query = select(Intent).where(Intent.id.in_(unsure), Intent.status.not_in(intents.LIVE))
    return {row.id: row for row in tx.session.scalars(query)}


def begin(tx: Writing, run_id: str) -> TrainingRun:
    """Work on it begins, or goes on after a worker died."""
    row = get(tx, run_id)
    row.status, row.started_at = "running", row.started_at or now()
    return row


def note(tx: Writing, run_id: str, **said: Any) -> TrainingRun:
    """Write down what is known: phase, progress, dataset, history, samples, adapter_id... whatever is given."""
    row = get(tx, run_id)
    for name, value in said.items():
        setattr(row, name, value)
    return row


def finish(tx: Writing, run_id: str, status: str, message: str = "", hint: str = "") -> TrainingRun:
    """How it ended."""
    row = get(tx, run_id)
    row.status, row.message, row.hint, row.finished_at = status, message, hint, now()
    return row


def asked_to_stop(tx: Reading, run_id: str) -> bool:
    """Whether a person asked it to stop."""
    return bool(tx.session.scalar(select(Intent.cancel_requested).where(Intent.id == run_id)))


def has_adapter(tx: Reading, run_id: str) -> bool:
    """Whether an adapter came of it whose files are still there."""
    query = select(Adapter.id).where(Adapter.run_id == run_id, Adapter.deleted_at.is_(None))
    return tx.session.scalar(query) is not None


def forgotten(tx: Reading, ids: Sequence[str]) -> list[str]:
    """Those of these runs that once were in this very store and are gone."""
    there = set(tx.session.scalars(select(TrainingRun.id).where(TrainingRun.id.in_(list(ids)))))
    query = select(Change.entity_id).where(Change.entity == "training_run", Change.entity_id.in_(list(ids)))
    return sorted(set(tx.session.scalars(query.distinct())) - there)


def refused(tx: Reading, ids: Sequence[str]) -> list[str]:
    """Those of these runs that ended without an adapter and had learnt from somebody who does not agree (any more)."""
    made = select(Adapter.run_id).where(Adapter.run_id.is_not(None), Adapter.deleted_at.is_(None))
    query = select(TrainingRun.id, TrainingRun.dataset).where(TrainingRun.id.in_(list(ids)))
    query = query.where(TrainingRun.status.not_in(LIVE), TrainingRun.id.not_in(made))
    rows = tx.session.execute(query).all()
    asked = {id_: set((dataset or {}).get("consent") or ()) for id_, dataset in rows}
    agreed = consent.agreed(tx, set().union(*asked.values()))
    return sorted(id_ for id_, ids in asked.items() if ids - agreed)


def remove(tx: Writing, run_id: str) -> None:
    """Take a run out of the list."""
    tx.session.delete(get(tx, run_id))


# ---- for whom ------------------------------------------------------------------------------------------------


def author_ids(tx: Reading, author_id: str = "", archetype_id: str = "") -> list[str]:
    """The authors of a scope: one, the members of an archetype, or all that are not archived. Raises NotFound."""
    if author_id:
        return [author_id]
    query = select(Author.id).where(Author.archived_at.is_(None)).order_by(Author.id)
    if not archetype_id:
        return list(tx.session.scalars(query))
    members = [str(member["author"]) for member in archetype(tx, archetype_id).members]
    return list(tx.session.scalars(query.where(Author.id.in_(members))))


def archetype(tx: Reading, archetype_id: str) -> Archetype:
    """One archetype. Raises NotFound."""
    row = tx.session.get(Archetype, archetype_id)
    if row is None or row.archived_at is not None:
        raise NotFound("There is no such archetype (any more).", "Choose one from the list on the Training page.")
    return row


def scope_title(tx: Reading, author_id: str = "", archetype_id: str = "") -> str:
    """The name of the author or the archetype; "Everybody" of neither. Raises NotFound."""
    if archetype_id:
        return archetype(tx, archetype_id).name
    if not author_id:
        return "Everybody"
    row = tx.session.get(Author, author_id)
    if row is None:
        raise NotFound(f"There is no author {author_id}.", "Pick one from the list.")
    return row.name


def unwilling(tx: Reading, ids: Sequence[str]) -> list[str]:
    """The names of those whose texts or photos may not teach a model (any more); of one that is gone, that it is."""
    return consent.unwilling(tx, ids)


# ---- policies ------------------------------------------------------------------------------------------------


def policies(tx: Reading, enabled: bool | None = None) -> list[TrainingPolicy]:
    """All, or only those that are switched on (or off), the oldest first."""
    query = select(TrainingPolicy).order_by(TrainingPolicy.id)
    return list(tx.session.scalars(query.where(TrainingPolicy.enabled.is_(enabled)) if enabled is not None else query))


def policy(tx: Reading, kind: str, scope: str) -> TrainingPolicy | None:
    """The one of this kind and scope."""
    return tx.session.scalar(select(TrainingPolicy).where(TrainingPolicy.kind == kind, TrainingPolicy.scope == scope))


def policy_by_id(tx: Reading, policy_id: str) -> TrainingPolicy:
    """One by its id. Raises NotFound."""
    row = tx.session.get(TrainingPolicy, policy_id)
    if row is None:
        raise NotFound("There is no such rule (any more).", "Reload the page.")
    return row


def put_policy(tx: Writing, kind: str, scope: str, **said: Any) -> TrainingPolicy:
    """Keep when this is learnt again: one row a kind and scope."""
    row = policy(tx, kind, scope)
    if row is None:
        row = TrainingPolicy(kind=kind, scope=scope, workspace_id=tx.actor.workspace_id)
        tx.session.add(row)
    for name, value in said.items():
        setattr(row, name, value)
    tx.session.flush()
    return row


def remove_policy(tx: Writing, policy_id: str) -> None:
    """It begins nothing any more."""
    tx.session.delete(policy_by_id(tx, policy_id))


def consented_posts(tx: Reading, ids: Sequence[str]) -> int:
    """How many samples of these authors may train a model now."""
    query = select(func.count()).select_from(Sample).join(Author, Author.id == Sample.author_id)
    query = query.where(Author.training_consent.is_(True), Sample.excluded.is_(False), Sample.author_id.in_(list(ids)))
    return tx.session.scalar(query) or 0


def judgements(tx: Reading, ids: Sequence[str]) -> int:
    """How many votes and ratings stand on texts of these authors."""
    votes = select(func.count()).select_from(Vote).where(Vote.withdrawn_at.is_(None), Vote.author_id.in_(list(ids)))
    ratings = select(func.count()).select_from(Rating).where(Rating.author_id.in_(list(ids)))
    return (tx.session.scalar(votes) or 0) + (tx.session.scalar(ratings) or 0)
