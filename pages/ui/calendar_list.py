"""The calendar as a list: posts by status, by slot, a page of them at a time."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core import calendar, review
from core.store.tables import Post
from pages.ui.month import View, said
from pages.ui.pieces import empty_state, link, plain, status_text, when

SHOWN = 25
STATUS_KEY = "calendar_status"


def post_list(view: View) -> None:
    """Counts by status, and the posts of the chosen one: those with a date first, in the order they go out."""
    if done := said():
        st.success(plain(done["text"]))
    only = view.only.id if view.only else None
    counts = review.by_status(only)
    if not counts:
        empty_state(
            "No post yet. Write a brief, compare the variants and choose one: it comes here.", "Write", "generate"
        )
        return
    status = _status(counts)
    total = counts[status]
    skip = _skip(total)
    names = {a.id: a.name for a in view.authors}
    for post in calendar.listed(status, only, SHOWN, skip):
        _row(post, names)
    _turn(skip, total)


def _status(counts: Mapping[str, int]) -> str:
    """The status of the URL, else the first of those that are about to go out, else the first there is."""
    options = [s for s in review.STATUSES if counts.get(s)]
    usual = next((s for s in ("Scheduled", "Approved", "In Review") if s in options), options[0])
    asked = st.query_params.get("status", usual)
    current = asked if asked in options else usual
    st.session_state[STATUS_KEY] = current
    st.pills("Status", options, key=STATUS_KEY, format_func=lambda s: f"{s} {counts[s]:,}", on_change=_chosen,
             label_visibility="collapsed")  # fmt: skip
    return current


def _chosen() -> None:
    if st.session_state[STATUS_KEY]:
        st.query_params["status"] = st.session_state[STATUS_KEY]
    st.query_params.pop("skip", None)


def _skip(total: int) -> int:
    """How many are left out before these; never past the last page."""
    asked = st.query_params.get("skip", "0")
    wanted = int(asked) if asked.isdecimal() and len(asked) < 9 else 0
    return min(wanted, max(0, total - 1)) // SHOWN * SHOWN


def _row(post: Post, names: Mapping[str, str]) -> None:
    facts = [f"{when(post.slot, post.zone)} ({post.zone})" if post.slot else "no date"]
    facts.append(names.get(post.author_id, "An archived author"))
    if post.slot and post.slot_approved_by is None and post.status == "Approved":
        facts.append("the date waits for a sign-off")
    with st.container(gap=None):
        link(
            f"{status_text(post.status)} {plain(calendar.heading(post))}",
            "calendar",
            **{k: st.query_params[k] for k in ("zone", "only", "status", "skip", "month") if k in st.query_params},
            view="list",
            post=post.id,
        )
        st.caption(plain(" · ".join(facts)))


def _turn(skip: int, total: int) -> None:
    """Which posts these are, and the way to the next ones."""
    if total <= SHOWN:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Earlier", disabled=skip == 0, on_click=_move, args=(skip - SHOWN,), key="calendar_earlier")
        st.button("Later", disabled=skip + SHOWN >= total, on_click=_move, args=(skip + SHOWN,), key="calendar_later")
        st.caption(f"{skip + 1:,} to {min(skip + SHOWN, total):,} of {total:,}")


def _move(skip: int) -> None:
    st.query_params["skip"] = str(max(0, skip))
