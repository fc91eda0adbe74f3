"""Pull: which rows are read in a pass. No query lists the trash, so what a list should have shown is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import store
from core.people import WORKER
from core.store import notion
from core.store.base import now
from core.store.tables import NotionRow
from notion_sync import schema
from notion_sync.incoming import Incoming
from notion_sync.lists import PAGE

Json = dict[str, Any]
GONE = ("trashed", "paused", "unmatched")
"""States of rows that no list shows; one that comes back is in a list again."""
LAG = timedelta(minutes=3)
"""So long a new row may be missing from a list."""
LOOKS = 200
"""Missing rows that one pass looks at; where somebody emptied a table, the next passes see to the rest."""
YOUNG = 5
"""So many of the missing new rows are looked at all the same; after a long push there may be hundreds."""
PART = 50
"""Rows of one crowded minute that one request asks for by name."""
LOOK_BACK = timedelta(minutes=1)


@dataclass
class Pull(Incoming):
    """From Notion to us."""

    looked: dict[str, datetime] = field(default_factory=dict)
    """When the rows of a kind were read last, by whichever clock is behind."""

    def _pull(self, kind: str, since: str | None) -> set[str]:
        """Read what was edited since then (None: every row). Returns the ids of the pages that were met."""
        title = schema.KINDS[kind].title
        where = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": since}} if since else None
        met: set[str] = set()
        self.looked[kind] = self._clock()
        for page in self.client.rows(self.bound[kind].data_source_id, where, verify=False):
            met.add(page["id"])
            self.progress(len(met), None, f"Reading {title}: {len(met)} rows")
            self._incoming(kind, page, listed=True)
            self._serve_people()
        return met

    def _clock(self) -> datetime:
        """The time by whichever clock is behind, ours or Notion's."""
        behind = self.client.clock_ahead
        return now() + min(timedelta(), timedelta(seconds=behind or 0.0))

    def _look_again(self, kind: str, created: str = "") -> int:
        """In the middle of a long push: what people have edited meanwhile is merged before it is written over.

        Returns how many requests it took, at least 1.

        `created`: when the row that is next was made. Rows made before it are written already, and there would be
        hundreds of them in the list (https://developers.notion.com/reference/filter-data-source-entries).
        """
        since = (self.looked[kind].replace(second=0, microsecond=0) - LOOK_BACK).isoformat()
        where: Json = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": since}}
        if created:
            where = {"and": [where, {"timestamp": "created_time", "created_time": {"on_or_after": created}}]}
        self.looked[kind] = self._clock()
        before = self.client.requests
        for page in self.client.rows(self.bound[kind].data_source_id, where, verify=False):
            self._incoming(kind, page, listed=True)
        return max(1, self.client.requests - before)

    def _sweep(self, kind: str, met: set[str]) -> None:
        """A large table is looked through page by page, pass by pass: only a row that is missing shows the trash."""
        with store.reading() as tx:
            marks = dict(notion.choices(tx).get("sweep") or {})
            known = notion.rows(tx, kind)
        since, listed, last = marks.get(kind), set[str](), None
        minute, _, after = (since or "").partition(" ")
        crowd = sorted(r.local_id for r in known if minute and _made(r) == minute)
        entry = self.bound[kind].properties.get("app_id") or {"paused": "not bound"}
        if len(crowd) >= PAGE and not entry.get("paused"):
            last = self._sweep_part(kind, met, minute, [i for i in crowd if i > after][:PART])
            if last is None:  # the minute is done
                last = min((m for r in known if (m := _made(r)) > minute), default=None)
            self._swept(kind, marks, last)
            return
        since = minute or None
        where = {"timestamp": "created_time", "created_time": {"on_or_after": since}} if since else None
        for page in self.client.rows(self.bound[kind].data_source_id, where, verify=False):
            last = str(page.get("created_time") or "")
            listed.add(page["id"])
            if page["id"] not in met:
                self._incoming(kind, page, listed=True)
            if len(listed) >= PAGE and last != since:
                break  # rows of that very minute may go on: the next sweep begins with them
        else:
            last = None  # the end: the next sweep begins anew
        self._missing(kind, met | listed, since or "", last)
        self._swept(kind, marks, last)

    def _swept(self, kind: str, marks: Json, last: str | None) -> None:
        if not self.dry_run:
            with store.writing(WORKER) as tx:
                notion.choose(tx, sweep={**marks, kind: last})

    def _sweep_part(self, kind: str, met: set[str], minute: str, part: list[str]) -> str | None:
        """Some rows of a minute in which more were made than a page holds (an import): a time cannot divide them, so
        they are asked for by App ID (https://developers.notion.com/reference/filter-data-source-entries, `or`).

        Returns where the next sweep goes on; None at the end of the minute.
        """
        if not part:
            return None
        app_id, listed = self.bound[kind].properties["app_id"]["id"], set[str]()
        where = {"or": [{"property": app_id, "rich_text": {"equals": one}} for one in part]}
        for page in self.client.rows(self.bound[kind].data_source_id, where, verify=False):
            listed.add(page["id"])
            if page["id"] not in met:
                self._incoming(kind, page, listed=True)
        self._missing(kind, met | listed, only=set(part))
        return f"{minute} {part[-1]}"

    def _missing(
        self, kind: str, met: set[str], since: str = "", until: str | None = None, only: set[str] | None = None
    ) -> None:
        """Look one by one at rows that a list should have shown: created from `since` to before `until`, or `only`."""
        with store.reading() as tx:
            rows = [r for r in notion.rows(tx, kind) if r.page_id and r.page_id not in met and r.state not in GONE]
        young = looked = 0
        for row in rows:
            created = _made(row)
            if not since <= created or (until is not None and created >= until):
                continue
            if only is not None and row.local_id not in only:
                continue
            if self._clock() - _born(row, created) < LAG:
                young += 1
            if young <= YOUNG and looked < LOOKS:
                looked += 1
                self._look_at(row)

    def _revisit(self, kind: str, met: set[str]) -> None:
        """Look again at rows whose author has turned up here meanwhile, and at those that only a webhook named."""
        with store.reading() as tx:
            rows = [r for r in notion.rows(tx, kind, ("unmatched",)) if r.page_id not in met]
            rows = [r for r in rows if self.side.author_named(r.base.get("author")) is not None]
            told = [notion.of_page(tx, page) for page in sorted(self.named - met)]
        known = {r.id: r for r in (*rows, *(r for r in told if r is not None and r.kind == kind))}
        for row in known.values():
            self._look_at(row)

    def _serve_people(self) -> None:
        """What somebody waits for goes ahead: see push."""


def _made(row: NotionRow) -> str:
    """When the page was made, as Notion says it; '' where that is not known."""
    return str((row.memo or {}).get("created") or "")


def _born(row: NotionRow, created: str) -> datetime:
    """When the page was made, by Notion's clock where that is known."""
    return datetime.fromisoformat(created) if created else row.created_at
