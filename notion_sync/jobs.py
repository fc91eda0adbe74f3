"""The sync as background work: the workflow "notion.sync", and the scan that asks for a pass when one is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import jobs, store
from core.config import settings
from core.people import WORKER
from core.store import notion
from core.store.base import now
from notion_sync import commands, ours, outbox

RETRY = timedelta(minutes=1)
"""After a failed pass the next one waits at least this long."""


@jobs.workflow(commands.KEY, queue="notion")
def run(intent_id: str) -> dict[str, Any]:
    """One pass. It is one step: a pass that was cut off is safe to run again from its beginning."""
    result: dict[str, Any] = jobs.step(_sync, intent_id, name="sync")
    return result


def _sync(intent_id: str) -> dict[str, Any]:
    full = bool(jobs.get(intent_id).payload.get("full"))
    done = commands.sync(full=full, progress=lambda d, t, m: jobs.progress(intent_id, d, t, m))
    return {k: v for k, v in done.counts.items() if isinstance(v, int)}


@jobs.periodic(1.0)
def scan() -> None:
    """Ask for a pass where one is due: after a change that Notion should show, and every so many minutes."""
    if settings().notion_token is None:
        return
    if due():
        commands.request_sync(WORKER)


def due() -> bool:
    """Whether a pass should begin now."""
    with store.reading() as tx:
        if "calendar" not in notion.bindings(tx):
            return False
        newest = notion.passes(tx, 1)
        if any(intent.kind == commands.KEY for intent in jobs.active()):
            return False
        if not newest:
            return True
        ended = newest[0].finished_at or newest[0].started_at
        if newest[0].status == "failed":
            return now() - ended > RETRY
        every = int(notion.choices(tx).get("every", commands.EVERY))
        if every and now() - newest[0].started_at > timedelta(minutes=every):
            return True
        return _something_to_send(tx) or _something_to_settle(tx)


def _something_to_send(tx: store.Reading) -> bool:
    changed = notion.changed_since(tx, outbox.last_seq(tx), ["post"]).get("post", set())
    if not changed:
        return False
    side = ours.Side(drafts=bool(notion.choices(tx).get("drafts", False)))
    rows = {row.local_id for row in notion.rows(tx, "calendar") if row.page_id}
    return any(side.sent(post) or post.id in rows for post in notion.posts(tx, changed))


def _something_to_settle(tx: store.Reading) -> bool:
    limit = timedelta(seconds=settings().notion_settle_seconds)
    rows = notion.rows(tx, states=("unknown",))
    return any(not row.page_id and now() - (row.pushed_at or row.created_at) > limit for row in rows)
