"""What only a person decides: conflicts (keep mine, keep theirs, merge), rows in Notion's trash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import review, store
from core.errors import Conflict, Invalid
from core.store import Actor, choices, notion, notion_kinds
from core.store.tables import NotionRow
from notion_sync import ours
from notion_sync.client import Notion
from notion_sync.combine import undecided
from notion_sync.disputes import allowed, as_text, draft_key, draft_of, stamp, still
from notion_sync.schema import KINDS

Json = dict[str, Any]


def keep(row_id: str, field_key: str, whose: str, actor: Actor, value: Any = None, seen: str | None = None) -> str:
    """Decide a conflict: `ours`, `theirs`, or `merge` with a `value`. The next pass carries it out.

    What was let go of stays in the audit; approvals fall as with any edit. `seen`: the stamp of what the person looked
    at. Returns a remark where something came out otherwise than asked, else ''. Raises Conflict where it is decided
    already or a side has changed since, Invalid where a merged text still holds both variants, Denied for readers.
    """
    allowed(actor)
    with store.reading() as tx:
        row, side = notion.row(tx, row_id), ours.Side.load(tx)
        mine = side.fields(tx, row.kind, row.local_id)
        post = notion_kinds.post(tx, row.local_id) if row.kind == "calendar" else None
    still(row, field_key)
    theirs = row.conflict[field_key]["theirs"]
    if mine is None and whose != "ours":
        raise Invalid("This record was removed here, so nothing can be taken over.", "Keep yours, or restore it first.")
    before = (mine or {}).get(field_key)
    if seen is not None and seen != stamp(before, theirs):
        raise Conflict("One side changed after you looked at it. Nothing was decided.", "Look at it again, below.")
    remark = ""
    if whose == "theirs":
        remark = _take(row, field_key, theirs, mine or {}, side, actor)
    elif mine is not None and KINDS[row.kind].field(field_key).owner == "notion":
        raise Invalid(
            f"{KINDS[row.kind].field(field_key).name} is kept in Notion, so your side cannot stand against it.",
            "Take theirs over, or change it in Notion: the next sync brings it here.",
        )
    elif whose == "merge":
        _put(row, field_key, _merged(value, before, theirs), mine or {}, side, actor, post.revision if post else None)
    elif whose != "ours":
        raise Invalid(f"A conflict is decided by ours, theirs or merge, not by {whose}.", "Choose one of them.")
    _settle(row, field_key, whose, theirs, actor)
    return remark


def _settle(row: NotionRow, key: str, whose: str, theirs: Any, actor: Actor) -> None:
    """The base becomes what Notion holds, so that the next pass sends what differs. The row is read again: a pass may
    have changed it meanwhile.
    """
    with store.writing(actor) as tx:
        fresh = notion.row(tx, row.id)
        if key not in fresh.conflict or fresh.conflict[key]["theirs"] != theirs:
            raise Conflict(
                "Notion's side changed while you decided. What you chose is kept here; both are shown again.",
                "Look at it again, below.",
            )
        rest = {k: v for k, v in fresh.conflict.items() if k != key}
        if whose != "theirs":
            now = (ours.Side.load(tx).fields(tx, fresh.kind, fresh.local_id) or {}).get(key)
            notion.note_dropped(tx, fresh, key, theirs, now)
        notion.save(
            tx, fresh.kind, fresh.local_id, base={**fresh.base, key: theirs}, conflict=rest,
            state="conflict" if rest else "pending", message="",
        )  # fmt: skip
        if draft_of(tx, row.id, key) is not None:
            choices.put(tx, draft_key(row.id, key), {})


def _merged(value: Any, mine: Any, theirs: Any) -> Any:
    if value is None:
        raise Invalid("There is no merged text yet. Nothing was changed.", "Write it first.")
    text = as_text(value)
    if (left := undecided(text)) and not undecided(as_text(mine) + as_text(theirs)):
        raise Invalid(
            f"{left} marked variants are still in the text. Nothing was decided.",
            "At each mark keep one variant, and take the marks and the other one out.",
        )
    if isinstance(mine, list) or isinstance(theirs, list):
        return [line.strip() for line in text.split("\n") if line.strip()]
    return text


def _take(row: NotionRow, key: str, theirs: Any, mine: Json, side: ours.Side, actor: Actor) -> str:
    """Take Notion's value over; a remark where it did not become ours."""
    _put(row, key, theirs, mine, side, actor, from_notion=True)
    with store.reading() as tx:
        now = (ours.Side.load(tx).fields(tx, row.kind, row.local_id) or {}).get(key)
        post = next(iter(notion.posts(tx, [row.local_id])), None) if row.kind == "calendar" else None
    if now == theirs or post is None:
        return ""
    if key == "status" and (post.requested or {}).get("status") == theirs:
        return f"{theirs} is kept as a request: what it asks for is decided on the Review page."
    kept = " Notion's text is kept in its notes." if key == "text" else ""
    return f"A post that is {post.status} keeps what it has.{kept} The next sync writes yours back to Notion."


def _put(
    row: NotionRow, key: str, value: Any, mine: Mapping[str, Any], side: ours.Side, actor: Actor,
    revision: int | None = None, from_notion: bool = False,
) -> None:  # fmt: skip
    """Write one field of our record, through the same commands as any other edit. Raises Stale where it moved."""
    if row.kind == "calendar" and from_notion:
        ours.take_post(actor, row.local_id, {key: value}, side, {key: value}, mine)
    elif row.kind == "calendar":
        review.edit(row.local_id, actor, revision, **{key: value})
    elif row.kind == "guidelines":
        ours.take_guideline(actor, row, {key: value}, side, mine)
    elif row.kind == "personas":
        ours.take_persona(actor, row.local_id, {key: value}, side)
    else:
        ours.take_sample(actor, row.local_id, {key: value}, side)


# ---- the trash -----------------------------------------------------------------------------------------------


def bring_back(row_id: str, actor: Actor) -> None:
    """Take a row out of Notion's trash; then it is synced again."""
    allowed(actor)
    with store.reading() as tx:
        row = notion.row(tx, row_id)
    client = Notion()
    try:
        client.trash(str(row.page_id), False)
    finally:
        client.close()
    with store.writing(actor) as tx:
        notion.save(tx, row.kind, row.local_id, state="pending", message="", remote_hash=None)


def archive_here(row_id: str, actor: Actor) -> None:
    """Put the post of a row that is in Notion's trash away here too. It can be restored."""
    with store.reading() as tx:
        row = notion.row(tx, row_id)
    review.archive(row.local_id, actor, "Its row was put into the trash in Notion.")
