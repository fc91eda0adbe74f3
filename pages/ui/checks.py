"""What a reviewer should know of the text: remarks in words, the ones that should stop it first."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from core.generate import commands as generate
from core.generate.promise import broken
from core.review.findings import Finding, findings, unchecked
from core.store.tables import Post
from pages.ui.pieces import anchor, plain

BY_GUIDELINE = ("banned", "required")
"""Constraints that the guidelines of today say better than those of the run."""
BY_CLAIMS = ("numbers", "dates", "quotes", "names")
"""Constraints that the claims say better: there a person can stand by a fact."""
MOST = 6
"""Rules that are named."""


def checks(post: Post) -> None:
    """The remarks on a post, or that there are none."""
    found, constraints = findings(post), _constraints(post)
    if not found and not constraints:
        kept = ", a guideline or the form its run was bound to" if post.variant_id else " or a guideline"
        st.caption(f"Nothing in the text breaks LinkedIn's limits{kept}.")
    for finding in found:
        st.markdown(line(finding))
    for message in constraints:
        st.markdown(f":orange[▲] {plain(message)}")
    by_reading(post.author_id)


def line(finding: Finding) -> str:
    """A remark as Markdown, with a link to the guideline's row."""
    mark = ":red[✕ **Stop:**]" if finding.block else ":orange[▲]"
    return f"{mark} {plain(finding.text)}" + (f" {anchor('Open the guideline', finding.url)}" if finding.url else "")


def by_reading(author_id: str) -> None:
    """The rules that only a reader can check, by name."""
    rules = unchecked(author_id)
    if rules:
        named = ", ".join(anchor(rule.title, rule.url or "") for rule in rules[:MOST])
        more = f" and {len(rules) - MOST} more" if len(rules) > MOST else ""
        st.caption(f"Only you can check tone, topics and examples: {named}{more}.")


def _constraints(post: Post) -> list[str]:
    """What the run of its variant was bound to and the text, as it is now, does not hold."""
    if post.variant_id is None:
        return []
    try:
        variant = generate.variant(post.variant_id)
    except NotFound:
        return []
    return [one.message for one in broken(variant, post.text) if one.name not in (*BY_GUIDELINE, *BY_CLAIMS)]
