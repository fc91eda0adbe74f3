"""What people and programs ask of the sync: status, set-up, a pass, a decision on a conflict, a row in the trash."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from filelock import Timeout

from core import jobs, review, store
from core.config import settings
from core.errors import Conflict, Invalid, TimbreError
from core.people import WORKER
from core.store import Actor, notion
from core.store.base import now
from core.store.tables import Intent, NotionBinding, NotionPass, NotionRow
from notion_sync import ours, outbox, schema
from notion_sync import setup as making
from notion_sync.client import Notion
from notion_sync.pace import Pace
from notion_sync.rows import silent
from notion_sync.run import FULL_EVERY, Pass, cursor

KEY = "notion.sync"
EVERY = 5
"""Minutes between two passes, unless somebody chose otherwise."""
Progress = Callable[[int, int | None, str], None]
Json = dict[str, Any]


@dataclass(frozen=True)
class SyncStatus:
    """Everything that the Notion page shows; nothing in it is secret."""

    token: bool
    parent_page: str
    connected: bool
    """Whether the calendar is bound."""
    every: int
    drafts: bool
    bindings: dict[str, NotionBinding] = field(default_factory=dict)
    last: NotionPass | None = None
    last_done: NotionPass | None = None
    running: Intent | None = None
    waiting: list[outbox.Waiting] = field(default_factory=list)
    conflicts: list[NotionRow] = field(default_factory=list)
    trashed: list[NotionRow] = field(default_factory=list)
    unmatched: list[NotionRow] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    """Fields that are not synced, with the reason."""
    used: int = 0
    """Requests of the last minute."""
    limit: int = 0
    parked: float = 0.0


def status() -> SyncStatus:
    """How it stands, from our own store alone: no request goes out."""
    config = settings()
    pace = Pace(config.timbre_data, config.notion_requests_per_minute)
    with store.reading() as tx:
        bound, choices = notion.bindings(tx), notion.choices(tx)
        newest, done = notion.passes(tx, 1), notion.passes(tx, 1, ("done",))
        waiting = _waiting(tx, bound)
        rows = notion.rows(tx, states=("conflict", "trashed", "unmatched"))
    return SyncStatus(
        token=config.notion_token is not None,
        parent_page=config.notion_parent_page or "",
        connected="calendar" in bound,
        every=int(choices.get("every", EVERY)),
        drafts=bool(choices.get("drafts", False)),
        bindings=bound,
        last=newest[0] if newest else None,
        last_done=done[0] if done else None,
        running=next((i for i in jobs.active() if i.kind == KEY), None),
        waiting=waiting,
        conflicts=[r for r in rows if r.state == "conflict"],
        trashed=[r for r in rows if r.state == "trashed"],
        unmatched=[r for r in rows if r.state == "unmatched"],
        paused=[text for kind, binding in bound.items() for text in _paused(kind, binding)],
        used=pace.used(),
        limit=config.notion_requests_per_minute,
        parked=pace.parked(),
    )


def _paused(kind: str, binding: NotionBinding) -> list[str]:
    return [f"{schema.KINDS[kind].title}: {e['paused']}" for e in binding.properties.values() if e.get("paused")]


def _waiting(tx: store.Reading, bound: dict[str, NotionBinding]) -> list[outbox.Waiting]:
    side = ours.Side.load(tx)
    out: list[outbox.Waiting] = []
    for kind in ("calendar", "guidelines", "personas"):
        if kind in bound:
            owners = {f.key: f.owner for f in schema.KINDS[kind].fields if f.key in bound[kind].properties}
            out += outbox.pending(tx, kind, side, owners) + outbox.stuck(tx, kind, side, owners)
    return out


def passes(limit: int = 20) -> list[NotionPass]:
    """The newest passes first, with their logs."""
    with store.reading() as tx:
        return notion.passes(tx, limit)


def problem(one: NotionPass) -> TimbreError:
    """What a failed pass ended with."""
    return TimbreError(one.message or "This pass did not finish.", one.hint)


def ours_now(row: NotionRow, key: str) -> Any:
    """What we hold at present for a field of a row; None where the record is gone."""
    with store.reading() as tx:
        return (ours.Side.load(tx).fields(tx, row.kind, row.local_id) or {}).get(key)


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


def setup(parent_page: str | None = None, dry_run: bool = False) -> list[making.Step]:
    """Create or find the four data sources under a page (default: NOTION_PARENT_PAGE). Raises TimbreError."""
    client = Notion()
    try:
        with _alone():
            return making.setup(client, parent_page or settings().notion_parent_page, dry_run)
    finally:
        client.close()


def request_sync(actor: Actor, full: bool = False) -> str:
    """Ask the worker for a pass; asking while one waits or runs gives that one. Returns the intent's id."""
    return jobs.request(KEY, {"full": full}, actor, key=KEY)


def choose(actor: Actor, every: int, drafts: bool) -> None:
    """Choose how often a pass runs (minutes; 0: only by hand and after an approval) and whether drafts are sent."""
    if not 0 <= every <= 24 * 60:
        raise Invalid("The pause between two passes is 0 to 1,440 minutes.", "Choose another number.")
    with store.writing(actor) as tx:
        notion.choose(tx, every=every, drafts=drafts)


# ---- a pass --------------------------------------------------------------------------------------------------


