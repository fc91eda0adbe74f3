"""The inbox of conflicts: what both sides say about a field, who said it when, and a merged text being written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import review, store
from core.errors import Conflict, Denied, Invalid, Stale
from core.store import Actor, choices, notion, notion_page
from core.store.tables import NotionRow
from notion_sync import ours, people, schema
from notion_sync.combine import combine, combine_lists

Json = dict[str, Any]
TEXTS = ("title", "rich_text")
PAGE = 10
"""Rows with a conflict that are shown at once."""


@dataclass(frozen=True)
class Draft:
    """A merged text that somebody is writing; kept in the store with every pause in typing."""

    text: str
    revision: int
    stamp: str
    by: str


@dataclass(frozen=True)
class Dispute:
    """One field of one row that both sides changed."""

    row_id: str
    kind: str
    local_id: str
    key: str
    name: str
    """The field as Notion names it."""
    title: str
    url: str
    base: Any
    ours: Any
    theirs: Any
    stamp: str
    """Of both values: a decision is refused where one of them has changed since it was shown."""
    reason: str = ""
    """Why a person must decide although Timbre would know whose it is, where that is so."""
    ours_by: str = ""
    ours_at: datetime | None = None
    theirs_by: str = ""
    theirs_at: datetime | None = None
    author: str = ""
    zone: str = "UTC"
    mergeable: bool = False
    draft: Draft | None = None


# ---- the inbox -----------------------------------------------------------------------------------------------


def groups() -> list[tuple[str, str | None, str, int]]:
    """(kind, author id, author's name, rows) for the filters of the inbox."""
    with store.reading() as tx:
        names = {i: a.name for i, a in notion.authors(tx).items()}
        return [(k, a, names.get(a or "", ""), n) for k, a, n in notion_page.conflict_groups(tx)]


def disputes(
    offset: int = 0, limit: int = PAGE, kind: str | None = None, author_id: str | None = None, first: str = ""
) -> list[Dispute]:
    """What a page of the inbox shows, row by row, the oldest first; `first`: id of a row that comes on top."""
    with store.reading() as tx:
        rows = notion_page.conflicts(tx, limit, offset, kind, author_id)
        if first and (wanted := tx.session.get(NotionRow, first)) is not None and wanted.conflict:
            rows = [wanted, *(r for r in rows if r.id != first)]
        side = ours.Side.load(tx)
        return [_dispute(tx, side, row, key) for row in rows for key in row.conflict]


def _dispute(tx: store.Reading, side: ours.Side, row: NotionRow, key: str) -> Dispute:
    sides = row.conflict[key]
    mine = (side.fields(tx, row.kind, row.local_id) or {}).get(key)
    field = schema.KINDS[row.kind].field(key)
    change = notion_page.last_change(tx, ours.ENTITY.get(row.kind, row.kind), row.local_id, key)
    post = next(iter(notion.posts(tx, [row.local_id])), None) if row.kind == "calendar" else None
    author = side.authors.get(post.author_id) if post is not None else None
    at = sides.get("at")
    return Dispute(
        row_id=row.id, kind=row.kind, local_id=row.local_id, key=key, name=field.name,
        title=str((row.base or {}).get("title") or "A row without a name")[:200], url=row.url or "",
        base=sides.get("base"), ours=mine, theirs=sides["theirs"], stamp=stamp(mine, sides["theirs"]),
        reason=row.message or "",
        ours_by=change.actor if change else "", ours_at=change.at if change else None,
        theirs_by=people.called(tx, str(sides.get("by") or "")), theirs_at=datetime.fromisoformat(at) if at else None,
        author=author.name if author else "", zone=post.zone if post else "UTC",
        mergeable=mergeable(field, mine, sides["theirs"]), draft=draft_of(tx, row.id, key),
    )  # fmt: skip


def mergeable(field: schema.Field, mine: Any, theirs: Any) -> bool:
    """Whether two values can be made into one: text, and lists that are written a line each."""
    return field.types[0] in TEXTS and all(isinstance(v, str | list) or v is None for v in (mine, theirs))


def stamp(mine: Any, theirs: Any) -> str:
    """What a person looked at, in short."""
    return hashlib.sha256(json.dumps([mine, theirs], default=str).encode()).hexdigest()[:16]


def as_text(value: Any) -> str:
    """A text or a list (an item a line) as it is edited."""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")


def proposal(one: Dispute) -> str:
    """Both sides' changes in one text; where they touch, both variants stand in it, marked."""
    if isinstance(one.ours, list) or isinstance(one.theirs, list):
        return "\n".join(combine_lists(one.base or [], one.ours or [], one.theirs or []))
    return combine(one.base, one.ours or "", one.theirs or "").text


# ---- the merged text while it is written -------------------------------------------------------------------------


def begin_merge(row_id: str, key: str, actor: Actor, anew: bool = False) -> None:
    """Start a merged text from the proposal; one that is begun already is gone on with, unless `anew`."""
    allowed(actor)
    with store.writing(actor) as tx:
        row = notion.row(tx, row_id)
        still(row, key)
        before = draft_of(tx, row_id, key)
        if before is None or anew:
            one = _dispute(tx, ours.Side.load(tx), row, key)
            _keep_draft(tx, one.row_id, key, proposal(one), before.revision + 1 if before else 1, one.stamp)


def save_draft(row_id: str, key: str, actor: Actor, text: str, revision: int | None = None) -> int:
    """Keep what was typed on top of a revision (None: of any); returns the new one. Raises Stale where it is old."""
    allowed(actor)
    _storable(text)
    with store.writing(actor) as tx:
        before = draft_of(tx, row_id, key)
        if before is None:
            raise Conflict("This merged text was saved or given up meanwhile.", "Reload the page.")
        if revision is not None and before.revision != revision:
            raise Stale(f"{before.by} changed the merged text first. Nothing was overwritten.", "Reload the page.")
        _keep_draft(tx, row_id, key, text, before.revision + 1, before.stamp)
        return before.revision + 1


def drafted(row_id: str, key: str) -> Draft | None:
    """The merged text as it stands; None where nobody has begun one."""
    with store.reading() as tx:
        return draft_of(tx, row_id, key)


def drop_merge(row_id: str, key: str, actor: Actor) -> None:
    """Give a merged text up. What was typed stays in the audit trail."""
    allowed(actor)
    with store.writing(actor) as tx:
        choices.put(tx, draft_key(row_id, key), {})


def _storable(text: str) -> None:
    """Refuse what no database can hold. Raises Invalid."""
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Invalid("The text holds characters that cannot be stored.", "Paste it again as plain text.")


def draft_key(row_id: str, key: str) -> str:
    """The setting that holds a merged text while it is written."""
    return f"notion.merge.{row_id}.{key}"


def draft_of(tx: store.Reading, row_id: str, key: str) -> Draft | None:
    """The merged text that somebody has begun, if any."""
    found = choices.get(tx, draft_key(row_id, key))
    return Draft(found["text"], found["revision"], found["stamp"], found["by"]) if found else None


def _keep_draft(tx: store.Writing, row_id: str, key: str, text: str, revision: int, seen: str) -> None:
    value = {"text": text, "revision": revision, "stamp": seen, "by": tx.actor.name}
    choices.put(tx, draft_key(row_id, key), value)


def still(row: NotionRow, key: str) -> None:
    """Raises Conflict where a field is decided already."""
    if key not in row.conflict:
        raise Conflict("This conflict is decided already.", "Reload the page.")


def allowed(actor: Actor) -> None:
    """Raises Denied for readers."""
    if not review.has_role(actor, "editor"):
        raise Denied(
            f"You may not decide this: your role is {actor.role}. Nothing was changed.",
            "Ask an editor or an approver to do it.",
        )
