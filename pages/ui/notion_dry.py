"""What a sync would change, on each side, without changing it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.store.base import now as instant
from notion_sync import commands
from notion_sync.commands import SyncStatus
from notion_sync.schema import KINDS
from pages.ui.pieces import ago, plain, when
from pages.ui.shell import Here

SIDES = {"here": "Would change here", "notion": "Would change in Notion"}
Json = dict[str, Any]
MANY = 20
MOST = 2_000
LEAD = 12
"""Characters that are shown before a difference."""


def dry_run(now: SyncStatus, here: Here) -> None:
    """The newest dry run: two lists, or "nothing"; one that is out of date is folded and says so."""
    if now.dry is None or now.looking is not None or now.running is not None:
        return
    zone = here.author.zone if here.author else "UTC"
    at = f"As of {when(now.dry.started_at, zone)} ({zone})."
    if now.dry_old and now.dry.finished_at is not None:
        with st.expander(f"What a sync would have changed {ago(now.dry.started_at, instant())}"):
            st.warning("This list is out of date: something changed here, or a sync ran, since it was made.")
            _lists(now.dry.id, at)
        return
    st.subheader("What a sync would change", anchor=False)
    if now.dry.finished_at is None:
        st.warning("This dry run was cut off, so its list is not whole. Nothing was written. Ask for it again.")
    elif now.dry.message:
        st.warning(f"**{plain(now.dry.message)}**\n\n{plain(now.dry.hint)}")
    else:
        _lists(now.dry.id, at)


def _lists(pass_id: str, at: str) -> None:
    found = _lines(pass_id)
    for side, label in SIDES.items():
        lines = [line for line in found if line.get("side") == side]
        st.markdown(f"**{label}: {_counted(len(lines))}**")
        if lines:
            st.dataframe(
                [row(line) for line in lines[:MOST]],
                hide_index=True,
                width="stretch",
                column_config={
                    "From": st.column_config.TextColumn(width="medium"),
                    "To": st.column_config.TextColumn(width="medium"),
                    "In Notion": st.column_config.LinkColumn(display_text="Open", width="small"),
                },
            )
        if len(lines) > MOST:
            st.caption(f"The first {MOST:,}; the export of the log has all of them.")
    others = [line for line in found if line.get("side") not in SIDES]
    if others:
        st.markdown(f"**Would wait, or needs you: {len(others):,}**")
    for line in others[:MANY]:
        st.caption(plain(f"{line.get('row', '')}: {line['text']}" if line.get("row") else str(line["text"])))
    if len(others) > MANY:
        st.caption(f"{len(others) - MANY:,} more are in the log.")
    st.caption(plain(f"{at} Nothing was written. The log below has it too, to export."))


@st.cache_data(max_entries=2, show_spinner=False)
def _lines(pass_id: str) -> list[Json]:
    """The lines of a finished dry run: they may be thousands, and never change."""
    return commands.lines(pass_id)


def _counted(lines: int) -> str:
    return "nothing" if not lines else "1 change" if lines == 1 else f"{lines:,} changes"


def row(line: Json) -> Json:
    """One change as a row of the list."""
    kind = KINDS.get(str(line.get("kind")))
    old, new = around(value(line.get("old")), value(line.get("new")))
    return {
        "Row": line.get("row") or "A row without a name",
        "Table": kind.title if kind else "",
        "Field": line.get("field") or "The whole row",
        "From": old,
        "To": new,
        "In Notion": line.get("url") or None,
    }


def around(old: str, new: str) -> tuple[str, str]:
    """Both from a few words before the first difference on: two long texts that begin alike would look the same."""
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = old.rfind(" ", 0, max(0, same - LEAD)) + 1 if same > 2 * LEAD else 0
    return (f"… {old[start:]}", f"… {new[start:]}") if start else (old, new)


def value(found: Any) -> str:
    """A value as text; an empty one says so."""
    if isinstance(found, dict):
        return "; ".join(f"{name}: {value(of)}" for name, of in found.items())
    return ", ".join(map(str, found)) if isinstance(found, list) and found else str(found or "(empty)")
