"""Our side of the sync: how a change from Notion is taken over. What our records say is in notion_sync.saying."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from core import authors, measured, persona, review, store
from core.errors import Denied, Stale
from core.persona.fields import checked, named
from core.store import Actor, Reading, Writing, notion, notion_kinds
from core.store.base import now
from core.store.tables import NotionRow
from notion_sync import values
from notion_sync.saying import DRAFTS, ENTITIES, ENTITY, LINES, SENT, Side, first_line, score_line
from notion_sync.schema import KINDS

__all__ = [
    "BODIES", "DRAFTS", "ENTITIES", "ENTITY", "SENT", "Side", "archive_cost", "body_due", "first_line", "follows",
    "put_away", "put_body", "put_guideline", "score_line", "take_guideline", "take_persona", "take_post", "take_sample",
    "unsettled_bodies", "written",
]  # fmt: skip
Json = dict[str, Any]
BODIES = 100
"""Pages below guidelines that one pass reads again at most, where nothing says that they changed."""
SETTLED = timedelta(minutes=2)
"""Edit times are floored to the minute: a page read sooner than this after its last edit is read once more, then."""
AGAIN = 2
"""Such pages in one pass: it should stay cheap."""
TAKE_OVER = "Take it over yourself, or give them another role."


def take_post(
    actor: Actor,
    post_id: str,
    pulled: Mapping[str, Any],
    side: Side,
    seen: Mapping[str, Any],
    mine: Mapping[str, Any] | None = None,
) -> str:
    """Take over what Notion changed on a post; `seen` is the whole row, `mine` our side as it was compared.

    Returns a remark, or ''. Raises TimbreError; Stale where our side moved meanwhile.
    """
    shared = {k: v for k, v in pulled.items() if k in ("title", "text", "status", "slot")}
    if shared:
        post = review.get(post_id)
        slot = values.moment(shared["slot"], post.zone, post.slot) if "slot" in shared else review.KEEP
        over: Json = {key: mine[key] for key in ("title", "text") if key in mine} if mine else {}
        if mine and "status.here" in mine:
            over["status"] = mine["status.here"]
        if mine and "slot.here" in mine:  # ours as it was compared, or none that this post has
            over["slot"] = post.slot if values.instant(post.slot) == mine["slot.here"] else mine["slot.here"]
        review.apply_remote(
            post_id,
            actor,
            title=shared.get("title"),
            text=shared.get("text"),
            status=shared.get("status"),
            slot=slot,
            seen=seen.get("text"),
            over=over,
        )
    return _take_owned(actor, post_id, pulled, side)


def _take_owned(actor: Actor, post_id: str, pulled: Mapping[str, Any], side: Side) -> str:
    owned: Json = {}
    remark = ""
    if "pillar" in pulled:
        owned["pillar"] = (pulled["pillar"] or "")[:100]
    if "author" in pulled:
        author = side.author_named(pulled["author"])
        if author is not None:
            owned["author_id"] = author.id
        else:
            named = pulled["author"] or "(nobody)"
            who = "an author" if isinstance(named, list) else f"the author {named}"
            remark = f"Notion names {who}, who is not here; the post keeps its author."
    if owned:
        if not review.has_role(actor, "editor"):
            raise Denied(f"{actor.name} may not change posts from Notion: their role is {actor.role}.", TAKE_OVER)
        with store.writing(actor) as tx:
            notion.set_owned(tx, post_id, **owned)
    return remark


def follows(kind: str, mine: Mapping[str, Any], pulled: Mapping[str, Any]) -> Json:
    """What changes here because something of Notion's is taken over: text that was approved is in review again."""
    if kind == "calendar" and "text" in pulled and mine.get("status") in (review.STATUSES[4], review.STATUSES[5]):
        return {"status": "In Review"}
    return {}


def take_persona(actor: Actor, author_id: str, pulled: Mapping[str, Any], side: Side) -> str:  # noqa: ARG001
    """Take over what Notion says of an author: lines become corrections of the card, an emptied one takes it back.

    Raises Denied (readers), Invalid (a line that is too long, ...) before anything is changed.
    """
    if actor.role == "reader":
        raise Denied("You may not change a persona: your role is reader.", "Ask an editor or an approver to do it.")
    lines = {LINES[key]: value for key, value in pulled.items() if key in LINES}
    for path, value in lines.items():
        if value:
            checked(named(path), value)
    if "headline" in pulled or "reviewers" in pulled:
        people = pulled.get("reviewers")
        found = [values.person_parts(p) for p in people or []] if "reviewers" in pulled else None
        authors.describe(author_id, actor, headline=pulled.get("headline"), reviewers=found)
    for path, value in lines.items():
        if value:
            persona.edit(author_id, path, value, actor, why=f"{named(path).label} corrected in Notion")
        else:
            persona.clear_edit(author_id, path, actor)
    return ""


