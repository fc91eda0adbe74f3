"""What waits to go to Notion, and why. Read off the change log and the rows' own state; nothing is queued twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.store import Reading, notion
from core.store.base import now
from core.store.tables import NotionRow
from notion_sync import ours
from notion_sync.merge import merge
from notion_sync.schema import KINDS, Owner

OPEN = ("unknown", "pending", "conflict")
QUIET = timedelta(seconds=10)
"""So long nobody must have typed before an edit of a draft goes out by itself."""


@dataclass(frozen=True)
class Waiting:
    """One record of ours that Notion does not show as it is."""

    kind: str
    local_id: str
    title: str
    fields: list[str] = field(default_factory=list)
    """Names of the properties that differ; empty for a row that is not there yet."""
    why: str = ""
    since: datetime | None = None
    url: str = ""


def last_seq(tx: Reading) -> int:
    """How far the last complete pass had read the change log."""
    done = notion.passes(tx, 1, ("done",))
    return int(done[0].counts.get("seq", 0)) if done else 0


def pending(tx: Reading, kind: str, side: ours.Side, owners: Mapping[str, Owner]) -> list[Waiting]:
    """What the next push of a kind would write, in words: new rows first, then changed ones."""
    found = due(tx, kind, side, owners)
    return [entry(tx, kind, local_id, side, row, fields) for local_id, row, fields in found]


def due(
    tx: Reading, kind: str, side: ours.Side, owners: Mapping[str, Owner]
) -> list[tuple[str, NotionRow | None, list[str]]]:
    """As `pending`, bare: our id, the row, the names of the properties that differ."""
    rows = {row.local_id: row for row in notion.rows(tx, kind) if row.state != "unmatched"}
    new = [i for i in side.wanted(tx, kind) if i not in rows or not rows[i].page_id]
    new += [i for i, row in rows.items() if row.state == "unknown" and not row.page_id and i not in new]  # to settle
    changed = set[str]().union(*notion.changed_since(tx, last_seq(tx), ours.ENTITIES[kind]).values())
    known = [
        row
        for row in rows.values()
        if row.page_id and (kind == "personas" or row.local_id in changed or row.state in OPEN)
    ]
    out: list[tuple[str, NotionRow | None, list[str]]] = [(local_id, rows.get(local_id), []) for local_id in new]
    for row in known:
        if row.state in ("trashed", "paused"):
            continue
        fields = differing(tx, row, side, owners)
        if fields or row.state == "pending":
            out.append((row.local_id, row, fields))
    return out


def stuck(tx: Reading, kind: str, side: ours.Side, owners: Mapping[str, Owner]) -> list[Waiting]:
    """What a push leaves alone although our side differs: rows in the trash, rows that cannot be seen any more."""
    out = []
    for row in notion.rows(tx, kind, ("trashed", "paused")):
        if fields := differing(tx, row, side, owners):
            out.append(entry(tx, kind, row.local_id, side, row, fields))
    return out


def urgent(tx: Reading, side: ours.Side, owners: Mapping[str, Owner], seq: int | None = None) -> list[str]:
    """Posts that a person waits for in Notion: approved or scheduled after this line of the log (else the last pass).

    Edits of a draft count once nobody has typed for a moment. What came from Notion is nobody's wait: a large pull
    would else be looked through again and again.
    """
    since = last_seq(tx) if seq is None else seq
    changed = notion.changed_since(tx, since, ["post"], besides="notion").get("post", set())
    rows = {row.local_id: row for row in notion.rows_of(tx, "calendar", changed)}
    out = []
    for post in notion.posts(tx, changed):
        row = rows.get(post.id)
        if row is None:
            wanted = side.sent(post)
        else:
            wanted = bool(row.page_id) and row.state in ("ok", "conflict") and bool(differing(tx, row, side, owners))
        if wanted and (post.status in ours.SENT or now() - post.updated_at > QUIET):
            out.append(post.id)
    return out


def differing(tx: Reading, row: NotionRow, side: ours.Side, owners: Mapping[str, Owner]) -> list[str]:
    """Names of the properties that a push would write."""
    mine = side.fields(tx, row.kind, row.local_id, bool(row.conflict), row.base)
    if mine is None:
        return []
    seen = {**row.base, **{key: c["theirs"] for key, c in row.conflict.items()}}
    return [KINDS[row.kind].field(key).name for key in merge(owners, row.base, mine, seen).push]


def entry(tx: Reading, kind: str, local_id: str, side: ours.Side, row: NotionRow | None, fields: list[str]) -> Waiting:
    """One record of ours in the words of the list; `row` is its row, where it has one."""
    mine = side.fields(tx, kind, local_id) or {}
    change = notion.last_change(tx, ours.ENTITY.get(kind, kind), local_id)
    why = row.message if row is not None and row.message else "Goes out with the next sync."
    return Waiting(
        kind=kind,
        local_id=local_id,
        title=str(mine.get("title") or "Without a name"),
        fields=fields,
        why=why,
        since=change.at if change else None,
        url=row.url if row is not None else "",
    )
