"""Push: write what changed here. A row is marked before it is created; the base moves only after an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import store
from core.config import settings
from core.errors import Invalid, NotFound, TimbreError
from core.people import WORKER
from core.store import notion
from core.store.base import now
from core.store.tables import NotionRow
from notion_sync import outbox, schema, values
from notion_sync.client import UnknownOutcome
from notion_sync.pull import Pull
from notion_sync.rows import label

Json = dict[str, Any]
FEW = 3
"""Up to so many rows are looked at once more right before they are changed; a larger push follows its pull closely."""


class Push(Pull):
    """From us to Notion."""

    def _push(self, kind: str) -> None:
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

    def _update(self, row: NotionRow) -> None:
        changes, why = self._sendable(row, self._changes(row))
        if changes:
            self.counts["pushed"] += 1
            self.say(f"Sent to Notion: {', '.join(label(row.kind, key) for key in changes)}", row)
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
                why = f"{label(row.kind, key)} is longer than a Notion property can hold."
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
            self.say(f"Notion stored {label(row.kind, key)} differently from what was sent.", row, "warn")
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
            self.say("Notion did not say whether it saved this row; it is looked up before a second try.", row, "warn")
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
            why = f"Whether Notion saved it is not known yet. Looked up again after {due:%H:%M:%S} UTC."
            self._hold(row, "unknown", why)
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
        self._hold(row, "pending", str(error))


def _too_long(value: Any) -> bool:
    return isinstance(value, str) and values.too_long(value)
