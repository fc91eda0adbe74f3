"""Passes: the whole one, the quick push of what a person waits for, the dry run. One at a time in an installation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from filelock import Timeout

from core import store
from core.errors import Conflict, Invalid, TimbreError
from core.people import WORKER
from core.store import notion
from core.store.base import now
from core.store.tables import NotionPass
from notion_sync.client import Notion
from notion_sync.rows import silent
from notion_sync.run import Pass, cursor

Json = dict[str, Any]
Progress = Callable[[int, int | None, str], None]
FULL_EVERY = timedelta(days=1)
LINES = 500
"""Lines of a log that are kept."""
PATIENCE = 60.0
"""Seconds that a pass waits for another one of this data folder."""


def sync(
    dry_run: bool = False, full: bool = False, wait: bool = False, progress: Progress | None = None, keep: bool = False
) -> NotionPass:
    """One pass, now, in this process. `wait`: stay until rows of unknown outcome are decided.

    Raises TimbreError where the pass could not be finished; the pass with its log is kept. A dry run writes nothing to
    either side; its list of changes is kept as a pass only with `keep`.
    """
    _connected()
    client = Notion()
    try:
        with alone(PATIENCE):
            return _dry(client, progress, keep) if dry_run else _pass(client, full, wait, progress)
    finally:
        client.close()


def push(ids: Collection[str]) -> NotionPass | None:
    """Send these posts at once, ahead of bulk: two requests for a row that exists, one for a new one.

    None where another pass is running: that one takes them up. Raises TimbreError as `sync` does.
    """
    _connected()
    client = Notion(lane="interactive")
    try:
        with alone(0):
            work = Pass(client)
            return _kept(work, lambda _row: work.send(ids), "pushed")
    except Conflict:
        return None
    finally:
        client.close()


@contextlib.contextmanager
def alone(patience: float = PATIENCE) -> Iterator[None]:
    """One pass or set-up at a time in an installation; the lock goes with the process. Raises Conflict."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(store.locked(".notion-sync.lock", patience))
        except Timeout:
            raise Conflict("Another sync of this data folder is running.", "Wait until it has ended.") from None
        yield


def _connected() -> None:
    with store.reading() as tx:
        if "calendar" not in notion.bindings(tx):
            raise Invalid(
                "Notion is not connected yet: no data sources are bound.",
                "Run `python -m notion_sync setup`, or use Set up on the Notion page.",
            )


def _dry(client: Notion, progress: Progress | None, keep: bool) -> NotionPass:
    work = Pass(client, dry_run=True, progress=progress or silent)
    since, _full_at, turn = where()
    if keep:
        with store.writing(WORKER) as tx:
            notion.forget_passes(tx, "dry run")
        return _kept(work, lambda _row: _only(work.run(since, turn)), "dry run")
    started = now()
    work.run(since, turn)
    counts = {**work.counts, "requests": client.requests}
    return NotionPass(
        started_at=started, finished_at=now(), status="dry run", counts=counts, log=work.log, message="", hint=""
    )


def _pass(client: Notion, full: bool, wait: bool, progress: Progress | None) -> NotionPass:
    since, full_at, turn = where(full)
    work = Pass(client, progress=progress or silent)

    def run(row: NotionPass) -> Json:
        seq = work.run(since, turn)
        if wait:
            work.wait_and_settle()
        return {
            "seq": seq,
            "turn": work.turn,
            "cursor": cursor(row.started_at, client.server_time),
            "full_at": (full_at or now()).isoformat(),
            "sources": {k: b.data_source_id for k, b in work.bound.items()},
        }

    return _kept(work, run, "done")


def _only(_seq: int) -> Json:
    """A dry run reads nothing off for good."""
    return {}


def _kept(work: Pass, run: Callable[[NotionPass], Json], status: str) -> NotionPass:
    """Run the work and write down how it ended, whatever happens."""
    dry = status == "dry run"
    with store.writing(WORKER) as tx:
        row = notion.begin_pass(tx, status if dry else "running")
    error: Exception | None = None
    extra: Json = {}
    try:
        extra = run(row)
    except Exception as caught:
        error = caught
    values = {
        "finished_at": now(),
        "status": status if error is None or dry else "failed",
        "counts": {**work.counts, "requests": work.client.requests, **extra},
        "log": work.log if dry else work.log[-LINES:],
        **_ending(error),
    }
    with store.writing(WORKER) as tx:
        notion.save_pass(tx, row.id, **values)
    if error is not None:
        raise error
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _ending(error: Exception | None) -> dict[str, str]:
    if error is None:
        return {"message": "", "hint": ""}
    if isinstance(error, TimbreError):
        return {"message": error.message, "hint": error.hint}
    message = f"The program failed ({type(error).__name__})."
    return {"message": message, "hint": "What was done so far is safe; the next pass goes on."}


def where(full: bool = False) -> tuple[dict[str, str | None], datetime | None, int]:
    """(where to read on by kind, None: from the beginning; when everything was read last, None: now; the turn)."""
    with store.reading() as tx:
        done = notion.passes(tx, 1, ("done",))
        bound = notion.bindings(tx)
    counts = done[0].counts if done else {}
    turn = int(counts.get("turn", 0))
    full_at = datetime.fromisoformat(counts["full_at"]) if counts.get("full_at") else None
    if full or full_at is None or now() - full_at > FULL_EVERY:
        return dict.fromkeys(bound), None, turn
    sources = counts.get("sources", {})
    since = {k: counts["cursor"] if sources.get(k) == b.data_source_id else None for k, b in bound.items()}
    return since, full_at, turn
