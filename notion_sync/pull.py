"""Pull: read what changed in Notion, and find whose row it is. Absence is never deletion."""

from __future__ import annotations

from typing import Any

from core import store
from core.errors import Invalid, NotFound
from core.people import WORKER
from core.review import content_hash
from core.store import new_id, notion, posts
from core.store.base import now
from core.store.tables import NotionRow, Post
from notion_sync import ours, schema
from notion_sync.rows import Rows, somebody

Json = dict[str, Any]


class Pull(Rows):
    """From Notion to us."""

    def _pull(self, kind: str, since: str | None) -> None:
        source = self.bound[kind].data_source_id
        title = schema.KINDS[kind].title
        where = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": since}} if since else None
        met: set[str] = set()
        for page in self.client.rows(source, where):
            met.add(page["id"])
            self.progress(len(met), None, f"Reading {title}: {len(met)} rows")
            self._incoming(kind, page)
        self._pull_trash(kind, source, met)
        self._revisit(kind, met, everything=since is None)

    def _pull_trash(self, kind: str, source: str, met: set[str]) -> None:
        """Rows in the trash; not every Notion lists them, so a daily full pass looks for what is absent as well."""
        with store.reading() as tx:
            known = {r.page_id for r in notion.rows(tx, kind) if r.page_id}
        try:
            for page in self.client.rows(source, in_trash=True):
                if page["id"] in known and page["id"] not in met:
                    met.add(page["id"])
                    self._incoming(kind, page)
        except Invalid:
            self.say("Notion does not list the trash; rows put there show up in the daily full pass.")

    def _revisit(self, kind: str, met: set[str], everything: bool) -> None:
        """Look one by one at rows that a list cannot speak for: absence is never deletion."""
        with store.reading() as tx:
            rows = [r for r in notion.rows(tx, kind) if r.page_id and r.page_id not in met]
        for row in rows:
            unmatched = row.state == "unmatched" and self.side.author_named(row.base.get("author")) is not None
            if not (everything or row.state == "trashed" or unmatched):
                continue
            try:
                self._incoming(kind, self.client.page(str(row.page_id)))
            except NotFound as error:
                self._hold(row, "paused", f"{error} It was not deleted here.")

    def _incoming(self, kind: str, page: Json) -> None:
        """One row as Notion has it now."""
        theirs = schema.read_row(kind, self.bound[kind].properties, page)
        print_ = schema.fingerprint(theirs, schema.trashed(page))
        with store.reading() as tx:
            row = notion.of_page(tx, page["id"])
        if row is not None and row.remote_hash == print_ and row.state not in ("unmatched", "unknown", "paused"):
            self.counts["unchanged"] += 1
            return
        if row is None or row.state == "unmatched":
            if schema.trashed(page):
                self._drop_unmatched(row)
                return
            row = self._identify(kind, page, theirs, row)
            if row is None:
                return
        if schema.trashed(page):
            self._trashed(row, theirs, print_)
            return
        self._reconcile(row, theirs, page, print_)

    def _drop_unmatched(self, row: NotionRow | None) -> None:
        if row is not None and not self.dry_run:
            with store.writing(WORKER) as tx:
                notion.forget(tx, row.id)

    def _trashed(self, row: NotionRow, theirs: Json, print_: str) -> None:
        self.counts["trashed"] += 1
        self.say("Put into the trash in Notion. Nothing was deleted here.", row, "warn")
        if self.dry_run:
            return
        with store.writing(somebody()) as tx:
            saved = notion.save(
                tx, row.kind, row.local_id, state="trashed", remote_hash=print_, pulled_at=now(),
                message="This row is in Notion's trash. Nothing was deleted here; nothing is sent until you decide.",
            )  # fmt: skip
            if row.kind == "guidelines":
                ours.put_guideline(tx, saved, theirs, self.side, in_trash=True)

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
                notion.forget(tx, unmatched.id)
            base = row.base if row is not None else {}
            return notion.save(
                tx, kind, app_id, page_id=page["id"], url=page.get("url") or "", base=base, state="ok", message=""
            )

    def _adopt(self, kind: str, page: Json, theirs: Json, unmatched: NotionRow | None) -> NotionRow | None:
        """A row typed into Notion by hand becomes a record of ours, in one transaction with its binding."""
        if not (theirs.get("title") or theirs.get("text") or theirs.get("phrases")):
            return None  # somebody has just pressed New
        author = self.side.author_named(theirs.get("author"))
        if kind == "calendar" and author is None:
            named = theirs.get("author")
            why = f"The author {named} is not here." if named else "It names no author."
            return self._unmatched(kind, page, theirs, unmatched, f"{why} Choose one of yours in its Author field.")
        self.counts["adopted"] += 1
        self.say(f"New in Notion: {theirs.get('title') or 'without a name'}.")
        if self.dry_run:
            return None
        actor, local_id = self._actor(page), new_id()
        with store.writing(actor) as tx:
            if unmatched is not None:
                notion.forget(tx, unmatched.id)
            base: Json = {}
            if author is not None and kind == "calendar":
                base = self._add_post(tx, local_id, author.id, author.zone, theirs)
            row = notion.save(tx, kind, local_id, page_id=page["id"], url=page.get("url") or "", base=base)
            if kind == "guidelines":
                ours.put_guideline(tx, row, theirs, self.side, in_trash=False)
            return row

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
                notion.save(
                    tx, kind, before.local_id if before else new_id(), page_id=page["id"], url=page.get("url") or "",
                    base=theirs, state="unmatched", message=why, pulled_at=now(),
                )  # fmt: skip
        if before is None:
            self.say(f"{theirs.get('title') or 'A row without a name'}: {why}", level="warn")
        return None
