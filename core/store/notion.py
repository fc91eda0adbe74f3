"""Reading and writing of what the Notion sync remembers: bindings, rows, passes, its choices."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import delete, func, select

from core.errors import NotFound
from core.store.base import now
from core.store.changes import record
from core.store.engine import Reading, Writing
from core.store.tables import (
    Author,
    Change,
    Guideline,
    NotionBinding,
    NotionPass,
    NotionRow,
    Persona,
    Post,
    Run,
    Setting,
    Variant,
)

SETTING = "notion"
KEPT = timedelta(days=31)


# ---- bindings and choices ------------------------------------------------------------------------------------


def bindings(tx: Reading) -> dict[str, NotionBinding]:
    """What is bound, by kind (calendar, guidelines, personas, samples)."""
    return {row.kind: row for row in tx.session.scalars(select(NotionBinding))}


def bind(tx: Writing, kind: str, database_id: str, data_source_id: str, properties: dict[str, Any], url: str) -> None:
    """Remember (or replace) which data source holds a kind. Rows of another data source are forgotten with it.

    A field that stands on another property than before (or on one that was gone) forgets what was agreed on for it.
    """
    row = bindings(tx).get(kind)
    let_go = choices(tx).get("unbound", {}).get(kind, {"source": data_source_id, "properties": {}})
    former = (let_go["source"], let_go["properties"]) if row is None else (row.data_source_id, row.properties)
    if row is None:
        row = NotionBinding(kind=kind, workspace_id=tx.actor.workspace_id, database_id="", data_source_id="")
        tx.session.add(row)
    if former[0] != data_source_id:
        for old in rows(tx, kind):
            for field, sides in old.conflict.items():
                note_dropped(tx, old, field, sides["theirs"], None)
            tx.session.delete(old)
    elif moved := [key for key, entry in properties.items() if _stands_anew(former[1].get(key), entry)]:
        forget_fields(tx, kind, moved)
        read_again(tx, kind)
    row.database_id, row.data_source_id, row.url = database_id, data_source_id, url
    if row.properties != properties:
        row.properties = properties


def _stands_anew(before: dict[str, Any] | None, entry: dict[str, Any]) -> bool:
    """Whether a field's property is not the one (or not as usable) as when both sides agreed last."""
    if entry.get("paused"):
        return False
    if before is None or before.get("paused") or unquote(str(before["id"])) != unquote(str(entry["id"])):
        return True
    return bool(before.get("type") != entry.get("type"))  # what Notion made of the values is nobody's edit


def forget_fields(tx: Writing, kind: str, keys: Collection[str]) -> None:
    """Forget what both sides agreed on for these fields, in every row of a kind.

    Without it an empty new property would read as "emptied in Notion". Notion's side of an open conflict goes into the
    audit trail.
    """
    for found in rows(tx, kind):
        if found.state == "unmatched":
            continue
        for key in [key for key in keys if key in found.conflict]:
            note_dropped(tx, found, key, found.conflict[key]["theirs"], None)
        found.base = {key: value for key, value in found.base.items() if key not in keys}
        found.conflict = {key: sides for key, sides in found.conflict.items() if key not in keys}
        if echo := found.memo.get("echo"):
            found.memo = {**found.memo, "echo": {key: value for key, value in echo.items() if key not in keys}}
        found.remote_hash = None
        if found.state == "conflict" and not found.conflict:
            found.state = "pending"


def read_again(tx: Writing, kind: str) -> None:
    """Let the next pass read every row of a kind, not only recent edits."""
    for done in passes(tx, 1, ("done",)):
        sources = {k: source for k, source in done.counts.get("sources", {}).items() if k != kind}
        save_pass(tx, done.id, counts={**done.counts, "sources": sources})


def unbind(tx: Writing, kind: str) -> None:
    """Let a kind go. Its rows are remembered, for the day when the same data source is bound again."""
    row, chosen = bindings(tx).get(kind), choices(tx)
    if row is None:
        return
    own = {k: source for k, source in chosen.get("own", {}).items() if k != kind}
    let_go = {"source": row.data_source_id, "properties": row.properties}
    choose(tx, own=own, unbound={**chosen.get("unbound", {}), kind: let_go})
    tx.session.delete(row)


