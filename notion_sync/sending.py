"""Writing one row: together or field by field, new or known. The base moves only after an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core import store
from core.config import settings
from core.errors import Invalid, TimbreError
from core.people import WORKER
from core.store import notion
from core.store.base import now
from core.store.tables import NotionRow
from notion_sync import lag, ours, pictures, schema
from notion_sync.failures import LOOKED, UnknownOutcome
from notion_sync.merge import empty
from notion_sync.pull import Pull
from notion_sync.rows import alike, label

Json = dict[str, Any]
PICTURE = "image"
"""The field whose value is brought over as files."""


@dataclass
class Sending(Pull):
    """One row that goes to Notion."""

    full_up: str = ""
    """Why nothing new can be made in this workspace."""

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
