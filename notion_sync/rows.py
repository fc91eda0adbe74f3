"""One row against one record: the merge applied, what cannot be taken over held, and a line in the log for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core import store
from core.errors import TimbreError
from core.people import WORKER
from core.review import STATUSES
from core.store import Actor, notion
from core.store.base import now
from core.store.tables import NotionBinding, NotionRow
from notion_sync import ours, schema
from notion_sync.client import Notion
from notion_sync.merge import Merge, merge

Json = dict[str, Any]
GUIDELINES = schema.KINDS["guidelines"].field("kind").options
HELD = "Notion's side could not be taken over: {}"


def silent(_done: int, _total: int | None, _message: str) -> None:
    """Nobody watches."""


@dataclass
class Rows:
    """What a pass works with, and what it does to a single row."""

    client: Notion
    dry_run: bool = False
    progress: Callable[[int, int | None, str], None] = silent
    counts: Counter[str] = field(default_factory=Counter)
    log: list[Json] = field(default_factory=list)
    bound: dict[str, NotionBinding] = field(default_factory=dict)
    side: ours.Side = field(default_factory=ours.Side)

    def say(self, text: str, row: NotionRow | None = None, level: str = "info") -> None:
        """A line of the pass's log."""
        self.log.append({"at": now().isoformat(timespec="seconds"), "level": level, "text": text} | _where(row))

    def _owners(self, kind: str) -> dict[str, schema.Owner]:
        bound = self.bound[kind].properties
        return {f.key: f.owner for f in schema.KINDS[kind].fields if f.key in bound and not bound[f.key].get("paused")}

    def _seen(self, row: NotionRow) -> Json:
        """What Notion held when we looked last: the base, and for a conflict their side of it."""
        return {**row.base, **{key: c["theirs"] for key, c in row.conflict.items()}}

    def _actor(self, page: Json) -> Actor:
        with store.reading() as tx:
            person = notion.person_of(tx, (page.get("last_edited_by") or {}).get("id"))
        if person is None:
            return somebody()
        return Actor(person.name, person.id, person.role, person.verified, "notion")

    def _mine(self, kind: str, local_id: str, row: NotionRow | None) -> Json | None:
        with store.reading() as tx:
            self.side.cards = self.side.cards if kind != "personas" else notion.cards(tx)
            return self.side.fields(tx, kind, local_id, conflict=bool(row and row.conflict))

    def _understand(self, kind: str, theirs: Json, base: Json) -> tuple[Json, Json, str]:
        """Notion's words in ours. A status that is not ours is left alone; an emptied one is written again."""
        key, known = {"calendar": ("status", STATUSES), "guidelines": ("kind", GUIDELINES)}.get(kind, ("", ()))
        if key not in theirs:
            return theirs, base, ""
        word = theirs[key]
        same = next((s for s in known if s.casefold() == str(word).strip().casefold()), None)
        if same is not None:
            return {**theirs, key: same}, base, ""
        if not word:
            return theirs, {**base, key: None}, ""
        rest = {k: v for k, v in theirs.items() if k != key}
        return rest, base, f"Notion's {key} {word} is not one of Timbre's; both sides keep their own."

    def _reconcile(self, row: NotionRow, theirs: Json, page: Json, print_: str | None) -> NotionRow:
        """Merge one row with what Notion holds, take over what is theirs, and remember where both stand."""
        kind, local_id = row.kind, row.local_id
        theirs, base, held = self._understand(kind, theirs, row.base)
        mine = self._mine(kind, local_id, row)
        if mine is None:
            return self._hold(row, "paused", "It was removed here. Its row stays in Notion as it is.")
        found = merge(self._owners(kind), base, mine, theirs)
        for key, value in found.pull.items():
            self.counts["pulled"] += 1
            self.say(f"{label(kind, key)} came from Notion: {_short(value)}", row)
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

    def _take(self, row: NotionRow, found: Merge, theirs: Json, page: Json) -> str:
        """Apply what is theirs. What cannot be taken over is kept like a conflict, with the reason."""
        if row.kind == "guidelines":
            if found.pull or row.state == "trashed":
                merged = {**(self._mine(row.kind, row.local_id, row) or {}), **found.pull}
                with store.writing(self._actor(page)) as tx:
                    ours.put_guideline(tx, row, merged, self.side, in_trash=False)
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

    def _changes(self, row: NotionRow) -> Json:
        """What to write for a row that exists."""
        mine = self._mine(row.kind, row.local_id, row) or {}
        return merge(self._owners(row.kind), row.base, mine, self._seen(row)).push


def somebody() -> Actor:
    """Who it was in Notion, where nobody here is mapped to them."""
    return Actor(name="Somebody in Notion", role="editor", verified=False, source="notion")


def label(kind: str, key: str) -> str:
    """A field as Notion names it."""
    return schema.KINDS[kind].field(key).name


def _where(row: NotionRow | None) -> Json:
    if row is None:
        return {}
    title = (row.base or {}).get("title") or row.local_id
    return {"kind": row.kind, "id": row.local_id, "row": str(title)[:120], "url": row.url or ""}


def _short(value: Any) -> str:
    text = " ".join(str(value if value not in (None, "", []) else "(empty)").split())
    return text if len(text) <= 80 else f"{text[:77]}..."
