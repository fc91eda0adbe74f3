"""What a reviewer should know of the text: remarks in words, the ones that should stop it first."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from core.generate import commands as generate
from core.generate.promise import broken
from core.review.findings import findings
from core.store.tables import Post
from pages.ui.pieces import plain

BY_GUIDELINE = ("banned", "required")
"""Constraints that the guidelines of today say better than those of the run."""


def checks(post: Post) -> None:
    """The remarks on a post, or that there are none."""
    found, constraints = findings(post), _constraints(post)
    if not found and not constraints:
        kept = ", a guideline or what its run was bound to" if post.variant_id else " or a guideline"
        st.caption(f"Nothing in the text breaks LinkedIn's limits{kept}.")
    for finding in found:
        mark = ":red[✕ **Stop:**]" if finding.block else ":orange[▲]"
        st.markdown(f"{mark} {plain(finding.text)}")
    for message in constraints:
        st.markdown(f":orange[▲] {plain(message)}")


def _constraints(post: Post) -> list[str]:
    """What the run of its variant was bound to and the text, as it is now, does not hold."""
    if post.variant_id is None:
        return []
    try:
        variant = generate.variant(post.variant_id)
    except NotFound:
        return []
    return [one.message for one in broken(variant, post.text) if one.name not in BY_GUIDELINE]
