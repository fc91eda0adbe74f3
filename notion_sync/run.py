"""One pass: pull what Notion changed, merge it row by row, push what we changed. Safe to end anywhere and start again.

Order of writes: a row is marked before it is created, and the base moves only after a write was answered. Whatever a
crash leaves, the next pass finds by App ID; a second pass over two quiet sides writes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core import store
from core.config import settings
from core.errors import Invalid, NotFound, TimbreError
from core.people import WORKER
from core.review import STATUSES, content_hash
from core.store import Actor, new_id, notion, posts
from core.store.base import now
from core.store.tables import NotionBinding, NotionRow, Post
from notion_sync import ours, schema, values
from notion_sync.client import Notion, UnknownOutcome
from notion_sync.merge import Merge, merge

Json = dict[str, Any]
PULLED = ("calendar", "guidelines")
PUSHED = ("calendar", "guidelines", "personas")
FEW = 3
"""Up to so many rows are looked at once more right before they are changed; a larger push follows its pull closely."""
BACK = timedelta(minutes=5)
"""The cursor lies this far before the last pass: query results lag, edit times are floored to the minute."""
FULL_EVERY = timedelta(days=1)
HELD = "Notion's side could not be taken over: {}"


@dataclass
class Pass:
    """One pass over everything that is bound."""

    client: Notion
    dry_run: bool = False
    progress: Callable[[int, int | None, str], None] = lambda _done, _total, _message: None
    counts: Counter[str] = field(default_factory=Counter)
    log: list[Json] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    bound: dict[str, NotionBinding] = field(default_factory=dict)
    side: ours.Side = field(default_factory=ours.Side)

    # ---- the whole --------------------------------------------------------------------------------------------

    def run(self, since: Mapping[str, str | None]) -> int:
        """Pull, then push. `since`: kind -> where to read on, None for everything. Returns how far the log was read."""
        self._read_ours()
        for kind in self.bound:
            self._check_schema(kind)
        for kind in (k for k in PULLED if k in self.bound):
            self._pull(kind, since.get(kind))
        with store.reading() as tx:
            seq = notion.newest_change(tx)
        for kind in (k for k in PUSHED if k in self.bound):
            self._push(kind)
        return seq

    def _read_ours(self) -> None:
        with store.reading() as tx:
            self.bound = notion.bindings(tx)
            self.side = ours.Side.load(tx)

    def say(self, text: str, row: NotionRow | None = None, level: str = "info") -> None:
        """A line of the pass's log."""
        self.log.append({"at": now().isoformat(timespec="seconds"), "level": level, "text": text} | _where(row))

    # ---- schema -----------------------------------------------------------------------------------------------

    def _check_schema(self, kind: str) -> None:
        """See that the properties are still there: a renamed one stays bound, a deleted or retyped one is paused."""
        binding = self.bound[kind]
        found = self.client.data_source(binding.data_source_id)
        fresh, _missing = schema.match(kind, found.get("properties", {}), binding.properties)
        fresh = {key: entry for key, entry in fresh.items() if key in binding.properties}
        for entry in fresh.values():
            if entry.get("paused"):
                self.say(f"{schema.KINDS[kind].title}: {entry['paused']}. This field is paused.", level="warn")
        if fresh != binding.properties and not self.dry_run:
            with store.writing(WORKER) as tx:
                notion.bind(tx, kind, binding.database_id, binding.data_source_id, fresh, binding.url)
        binding.properties = fresh

    def _owners(self, kind: str) -> dict[str, schema.Owner]:
        bound = self.bound[kind].properties
        return {f.key: f.owner for f in schema.KINDS[kind].fields if f.key in bound and not bound[f.key].get("paused")}

    def _seen(self, row: NotionRow) -> Json:
        """What Notion held when we looked last: the base, and for a conflict their side of it."""
        return {**row.base, **{key: c["theirs"] for key, c in row.conflict.items()}}

    # ---- pull -------------------------------------------------------------------------------------------------

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
        with store.writing(_somebody(None)) as tx:
            saved = notion.save(
                tx, row.kind, row.local_id, state="trashed", remote_hash=print_, pulled_at=now(),
                message="This row is in Notion's trash. Here nothing was deleted, and nothing is sent until you decide.",
            )  # fmt: skip
            if row.kind == "guidelines":
                ours.put_guideline(tx, saved, theirs, self.side, in_trash=True)

    # ---- whose row is it? -------------------------------------------------------------------------------------

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
            return notion.save(tx, kind, local_id, page_id=page["id"], url=page.get("url") or "", base=base)

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

    def _actor(self, page: Json) -> Actor:
        with store.reading() as tx:
            person = notion.person_of(tx, (page.get("last_edited_by") or {}).get("id"))
        if person is None:
            return _somebody(None)
        return Actor(person.name, person.id, person.role, person.verified, "notion")

    # ---- merge ------------------------------------------------------------------------------------------------

    def _reconcile(self, row: NotionRow, theirs: Json, page: Json, print_: str | None) -> NotionRow:
        """Merge one row with what Notion holds, take over what is theirs, and remember where both stand."""
        kind, local_id = row.kind, row.local_id
        theirs, base, held = self._understand(kind, theirs, row.base)
        mine = self._mine(kind, local_id, row)
        if mine is None:
            if kind != "guidelines":
                return self._hold(row, "paused", "Its record was removed here. The row stays in Notion as it is.")
            mine = {}
        found = merge(self._owners(kind), base, mine, theirs)
        if kind == "guidelines":
            found = _of_notion(found, base, theirs)
        for key, value in found.pull.items():
            self.counts["pulled"] += 1
            self.say(f"{_label(kind, key)} came from Notion: {_short(value)}", row)
        if self.dry_run:
            return row
        remark = self._take(row, found, theirs, page)
        if any(key not in row.conflict for key in found.conflicts):
            self.say("Changed here and in Notion: both are kept, please decide.", row, "warn")
        with store.writing(WORKER) as tx:
            saved = notion.save(
                tx, kind, local_id, page_id=page.get("id") or row.page_id, url=page.get("url") or row.url,
                base=found.base, conflict=found.conflicts, remote_hash=print_, pulled_at=now(),
                state="conflict" if found.conflicts else "pending", message=" ".join(x for x in (held, remark) if x),
            )  # fmt: skip
        if not found.conflicts and not self._changes(saved):
            with store.writing(WORKER) as tx:
                saved = notion.save(tx, kind, local_id, state="ok")
        return saved

    def _mine(self, kind: str, local_id: str, row: NotionRow | None) -> Json | None:
        with store.reading() as tx:
            self.side.cards = self.side.cards if kind != "personas" else notion.cards(tx)
            return self.side.fields(tx, kind, local_id, conflict=bool(row and row.conflict))

    def _understand(self, kind: str, theirs: Json, base: Json) -> tuple[Json, Json, str]:
        """Notion's words in ours. A status that is not ours is left alone; an emptied one is written again."""
        if kind != "calendar" or "status" not in theirs:
            return theirs, base, ""
        status = theirs["status"]
        known = next((s for s in STATUSES if s.casefold() == str(status).strip().casefold()), None)
        if known is not None:
            return {**theirs, "status": known}, base, ""
        if not status:
            return theirs, {**base, "status": None}, ""
        rest = {k: v for k, v in theirs.items() if k != "status"}
        return rest, base, f"Notion's status {status} is not one of Timbre's; both sides keep their own."

    def _take(self, row: NotionRow, found: Merge, theirs: Json, page: Json) -> str:
        """Apply what is theirs. What cannot be taken over is kept like a conflict, with the reason."""
        if row.kind == "guidelines":
            with store.writing(self._actor(page)) as tx:
                ours.put_guideline(tx, row, theirs, self.side, in_trash=False)
            return ""
        if not found.pull or row.kind != "calendar":
            return ""
        try:
            return ours.take_post(self._actor(page), row.local_id, found.pull, self.side, theirs)
        except TimbreError as error:
            mine = self._mine(row.kind, row.local_id, row) or {}
            for key, value in found.pull.items():
                found.base[key] = row.base.get(key)
                found.conflicts[key] = {"base": row.base.get(key), "ours": mine.get(key), "theirs": value}
            self.say(HELD.format(error), row, "warn")
            return HELD.format(error)

    def _hold(self, row: NotionRow, state: str, why: str) -> NotionRow:
        """Leave a row alone for now, and say why."""
        if self.dry_run:
            return row
        if (row.state, row.message) != (state, why):
            self.say(why, row, "warn")
        with store.writing(WORKER) as tx:
            return notion.save(tx, row.kind, row.local_id, state=state, message=why)

    # ---- push -------------------------------------------------------------------------------------------------

    def _push(self, kind: str) -> None:
        from notion_sync import outbox

        with store.reading() as tx:
            waiting = outbox.pending(tx, kind, self.side, self._owners(kind))
        for number, item in enumerate(waiting):
            self.progress(number, len(waiting), f"Writing {schema.KINDS[kind].title}: {number} of {len(waiting)} rows")
            try:
                self._push_one(kind, item.local_id, fresh=len(waiting) <= FEW)
            except (Invalid, NotFound) as error:
                self._refused(kind, item.local_id, error)

    def _push_one(self, kind: str, local_id: str, fresh: bool) -> None:
        with store.reading() as tx:
            row = notion.of_local(tx, kind, local_id)
        if row is not None and row.state == "unknown" and not row.page_id:
            settled = self._settle(row)
            if settled is not None and settled.state == "unknown":
                return
            row = settled
        if row is None or not row.page_id:
            self._create(kind, local_id)
            return
        if row.state in ("trashed", "paused"):
            self.counts["waiting"] += 1
            return
        if fresh and not self.dry_run:
            self._incoming(kind, self.client.page(row.page_id))
        elif not self.dry_run:
            self._reconcile(row, self._seen(row), {}, row.remote_hash)
        with store.reading() as tx:
            row = notion.of_local(tx, kind, local_id)
        if row is not None and row.state in ("ok", "conflict", "pending"):
            self._update(row)

    def _changes(self, row: NotionRow) -> Json:
        """What to write for a row that exists."""
        mine = self._mine(row.kind, row.local_id, row) or {}
        return merge(self._owners(row.kind), row.base, mine, self._seen(row)).push

    def _update(self, row: NotionRow) -> None:
        changes, why = self._sendable(row, self._changes(row))
        if changes:
            self.counts["pushed"] += 1
            self.say(f"Sent to Notion: {', '.join(_label(row.kind, key) for key in changes)}", row)
        if self.dry_run:
            return
        if changes:
            row = self._send(row, changes)
        if why:
            self.counts["waiting"] += 1
            self._hold(row, "pending", why)
        elif not changes and row.state == "pending":
            with store.writing(WORKER) as tx:
                notion.save(tx, row.kind, row.local_id, state="ok", message="")

    def _send(self, row: NotionRow, changes: Json) -> NotionRow:
        bound = self.bound[row.kind].properties
        payload = schema.write_row(row.kind, bound, changes, self._zone(row))

        def arrived(page: Json) -> bool:
            there = schema.read_row(row.kind, bound, page)
            return all(there.get(key) == value for key, value in changes.items())

        return self._written(row, changes, self.client.update_row(str(row.page_id), payload, arrived))

    def _sendable(self, row: NotionRow, changes: Json) -> tuple[Json, str]:
        """What Notion can hold of it, and why the rest waits."""
        out, why = {}, ""
        for key, value in changes.items():
            entry = self.bound[row.kind].properties[key]
            if _too_long(value):
                why = f"{_label(row.kind, key)} is longer than a Notion property can hold."
            elif entry["type"] == "status" and value and value not in entry.get("options", [value]):
                why = f"Notion's status has no option {value}. Add it there, or change the status here."
            else:
                out[key] = value
        return out, why

    def _zone(self, row: NotionRow) -> str:
        with store.reading() as tx:
            return self.side.zone(tx, row.kind, row.local_id)

    def _written(self, row: NotionRow, fields: Json, page: Json) -> NotionRow:
        """The base becomes what was written. What else the answer shows changed is merged at once."""
        there = schema.read_row(row.kind, self.bound[row.kind].properties, page)
        differs = [key for key, value in fields.items() if there.get(key, value) != value]
        for key in differs:
            self.say(f"Notion stored {_label(row.kind, key)} differently from what was sent.", row, "warn")
        base = {**row.base, **fields}
        expected = {**base, **{key: c["theirs"] for key, c in row.conflict.items()}}
        moved = any(key not in fields and key in expected and expected[key] != v for key, v in there.items())
        with store.writing(WORKER) as tx:
            row = notion.save(
                tx, row.kind, row.local_id, page_id=page["id"], url=page.get("url") or row.url, base=base,
                pushed_at=now(), state="conflict" if row.conflict else "ok", message="",
                remote_hash=None if moved else schema.fingerprint(there, False),
            )  # fmt: skip
        if moved:
            self._incoming(row.kind, page)
        return row

    # ---- create -----------------------------------------------------------------------------------------------

    def _create(self, kind: str, local_id: str) -> None:
        mine = self._mine(kind, local_id, None)
        if mine is None:
            return
        if self.dry_run:
            self.counts["created"] += 1
            self.say(f"New row in Notion: {mine.get('title') or 'without a name'}")
            return
        with store.writing(WORKER) as tx:
            row = notion.save(
                tx, kind, local_id, state="unknown", pushed_at=now(), page_id=None,
                message="Being created: whether Notion saved it is looked up by its App ID.",
            )  # fmt: skip
        fields, why = self._sendable(row, {k: v for k, v in mine.items() if k in self._owners(kind)})
        payload = schema.write_row(kind, self.bound[kind].properties, fields, self._zone(row))
        try:
            page = self.client.create_row(self.bound[kind].data_source_id, payload)
        except UnknownOutcome:
            self.counts["unknown"] += 1
            self.say(
                "Notion did not say whether it saved this row; it is looked up before it is sent again.", row, "warn"
            )
            self._lookup(row)
            return
        except TimbreError:
            with store.writing(WORKER) as tx:
                notion.save(tx, kind, local_id, state="pending")  # refused for certain: no need to settle
            raise
        self.counts["created"] += 1
        self.say(f"New row in Notion: {mine.get('title') or 'without a name'}", row)
        row = self._written(row, fields, page)
        if why:
            self._hold(row, "pending", why)

    def _settle(self, row: NotionRow) -> NotionRow | None:
        """A create whose outcome nobody knows: adopt it where it is found, retry only once it cannot turn up any more.

        Returns the row as it is then, or None where it was given up and may be created again.
        """
        found = self._lookup(row)
        if found is not None:
            return found
        due = (row.pushed_at or row.created_at) + timedelta(seconds=settings().notion_settle_seconds)
        if now() < due:
            self.counts["waiting"] += 1
            self._hold(
                row, "unknown", f"Whether Notion saved it is not known yet. Looked up again after {due:%H:%M:%S} UTC."
            )
            return row
        return None

    def _lookup(self, row: NotionRow) -> NotionRow | None:
        """Look for a row by its App ID and adopt the oldest."""
        binding = self.bound[row.kind]
        entry = binding.properties.get("app_id")
        found = self.client.with_app_id(binding.data_source_id, entry["id"], row.local_id) if entry else []
        if not found:
            return None
        if self.dry_run:
            return row
        self.counts["adopted"] += 1
        self.say("Found in Notion by its App ID: adopted, nothing was written twice.", row)
        with store.writing(WORKER) as tx:
            row = notion.save(tx, row.kind, row.local_id, page_id=found[0]["id"], state="ok", message="")
        self._incoming(row.kind, found[0])
        with store.reading() as tx:
            return notion.of_local(tx, row.kind, row.local_id)

    def _refused(self, kind: str, local_id: str, error: TimbreError) -> None:
        """One row that Notion refuses must not stop the others."""
        with store.reading() as tx:
            row = notion.of_local(tx, kind, local_id)
        if row is None:
            return
        if row.page_id:
            try:
                page = self.client.page(row.page_id)
                if schema.trashed(page):
                    self._incoming(kind, page)
                    return
            except NotFound:
                self._hold(row, "paused", f"{error} It was not deleted here.")
                return
        self.counts["refused"] += 1
        self.failed.append(str(error))
        self._hold(row, "pending", str(error))

    def unsettled(self) -> datetime | None:
        """When the next row of unknown outcome may be decided; None where there is none."""
        with store.reading() as tx:
            rows = [r for r in notion.rows(tx, states=("unknown",)) if not r.page_id]
        times = [r.pushed_at or r.created_at for r in rows]
        return min(times) + timedelta(seconds=settings().notion_settle_seconds) if times else None

    def wait_and_settle(self) -> None:
        """Wait until rows of unknown outcome can be decided, and decide them."""
        for _ in range(3):
            due = self.unsettled()
            if due is None:
                return
            while (left := (due - now()).total_seconds()) > 0:
                self.progress(0, None, f"Waiting {left:.0f} s to be sure whether Notion saved a row")
                time.sleep(min(left, 2.0))
            for kind in (k for k in PUSHED if k in self.bound):
                self._push(kind)


def cursor(started: datetime, server: float | None) -> str:
    """Where the next pass reads on: the start of this one by whichever clock is behind, to the minute, minus five."""
    if server is not None:
        started = min(started, datetime.fromtimestamp(server, UTC))
    return (started.replace(second=0, microsecond=0) - BACK).isoformat()


def _of_notion(found: Merge, base: Json, theirs: Json) -> Merge:
    """A guideline's fields are all Notion's; only its App ID is ours to write."""
    found.base = {**base, **theirs}
    found.conflicts = {}
    return found


def _somebody(_page: Json | None) -> Actor:
    return Actor(name="Somebody in Notion", role="editor", verified=False, source="notion")


def _where(row: NotionRow | None) -> Json:
    if row is None:
        return {}
    title = (row.base or {}).get("title") or row.local_id
    return {"kind": row.kind, "id": row.local_id, "row": str(title)[:120], "url": row.url or ""}


def _label(kind: str, key: str) -> str:
    return schema.KINDS[kind].field(key).name


def _short(value: Any) -> str:
    text = " ".join(str(value if value not in (None, "", []) else "(empty)").split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _too_long(value: Any) -> bool:
    return isinstance(value, str) and values.too_long(value)
