"""Reading and writing of adapters, and of which one is in use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import defer
from sqlalchemy.orm.attributes import set_committed_value

from core.errors import NotFound
from core.store import consent
from core.store.base import now
from core.store.changes import record
from core.store.engine import Reading, Writing
from core.store.tables import Change
from core.store.tables_training import Adapter, Archetype, Promotion, TrainingRun

HEAD = ("judged", "verdict", "passed", "scale")
"""What a list shows of an exam: its texts stay where they are."""
_HEADS = tuple(Adapter.exam[name] for name in HEAD)


def _with_head(row: Adapter, found: Sequence[Any]) -> Adapter:
    if "exam" in inspect(row).unloaded:
        told = {name: value for name, value in zip(HEAD, found, strict=True) if value is not None}
        set_committed_value(row, "exam", told)
    return row


def get(tx: Reading, adapter_id: str) -> Adapter:
    """One adapter, a deleted one too. Raises NotFound."""
    row = tx.session.get(Adapter, adapter_id)
    if row is None:
        raise NotFound("There is no such adapter.", "Choose one from the list on the Training page.")
    return row


def some(tx: Reading, ids: Collection[str]) -> dict[str, Adapter]:
    """These adapters by id; those that are not there are left out."""
    return {row.id: row for row in tx.session.scalars(select(Adapter).where(Adapter.id.in_(list(ids))))}


def of_run(tx: Reading, run_id: str) -> Adapter | None:
    """What a run has made."""
    return tx.session.scalar(select(Adapter).where(Adapter.run_id == run_id))


def listed(
    tx: Reading,
    kind: str | None = None,
    author_id: str = "",
    archetype_id: str = "",
    run_ids: Collection[str] | None = None,
) -> list[Adapter]:
    """Those that are not deleted, the newest first; of everybody where neither author nor archetype nor runs are named.

    To look at: of the exam they have `HEAD` alone.
    """
    query = select(Adapter, *_HEADS).options(defer(Adapter.exam))
    query = query.where(Adapter.deleted_at.is_(None)).order_by(Adapter.id.desc())
    query = query.where(Adapter.kind == kind) if kind else query
    query = query.where(Adapter.author_id == author_id) if author_id else query
    query = query.where(Adapter.archetype_id == archetype_id) if archetype_id else query
    query = query.where(Adapter.run_id.in_(list(run_ids))) if run_ids is not None else query
    return [_with_head(row, found) for row, *found in tx.session.execute(query)]


def deleted(tx: Reading) -> list[str]:
    """The ids of those that were deleted."""
    return list(tx.session.scalars(select(Adapter.id).where(Adapter.deleted_at.is_not(None))))


def forgotten(tx: Reading, ids: Collection[str]) -> list[str]:
    """Those of these adapters that once were in this very store and are gone with their author."""
    query = select(Change.entity_id).where(Change.entity == "adapter", Change.entity_id.in_(list(ids)))
    return sorted(set(tx.session.scalars(query.distinct())) - set(some(tx, ids)))


def add(tx: Writing, row: Adapter) -> Adapter:
    """Keep a new adapter, with the next number of its kind and scope, and tell its run."""
    same = (Adapter.kind == row.kind, Adapter.author_id == row.author_id, Adapter.archetype_id == row.archetype_id)
    row.number = 1 + (tx.session.scalar(select(func.max(Adapter.number)).where(*same)) or 0)
    row.workspace_id = tx.actor.workspace_id
    tx.session.add(row)
    if row.run_id and (run := tx.session.get(TrainingRun, row.run_id)) is not None:
        run.adapter_id = row.id
    tx.session.flush()
    return row


def tell(tx: Writing, row: Adapter, **said: Any) -> None:
    """Say something on its card; the change log has who said it."""
    before = {name: row.card.get(name) for name in said}
    row.card = {**row.card, **said}
    record(tx.session, "adapter", row.id, "update", **{name: (before[name], new) for name, new in said.items()})


# ---- in use --------------------------------------------------------------------------------------------------


def live_key(kind: str, scope: str) -> str:
    """What is unique among the promotions that are in force."""
    return f"{kind}/{scope}"


def live(tx: Reading, kind: str, scope: str) -> Promotion | None:
    """The promotion in force; one without an adapter says that none is in use, on purpose."""
    return tx.session.scalar(select(Promotion).where(Promotion.live == live_key(kind, scope)))


def lives(tx: Reading, kind: str | None = None) -> list[tuple[Promotion, Adapter]]:
    """The promotions in force that name an adapter, with it (its exam as in `listed`), the newest first."""
    query = (
        select(Promotion, Adapter, *_HEADS)
        .options(defer(Adapter.exam))
        .join(Adapter, Adapter.id == Promotion.adapter_id)
    )
    query = query.where(Promotion.live.is_not(None), Adapter.deleted_at.is_(None)).order_by(Promotion.id.desc())
    rows = tx.session.execute(query.where(Promotion.kind == kind) if kind else query)
    return [(promotion, _with_head(adapter, found)) for promotion, adapter, *found in rows]


def history(tx: Reading, kind: str, scope: str) -> list[Promotion]:
    """Every promotion of a kind and scope, the newest first."""
    query = select(Promotion).where(Promotion.kind == kind, Promotion.scope == scope)
    return list(tx.session.scalars(query.order_by(Promotion.id.desc())))


def promotion(tx: Reading, promotion_id: str | None) -> Promotion | None:
    """One promotion by its id."""
    return tx.session.get(Promotion, promotion_id) if promotion_id else None


def untried(tx: Reading) -> list[Adapter]:
    """Those that have passed and were never in use, the newest first; their exams as in `listed`."""
    used = select(Promotion.adapter_id).where(Promotion.adapter_id.is_not(None))
    query = (
        select(Adapter, *_HEADS)
        .options(defer(Adapter.exam))
        .where(Adapter.deleted_at.is_(None), Adapter.passed.is_(True), Adapter.id.not_in(used))
    )
    return [_with_head(row, found) for row, *found in tx.session.execute(query.order_by(Adapter.id.desc()))]


def lift(promotion: Promotion) -> None:
    """End a promotion without another one in its place."""
    promotion.live, promotion.ended_at = None, now()


def put_live(
    tx: Writing, kind: str, scope: str, adapter_id: str | None, why: str, previous_id: str | None
) -> Promotion:
    """End the promotion in force and begin the next one."""
    before = live(tx, kind, scope)
    if before is not None:
        lift(before)
        tx.session.flush()  # before the next row, which takes its place under the unique key
    row = Promotion(
        kind=kind,
        scope=scope,
        live=live_key(kind, scope),
        adapter_id=adapter_id,
        previous_id=previous_id,
        why=why,
        by=tx.actor.name,
        workspace_id=tx.actor.workspace_id,
    )
    tx.session.add(row)
    tx.session.flush()
    return row


# ---- of whom -------------------------------------------------------------------------------------------------


def members(tx: Reading, archetype_id: str) -> list[str]:
    """The authors of an archetype; none where it is gone."""
    row = tx.session.get(Archetype, archetype_id)
    return [] if row is None or row.archived_at is not None else [str(m["author"]) for m in row.members]


def membership(tx: Reading, author_id: str) -> list[Archetype]:
    """The archetypes that an author belongs to."""
    rows = tx.session.scalars(select(Archetype).where(Archetype.archived_at.is_(None)).order_by(Archetype.id))
    return [row for row in rows if any(m.get("author") == author_id for m in row.members)]


def names(tx: Reading, ids: Collection[str]) -> dict[str, str]:
    """What those that something was learnt from are called, by id: authors, persons of photo sets."""
    return consent.names(tx, ids)


def refused(tx: Reading, ids: Collection[str]) -> list[str]:
    """The names of those whose texts or photos may not teach a model (any more); of one that is gone, that it is."""
    return consent.unwilling(tx, ids)
