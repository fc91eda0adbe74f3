"""The sync at a glance: is it in step, what runs, how the last pass went, what waits and why, the block budget."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.store.base import now as instant
from core.store.tables import Intent, NotionPass
from notion_sync import commands
from notion_sync.commands import SyncStatus
from notion_sync.outbox import Waiting
from notion_sync.schema import KINDS
from notion_sync.standing import BLOCKS, WARN_AT
from pages.ui.notice import attempt, notices
from pages.ui.pager import skipped, turn
from pages.ui.pieces import ago, link, outside, plain, status_text
from pages.ui.shell import Here, errors_shown

MOVED = {
    "pulled": ("field from Notion", "fields from Notion"),
    "pushed": ("row changed in Notion", "rows changed in Notion"),
    "created": ("row created in Notion", "rows created in Notion"),
    "adopted": ("row taken over", "rows taken over"),
    "trashed": ("row found in the trash", "rows found in the trash"),
}
LINES = 10


def headline(now: SyncStatus, here: Here) -> None:
    """One sentence that answers the page's question, what can be done, and what went wrong."""
    notices()
    state, sentence = verdict(now)
    st.markdown(f"{status_text(*state)} {plain(sentence)}")
    if now.running is not None:
        _live(now.running.id, here)
    elif now.looking is not None:
        _live(now.looking.id, here)
    else:
        _buttons(now, here)
    if now.running is None and now.last is None:
        _first()
    if now.last is not None and now.last.status == "failed":
        st.warning(f"**{plain(now.last.message)}**\n\n{plain(now.last.hint)}")
    if now.parked > 1:
        st.caption(f"Notion asked for a pause: {_span(now.parked)} left. It goes on by itself, and nothing is lost.")


def verdict(now: SyncStatus) -> tuple[tuple[str, str], str]:
    """((status, word), sentence): the state of the calendar in one line."""
    conflicts = now.counts.get("conflict", 0)
    if now.running is not None:
        return ("started", "Syncing"), "The first sync is running." if now.last_done is None else "A sync is running."
    if now.last is not None and now.last.status in ("failed", "interrupted"):
        return ("failed", "Not in step"), f"The last sync {ago(now.last.started_at, instant())} did not finish."
    if conflicts:
        return ("conflict", "Decide"), f"{_rows(conflicts, 'was', 'were')} changed here and in Notion. Both are kept."
    if now.last is None:
        return ("off", "Not synced yet"), "Connected. Nothing has been synced yet."
    if now.waiting_total:
        return ("warn", "Waiting"), f"{_rows(now.waiting_total, 'has', 'have')} changes that Notion does not have yet."
    if now.to_decide:
        return (
            "warn",
            "Look here",
        ), "Something waits for your decision below; the rest is in step as of the last sync."
    return ("ok", "In step"), f"Both sides agreed at the last sync, {ago(now.last.started_at, instant())}."


def _rows(count: int, one: str, many: str) -> str:
    return f"1 row {one}" if count == 1 else f"{count:,} rows {many}"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} seconds are" if seconds < 90 else f"{seconds / 60:.0f} minutes are"


def _buttons(now: SyncStatus, here: Here) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if commands.may_change(here.actor):
            st.button("Sync now", type="primary", key="notion_sync", on_click=_sync, args=(here, False))
            st.button(
                "Show what a sync would change",
                key="notion_dry_run",
                on_click=_look,
                args=(here,),
                help="Reads Notion and lists every change on either side. Nothing is written.",
            )
            st.button(
                "Read every row",
                key="notion_full",
                on_click=_sync,
                args=(here, True),
                help="Reads all rows instead of recent edits. Timbre does this once a day by itself.",
            )
        if url := now.bindings["calendar"].url:
            st.link_button("Open the calendar in Notion", url)


def _sync(here: Here, full: bool) -> None:
    attempt(lambda: commands.request_sync(here.actor, full=full))


def _look(here: Here) -> None:
    attempt(lambda: commands.request_sync(here.actor, dry_run=True))


@st.fragment(run_every=2.0)
def _first() -> None:
    """The first pass begins by itself after the set-up: the page follows it without a reload."""
    with errors_shown():
        now = commands.status()
        if now.running is not None or now.last is not None:
            st.rerun()


@st.fragment(run_every=1.0)
def _live(intent_id: str, here: Here) -> None:
    with errors_shown():
        intent = jobs.get(intent_id)
        if intent.status not in ("queued", "started"):
            if intent.status == "failed" and intent.payload.get("dry_run"):
                attempt(lambda: _raise(intent))
            st.rerun()
        message = intent.message or ("Starting" if jobs.worker_alive() else "Waits for the worker: start `make run`.")
        share = intent.done / intent.total if intent.total else 0.0
        st.progress(min(1.0, share), text=plain(message))
        if commands.may_change(here.actor):
            st.button("Stop", key="notion_stop", on_click=_stop, args=(intent_id, here))


