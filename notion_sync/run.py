"""One pass: pull what Notion changed, merge it row by row, push what we changed. Safe to end anywhere and start again.

Whatever a crash leaves, the next pass finds by App ID; a second pass over two quiet sides writes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core import store
from core.config import settings
from core.people import WORKER
from core.store import notion
from core.store.base import now
from notion_sync import comments, hooks, ours
from notion_sync.lists import PAGE
from notion_sync.push import Push

Json = dict[str, Any]
BACK = timedelta(minutes=5)
"""The cursor lies this far before the last pass: query results lag, edit times are floored to the minute."""
BUDGET = 8
"""Requests of a pass that finds nothing changed: one a data source, the rest goes round."""
TALKS = 5
"""Rows whose comments are read in a pass that found a little new; a quiet or a bulky one reads those of one row."""


@dataclass
class Pass(Push):
    """One pass over everything that is bound. `turn` says where the next one goes on looking around."""

    turn: int = 0

    def run(self, since: Mapping[str, str | None], turn: int = 0) -> int:
        """Pull, then push. `since`: kind -> where to read on, None for everything. Returns how far the log was read."""
        self._read_ours()
        began = now()
        whole = self.whole = {kind for kind in self.bound if since.get(kind) is None}
        with store.reading() as tx:
            self.seq, known = notion.newest_change(tx), notion.count_pages(tx)
            self.talks = [] if self.dry_run else comments.due(tx, TALKS)
            told = comments.told(tx)
            self.named = hooks.named(tx)
            self.again = set() if self.dry_run else ours.unsettled_bodies(tx)
        small = {kind for kind in self.bound if known.get(kind, 0) <= PAGE}
        self.rereads = set(whole)
        for kind in self._schemas(whole, len(self.bound.keys() - small), turn):
            if self._check_schema(kind):
                whole.add(kind)  # a field may have come back, or a word may mean something else now
        for kind in self._kinds():
            # One page holds a small table: read whole, it also shows what is gone. No query lists the trash
            # (https://developers.notion.com/reference/query-a-data-source).
            met = self._pull(kind, None if kind in whole | small else since.get(kind))
            if kind in whole | small:
                self._missing(kind, met)
            else:
                self._sweep(kind, met)
            self._revisit(kind, met)
        self._talk(told)
        with store.reading() as tx:
            self.seq = seq = notion.newest_change(tx)
        for kind in sorted(self._kinds(), key=lambda k: k != "personas"):  # others may relate to a persona's page
            self._push(kind)
            if kind == "personas":
                self._know_pages()
        if not self.dry_run:
            comments.send(self)
            with store.writing(WORKER) as tx:
                hooks.taken(tx, began)
        return seq

    def send(self, ids: Collection[str]) -> Json:
        """Push these posts and nothing else: what somebody waits for."""
        self._read_ours()
        for local_id in ids:
            self._push_safely("calendar", local_id, fresh=True)
        return {}

    def _schemas(self, whole: set[str], sweeps: int, turn: int) -> list[str]:
        """Whose schema is looked at: all in a whole pass, else the calendar's, and the others by turns.

        Rows themselves show when a property is gone, and a refused write looks at the schema at once.
        """
        kinds = self._kinds()
        if whole:
            return kinds
        ring = [kind for kind in kinds if kind != "calendar"]
        room = BUDGET - len(kinds) - 1 - sweeps - min(1, len(self.talks)) - len(self.again)
        taken = [ring[(turn + n) % len(ring)] for n in range(max(0, min(room, len(ring))))]
        self.turn = turn + len(taken)
        return ["calendar", *taken]

    def _talk(self, told: int) -> None:
        """Read the comments of rows in review, a request each: few at a time, first those that Notion told of."""
        moved = sum(self.counts[name] for name in ("pulled", "adopted"))
        for row in self.talks if 0 < moved <= TALKS else self.talks[: max(1, told)]:
            comments.read(self, row)

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
            for kind in self._kinds():
                self._push(kind)


def cursor(started: datetime, server: float | None) -> str:
    """Where the next pass reads on: the start of this one by whichever clock is behind, to the minute, minus five."""
    if server is not None:
        started = min(started, datetime.fromtimestamp(server, UTC))
    return (started.replace(second=0, microsecond=0) - BACK).isoformat()
