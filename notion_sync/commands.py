"""What people and programs ask of the sync: how it stands, the set-up, a pass, a dry run, choices, decisions."""

from __future__ import annotations

from core import jobs, review, store
from core.config import settings
from core.errors import Denied, Invalid
from core.people import WORKER
from core.store import Actor, notion
from notion_sync import ours
from notion_sync import setup as making
from notion_sync.client import Notion
from notion_sync.decide import archive_here, bring_back, keep
from notion_sync.disputes import Dispute, begin_merge, disputes, drafted, drop_merge, groups, save_draft
from notion_sync.passes import alone, sync
from notion_sync.standing import (
    EVERY,
    KEY,
    SyncStatus,
    failed,
    heads,
    lines,
    may_change,
    passes,
    problem,
    row_of,
    status,
)

__all__ = [
    "EVERY",
    "KEY",
    "Dispute",
    "SyncStatus",
    "archive_cost",
    "archive_here",
    "begin_merge",
    "bring_back",
    "choose",
    "disputes",
    "drafted",
    "drop_merge",
    "failed",
    "groups",
    "heads",
    "keep",
    "lines",
    "may_change",
    "passes",
    "problem",
    "request_sync",
    "row_of",
    "save_draft",
    "setup",
    "status",
    "sync",
    "test",
]


def test() -> str:
    """Ask Notion who we are, and for the page: the name of the integration. Raises TimbreError with what to do."""
    client = Notion(timeout=10.0, attempts=2)
    try:
        name = str(client.me().get("name") or "the integration")
        if settings().notion_parent_page:
            client.page(making.page_id(settings().notion_parent_page))
    finally:
        client.close()
    return name


def setup(parent_page: str | None = None, dry_run: bool = False, actor: Actor = WORKER) -> list[making.Step]:
    """Create or find the four data sources under a page (default: NOTION_PARENT_PAGE).

    Raises Denied for readers, else TimbreError with what to do.
    """
    if not dry_run and not may_change(actor):
        raise Denied(f"You may not set Notion up: your role is {actor.role}.", "Ask an editor or an approver to do it.")
    client = Notion()
    try:
        with alone():
            return making.setup(client, parent_page or settings().notion_parent_page, dry_run)
    finally:
        client.close()


def request_sync(actor: Actor, full: bool = False, dry_run: bool = False) -> str:
    """Ask the worker for a pass, or for a list of what one would change; asking while one waits or runs gives that one.

    Returns the intent's id. Raises Denied for readers.
    """
    if actor != WORKER and not may_change(actor):
        raise Denied(f"You may not start a sync: your role is {actor.role}.", "Ask an editor or an approver to do it.")
    payload = {"full": full, **({"dry_run": True} if dry_run else {})}
    return jobs.request(KEY, payload, actor, key=f"{KEY}.dry" if dry_run else KEY)


def archive_cost() -> dict[str, int]:
    """What sending every sample would add: rows, requests, blocks, minutes at this installation's pace."""
    with store.reading() as tx:
        return ours.archive_cost(tx, settings().notion_requests_per_minute)


def choose(actor: Actor, every: int, drafts: bool, free_plan: bool | None = None, archive: bool | None = None) -> None:
    """Choose how often a pass runs (minutes; 0: only by hand and after an approval) and what is sent.

    `free_plan`: the workspace is free and has several members, so blocks are counted. `archive`: published samples are
    sent too. None leaves a choice as it is. Raises Denied for readers, Invalid for a pause out of range.
    """
    if not review.has_role(actor, "editor"):
        raise Denied(f"You may not choose this: your role is {actor.role}.", "Ask an editor or an approver to do it.")
    if not 0 <= every <= 24 * 60:
        raise Invalid("The pause between two syncs is 0 to 1,440 minutes.", "Choose another number.")
    more = {k: v for k, v in (("free_plan", free_plan), ("archive", archive)) if v is not None}
    with store.writing(actor) as tx:
        notion.choose(tx, every=every, drafts=drafts, **more)