def take_sample(actor: Actor, record_id: str, pulled: Mapping[str, Any], side: Side) -> str:  # noqa: ARG001
    """Take over the numbers that somebody typed on a row of Posts & Samples; a remark names those that are none."""
    numbers = {key: value for key, value in pulled.items() if key in measured.METRICS}
    return " ".join(measured.record(record_id, numbers, actor)) if numbers else ""


# ---- guidelines ----------------------------------------------------------------------------------------------


def take_guideline(actor: Actor, row: NotionRow, pulled: Mapping[str, Any], side: Side, mine: Mapping[str, Any]) -> str:
    """Take over what Notion changed on a guideline, or that it was restored; `mine`: our side as it was compared.

    Raises Denied for readers, Stale where our side moved meanwhile.
    """
    if pulled and not review.has_role(actor, "editor"):
        raise Denied(f"{actor.name} may not change guidelines from Notion: their role is {actor.role}.", TAKE_OVER)
    with store.writing(actor) as tx:
        fresh = side.fields(tx, row.kind, row.local_id) or {}
        if any(fresh.get(key) != mine.get(key) for key in pulled):
            raise Stale("The guideline was changed here at the same moment. Nothing was overwritten.", "Sync again.")
        put_guideline(tx, row, {**fresh, **pulled}, side)
    return ""


def put_guideline(tx: Writing, row: NotionRow, theirs: Mapping[str, Any], side: Side) -> None:
    """A guideline in force, as both sides agree on it. What is not given stays."""
    kinds = {o.casefold(): o for o in KINDS["guidelines"].field("kind").options}
    found: Json = {"url": row.url or None, "title": theirs.get("title") or "Untitled rule"}
    if "kind" in theirs:
        found["kind"] = kinds.get(str(theirs["kind"] or "").casefold(), "tone")
    if "severity" in theirs:
        found["severity"] = "block" if str(theirs["severity"] or "").casefold() == "block" else "warn"
    if "authors" in theirs:
        # A name that nobody here has stays as it is: an empty list would mean everyone.
        who = [side.author_named(name) or name for name in theirs["authors"] or []]
        found["authors"] = [one if isinstance(one, str) else one.id for one in who]
    found |= {key: theirs[key] or empty for key, empty in (("text", ""), ("phrases", [])) if key in theirs}
    notion.put_guideline(tx, row.local_id, deleted_at=None, **found)


def put_away(tx: Writing, row: NotionRow) -> None:
    """A guideline whose row is in Notion's trash applies no more; what it says stays, for the day it is restored."""
    if notion_kinds.guideline(tx, row.local_id) is not None:
        notion.put_guideline(tx, row.local_id, deleted_at=now())


def written(tx: Writing, row: NotionRow) -> None:
    """What follows here from a row that was written: a guideline knows where its row is."""
    if row.kind == "guidelines":
        notion_kinds.set_link(tx, row.local_id, row.url)


def body_due(row: NotionRow, page: Json, full: bool, bots: Collection[str] = ()) -> bool:
    """Whether the page below a guideline's row should be read: one request.

    An edit in Notion bumps last_edited_time; edits through the API may not, so a full pass reads all of them again.
    A page that we made ourselves and nobody else has touched has nothing below it.
    """
    if row.kind != "guidelines" or row.state in ("unmatched", "trashed", "paused"):
        return False
    known: Json = (row.memo or {}).get("body") or {}
    by = (page.get("last_edited_by") or {}).get("id")
    return full or (known.get("edited") != str(page.get("last_edited_time") or "") and bool(known or by not in bots))


def unsettled_bodies(tx: Reading) -> set[str]:
    """A few pages below guidelines that were read in the minute of their last edit: it may have held another one."""
    out = []
    for row in notion.rows(tx, "guidelines", ("ok", "pending", "conflict")):
        known: Json = (row.memo or {}).get("body") or {}
        if known.get("edited") and row.page_id:
            edited, read = (datetime.fromisoformat(known[key]) for key in ("edited", "read"))
            if read < edited + SETTLED <= now():
                out.append(row.page_id)
    return set(out[:AGAIN])


def put_body(tx: Writing, row: NotionRow, page: Json, markdown: str) -> bool:
    """Keep what the page below a guideline's row says; returns whether it is another text than before."""
    seen = {"edited": str(page.get("last_edited_time") or ""), "read": now().isoformat()}
    fresh = notion.of_local(tx, row.kind, row.local_id) or row
    notion.save(tx, row.kind, row.local_id, memo={**(fresh.memo or {}), "body": seen})
    return notion_kinds.set_body(tx, row.local_id, markdown)


# ---- the archive ---------------------------------------------------------------------------------------------


def archive_cost(tx: Reading, per_minute: int) -> dict[str, int]:
    """What sending every sample would add: rows; requests (one each); blocks (a row is a page); whole minutes."""
    side = Side.load(tx)
    side.archive = True
    known = {row.local_id for row in notion.rows(tx, "samples") if row.page_id and row.state != "unmatched"}
    rows = sum(local_id not in known for local_id in side.wanted(tx, "samples"))
    return {"rows": rows, "requests": rows, "blocks": rows, "minutes": math.ceil(rows / max(1, per_minute))}
