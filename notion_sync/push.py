"""Push: write what changed here. A row is marked before it is created; the base moves only after an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import store
from core.errors import Invalid, NotFound, TimbreError
from core.people import WORKER
from core.store import notion
from core.store.tables import NotionRow
from notion_sync import outbox, schema
from notion_sync.failures import Moved, NothingNew
from notion_sync.pace import LONGEST_PARK
from notion_sync.rows import label
from notion_sync.sending import Sending

Json = dict[str, Any]
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
class Push(Sending):
    """From us to Notion."""

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