def _raise(intent: Intent) -> None:
    raise commands.failed(intent)


def _stop(intent_id: str, here: Here) -> None:
    attempt(lambda: jobs.cancel(intent_id, here.actor), "The sync stops at its next safe point. Nothing is lost.")


# ---- the last pass -----------------------------------------------------------------------------------------------


def last_pass(now: SyncStatus) -> None:
    """What the last pass moved, what it cost, and when the next one runs."""
    if now.last is None:
        return
    counts = now.last.counts
    st.subheader("Last sync", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        total = sum(int(counts.get(name, 0)) for name in MOVED)
        st.metric("Changes brought across", f"{total:,}", help=moved(counts), width="content")
        st.metric("Waiting to go out", f"{now.waiting_total:,}", width="content")
    rhythm = {0: "by hand", 1: "every minute"}.get(now.every, f"every {now.every} minutes")
    pause = f"{rhythm} and after an approval"
    text = f"{ago(now.last.started_at, instant()).capitalize()}. {came_of(now.last)} Timbre syncs {pause}."
    if now.last.status != "done" and now.last_done is not None:
        text += f" The last complete one was {ago(now.last_done.started_at, instant())}."
    st.caption(plain(text))
    st.caption(
        f"It asked Notion {_times(int(counts.get('requests', 0)))}. In the last minute Timbre asked "
        f"{_times(now.used)}; it keeps to {now.limit:,} a minute, which Notion allows."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def came_of(one: NotionPass) -> str:
    """What came of a pass, in words; one that failed says nothing of what has changed."""
    anything = any(one.counts.get(name) for name in MOVED)
    if one.status == "running" and not anything:
        return "It is running."
    if one.status in ("failed", "interrupted") and not anything:
        return "It ended before anything was moved."
    return moved(one.counts)


def moved(counts: dict[str, int]) -> str:
    """What a pass moved, in words."""
    said = [f"{counts[name]:,} {words[counts[name] > 1]}" for name, words in MOVED.items() if counts.get(name)]
    return f"{', '.join(said)}." if said else "Nothing had changed on either side."


# ---- what waits ----------------------------------------------------------------------------------------------


def waiting(now: SyncStatus) -> None:
    """What waits to go out and why, each with its post here and its row there."""
    if not now.waiting:
        return
    st.subheader(f"Waiting to go out: {_rows(now.waiting_total, '', '').strip()}", anchor=False)
    skip = skipped("notion_waiting_skip", len(now.waiting), LINES)
    for item in now.waiting[skip : skip + LINES]:
        with st.container(gap=None):
            _waits(item)
    turn("notion_waiting_skip", len(now.waiting), LINES)
    if now.waiting_total > len(now.waiting):
        st.caption(f"{now.waiting_total - len(now.waiting):,} more wait; the next sync takes them in turn.")


def _waits(item: Waiting) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if item.kind == "calendar":
            link(plain(item.title), "review", post=item.local_id)
        else:
            st.markdown(f"**{plain(item.title)}** :gray[{plain(KINDS[item.kind].title)}]", width="content")
        outside("Open in Notion", item.url)
    what = f"New row. {item.why}" if not item.url else f"{', '.join(item.fields) or 'Looked at again'}. {item.why}"
    st.caption(plain(f"{what} Changed {ago(item.since, instant())}." if item.since else what))


# ---- blocks --------------------------------------------------------------------------------------------------


def blocks(now: SyncStatus) -> None:
    """How much of a free workspace's lifetime blocks Timbre has used; one line where the plan has no limit."""
    if not now.free_plan:
        things = "page or database" if now.blocks == 1 else "pages and databases"
        st.caption(f"Timbre has made {now.blocks:,} {things} in this workspace.")
        return
    share = min(1.0, now.blocks / BLOCKS)
    st.subheader("Blocks", anchor=False)
    st.progress(share, text=f"Timbre has used {now.blocks:,} of the 1,000 blocks of a free workspace.")
    text = (
        "A free workspace with several members gets 1,000 blocks for its whole life, shared with everything else in "
        "it; a row is one, and deleting gives none back."
    )
    if share < WARN_AT:
        st.caption(text)
    else:
        st.warning(
            f"**Few blocks are left.** {text} When they are used up, new rows wait here; edits still go through."
        )
