"""The sync as background work: a pass, a quick push, and the scan that asks for one when it is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import jobs, store
from core.config import settings
from core.people import WORKER
from core.store import notion
from core.store.base import now
from core.store.tables import NotionPass
from notion_sync import commands, comments, hooks, ours, outbox, passes, schema
from notion_sync.push import FEW

PUSH = "notion.push"
RETRY = timedelta(minutes=1)
"""After a failed pass the next one waits at least this long."""
HINTED = timedelta(seconds=10)
"""Passes that a webhook asks for are at least this far apart."""
AGAIN = timedelta(seconds=2)
"""A quick push that found another pass at work is not asked for again sooner."""


@jobs.workflow(commands.KEY, queue="notion")
def run(intent_id: str) -> dict[str, Any]:
    """One pass. It is one step: a pass that was cut off is safe to run again from its beginning."""
    result: dict[str, Any] = jobs.step(_sync, intent_id, name="sync")
    return result


@jobs.workflow(PUSH, queue="notion")
def push(intent_id: str) -> dict[str, Any]:
    """What a person waits for, at once. One step as well."""
    result: dict[str, Any] = jobs.step(_send, intent_id, name="push")
    return result


def _sync(intent_id: str) -> dict[str, Any]:
    asked = jobs.get(intent_id).payload
    done = passes.sync(
        dry_run=bool(asked.get("dry_run")),
        full=bool(asked.get("full")),
        keep=True,
        progress=lambda d, t, m: jobs.progress(intent_id, d, t, m),
    )
    return {k: v for k, v in done.counts.items() if isinstance(v, int)}


def _send(intent_id: str) -> dict[str, Any]:
    done = passes.push([str(i) for i in jobs.get(intent_id).payload.get("ids", [])])
    return {} if done is not None else {"busy": True}


@jobs.periodic(0.5)
def scan() -> None:
    """Ask for a quick push or a pass where one is due."""
    if settings().notion_token is None or any(i.kind in (commands.KEY, PUSH) for i in jobs.active()):
        return
    if due():
        commands.request_sync(WORKER)
    elif ids := waited_for():
        jobs.request(PUSH, {"ids": ids}, WORKER, key=PUSH)


def due() -> bool:
    """Whether a pass should begin now."""
    with store.reading() as tx:
        if "calendar" not in notion.bindings(tx):
            return False
        if any(intent.kind == commands.KEY for intent in jobs.active()):
            return False
        newest, failed = _newest(tx)
        if newest is None:
            return True
        if failed:
            return now() - (newest.finished_at or newest.started_at) > RETRY
        every = int(notion.choices(tx).get("every", commands.EVERY))
        if every and now() - newest.started_at > timedelta(minutes=every):
            return True
        if hooks.waiting(tx) and now() - newest.started_at > HINTED:
            return True
        return comments.waiting(tx) or _something_to_settle(tx) or len(_urgent(tx)) > FEW


def waited_for() -> list[str]:
    """Posts to send at once, ahead of the next pass."""
    with store.reading() as tx:
        if "calendar" not in notion.bindings(tx):
            return []
        newest, failed = _newest(tx)
        if newest is None or failed or _busy():
            return []
        return _urgent(tx)


def _busy() -> bool:
    """Whether the last quick push has just found another pass at work (started in a terminal)."""
    last = jobs.recent(PUSH, 1)
    return bool(last and last[0].result.get("busy") and now() - (last[0].finished_at or now()) < AGAIN)


def _newest(tx: store.Reading) -> tuple[NotionPass | None, bool]:
    """The newest pass that read everything, and whether the last try of any kind failed."""
    whole = notion.passes(tx, 1, ("done", "failed", "interrupted", "running"))
    last = notion.passes(tx, 1, ("done", "failed", "interrupted", "running", "pushed"))
    return whole[0] if whole else None, bool(last and last[0].status == "failed")


def _urgent(tx: store.Reading) -> list[str]:
    side, bound = ours.Side.load(tx), notion.bindings(tx)["calendar"].properties
    fields = schema.KINDS["calendar"].fields
    usable = [f for f in fields if f.key in bound and not bound[f.key].get("paused")]
    return outbox.urgent(tx, side, {f.key: f.owner for f in usable})


def _something_to_settle(tx: store.Reading) -> bool:
    limit = timedelta(seconds=settings().notion_settle_seconds)
    rows = notion.rows(tx, states=("unknown",))
    return any(not row.page_id and now() - (row.pushed_at or row.created_at) > limit for row in rows)