def sync(dry_run: bool = False, full: bool = False, wait: bool = False, progress: Progress | None = None) -> NotionPass:
    """One pass, now, in this process. `wait`: stay until rows of unknown outcome are decided.

    Raises TimbreError where the pass could not be finished; the pass with its log is kept. A dry run keeps nothing.
    """
    with store.reading() as tx:
        if "calendar" not in notion.bindings(tx):
            raise Invalid(
                "Notion is not connected yet: no data sources are bound.",
                "Run `python -m notion_sync setup`, or use Set up on the Notion page.",
            )
    client = Notion()
    try:
        with _alone():
            return _dry(client, progress) if dry_run else _pass(client, full, wait, progress)
    finally:
        client.close()


def _dry(client: Notion, progress: Progress | None) -> NotionPass:
    work = Pass(client, dry_run=True, progress=progress or silent)
    started = now()
    since, _ = _since(full=False)
    work.run(since)
    counts = {**work.counts, "requests": client.requests}
    return NotionPass(
        started_at=started, finished_at=now(), status="dry run", counts=counts, log=work.log, message="", hint=""
    )


def _pass(client: Notion, full: bool, wait: bool, progress: Progress | None) -> NotionPass:
    with store.writing(WORKER) as tx:
        row = notion.begin_pass(tx)
    since, full_at = _since(full)
    work = Pass(client, progress=progress or silent)
    error: Exception | None = None
    extra: Json = {}
    try:
        seq = work.run(since)
        if wait:
            work.wait_and_settle()
        extra = {
            "seq": seq,
            "cursor": cursor(row.started_at, client.server_time),
            "full_at": (full_at or now()).isoformat(),
            "sources": {k: b.data_source_id for k, b in work.bound.items()},
        }
    except Exception as caught:
        error = caught
    values = {
        "finished_at": now(),
        "status": "done" if error is None else "failed",
        "counts": {**work.counts, "requests": client.requests, **extra},
        "log": work.log[-500:],
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


def _since(full: bool) -> tuple[dict[str, str | None], datetime | None]:
    """(where to read on by kind, when everything was read last; None: this pass reads everything)."""
    with store.reading() as tx:
        done = notion.passes(tx, 1, ("done",))
        bound = notion.bindings(tx)
    counts = done[0].counts if done else {}
    full_at = datetime.fromisoformat(counts["full_at"]) if counts.get("full_at") else None
    if full or full_at is None or now() - full_at > FULL_EVERY:
        return dict.fromkeys(bound), None
    sources = counts.get("sources", {})
    return {k: counts["cursor"] if sources.get(k) == b.data_source_id else None for k, b in bound.items()}, full_at


class _alone:  # noqa: N801
    """One pass or set-up at a time in an installation; the lock goes with the process."""

    def __enter__(self) -> None:
        self._held = contextlib.ExitStack()
        try:
            self._held.enter_context(store.locked(".notion-sync.lock", 60))
        except Timeout:
            raise Conflict("Another sync of this data folder is running.", "Wait until it has ended.") from None

    def __exit__(self, *_: object) -> None:
        self._held.close()


# ---- decisions -----------------------------------------------------------------------------------------------


def keep(row_id: str, field_key: str, whose: str, actor: Actor) -> None:
    """Decide a conflict: `ours` or `theirs`. What was let go of stays in the audit; the next pass carries it out."""
    with store.reading() as tx:
        row = notion.row(tx, row_id)
        mine = ours.Side.load(tx).fields(tx, row.kind, row.local_id) or {}
    if field_key not in row.conflict:
        raise Conflict("This conflict is decided already.", "Reload the page.")
    theirs = row.conflict[field_key]["theirs"]
    if whose == "theirs":
        _take_theirs(row, field_key, theirs, mine, actor)
    rest = {key: value for key, value in row.conflict.items() if key != field_key}
    with store.writing(actor) as tx:
        if whose == "ours":
            notion.note_dropped(tx, row, field_key, theirs, mine.get(field_key))
        notion.save(
            tx, row.kind, row.local_id, base={**row.base, field_key: theirs}, conflict=rest,
            state="conflict" if rest else "pending", message="",
        )  # fmt: skip


def _take_theirs(row: NotionRow, key: str, theirs: Any, mine: Json, actor: Actor) -> None:
    side = _side()
    if row.kind == "calendar":
        ours.take_post(actor, row.local_id, {key: theirs}, side, {key: theirs})
        return
    with store.writing(actor) as tx:
        ours.put_guideline(tx, row, {**mine, key: theirs}, side, in_trash=False)


def bring_back(row_id: str, actor: Actor) -> None:
    """Take a row out of Notion's trash; then it is synced again."""
    with store.reading() as tx:
        row = notion.row(tx, row_id)
    client = Notion()
    try:
        client.trash(str(row.page_id), False)
    finally:
        client.close()
    with store.writing(actor) as tx:
        notion.save(tx, row.kind, row.local_id, state="pending", message="", remote_hash=None)


def archive_here(row_id: str, actor: Actor) -> None:
    """Put the post of a row that is in Notion's trash away here too. It can be restored."""
    with store.reading() as tx:
        row = notion.row(tx, row_id)
    review.archive(row.local_id, actor, "Its row was put into the trash in Notion.")


def _side() -> ours.Side:
    with store.reading() as tx:
        return ours.Side.load(tx)
