"""The posts by status, a page of them at a time, each linked to its own address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core import review
from core.store.base import now
from core.store.tables import Author, Post
from pages.ui.pieces import ago, empty_state, link, plain, status_text, when

EVERY = "All"
SHOWN = 20


def review_list(everyone: Sequence[Author], author: Author | None) -> None:
    """Status filter with counts, search, and the posts that fit, the newest first."""
    names = {a.id: a.name for a in everyone}
    mine = author is not None and bool(st.session_state.get("review_only"))
    only = author.id if author is not None and mine else None
    counts = review.by_status(only)
    if not counts and only is None:
        empty_state(
            "No post yet. Write a brief, compare the variants and choose one: it comes here.", "Write", "generate"
        )
        return
    status = _status(counts)
    query = _filters(author)
    wanted = None if status == EVERY else status
    total = review.count(wanted, only, query or None)
    skip = _skip(total)
    for post in review.listed(wanted, only, limit=SHOWN, offset=skip, query=query or None):
        _row(post, names, status == EVERY)
    if not total:
        st.markdown("No post fits. Choose another status, or empty the search.")
    _turn(skip, total)


def _filters(author: Author | None) -> str:
    with st.container(horizontal=True, vertical_alignment="center"):
        query = st.text_input(
            "Find in title and text",
            key="review_query",
            placeholder="Find in title and text",
            label_visibility="collapsed",
            on_change=_first,
            width=360,
        )
        if author is not None:
            st.toggle(f"Only {plain(author.name)}", key="review_only", on_change=_first)
    return query.strip()


def _status(counts: Mapping[str, int]) -> str:
    """The status of the URL, else what waits for a decision, else all."""
    options = [EVERY, *(s for s in review.STATUSES if s in counts)]
    asked = st.query_params.get("status", "In Review")
    current = asked if asked in options else EVERY
    shown = {EVERY: sum(counts.values()), **counts}
    st.session_state["review_status"] = current
    st.pills("Status", options, key="review_status", format_func=lambda s: f"{s} {shown[s]:,}", on_change=_chosen,
             label_visibility="collapsed")  # fmt: skip
    return current


def _chosen() -> None:
    st.query_params["status"] = st.session_state["review_status"] or EVERY
    _first()


def _first() -> None:
    st.session_state["review_skip"] = 0


def _skip(total: int) -> int:
    """How many newer posts are left out; never past the last page."""
    asked = int(st.session_state.get("review_skip", 0))
    return asked if asked < total else max(0, (total - 1) // SHOWN * SHOWN)


def _row(post: Post, names: Mapping[str, str], with_status: bool) -> None:
    title = post.title.strip() or post.text.strip().split("\n")[0][:80] or "Untitled"
    with st.container(gap=None):
        link(f"{status_text(post.status)} {plain(title)}" if with_status else plain(title), "review", post=post.id)
        st.caption(plain(" · ".join(_facts(post, names))))


def _facts(post: Post, names: Mapping[str, str]) -> list[str]:
    facts = [names.get(post.author_id, "An archived author"), f"changed {ago(post.updated_at, now())}"]
    if post.slot:
        facts.append(f"{when(post.slot, post.zone)} ({post.zone})")
    if post.requested:
        facts.append(f"{post.requested.get('by', 'Somebody')} asked for {post.requested.get('status')} in Notion")
    return facts


def _turn(skip: int, total: int) -> None:
    """Which posts these are, and the way to the next ones."""
    if total <= SHOWN:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Newer", disabled=skip == 0, on_click=_move, args=(skip - SHOWN,), key="review_newer")
        st.button("Older", disabled=skip + SHOWN >= total, on_click=_move, args=(skip + SHOWN,), key="review_older")
        st.caption(f"{skip + 1:,} to {min(skip + SHOWN, total):,} of {total:,}")


def _move(skip: int) -> None:
    st.session_state["review_skip"] = max(0, skip)
