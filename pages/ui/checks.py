"""What a reviewer should know of the text: remarks in words, the ones that should stop it first."""

from __future__ import annotations

import streamlit as st

from core.review.findings import findings
from core.store.tables import Post
from pages.ui.pieces import plain


def checks(post: Post) -> None:
    """The remarks on a post, or that there are none."""
    found = findings(post)
    if not found:
        st.caption("Nothing in the text breaks LinkedIn's limits or a guideline.")
    for finding in found:
        mark = ":red[✕ **Stop:**]" if finding.block else ":orange[▲]"
        st.markdown(f"{mark} {plain(finding.text)}")
