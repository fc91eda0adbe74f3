"""The sync at a glance: how the last pass went, what waits and why, the log. A running pass is shown live."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core import jobs
from core.export import csv_bytes
from core.store.base import now as instant
from core.store.tables import NotionPass
from notion_sync import commands
from notion_sync.commands import SyncStatus
from pages.ui.notice import attempt, notices
from pages.ui.pieces import ago, in_zone, plain, status_text
from pages.ui.shell import Here, errors_shown, show_error

MOVED = {
    "pulled": "fields from Notion",
    "pushed": "rows changed in Notion",
    "created": "rows created in Notion",
    "adopted": "rows taken over",
    "trashed": "rows found in the trash",
}


def zone(here: Here) -> str:
    """The clock that the page is read by."""
    return here.author.zone if here.author else "UTC"


def headline(now: SyncStatus, here: Here) -> None:
    """One sentence that answers the page's question, the figures behind it, and the Sync button."""
    notices()
    state, sentence = verdict(now)
    st.markdown(f"{status_text(*state)} {plain(sentence)}")
    if now.running is not None:
        _live(now.running.id, here)
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Sync now", type="primary", key="notion_sync", on_click=_sync, args=(here, False))
            st.button(
                "Read every row",
                key="notion_full",
                on_click=_sync,
                args=(here, True),
                help="Reads all rows instead of recent edits. Timbre does this once a day by itself.",
            )
            if link := now.bindings["calendar"].url:
                st.link_button("Open the calendar in Notion", link)
    if now.running is None and now.last is None:
        _first()
    _figures(now)
    if now.last is not None and now.last.status == "failed":
        st.warning(f"**{plain(now.last.message)}**\n\n{plain(now.last.hint)}")


def verdict(now: SyncStatus) -> tuple[tuple[str, str], str]:
    """((status, word), sentence): the state of the calendar in one line."""
    if now.running is not None:
        return ("started", "Syncing"), "A pass is running."
    if now.conflicts:
        rows = "1 row was" if len(now.conflicts) == 1 else f"{len(now.conflicts)} rows were"
        return ("conflict", "Decide"), f"{rows} changed here and in Notion. Both versions are kept below."
    if now.last is None:
        return ("off", "Not synced yet"), "Connected. Nothing has been synced yet."
    if now.last.status in ("failed", "interrupted"):
        return ("failed", "Not in step"), f"The last pass {ago(now.last.started_at, instant())} did not finish."
    if now.waiting:
        rows = "1 row is" if len(now.waiting) == 1 else f"{len(now.waiting)} rows are"
        return ("warn", "Waiting"), f"{rows} not in Notion as here."
    return ("ok", "In step"), "Both sides agree."


def _figures(now: SyncStatus) -> None:
    counts = now.last.counts if now.last else {}
    moved = sum(int(counts.get(name, 0)) for name in MOVED)
    columns = st.columns(4)
    columns[0].metric("Moved in the last pass", moved, help=_moved(counts))
    columns[1].metric("Waiting to go out", len(now.waiting))
    columns[2].metric("To decide", len(now.conflicts) + len(now.trashed) + len(now.unmatched))
    columns[3].metric(
        "Requests in the last minute",
        f"{now.used} of {now.limit}",
        help=f"The last pass used {counts.get('requests', 0)}. Notion allows {now.limit} a minute to one integration.",
    )
    if now.last is not None:
        pause = "by hand and after an approval" if not now.every else f"every {now.every} min and after an approval"
        st.caption(f"Last pass {ago(now.last.started_at, instant())}. A pass runs {pause}.")
    if now.parked > 1:
        st.caption(f"Notion asked for a pause: {now.parked:.0f} seconds are left. It goes on by itself.")


def _moved(counts: dict[str, int]) -> str:
    said = [f"{counts[name]} {what}" for name, what in MOVED.items() if counts.get(name)]
    return ", ".join(said) or "Nothing had changed on either side."


def _sync(here: Here, full: bool) -> None:
    attempt(lambda: commands.request_sync(here.actor, full=full))


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
            st.rerun()
        message = intent.message or ("Starting" if jobs.worker_alive() else "Waits for the worker.")
        share = intent.done / intent.total if intent.total else 0.0
        st.progress(min(1.0, share), text=plain(message))
        st.button("Stop", key="notion_stop", on_click=_stop, args=(intent_id, here))


def _stop(intent_id: str, here: Here) -> None:
    attempt(lambda: jobs.cancel(intent_id, here.actor), "The pass stops at its next safe point. Nothing is lost.")


def waiting(now: SyncStatus) -> None:
    """What waits to go out, and why."""
    if not now.waiting:
        return
    st.subheader("Waiting to go out", anchor=False)
    st.dataframe(
        [
            {
                "Row": item.title,
                "What": ", ".join(item.fields) or "New row",
                "Why it waits": item.why,
                "Changed": item.since,
            }
            for item in now.waiting
        ],
        hide_index=True,
        width="stretch",
        column_config={"Changed": st.column_config.DatetimeColumn(format="distance")},
    )


def log(here: Here) -> None:
    """The newest passes, the lines of one of them, and all lines as a file."""
    passes = commands.passes(30)
    if not passes:
        return
    st.subheader("Log", anchor=False)
    named = {p.id: _named(p, zone(here)) for p in passes}
    chosen = st.selectbox("Pass", list(named), format_func=named.__getitem__, key="notion_pass")
    one = next(p for p in passes if p.id == chosen)
    if one.status == "failed" and one is not passes[0]:
        show_error(commands.problem(one))
    if one.log:
        st.dataframe(
            [{"At": line["at"][11:19], "Row": line.get("row", ""), "What": line["text"]} for line in one.log],
            hide_index=True,
            width="stretch",
        )
    else:
        st.caption("Nothing had changed on either side.")
    st.download_button(
        "Export the log (CSV)", as_csv(passes), file_name="notion-sync-log.csv", mime="text/csv", key="notion_export"
    )


def _named(one: NotionPass, clock: str) -> str:
    at: datetime = in_zone(one.started_at, clock)
    word = {"done": "done", "failed": "failed", "interrupted": "cut off", "running": "running"}.get(one.status, "")
    return f"{at:%d %b %H:%M:%S}, {word}, {len(one.log)} lines, {one.counts.get('requests', 0)} requests"


def as_csv(passes: list[NotionPass]) -> bytes:
    """Every line of the passes, for a spreadsheet."""
    names = ("at", "level", "kind", "row", "id", "text")
    rows = [
        [one.id, one.status, *(str(line.get(name, "")) for name in names)]
        for one in passes
        for line in one.log or [{"text": one.message}]
    ]
    return csv_bytes(["pass", "status", "at", "level", "kind", "row", "app_id", "text"], rows)
