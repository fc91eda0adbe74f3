"""One pass: pull what Notion changed, merge it row by row, push what we changed. Safe to end anywhere and start again.

Whatever a crash leaves, the next pass finds by App ID; a second pass over two quiet sides writes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from core import store
from core.config import settings
from core.errors import NotFound
from core.people import WORKER
from core.store import notion
from core.store.base import now
from notion_sync import ours, schema
from notion_sync.push import Push

Json = dict[str, Any]
PULLED = ("calendar", "guidelines")
PUSHED = ("calendar", "guidelines", "personas")
BACK = timedelta(minutes=5)
"""The cursor lies this far before the last pass: query results lag, edit times are floored to the minute."""
FULL_EVERY = timedelta(days=1)


class Pass(Push):
    """One pass over everything that is bound."""

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

    def _check_schema(self, kind: str) -> None:
        """See that the properties are still there: a renamed one stays bound, a deleted or retyped one is paused."""
        binding = self.bound[kind]
        found = self.client.data_source(binding.data_source_id)
        if found.get("in_trash"):
            raise NotFound(
                f"The database {schema.KINDS[kind].title} is in Notion's trash. Nothing was deleted here.",
                "Restore it in Notion, or run the set-up again to make a new one.",
            )
        fresh, _missing = schema.match(kind, found.get("properties", {}), binding.properties)
        fresh = {key: entry for key, entry in fresh.items() if key in binding.properties}
        for entry in fresh.values():
            if entry.get("paused"):
                self.say(f"{schema.KINDS[kind].title}: {entry['paused']}. This field is paused.", level="warn")
        if fresh != binding.properties and not self.dry_run:
            with store.writing(WORKER) as tx:
                notion.bind(tx, kind, binding.database_id, binding.data_source_id, fresh, binding.url)
        binding.properties = fresh

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
