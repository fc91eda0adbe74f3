"""A row as Notion has it now: whose it is, whether it is new, gone or somebody's copy. Absence is never deletion."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from core import store
from core.errors import Denied, Invalid, NotFound
from core.people import WORKER
from core.review import content_hash
from core.review.lifecycle import has_role
from core.store import new_id, notion, posts
from core.store.base import now
from core.store.tables import Author, NotionRow, Post
from notion_sync import lag, ours, references, schema
from notion_sync.merge import empty
from notion_sync.rows import Rows, label, somebody
from notion_sync.schema import STANDS_FOR

Json = dict[str, Any]
ULID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
TAKEN = (
    "Another Timbre keeps this row: its App ID is not ours. What you have here is kept and not sent. "
    "Empty the App ID in Notion to sync the row from here again."
)


@dataclass
class Incoming(Rows):
    """One row that comes from Notion."""

    whole: set[str] = field(default_factory=set)
    """Kinds that this pass reads from the beginning: what was refused before is tried again."""
    rereads: set[str] = field(default_factory=set)
    """Kinds whose pages' bodies are read again, changed or not: edits through the API need not show."""
    again: set[str] = field(default_factory=set)
    """Pages whose bodies were read too soon after their last edit."""

    def _incoming(self, kind: str, page: Json, listed: bool = False) -> None:
        """One row as Notion has it now; one from a list may be an older version than what we know."""
        page = self._whole(kind, page)
        theirs = schema.read_row(kind, self.bound[kind].properties, page)
        print_ = schema.fingerprint(theirs, schema.trashed(page))
        with store.reading() as tx:
            row = notion.of_page(tx, page["id"])
        if row is not None and row.remote_hash == print_ and row.state not in ("unmatched", "unknown", "paused"):
            self.counts["unchanged"] += 1
            self._date(row, page)
            self._read_body(row, page)
            return
        if listed and row is not None and lag.doubtful(row.memo, page, self._seen(row), theirs):
            self.counts["doubtful"] += 1
            if self.counts["doubtful"] <= lag.ASKED:
                self._look_at(row)
            return
        if row is None or row.state == "unmatched":
            if schema.trashed(page):
                self._drop_unmatched(row)
                return
            row = self._identify(kind, page, theirs, row)
            if row is None:
                return
        if schema.trashed(page):
            self._trashed(row, theirs, page, print_)
            return
        if self._claimed(row, theirs):
            self._hold(row, "paused", TAKEN)
            return
        self._read_body(self._reconcile(row, theirs, page, print_), page)

    def _look_at(self, row: NotionRow) -> None:
        try:
            self._incoming(row.kind, self.client.page(str(row.page_id)))
        except NotFound as error:
            self._hold(row, "paused", f"{error} It was not deleted here.")

    def _claimed(self, row: NotionRow, theirs: Json) -> bool:
        """Whether another Timbre has made this row its own. Two that adopt one at once agree on the older App ID."""
        other = str(theirs.get("app_id") or "").strip()
        if not ULID.fullmatch(other) or other >= row.local_id:
            return False
        with store.reading() as tx:
            return notion.of_local(tx, row.kind, other) is None and self.side.fields(tx, row.kind, other) is None

    def _whole(self, kind: str, page: Json) -> Json:
        """The page with every reference of our fields, where it shows the first 25 alone."""
        cut = schema.cut_short(kind, self.bound[kind].properties, page)
        if not cut:
            return page
        with store.reading() as tx:
            row = notion.of_page(tx, page["id"])
        known = (row.memo or {}).get("references") if row is not None and kind not in self.rereads else None
        page, fresh = references.whole(self.client, page, cut, known, now())
        if fresh is not None and row is not None and not self.dry_run:
            with store.writing(WORKER) as tx:
                notion.save(tx, kind, row.local_id, memo={**(row.memo or {}), "references": fresh})
        return page

    def _read_body(self, row: NotionRow, page: Json) -> None:
        """The page below a guideline, where it may have changed; a refusal must not stop the pass."""
        full = row.kind in self.rereads and self.counts["bodies"] < ours.BODIES
        due = ours.body_due(row, page, full, self.side.bots) or page["id"] in self.again
        if self.dry_run or not due:
            return
        self.again.discard(page["id"])
        try:
            text = self.client.markdown(page["id"])
        except (Denied, Invalid, NotFound) as error:
            self.say(f"The page below this guideline cannot be read: {error}", row, "warn")
            return
        self.counts["bodies"] += 1
        with store.writing(self._actor(page)) as tx:
            changed = ours.put_body(tx, row, page, text)
        if changed:
            self.say("The page below this guideline was read.", row)

    def _date(self, row: NotionRow, page: Json) -> None:
        """Remember when Notion made the page, where that is not known yet: the sweep goes by it."""
        if "created" not in row.memo and page.get("created_time") and not self.dry_run:
            with store.writing(WORKER) as tx:
                notion.save(tx, row.kind, row.local_id, memo={**row.memo, "created": page["created_time"]})

    def _drop_unmatched(self, row: NotionRow | None) -> None:
        if row is not None and not self.dry_run:
            with store.writing(WORKER) as tx:
                _remember(tx, row, {})
                notion.forget(tx, row.id)

    def _trashed(self, row: NotionRow, theirs: Json, page: Json, print_: str) -> None:
        self.counts["trashed"] += 1
        self.say("Put into the trash in Notion. Nothing was deleted here.", row, "warn")
        if self.dry_run:
            return
        memo = lag.seen(dict(row.memo or {}), page, self._seen(row), theirs)
        with store.writing(somebody()) as tx:
            saved = notion.save(
                tx, row.kind, row.local_id, state="trashed", remote_hash=print_, pulled_at=now(), memo=memo,
                message="This row is in Notion's trash. Nothing was deleted here; nothing is sent until you decide.",
            )  # fmt: skip
            if row.kind == "guidelines":
                ours.put_away(tx, saved)

    def _identify(self, kind: str, page: Json, theirs: Json, unmatched: NotionRow | None) -> NotionRow | None:
        """The row of ours that a page belongs to: by App ID, else it is new; None where it must wait."""
        app_id = (theirs.get("app_id") or "").strip()
        if not app_id:
            return self._adopt(kind, page, theirs, unmatched)
        with store.reading() as tx:
            row = notion.of_local(tx, kind, app_id)
            here = self.side.fields(tx, kind, app_id) is not None
        if row is not None and row.page_id not in (None, page["id"]):
            why = "It carries the App ID of another row: a copy? Empty its App ID to make it a new post."
            return self._unmatched(kind, page, theirs, unmatched, why)
        if row is None and not here:
            why = "Its App ID is not known here: it may belong to another Timbre, or its post was removed here."
            return self._unmatched(kind, page, theirs, unmatched, why)
        self.say("Found by its App ID.", row)
        if self.dry_run:
            return row or NotionRow(kind=kind, local_id=app_id, page_id=page["id"], base={}, conflict={}, state="ok")
        with store.writing(WORKER) as tx:
            if unmatched is not None:
                _remember(tx, unmatched, theirs)
                notion.forget(tx, unmatched.id)
            base = row.base if row is not None else {}
            return notion.save(
                tx, kind, app_id, page_id=page["id"], url=page.get("url") or "", base=base, state="ok", message=""
            )

    def _adopt(self, kind: str, page: Json, theirs: Json, unmatched: NotionRow | None) -> NotionRow | None:
        """A row typed into Notion by hand becomes a record of ours, in one transaction with its binding."""
        if not (theirs.get("title") or theirs.get("text") or theirs.get("phrases")):
            return None  # somebody has just pressed New
        author = self.side.author_named(theirs.get("title" if kind == "personas" else "author"))
        if (why := self._no_place(kind, author, theirs)) is not None:
            return self._unmatched(kind, page, theirs, unmatched, why)
        if kind == "personas" and author is not None:
            return self._adopt_persona(page, author.id, unmatched)
        if kind == "calendar" and theirs.get("status") in STANDS_FOR:
            said = theirs["status"]
            why = f"It is {said} in Notion already and stays as it is there. Choose an earlier status to bring it in."
            return self._unmatched(kind, page, theirs, unmatched, why)
        actor = self._actor(page)
        if not has_role(actor, "editor"):
            why = f"{actor.name} typed it, and a {actor.role} may not make new records. An editor may edit the row."
            return self._unmatched(kind, page, theirs, unmatched, why)
        self.counts["adopted"] += 1
        self.say(f"New in Notion: {theirs.get('title') or 'without a name'}.")
        if self.dry_run:
            for key, value in theirs.items():
                if value not in (None, "", []) and key in self._owners(kind):
                    self.say("New here, from Notion", None, side="here", field=label(kind, key), old=None, new=value)
            return None
        local_id = new_id()
        with store.writing(actor) as tx:
            if unmatched is not None:
                _remember(tx, unmatched, theirs)
                notion.forget(tx, unmatched.id)
            base: Json = {}
            if author is not None and kind == "calendar":
                base = self._add_post(tx, local_id, author.id, author.zone, theirs)
            row = notion.save(tx, kind, local_id, page_id=page["id"], url=page.get("url") or "", base=base)
            if kind == "guidelines":
                ours.put_guideline(tx, row, theirs, self.side)
            return row

    def _no_place(self, kind: str, author: Author | None, theirs: Json) -> str | None:
        """Why a row that somebody typed in Notion cannot come in by itself; None where it can."""
        if kind == "samples":
            return "Timbre writes the rows of this table. Type a new post into the calendar."
        if kind == "guidelines" or author is not None:
            return None
        if kind == "personas":
            return f"The author {theirs.get('title') or 'of this row'} is not here. Add the author in Timbre first."
        named = theirs.get("author")
        known = named if isinstance(named, str) else ""
        why = f"The author {known} is not here." if known else "It names no author whom Timbre knows."
        column = self.bound[kind].properties.get("author", {}).get("name", "Author")
        return f"{why} Choose one of yours in its {column} field."

    def _adopt_persona(self, page: Json, author_id: str, unmatched: NotionRow | None) -> NotionRow | None:
        """A row typed by hand for an author who is here is that author's, unless they have one."""
        with store.reading() as tx:
            row = notion.of_local(tx, "personas", author_id)
        if row is not None and row.page_id:
            why = "This author has a row already. Delete one of the two in Notion."
            return self._unmatched("personas", page, {}, unmatched, why)
        if self.dry_run:
            return None
        with store.writing(WORKER) as tx:
            if unmatched is not None:
                _remember(tx, unmatched, {})
                notion.forget(tx, unmatched.id)
            return notion.save(tx, "personas", author_id, page_id=page["id"], url=page.get("url") or "", base={})

    def _add_post(self, tx: store.Writing, post_id: str, author_id: str, zone: str, theirs: Json) -> Json:
        title, text = (theirs.get(k) or "" for k in ("title", "text"))
        status = "Drafting" if text.strip() and theirs.get("status") != "Idea" else "Idea"
        post = Post(
            id=post_id, author_id=author_id, title=title, text=text, status=status, zone=zone, media=[], account="",
            pillar=theirs.get("pillar") or "", hash=content_hash(text, [], ""),
        )  # fmt: skip
        posts.add(tx, post)
        agreed = {"title": title, "text": text, "status": status, "slot": None, "author": theirs.get("author")}
        return {**agreed, "pillar": theirs.get("pillar"), "app_id": ""}

    def _unmatched(self, kind: str, page: Json, theirs: Json, before: NotionRow | None, why: str) -> NotionRow | None:
        """Keep a row on the list of those that wait for a person."""
        self.counts["unmatched"] += 1
        if not self.dry_run:
            with store.writing(WORKER) as tx:
                if before is not None:
                    _remember(tx, before, theirs)
                notion.save(
                    tx, kind, before.local_id if before else new_id(), page_id=page["id"], url=page.get("url") or "",
                    base=theirs, state="unmatched", message=why, pulled_at=now(),
                )  # fmt: skip
        if before is None:
            self.say(f"{theirs.get('title') or 'A row without a name'}: {why}", level="warn")
        return None


def _remember(tx: store.Writing, unmatched: NotionRow, theirs: Json) -> None:
    """What was typed into a row that waits for a person stays in the audit when it is typed over, or the row goes."""
    for key, old in unmatched.base.items():
        if not empty(old) and theirs.get(key) != old:
            notion.note_dropped(tx, unmatched, key, old, theirs.get(key))
