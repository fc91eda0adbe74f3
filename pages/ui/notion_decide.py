"""What a person decides beside conflicts: approvals asked for, rows in the trash, rows that belong to nobody."""

from __future__ import annotations

import streamlit as st

from core.store.base import now as instant
from core.store.tables import NotionRow
from notion_sync import commands
from notion_sync.commands import SyncStatus
from notion_sync.schema import KINDS
from pages.ui.notice import attempt
from pages.ui.pieces import ago, link, outside, plain
from pages.ui.shell import Here

FEW = 10


def title(row: NotionRow) -> str:
    """What a row is called."""
    return str((row.base or {}).get("title") or "A row without a name")[:200]


def asked(now: SyncStatus) -> None:
    """Posts that somebody set to Approved in Notion: a request, decided on the Review page."""
    if not now.asked:
        return
    st.subheader("Approval asked for in Notion", anchor=False)
    for post in now.asked[:FEW]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            link(plain(post.title.strip() or "A post without a title"), "review", post=post.id, author=post.author_id)
            same = "is" if post.requested.get("hash") == post.hash else "is not"
            who = post.requested.get("by") or "Somebody"
            st.caption(
                plain(f"{who} set it to Approved. It is {post.status} here, and its text {same} the one they saw."),
                width="content",
            )
    _more(now.counts.get("asked", 0), "All of them in Review", "review")


def trashed(now: SyncStatus, here: Here) -> None:
    """Rows that somebody put into Notion's trash: nothing was deleted here."""
    if not now.trashed:
        return
    st.subheader("In Notion's trash", anchor=False)
    st.caption("Nothing was deleted here, and nothing is sent until you decide.")
    for row in now.trashed[:FEW]:
        with st.container(border=True):
            _named(row)
            if not commands.may_change(here.actor):
                continue
            buttons = st.container(horizontal=True)
            buttons.button("Restore in Notion", key=f"notion_back_{row.id}", on_click=_back, args=(row.id, here))
            if row.kind == "calendar":
                buttons.button("Archive here too", key=f"notion_away_{row.id}", on_click=_away, args=(row.id, here))
    _more(now.counts.get("trashed", 0))


def _named(row: NotionRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if row.kind == "calendar" and row.state != "unmatched":
            link(plain(title(row)), "review", post=row.local_id)
        else:
            st.markdown(f"**{plain(title(row))}**", width="content")
        kind = KINDS[row.kind].title if row.kind != "calendar" else ""
        seen = f"seen {ago(row.pulled_at, instant())}" if row.pulled_at else ""
        st.caption(plain(", ".join(part for part in (kind, seen) if part)), width="content")
        outside("Open in Notion", row.url)


def _back(row_id: str, here: Here) -> None:
    attempt(lambda: commands.bring_back(row_id, here.actor), "Restored in Notion. The next sync brings both in step.")


def _away(row_id: str, here: Here) -> None:
    attempt(lambda: commands.archive_here(row_id, here.actor), "Archived here. You can restore it on the Review page.")


def unmatched(now: SyncStatus) -> None:
    """Rows of the calendar that Timbre could not take over, and what each lacks."""
    if not now.unmatched:
        return
    st.subheader("Rows without an author of yours", anchor=False)
    for row in now.unmatched[:FEW]:
        with st.container(gap=None):
            _named(row)
            st.caption(plain(row.message))
    _more(now.counts.get("unmatched", 0))


def held(now: SyncStatus) -> None:
    """Rows that are left alone, each with its reason: removed here, or out of sight in Notion."""
    if not now.held:
        return
    st.subheader("Left alone, whole or in part", anchor=False)
    for row in now.held[:FEW]:
        with st.container(gap=None):
            _named(row)
            st.caption(plain(row.message or "Why is not known; the next sync looks again."))
    _more(now.counts.get("paused", 0))


def _more(total: int, label: str = "", page: str = "") -> None:
    if total > FEW:
        st.caption(f"{total - FEW:,} more like these.")
        if page:
            link(label, page)
