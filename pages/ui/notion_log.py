"""The log of the sync: the passes, the lines of one of them, and all of it as a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.export import csv_bytes
from core.store.tables import NotionPass
from notion_sync import commands
from pages.ui.notion_view import came_of
from pages.ui.pieces import in_zone, plain
from pages.ui.shell import Here, show_error

PASSES = 50
NEWEST = "notion_pass_newest"
WORDS = {"interrupted": "cut off", "pushed": "sent at once", "dry run": "dry run"}
COLUMNS = ("at", "level", "kind", "row", "id", "side", "field", "old", "new", "text")
Json = dict[str, Any]


def log(here: Here) -> None:
    """The newest passes, the lines of one of them, and all lines as a file."""
    heads = commands.heads(PASSES)
    if not heads:
        return
    zone = here.author.zone if here.author else "UTC"
    st.subheader("Log", anchor=False)
    named = {one.id: _named(one, lines, zone) for one, lines in heads}
    if st.session_state.get(NEWEST) != (newest := heads[0][0].id):  # what just ran is what one wants to read
        st.session_state[NEWEST] = st.session_state["notion_pass"] = newest
    chosen = st.selectbox("Sync", list(named), format_func=lambda i: named.get(i, ""), key="notion_pass")
    one = next((p for p, _ in heads if p.id == chosen), heads[0][0])
    if one.status == "failed" and one is not heads[0][0]:
        show_error(commands.problem(one))
    if found := commands.lines(one.id):
        st.dataframe([_line(line, zone) for line in found], hide_index=True, width="stretch")
    else:
        st.caption(plain(came_of(one)))
    with st.container(horizontal=True):
        for kind, write, mime in (("CSV", as_csv, "text/csv"), ("JSON", as_json, "application/json")):
            st.download_button(
                f"Export the log ({kind})",
                lambda write=write: write(commands.passes(PASSES)),  # type: ignore[misc]
                file_name=f"notion-sync-log.{kind.lower()}",
                mime=mime,
                on_click="ignore",
                key=f"notion_export_{kind}",
            )


def _named(one: NotionPass, lines: int, zone: str) -> str:
    at = f"{in_zone(one.started_at, zone):%d %b %H:%M:%S}"
    requests = int(one.counts.get("requests", 0))
    return (
        f"{at}, {WORDS.get(one.status, one.status)}, {lines:,} {'line' if lines == 1 else 'lines'}, "
        f"{requests:,} {'request' if requests == 1 else 'requests'}"
    )


def _line(line: Json, zone: str) -> Json:
    row = line.get("row", "")  # a row that is being made has no name yet, only its App ID
    named = "" if row == line.get("id") else row
    return {"At": _clock(str(line.get("at", "")), zone), "Row": named, "What": line.get("text", "")}


def _clock(at: str, zone: str) -> str:
    try:
        return f"{in_zone(datetime.fromisoformat(at), zone):%H:%M:%S}"
    except ValueError:
        return at[11:19]


def as_csv(passes: Sequence[NotionPass]) -> bytes:
    """Every line of the passes, for a spreadsheet."""
    rows = [
        [one.id, one.status, *(_cell(line.get(name, "")) for name in COLUMNS)]
        for one in passes
        for line in one.log or [{"text": one.message}]
    ]
    names = ["app_id" if name == "id" else name for name in COLUMNS]
    return csv_bytes(["pass", "status", *names], rows)


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def as_json(passes: Sequence[NotionPass]) -> str:
    """The passes with their figures and every line."""
    names = ("id", "status", "started_at", "finished_at", "counts", "message", "hint", "log")
    found = [{name: getattr(one, name) for name in names} for one in passes]
    return json.dumps(found, ensure_ascii=False, indent=1, default=lambda at: at.isoformat())
