"""How it stands with Notion, from our own store alone: what the page, the API and the command line show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core import jobs, review, store
from core.config import settings
from core.errors import TimbreError
from core.store import Actor, notion, notion_page
from core.store.tables import Intent, NotionBinding, NotionPass, NotionRow, Post
from notion_sync import ours, outbox, schema
from notion_sync.pace import Pace
from notion_sync.saying import OUT

KEY = "notion.sync"
EVERY = 5
"""Minutes between two passes, unless somebody chose otherwise."""
PASSES = ("done", "failed", "interrupted", "running")
DRY = "dry run"
SHOWN = 50
"""Rows of one list that are read; the rest is counted."""
LOOKED = 100
"""Rows that may have something to send are compared one by one up to so many; beyond, each counts as waiting."""
BLOCKS = 1_000
"""Lifetime blocks of a free workspace with more than one member
(https://developers.notion.com/reference/workspace-block-limits); deleting gives none back."""
WARN_AT = 0.8
OURS = ("post", "guideline", "persona", "author", "sample")
Json = dict[str, Any]


@dataclass(frozen=True)
class SyncStatus:
    """Everything that the Notion page shows; nothing in it is secret. Lists are cut at `SHOWN`, `counts` is whole."""

    token: bool
    parent_page: str
    connected: bool
    """Whether the calendar is bound."""
    every: int
    drafts: bool
    free_plan: bool = False
    archive: bool = False
    bindings: dict[str, NotionBinding] = field(default_factory=dict)
    last: NotionPass | None = None
    last_done: NotionPass | None = None
    dry: NotionPass | None = None
    """The newest dry run, without its lines."""
    dry_old: bool = False
    """Whether something changed here, or a pass ran, since that dry run."""
    running: Intent | None = None
    looking: Intent | None = None
    """A dry run that waits or runs."""
    waiting: list[outbox.Waiting] = field(default_factory=list)
    waiting_total: int = 0
    conflicts: list[NotionRow] = field(default_factory=list)
    trashed: list[NotionRow] = field(default_factory=list)
    unmatched: list[NotionRow] = field(default_factory=list)
    held: list[NotionRow] = field(default_factory=list)
    """Rows that are left alone for a reason: removed here, or out of sight in Notion."""
    asked: list[Post] = field(default_factory=list)
    """Posts that somebody set to Approved in Notion: a request, not an approval."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many rows are in each state, and how many posts are `asked` for."""
    paused: list[str] = field(default_factory=list)
    """Fields that are not synced, with the reason."""
    used: int = 0
    """Requests of the last minute."""
    limit: int = 0
    parked: float = 0.0
    blocks: int = 0
    """Pages and databases that Timbre made in the workspace, as far as it remembers."""

    @property
    def to_decide(self) -> int:
        """How many things wait for a person."""
        rows = sum(self.counts.get(name, 0) for name in ("conflict", "trashed", "unmatched", "asked"))
        return rows + len(self.paused)


def status() -> SyncStatus:
    """How it stands: a few short queries, no request to Notion."""
    config = settings()
    pace = Pace(config.timbre_data, config.notion_requests_per_minute)
    live = jobs.active()
    with store.reading() as tx:
        bound, choices = notion.bindings(tx), notion.choices(tx)
        waiting, total = _waiting(tx, bound)
        last, done, dry = (notion_page.head(tx, names) for names in (PASSES, ("done",), (DRY,)))
        asked, asked_total = notion_page.requests(tx, review.APPROVED, SHOWN)
        lists = {s: notion_page.in_state(tx, s, SHOWN) for s in ("trashed", "unmatched", "paused")}
        conflicts = notion_page.conflicts(tx, SHOWN)
        return SyncStatus(
            token=config.notion_token is not None,
            parent_page=config.notion_parent_page or "",
            connected="calendar" in bound,
            every=int(choices.get("every", EVERY)),
            drafts=bool(choices.get("drafts", False)),
            free_plan=bool(choices.get("free_plan", False)),
            archive=bool(choices.get("archive", False)),
            bindings=bound,
            last=last,
            last_done=done,
            dry=dry,
            dry_old=dry is not None and _old(tx, dry, last),
            running=next((i for i in live if i.kind == KEY and not i.payload.get("dry_run")), None),
            looking=next((i for i in live if i.kind == KEY and i.payload.get("dry_run")), None),
            waiting=waiting,
            waiting_total=total,
            conflicts=conflicts,
            trashed=lists["trashed"],
            unmatched=lists["unmatched"],
            held=lists["paused"] + notion_page.remarked(tx, SHOWN),
            asked=asked,
            counts={**notion_page.by_state(tx), "asked": asked_total},
            paused=[text for kind, binding in bound.items() for text in _paused(kind, binding)],
            used=pace.used(),
            limit=config.notion_requests_per_minute,
            parked=pace.parked(),
            blocks=notion_page.made(tx) + len(bound.keys() - (choices.get("own") or {}).keys()),
        )


def _old(tx: store.Reading, dry: NotionPass, last: NotionPass | None) -> bool:
    later = last is not None and last.started_at > dry.started_at
    return later or notion_page.changed_after(tx, dry.started_at, OURS)


def _paused(kind: str, binding: NotionBinding) -> list[str]:
    return [f"{schema.KINDS[kind].title}: {e['paused']}" for e in binding.properties.values() if e.get("paused")]


# ---- what waits ----------------------------------------------------------------------------------------------


def _waiting(tx: store.Reading, bound: dict[str, NotionBinding]) -> tuple[list[outbox.Waiting], int]:
    """What Notion does not show as it is here, and how much that is."""
    side = ours.Side.load(tx)
    out: list[outbox.Waiting] = []
    total = 0
    for kind, binding in bound.items():
        owners = {f.key: f.owner for f in schema.KINDS[kind].fields if f.key in binding.properties}
        if kind in ("calendar", "samples"):
            found, more = _waiting_many(tx, kind, side, owners)
        else:
            found, more = outbox.pending(tx, kind, side, owners) + outbox.stuck(tx, kind, side, owners), 0
        out, total = out + found[:SHOWN], total + len(found) + more
    return out, total


def _waiting_many(
    tx: store.Reading, kind: str, side: ours.Side, owners: dict[str, schema.Owner]
) -> tuple[list[outbox.Waiting], int]:
    """Records that wait, and how many more do: there may be ten thousand rows, so only what may wait is read."""
    new, more = _new(tx, kind, side)
    states = ("unknown", "pending", "trashed", "paused")
    rows, total = notion_page.open_rows(tx, kind, ours.ENTITIES[kind], outbox.last_seq(tx), states, LOOKED)
    out = [outbox.entry(tx, kind, i, side, notion.of_local(tx, kind, i), []) for i in new]
    for row in rows:
        fields = outbox.differing(tx, row, side, owners)
        if fields or row.state in ("pending", "unknown"):
            out.append(outbox.entry(tx, kind, row.local_id, side, row, fields))
    return out, more + max(0, total - LOOKED)


def _new(tx: store.Reading, kind: str, side: ours.Side) -> tuple[list[str], int]:
    """Some records that get a row with the next pass, and how many more do."""
    statuses = (ours.SENT | (ours.DRAFTS if side.drafts else frozenset())) if kind == "calendar" else OUT
    ids, total = notion_page.new_posts(tx, kind, statuses, SHOWN)
    if kind == "samples" and side.archive:
        more, others = notion_page.new_samples(tx, SHOWN)
        ids, total = (ids + more)[:SHOWN], total + others
    return ids, total - len(ids)


# ---- passes --------------------------------------------------------------------------------------------------


def passes(limit: int = 20) -> list[NotionPass]:
    """The newest passes first, with their logs."""
    with store.reading() as tx:
        return notion.passes(tx, limit)


def heads(limit: int = 30) -> list[tuple[NotionPass, int]]:
    """The newest passes first without their logs, each with the number of its lines."""
    with store.reading() as tx:
        return notion_page.heads(tx, limit)


def lines(pass_id: str) -> list[Json]:
    """The log of one pass; empty where it is forgotten."""
    with store.reading() as tx:
        found = notion_page.one_pass(tx, pass_id)
    return list(found.log) if found is not None else []


def problem(one: NotionPass) -> TimbreError:
    """What a failed pass ended with."""
    return TimbreError(one.message or "This sync did not finish.", one.hint)


def failed(intent: Intent) -> TimbreError:
    """What a job ended with."""
    return TimbreError(intent.message or "This job did not finish.", intent.hint)


def row_of(post_id: str) -> NotionRow | None:
    """The row of a post in Notion's calendar, where it has one."""
    with store.reading() as tx:
        found = notion.of_local(tx, "calendar", post_id)
    return found if found is not None and found.page_id else None


def may_change(actor: Actor) -> bool:
    """Whether this person may sync, decide and choose: an editor or an approver."""
    return review.has_role(actor, "editor")
