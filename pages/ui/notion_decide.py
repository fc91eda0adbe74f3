"""What only a person can decide: conflicts, rows in Notion's trash, rows that belong to nobody here."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.store.base import now as instant
from core.store.tables import NotionRow
from notion_sync import commands
from notion_sync.commands import SyncStatus
from notion_sync.schema import KINDS
from pages.ui.notice import attempt
from pages.ui.pieces import ago, plain
from pages.ui.shell import Here


def conflicts(now: SyncStatus, here: Here) -> None:
    """Both versions side by side, each with its button. What you let go of stays in the audit trail."""
    if not now.conflicts:
        return
    st.subheader("Changed on both sides", anchor=False)
    for row in sorted(now.conflicts, key=lambda r: r.id != st.query_params.get("row")):
        for key, sides in row.conflict.items():
            _conflict(row, key, sides, here)


def _conflict(row: NotionRow, key: str, sides: dict[str, Any], here: Here) -> None:
    name = KINDS[row.kind].field(key).name
    mine = commands.ours_now(row, key)
    with st.container(border=True):
        st.markdown(f"**{plain(title(row))}**: {plain(name)}")
        if row.message:
            st.caption(plain(row.message))
        for column, label, value, whose in zip(
            st.columns(2), ("Here", "In Notion"), (mine, sides["theirs"]), ("ours", "theirs"), strict=True
        ):
            with column:
                st.caption(label)
                st.code(shown(value), language=None, wrap_lines=True)
                button = "Keep mine" if whose == "ours" else "Keep theirs"
                st.button(button, key=f"notion_{whose}_{row.id}_{key}", on_click=_keep, args=(row.id, key, whose, here))


def title(row: NotionRow) -> str:
    """What a row is called."""
    return str((row.base or {}).get("title") or "A row without a name")[:200]


def shown(value: Any) -> str:
    """A value as text."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value) if value else "(empty)"


def _keep(row_id: str, key: str, whose: str, here: Here) -> None:
    def work() -> None:
        commands.keep(row_id, key, whose, here.actor)
        commands.request_sync(here.actor)

    kept = "your version" if whose == "ours" else "Notion's version"
    attempt(work, f"Kept {kept}. The other one stays in the post's history.")


def trashed(now: SyncStatus, here: Here) -> None:
    """Rows that somebody put into Notion's trash: nothing was deleted here."""
    if not now.trashed:
        return
    st.subheader("In Notion's trash", anchor=False)
    for row in now.trashed:
        with st.container(border=True):
            st.markdown(f"**{plain(title(row))}**  \n{plain(row.message)}")
            buttons = st.container(horizontal=True)
            buttons.button("Restore in Notion", key=f"notion_back_{row.id}", on_click=_back, args=(row.id, here))
            if row.kind == "calendar":
                buttons.button("Archive here too", key=f"notion_away_{row.id}", on_click=_away, args=(row.id, here))


def _back(row_id: str, here: Here) -> None:
    attempt(lambda: commands.bring_back(row_id, here.actor), "Restored in Notion. The next pass brings both in step.")


def _away(row_id: str, here: Here) -> None:
    attempt(lambda: commands.archive_here(row_id, here.actor), "Archived here. You can restore it on the Review page.")


def unmatched(now: SyncStatus) -> None:
    """Rows of the calendar that Timbre could not take over, and what each lacks."""
    if not now.unmatched:
        return
    st.subheader("Rows that belong to nobody here", anchor=False)
    st.dataframe(
        [
            {
                "Row": title(row),
                "What it needs": row.message,
                "Seen": ago(row.pulled_at, instant()) if row.pulled_at else "",
                "In Notion": row.url or None,
            }
            for row in now.unmatched
        ],
        hide_index=True,
        width="stretch",
        column_config={"In Notion": st.column_config.LinkColumn(display_text="Open")},
    )
