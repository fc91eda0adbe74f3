"""One post of the calendar, opened: what it is, and a form for its day, time and zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import streamlit as st

from core import calendar, review
from core.calendar import days
from core.errors import NotFound, TimbreError
from core.store import Actor
from core.store.tables import Post
from pages.ui.images_carried import thumbnail
from pages.ui.month import View, outcome, say
from pages.ui.notion_row import row_in_notion
from pages.ui.outcome import came_of_it
from pages.ui.pieces import in_zone, link, plain, status_text, when
from pages.ui.shell import show_error


def opened(view: View, actor: Actor) -> None:
    """Show the post that the URL names, if it names one."""
    post_id = st.query_params.get("post")
    if not post_id:
        return
    try:
        post = review.get(post_id)
    except NotFound as error:
        close()
        show_error(error)
        return
    _dialog(post, view, actor)


def close() -> None:
    """Put the post away: the URL names none any more."""
    st.query_params.pop("post", None)


@st.dialog("Post", on_dismiss=close)
def _dialog(post: Post, view: View, actor: Actor) -> None:
    names = {a.id: a.name for a in view.authors}
    st.markdown(f"**{plain(calendar.heading(post))}**")
    st.markdown(f"{status_text(post.status)} {plain(names.get(post.author_id, 'An archived author'))}")
    st.caption(plain(_first_lines(post.text)))
    thumbnail(post)
    allowed = review.actions(post, actor)
    if post.slot:
        signed = f"signed off by {post.slot_approved_by}" if post.slot_approved_by else "not signed off yet"
        st.markdown(plain(f"{when(post.slot, post.zone)} ({post.zone}), {signed}."))
    came_of_it(post)
    if "approve_slot" in allowed and st.button("Sign off the date", key=f"calendar_sign:{post.id}:{post.revision}"):
        _finish(lambda: calendar.sign_off(post.id, actor, post.revision), post, view)
    if "schedule" in allowed:
        _form(post, view, actor)
    with st.container(horizontal=True):
        link("Open in Review", "review", post=post.id, author=post.author_id)
        row_in_notion(post.id)


def _first_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    short = " ".join(lines)
    return short if len(short) <= 200 else short[:199].rstrip() + "…"


def _form(post: Post, view: View, actor: Actor) -> None:
    version = f"{post.id}:{post.revision}"  # what is typed on top of one revision never lands on another
    day, clock, zone = _start(post, view)
    zones = days.zones() if zone in days.zones() else [zone, *days.zones()]
    with st.form(f"calendar_date:{version}", border=False):
        left, right = st.columns(2)
        chosen = left.date_input("Day", day, key=f"calendar_day:{version}")
        at = right.time_input("Time", clock, key=f"calendar_clock:{version}", step=300)
        place = st.selectbox("Time zone", zones, index=zones.index(zone), key=f"calendar_place:{version}")
        st.caption(_consequence(post, actor))
        with st.container(horizontal=True):
            set_it = st.form_submit_button("Set the date", type="primary", key=f"calendar_set:{version}")
            clear = st.form_submit_button(
                "Remove the date", disabled=post.slot is None, key=f"calendar_clear:{version}"
            )
    if clear:
        _finish(lambda: calendar.schedule(post.id, None, post.zone, actor, post.revision), post, view)
    if set_it and isinstance(chosen, date) and at is not None:
        slot = days.at(chosen, at, place)
        _finish(
            lambda: calendar.schedule(post.id, slot, place, actor, post.revision),
            post,
            view,
            _skip_note(chosen, at, place, slot),
        )


def _start(post: Post, view: View) -> tuple[date, time, str]:
    """What the form begins with: the slot as it is, else 9:00 on the first day still to come of the month shown."""
    if post.slot:
        local = in_zone(post.slot, post.zone)
        return local.date(), local.time().replace(tzinfo=None), post.zone
    today = days.local_day(view.now, view.zone)
    return max(today, date(view.year, view.month, 1)), calendar.USUAL_TIME, view.zone


def _consequence(post: Post, actor: Actor) -> str:
    if actor.role == "approver":
        if post.status in ("Approved", "Scheduled"):
            return "You are an approver: the approval of the text stands, and your date is signed off with it."
        return "The date holds its place. The post is scheduled when its text is approved."
    return "The approval of the text stands; an approver must sign off a new date."


def _skip_note(day: date, clock: time, zone: str, slot: datetime) -> str:
    if not days.skipped(day, clock, zone):
        return ""
    return f" {clock:%H:%M} does not exist on that day in {zone}: the clock goes forward. It is {when(slot, zone)}."


def _finish(work: Callable[[], Post], before: Post, view: View, remark: str = "") -> None:
    """Do it, say what came of it above the month, and close; an error stays in the dialog."""
    try:
        after = work()
    except TimbreError as error:
        show_error(error)
        return
    say(outcome(before, after, view.zone) + remark)
    close()
    st.rerun()