def choices(tx: Reading) -> dict[str, Any]:
    """What was chosen on the Notion page; empty where nothing was."""
    row = tx.session.scalar(select(Setting).where(Setting.key == SETTING))
    return dict(row.value) if row is not None else {}


def choose(tx: Writing, **values: Any) -> None:
    """Change some choices."""
    row = tx.session.scalar(select(Setting).where(Setting.key == SETTING).with_for_update())
    if row is None:
        tx.session.add(Setting(key=SETTING, value=values, workspace_id=tx.actor.workspace_id))
    elif row.value != {**row.value, **values}:
        row.value = {**row.value, **values}


# ---- rows ----------------------------------------------------------------------------------------------------


def rows(tx: Reading, kind: str | None = None, states: Collection[str] | None = None) -> list[NotionRow]:
    """What is known of Notion's rows, the oldest first."""
    query = select(NotionRow).order_by(NotionRow.created_at, NotionRow.id)
    if kind is not None:
        query = query.where(NotionRow.kind == kind)
    if states is not None:
        query = query.where(NotionRow.state.in_(list(states)))
    return list(tx.session.scalars(query))


def rows_of(tx: Reading, kind: str, ids: Collection[str]) -> list[NotionRow]:
    """The rows of these records of ours."""
    return list(tx.session.scalars(select(NotionRow).where(NotionRow.kind == kind, NotionRow.local_id.in_(list(ids)))))


def count_pages(tx: Reading) -> dict[str, int]:
    """How many rows of each kind have a page in Notion."""
    query = select(NotionRow.kind, func.count()).where(NotionRow.page_id.is_not(None)).group_by(NotionRow.kind)
    return {kind: int(n) for kind, n in tx.session.execute(query)}


def row(tx: Reading, row_id: str) -> NotionRow:
    """One row by our own id. Raises NotFound."""
    found = tx.session.get(NotionRow, row_id)
    if found is None:
        raise NotFound("This Notion row is no longer known here.", "Reload the page.")
    return found


def of_page(tx: Reading, page_id: str) -> NotionRow | None:
    """The row bound to a Notion page."""
    return tx.session.scalars(select(NotionRow).where(NotionRow.page_id == page_id)).first()


def of_local(tx: Reading, kind: str, local_id: str) -> NotionRow | None:
    """The row of one of our records."""
    return tx.session.scalar(select(NotionRow).where(NotionRow.kind == kind, NotionRow.local_id == local_id))


def save(tx: Writing, kind: str, local_id: str, **values: Any) -> NotionRow:
    """Create or change the row of one of our records."""
    found = of_local(tx, kind, local_id)
    if found is None:
        found = NotionRow(kind=kind, local_id=local_id, workspace_id=tx.actor.workspace_id)
        tx.session.add(found)
    for name, value in values.items():
        setattr(found, name, value)
    tx.session.flush()
    return found


def forget(tx: Writing, row_id: str) -> None:
    """Forget a row that stands for nothing any more (never a record of ours)."""
    tx.session.delete(row(tx, row_id))


def note_dropped(tx: Writing, row: NotionRow, field: str, dropped: Any, kept: Any) -> None:
    """Keep in the audit trail what a decision, or a newer value, replaced."""
    entity = {"calendar": "post", "guidelines": "guideline"}.get(row.kind, "notion_row")
    record(tx.session, entity, row.local_id, "conflict", **{field: (dropped, kept)})


# ---- passes --------------------------------------------------------------------------------------------------


def begin_pass(tx: Writing, status: str = "running") -> NotionPass:
    """A new pass; one that an ended process left running is marked so. Passes over a month old are forgotten."""
    tx.session.execute(delete(NotionPass).where(NotionPass.started_at < now() - KEPT))
    for old in tx.session.scalars(select(NotionPass).where(NotionPass.status == "running")):
        old.status, old.finished_at = "interrupted", now()
        old.message = "The program ended in the middle of this pass. The next one took over."
    found = NotionPass(workspace_id=tx.actor.workspace_id, status=status)
    tx.session.add(found)
    tx.session.flush()
    return found


def forget_passes(tx: Writing, status: str) -> None:
    """Forget the passes that ended like this."""
    tx.session.execute(delete(NotionPass).where(NotionPass.status == status))


