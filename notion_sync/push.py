"""Push: write what changed here. A row is marked before it is created; the base moves only after an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import store
from core.config import settings
from core.errors import Invalid, NotFound, TimbreError
from core.people import WORKER
from core.store import notion
from core.store.base import now
from core.store.tables import NotionRow
from notion_sync import lag, ours, outbox, pictures, schema
from notion_sync.failures import LOOKED, Moved, NothingNew, UnknownOutcome
from notion_sync.merge import empty
from notion_sync.pace import LONGEST_PARK
from notion_sync.pull import Pull
from notion_sync.rows import alike, label

Json = dict[str, Any]
PICTURE = "image"
"""The field whose value is brought over as files."""
FEW = 20
"""Up to so many rows are each looked at once more right before they are changed: no query is as fresh as that."""
LIVELY = 300
"""The same while people are at work in the table: somebody has edited a row of it lately."""
STALE = 30.0
"""Seconds after which a long push first asks again what people have edited meanwhile."""
HOT = timedelta(minutes=15)
"""A row that somebody else edited so lately is looked at right before it is changed, however long the push."""
CROWD = 400
"""In a push of more rows than this, one that was only made lately (an import, say) is not looked at by itself."""
MARKS = frozenset({"app_id", "sync_state"})
"""What nobody else types: writing these alone replaces nothing."""
GLANCE = 0.5
"""Seconds between two looks for something that a person waits for."""


@dataclass
class Push(Pull):
    """From us to Notion."""

    full_up: str = ""
    """Why nothing new can be made in this workspace."""
    glanced: float = field(default_factory=time.monotonic)
    serving: bool = False
    crowd: bool = False
    seq: int = 0
    """The newest line of the change log when this pass began to read or to push."""

    def _push(self, kind: str) -> None:
        with store.reading() as tx:
            waiting = [local_id for local_id, _row, _fields in outbox.due(tx, kind, self.side, self._owners(kind))]
            known = [r for r in notion.rows(tx, kind) if r.page_id]
        made = {r.local_id: str((r.memo or {}).get("created") or "") for r in known}
        alive = bool(self.counts["pulled"]) or any(self._edited_lately(r, grown=True) for r in known)
        waiting += [i for k, i in self.foreseen if k == kind and i not in waiting]
        waiting.sort(key=lambda local_id: made.get(local_id, ""))  # as Notion made them: see _look_again
        few = len(waiting) <= (LIVELY if alive else FEW)
        asked, pause = time.monotonic(), STALE
        self.crowd = len(waiting) > CROWD
        for number, local_id in enumerate(waiting):
            self.progress(number, len(waiting), f"Writing {schema.KINDS[kind].title}: {number} of {len(waiting)} rows")
            self._wait_for_room()
            if not few and not self.dry_run and time.monotonic() - asked > pause:
                # Rows made in one minute are all listed, those written already too: a dear look is taken less often.
                pause = STALE * self._look_again(kind, made.get(local_id, ""))
                asked = time.monotonic()
            self._push_safely(kind, local_id, fresh=few)

    def _wait_for_room(self) -> None:
        """Bulk waits for a place in the budget; meanwhile what a person waits for may go."""
        self._serve_people()
        while not self.dry_run and (left := self.client.pace.room("bulk")) > 0:
            if left > LONGEST_PARK:
                return  # the next request says so, and ends the pass
            time.sleep(min(left, GLANCE))
            self._serve_people()

    def _serve_people(self) -> None:
        """What a person waits for goes ahead of the rest of the pass."""
        if self.dry_run or self.serving or time.monotonic() - self.glanced < GLANCE:
            return
        with store.reading() as tx:
            ids = outbox.urgent(tx, self.side, self._owners("calendar"), self.seq)
        self.serving, before, self.client.lane = True, self.client.lane, "interactive"
        try:
            for local_id in ids[:FEW]:
                self._push_safely("calendar", local_id, fresh=True)
        finally:
            self.serving, self.client.lane = False, before
            self.glanced = time.monotonic()

    def _push_safely(self, kind: str, local_id: str, fresh: bool) -> None:
        """One row; what Notion refuses of it must not stop the others."""
        try:
            self._push_one(kind, local_id, fresh)
        except Moved as moved:
            self._incoming(kind, moved.page)
        except NothingNew as error:
            self.full_up = str(error)
            self._hold_new(kind, local_id)
        except (Invalid, NotFound) as error:
            self._refused(kind, local_id, error)

    def _push_one(self, kind: str, local_id: str, fresh: bool) -> None:
        with store.reading() as tx:
            row = notion.of_local(tx, kind, local_id)
        if row is not None and row.state == "unknown" and not row.page_id:
            settled = self._settle(row)
            if settled is not None and settled.state == "unknown":
                return
            row = settled
            with store.reading() as tx:
                given_up = row is None and local_id not in self.side.wanted(tx, kind)
            if given_up:
                self._give_up(kind, local_id)
                return
        if row is None or not row.page_id:
            self._create(kind, local_id)
            return
        if row.state in ("trashed", "paused"):
            self.counts["waiting"] += 1
            return
        if not self.dry_run:
            if self._worth_a_look(row, fresh):
                self._incoming(kind, self.client.page(row.page_id))
            else:
                agreed = {key: value for key, value in row.base.items() if key not in row.conflict}
                self._reconcile(row, agreed, {}, row.remote_hash)  # what is open stays open: nobody has looked again
            with store.reading() as tx:
                row = notion.of_local(tx, kind, local_id)
        if row is not None and row.state in ("ok", "conflict", "pending"):
            self._update(row)

    def _give_up(self, kind: str, local_id: str) -> None:
        """A row that never arrived, of a record that is not to be sent any more: nothing is left to settle."""
        if not self.dry_run:
            with store.writing(WORKER) as tx:
                if (row := notion.of_local(tx, kind, local_id)) is not None:
                    notion.forget(tx, row.id)

    def _edited_lately(self, row: NotionRow, grown: bool) -> bool:
        """Whether somebody else edited the row a moment ago; `grown`: not counting that they made it."""
        memo = row.memo or {}
        edited = memo.get("edited")
        if edited is None or (grown and edited == memo.get("created")):
            return False
        return self._clock() - datetime.fromisoformat(edited) < HOT

    def _worth_a_look(self, row: NotionRow, fresh: bool) -> bool:
        """Whether the row is read right before it is changed: else what somebody has just typed is written over."""
        if not fresh and not self._edited_lately(row, grown=self.crowd):
            return False
        return not self._changes(row).keys() <= MARKS

    def _update(self, row: NotionRow) -> None:
        changes, why = self._sendable(row, self._changes(row))
        if changes:
            self.counts["pushed"] += 1
        if self.dry_run:
            self._foretell(row, changes)
            return
        if changes:
            self.say(f"Sent to Notion: {', '.join(label(row.kind, key) for key in changes)}", row)
            row, refused = self._send_apart(row, changes)
            why = " ".join(x for x in (why, refused) if x)
        if why:
            self.counts["waiting"] += 1
            self._hold(row, "conflict" if row.conflict else "pending", why)
        elif not changes and row.state == "pending":
            with store.writing(WORKER) as tx:
                notion.save(tx, row.kind, row.local_id, state="ok", message="")

    def _foretell(self, row: NotionRow, changes: Json) -> None:
        seen = self.foreseen.get((row.kind, row.local_id))
        there = seen.base if seen is not None else self._seen(row)
        for key, value in changes.items():
            text = f"{label(row.kind, key)} would be written to Notion"
            self.say(text, row, side="notion", field=label(row.kind, key), old=there.get(key), new=value)

    def _send_apart(self, row: NotionRow, changes: Json) -> tuple[NotionRow, str]:
        """Write the changes: together, and where Notion refuses that, field by field. Returns why it refused some.

        A refused value is not sent again until it changes or a pass reads everything.
        """
        try:
            return self._send(row, changes), ""
        except Invalid as error:
            page = self.client.page(str(row.page_id))
            if schema.trashed(page):
                self._incoming(row.kind, page)
                raise
            if row.kind not in self.checked and self._check_schema(row.kind):
                changes = {key: v for key, v in changes.items() if key in self._owners(row.kind)}
            refused = {next(iter(changes)): error} if len(changes) == 1 else {}
        if not refused:
            for key, value in changes.items():
                try:
                    row = self._send(row, {key: value})
                except Invalid as error:
                    refused[key] = error
        kept = {
            key: {"value": changes[key], "why": f"{label(row.kind, key)}: {e.message}"} for key, e in refused.items()
        }
        self.counts["refused"] += 1 if kept else 0
        if kept:
            with store.writing(WORKER) as tx:
                memo = {**row.memo, "refused": {**row.memo.get("refused", {}), **kept}}
                row = notion.save(tx, row.kind, row.local_id, memo=memo)
        return row, " ".join(one["why"] for one in kept.values())

    def _payload(self, row: NotionRow, fields: Json) -> Json:
        bound = self.bound[row.kind].properties
        plain = {key: value for key, value in fields.items() if key != PICTURE}
        out = schema.write_row(row.kind, bound, plain, self._zone(row), (row.memo or {}).get("ranges"))
        if PICTURE in fields:
            out[bound[PICTURE]["id"]] = {"files": pictures.attached(self.client, row, fields[PICTURE] or [])}
        return out

    def _send(self, row: NotionRow, changes: Json) -> NotionRow:
        bound, before = self.bound[row.kind].properties, self._seen(row)

        def holds(page: Json, wanted: Json) -> bool:
            there = schema.read_row(row.kind, bound, page)
            return all(there.get(key) == wanted.get(key) or alike(there.get(key), wanted.get(key)) for key in changes)

        with store.writing(WORKER) as tx:  # an answer may be lost: what Notion shows then is our own write
            memo = {**(row.memo or {}), "sending": {**(row.memo or {}).get("sending", {}), **changes}}
            row = notion.save(tx, row.kind, row.local_id, memo=memo)
        page = self.client.update_row(
            str(row.page_id),
            self._payload(row, changes),
            lambda p: holds(p, changes),
            lambda p: holds(p, before) or holds(p, row.base),
        )
        return self._written(row, changes, page)

    def _sendable(self, row: NotionRow, changes: Json) -> tuple[Json, str]:
        """What Notion can hold of it, and why the rest waits."""
        out: Json = {}
        why = []
        before = {} if row.kind in self.whole else (row.memo or {}).get("refused") or {}
        for key, value in changes.items():
            entry = self.bound[row.kind].properties[key]
            if cannot := schema.unsendable(row.kind, key, entry, value):
                why.append(cannot)
            elif key in before and before[key]["value"] == value:
                why.append(before[key]["why"])
            else:
                out[key] = value
        return out, " ".join(why)

    def _zone(self, row: NotionRow) -> str:
        with store.reading() as tx:
            return self.side.zone(tx, row.kind, row.local_id)

    def _written(self, row: NotionRow, fields: Json, page: Json) -> NotionRow:
        """The base becomes what was written. What else the answer shows changed is merged at once."""
        there = schema.read_row(row.kind, self.bound[row.kind].properties, page)
        owners = self._owners(row.kind)
        differs = {key: there[key] for key, value in fields.items() if key in there and there[key] != value}
        echo = {key: v for key, v in differs.items() if owners[key] == "app" or alike(v, fields[key])}
        for key in echo:
            self.say(f"Notion stored {label(row.kind, key)} a little differently from what was sent.", row)
        with store.writing(WORKER) as tx:
            row = notion.of_local(tx, row.kind, row.local_id) or row  # a conflict may have been decided meanwhile
            base = {**{key: v for key, v in there.items() if key in owners and empty(v)}, **row.base, **fields}
            expected = {**base, **{key: c["theirs"] for key, c in row.conflict.items()}, **echo}
            moved = any(key in owners and (key not in expected or expected[key] != v) for key, v in there.items())
            self._know_ourselves(tx, page)
            row = notion.save(
                tx, row.kind, row.local_id, page_id=page["id"], url=page.get("url") or row.url, base=base,
                pushed_at=now(), state="conflict" if row.conflict else "ok",
                message=row.message if row.conflict else "",  # why a person must decide
                memo=_remembered(row, fields, echo, page, there),
                remote_hash=None if moved else schema.fingerprint(there, False),
            )  # fmt: skip
            ours.written(tx, row)
        if moved:
            self._incoming(row.kind, page)
        return row

    def _know_ourselves(self, tx: store.Writing, page: Json) -> None:
        """Whoever Notion says edited what we have just written is us (https://developers.notion.com/reference/page)."""
        by = page.get("last_edited_by") or {}
        if by.get("id") and by["id"] not in self.side.bots and not page.get(LOOKED):
            self.side.bots.add(by["id"])
            notion.choose(tx, bots=sorted(self.side.bots))

    def _create(self, kind: str, local_id: str) -> None:
        mine = self._mine(kind, local_id, None)
        if mine is None:
            return
        if self.dry_run:
            self._foretell_new(kind, local_id, mine)
            return
        if self.full_up or not _usable(self.bound[kind].properties.get("app_id")):
            self._hold_new(kind, local_id)
            return
        with store.writing(WORKER) as tx:
            known = notion.of_local(tx, kind, local_id)
            row = notion.save(
                tx, kind, local_id, state="unknown", pushed_at=now(), page_id=None,
                memo={**((known.memo if known else None) or {}), "made": True},  # counted: each is a block of theirs
                message="Being created: whether Notion saved it is looked up by its App ID.",
            )  # fmt: skip
        fields, why = self._sendable(row, {k: v for k, v in mine.items() if k in self._owners(kind)})
        made = self._make(row, fields)
        if made is None:
            self._lookup(row)
            return
        sent, page = made
        self.counts["created"] += 1
        self.counts["blocks"] += 1
        self.say(f"New row in Notion: {mine.get('title') or 'without a name'}", row)
        row = self._written(row, sent, page)
        rest = {key: v for key, v in fields.items() if key not in sent and not empty(v)}
        if rest:
            row, refused = self._send_apart(row, rest)
            why = " ".join(x for x in (why, refused) if x)
        if why:
            self._hold(row, "pending", why)

    def _make(self, row: NotionRow, fields: Json) -> tuple[Json, Json] | None:
        """Create the row. Returns what was sent and the page; None where the outcome is unknown.

        Where Notion refuses the whole, a row with its name and App ID is made, and the rest follows field by field.
        """
        least: Json = {key: value for key, value in fields.items() if key in ("title", "app_id")}
        for part in ({key: value for key, value in fields.items() if key != PICTURE}, least):
            try:
                return part, self.client.create_row(self.bound[row.kind].data_source_id, self._payload(row, part))
            except UnknownOutcome:
                self.counts["unknown"] += 1
                text = "Notion did not say whether it saved this row; it is looked up before a second try."
                self.say(text, row, "warn")
                with store.writing(WORKER) as tx:  # it may have been saved until now: the wait begins now
                    notion.save(tx, row.kind, row.local_id, pushed_at=now())
                return None
            except TimbreError as error:
                self._nothing_made(row)
                if not isinstance(error, Invalid) or part == least:
                    raise
        return None

    def _nothing_made(self, row: NotionRow) -> None:
        with store.writing(WORKER) as tx:
            notion.save(tx, row.kind, row.local_id, state="pending")  # refused for certain: no need to settle

    def _hold_new(self, kind: str, local_id: str) -> None:
        """A row that cannot be made now waits, with the reason."""
        why = self.full_up or "App ID is paused in Notion; without it a new row could be made twice."
        with store.writing(WORKER) as tx:
            row = notion.save(tx, kind, local_id, state="pending", page_id=None)
        self.counts["waiting"] += 1
        self._hold(row, "pending", why)

    def _foretell_new(self, kind: str, local_id: str, mine: Json) -> None:
        self.counts["created"] += 1
        row = NotionRow(kind=kind, local_id=local_id, base={"title": mine.get("title")}, conflict={}, memo={}, url="")
        for key, value in mine.items():
            if key in self._owners(kind) and not empty(value):
                text = f"New row in Notion: {mine.get('title') or 'without a name'}"
                self.say(text, row, side="notion", field=label(kind, key), old=None, new=value)

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
            why = f"Whether Notion saved it is not known yet. Looked up again after {due:%H:%M:%S} UTC."
            self._hold(row, "unknown", why)
            return row
        return None

    def _lookup(self, row: NotionRow) -> NotionRow | None:
        """Look for a row by its App ID and adopt the oldest."""
        binding = self.bound[row.kind]
        entry = binding.properties.get("app_id")
        if entry is None or not _usable(entry):
            return row  # nothing may be decided without it
        found = self.client.with_app_id(binding.data_source_id, entry["id"], row.local_id)
        if not found:
            return None
        if self.dry_run:
            return row
        self.counts["adopted"] += 1
        self.say("Found in Notion by its App ID: adopted, nothing was written twice.", row)
        with store.writing(WORKER) as tx:
            row = notion.save(tx, row.kind, row.local_id, page_id=found[0]["id"], state="ok", message="")
        self._incoming(row.kind, found[0], listed=True)
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
        self._hold(row, "pending", str(error))


def _usable(entry: Json | None) -> bool:
    return entry is not None and not entry.get("paused")


def _remembered(row: NotionRow, fields: Json, echo: Json, page: Json, there: Json) -> Json:
    """The memo after a write: how Notion stored it, and that nothing of it is refused any more."""
    memo = {**(row.memo or {}), "ranges": schema.spans(there)}
    memo["echo"] = {key: v for key, v in {**memo.get("echo", {}), **echo}.items() if key in echo or key not in fields}
    memo["refused"] = {key: v for key, v in memo.get("refused", {}).items() if key not in fields}
    if page.get("created_time"):
        memo["created"] = page["created_time"]
    memo["sending"] = {key: v for key, v in memo.get("sending", {}).items() if key not in fields}
    known = {**row.base, **{key: sides["theirs"] for key, sides in row.conflict.items()}}
    memo = lag.seen(memo, page, known, there)
    return {key: value for key, value in memo.items() if value}
