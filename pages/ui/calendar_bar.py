"""The calendar's head: which month, in which zone, whose posts, as a grid or as a list. All of it is in the URL."""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, timedelta

import streamlit as st

from core import calendar, review
from core.calendar import days
from core.errors import Invalid, NotFound
from pages.ui.month import SAID, View
from pages.ui.pieces import plain
from pages.ui.shell import Here

ZONE, ONLY, LAYOUT = "calendar_zone", "calendar_only", "calendar_layout"
MONTH, LIST = "Month", "List"


def bar(here: Here) -> tuple[View, bool]:
    """Show the head; what is looked at, and whether as a list."""
    zone, only = _zone(), here.author if st.query_params.get("only") else None
    view = View(*_month(zone), zone, here.authors, only)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.session_state[LAYOUT] = LIST if st.query_params.get("view") == "list" else MONTH
        if st.session_state[LAYOUT] == MONTH:
            _turn(view)
        st.segmented_control("Layout", [MONTH, LIST], key=LAYOUT, on_change=_laid_out, label_visibility="collapsed")
        if here.author is not None and len(here.authors) > 1:
            st.session_state[ONLY] = only is not None
            st.toggle(f"Only {plain(here.author.name)}", key=ONLY, on_change=_narrowed)
    return view, st.session_state[LAYOUT] == LIST


def foot(view: View) -> None:
    """The zone of the times shown, and the calendar as a file."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state[ZONE] = view.zone
        st.selectbox("Times are shown in", days.zones(), key=ZONE, on_change=_zoned, width=260)
        st.download_button(
            f"Download from {view.name} on (.ics)",
            functools.partial(_ics, view),
            file_name="timbre.ics",
            mime="text/calendar",
            key="calendar_ics",
            on_click="ignore",
            help="Every post with a date from this month on, for any calendar program.",
        )


def _turn(view: View) -> None:
    first = date(view.year, view.month, 1)
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    st.button("Previous", key="calendar_previous", on_click=_go, args=(before.year, before.month))
    st.button("Today", key="calendar_today", on_click=_go, args=days.this_month(view.zone))
    st.button("Next", key="calendar_next", on_click=_go, args=(after.year, after.month))
    st.subheader(view.name, anchor=False, width="content")


def _month(zone: str) -> tuple[int, int]:
    """The month of the URL, else that of the post which the URL names, else the present one."""
    asked = re.fullmatch(r"(\d{4})-(\d{2})", st.query_params.get("month", ""))
    if asked:
        try:
            return days.valid_month(int(asked[1]), int(asked[2]))
        except Invalid:
            del st.query_params["month"]
    slot = _slot(st.query_params.get("post", ""))
    if slot is None:
        return days.this_month(zone)
    day = days.local_day(slot, zone)
    return day.year, day.month


def _slot(post_id: str) -> datetime | None:
    try:
        return review.get(post_id).slot if post_id else None
    except NotFound:
        return None


def _go(year: int, month: int) -> None:
    days.valid_month(year, month)
    st.query_params["month"] = f"{year}-{month:02d}"
    st.session_state.pop(SAID, None)


def _zone() -> str:
    """The zone of the URL, else the browser's, else UTC."""
    known = set(days.zones())
    for zone in (st.query_params.get("zone"), getattr(st.context, "timezone", None)):
        if zone in known:
            return str(zone)
    return "UTC"


def _zoned() -> None:
    st.query_params["zone"] = st.session_state[ZONE]


def _narrowed() -> None:
    if st.session_state[ONLY]:
        st.query_params["only"] = "1"
    else:
        st.query_params.pop("only", None)


def _laid_out() -> None:
    st.query_params["view"] = "list" if st.session_state[LAYOUT] == LIST else "month"


def _ics(view: View) -> bytes:
    start = days.day_start(date(view.year, view.month, 1), view.zone)
    planned = calendar.between(start, None, view.only.id if view.only else None)
    return calendar.ics(planned, {a.id: a.name for a in view.authors})