def save_pass(tx: Writing, pass_id: str, **values: Any) -> None:
    """Write down how a pass goes or ended."""
    found = tx.session.get(NotionPass, pass_id)
    if found is not None:
        for name, value in values.items():
            setattr(found, name, value)


def passes(tx: Reading, limit: int = 20, statuses: Collection[str] | None = None) -> list[NotionPass]:
    """The newest passes first."""
    query = select(NotionPass).order_by(NotionPass.started_at.desc(), NotionPass.id.desc()).limit(limit)
    return list(tx.session.scalars(query.where(NotionPass.status.in_(list(statuses))) if statuses else query))


# ---- our side ------------------------------------------------------------------------------------------------


def newest_change(tx: Reading) -> int:
    """The number of the newest line of the change log; 0 where it is empty."""
    return tx.session.scalar(select(func.max(Change.seq))) or 0


def changed_since(tx: Reading, seq: int, entities: Collection[str], besides: str = "") -> dict[str, set[str]]:
    """Which records changed after that line of the change log (not through the door `besides`): entity -> ids."""
    query = select(Change.entity, Change.entity_id).where(Change.seq > seq, Change.entity.in_(list(entities)))
    if besides:
        query = query.where(Change.source != besides)
    out: dict[str, set[str]] = {}
    for entity, entity_id in tx.session.execute(query.distinct()):
        out.setdefault(entity, set()).add(entity_id)
    return out


def last_change(tx: Reading, entity: str, entity_id: str) -> Change | None:
    """Who changed a record last, and when."""
    query = select(Change).where(Change.entity == entity, Change.entity_id == entity_id)
    return tx.session.scalars(query.order_by(Change.seq.desc()).limit(1)).first()


def posts(tx: Reading, ids: Collection[str] | None = None, statuses: Collection[str] | None = None) -> list[Post]:
    """Posts of these ids (also removed ones) or in these statuses, the oldest first."""
    query = select(Post).order_by(Post.id)
    if ids is not None:
        query = query.where(Post.id.in_(list(ids)))
    if statuses is not None:
        query = query.where(Post.status.in_(list(statuses)), Post.deleted_at.is_(None))
    return list(tx.session.scalars(query))


def authors(tx: Reading) -> dict[str, Author]:
    """Every author that is not archived, by id."""
    return {a.id: a for a in tx.session.scalars(select(Author).where(Author.archived_at.is_(None)))}


def written_with(tx: Reading, variant_id: str | None) -> tuple[Variant, Run] | None:
    """The variant that a post came from, with its run."""
    variant = tx.session.get(Variant, variant_id) if variant_id else None
    run = tx.session.get(Run, variant.run_id) if variant is not None else None
    return (variant, run) if variant is not None and run is not None else None


def cards(tx: Reading) -> dict[str, Persona]:
    """The newest persona card of every author that has one; the sample workspace's invented people stay here."""
    real = select(Author.id).where(Author.is_sample.is_(False))
    query = select(Persona).where(Persona.author_id.in_(real)).order_by(Persona.author_id, Persona.version)
    return {card.author_id: card for card in tx.session.scalars(query)}


def set_owned(tx: Writing, post_id: str, **values: Any) -> None:
    """Set what Notion owns on a post: its pillar, its author."""
    post = tx.session.get(Post, post_id)
    if post is not None:
        for name, value in values.items():
            if getattr(post, name) != value:
                setattr(post, name, value)


def guidelines(tx: Reading) -> dict[str, Guideline]:
    """Every guideline, also those in the trash, by id."""
    return {g.id: g for g in tx.session.scalars(select(Guideline).order_by(Guideline.id))}


def put_guideline(tx: Writing, guideline_id: str, deleted_at: datetime | None, **values: Any) -> None:
    """Create or change a guideline as Notion has it; its version counts up with every change of substance."""
    found = tx.session.get(Guideline, guideline_id)
    if found is None:
        tx.session.add(Guideline(id=guideline_id, workspace_id=tx.actor.workspace_id, **values))
        return
    changed = {name: value for name, value in values.items() if getattr(found, name) != value}
    for name, value in changed.items():
        setattr(found, name, value)
    if changed:
        found.version += 1
    if (found.deleted_at is None) != (deleted_at is None):
        found.deleted_at = deleted_at
