"""Which post an image is for: chosen from those that wait for one, and kept in the URL."""

from __future__ import annotations

import streamlit as st

from core import authors, review
from core.errors import NotFound
from core.images import design
from core.store.tables import Post
from pages.ui.pieces import link, plain
from pages.ui.post_card import linkedin_card
from pages.ui.shell import Here, show_error

POSTS = 200
"""Posts that the list offers; any other one comes here from its own page."""
NONE = "none"
"""In the URL instead of a post: words that belong to none."""
PICKER = "images_post"


def chosen_post(here: Here) -> Post | None:
    """The post that the URL names, where it is one of this author's."""
    post_id = st.query_params.get("post")
    if not post_id or post_id == NONE or here.author is None:
        return None
    try:
        post = review.get(post_id)
    except NotFound:
        return None
    return post if post.author_id == here.author.id else None


def choose_post(here: Here) -> Post | None:
    """The picker: what waits for an image first. Without a post in the URL it is the first of these."""
    if here.author is None:
        return None
    _post_of_design()
    _said_of_another(here)
    offered = design.waiting(here.author.id, POSTS)
    post = chosen_post(here)
    if post is None and st.query_params.get("post") != NONE and offered:
        post = offered[0]
    if post is not None:
        st.query_params["post"] = post.id
    rows = {one.id: one for one in offered} | ({post.id: post} if post else {})
    st.session_state[PICKER] = post.id if post else NONE
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Post", [*rows, NONE], key=PICKER, on_change=_picked, width=560,
            format_func=lambda one: _named(rows[one]) if one in rows else "No post: words of my own",
        )  # fmt: skip
        if post is not None:
            with st.popover("Read the post"):
                linkedin_card(here.author.name, here.author.headline, post.text, fold=False)
            link("Open in Review", "review", post=post.id)
    return post


def _post_of_design() -> None:
    """A design that the URL names without its post brings it along."""
    asked = st.query_params.get("design")
    if not asked or "post" in st.query_params:
        return
    try:
        st.query_params["post"] = design.get(asked).post_id or NONE
    except NotFound:
        return  # said where it is opened


def _picked() -> None:
    st.query_params["post"] = st.session_state[PICKER]
    st.query_params.pop("design", None)


def _named(post: Post) -> str:
    title = shortened(post.title or post.text, 44) or "Untitled"  # so that the status beside it is in sight
    return f"{title} · {post.status} · {'has an image' if post.media else 'no image yet'}"


def shortened(text: str, most: int) -> str:
    """A text in one line of so many characters, ended at a word."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[:most]
    return (head.rsplit(" ", 1)[0] if " " in head[most // 2 :] else head).rstrip(" ,;:–—-") + "…"


def _said_of_another(here: Here) -> None:
    """A post of the URL that is gone, or another author's, is said to be and left out."""
    post_id = st.query_params.get("post")
    if not post_id or post_id == NONE or chosen_post(here) is not None:
        return
    try:
        post = review.get(post_id)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"The post of the address is by {plain(authors.get(post.author_id).name)}.", width="content")
            link("Show it there", "images", post=post.id, author=post.author_id)
    except NotFound as error:
        show_error(error)
    st.query_params.pop("post", None)
