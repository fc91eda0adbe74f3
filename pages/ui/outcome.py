"""What became of a post that is out: when and where it was published, and what it did."""

from __future__ import annotations

import streamlit as st

from core import measured
from core.store.tables import Post
from pages.ui.pieces import anchor, plain, when


def came_of_it(post: Post) -> None:
    """One plain line; nothing for a post that is not out."""
    if post.published_at is None and not post.metrics:
        return
    out = f"Published {when(post.published_at, post.zone)} ({post.zone})." if post.published_at else ""
    where = anchor("See it there", post.published_url) if post.published_url else ""
    numbers = measured.line(post.metrics)
    did = f"{numbers}." if numbers else "What it did can be typed into its row under Posts & Samples in Notion."
    st.markdown(" ".join(x for x in (plain(out), where, plain(did)) if x))
