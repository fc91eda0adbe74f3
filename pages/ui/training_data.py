"""What a training would learn from: sizes, leakage, what is left out and why, and one brief beside its post."""

from __future__ import annotations

from datetime import date

import streamlit as st

from core import authors
from core.train.dataset import Preview
from pages.ui.pieces import evidence, plain
from pages.ui.training_table import figures


def data(found: Preview, pairs: bool = False) -> None:
    """Draw the preview of a dataset of posts, or of pairs of texts: nothing has been started yet."""
    if not found.posts:
        _said(found)
        return
    what = "pairs" if pairs else "posts"
    st.markdown(f"**{found.train:,} {what} to learn from, {found.held:,} newer ones kept back to judge by.**")
    shown = (
        ("To learn from", f"{found.train:,}", _span(found, "train")),
        ("Kept back", f"{found.held:,}", _span(found, "held")),
        ("One pass reads", f"{_rough(found.tokens_about)} tokens", "requests and answers"),
        ("Left out", f"{sum(found.left_out.values()):,}", _most(found)),
    )
    figures(shown)
    evidence(_pairs_apart(found) if pairs else _leakage(found))
    _said(found)
    with st.expander("Look at what is behind these figures"):
        _details(found)


def _pairs_apart(found: Preview) -> str:
    removed = int(found.leakage.get("removed") or 0)
    gone = f" {removed:,} older ones of such briefs were taken out." if removed else ""
    return f"Checked: no brief has pairs in both parts.{gone}"


def _said(found: Preview) -> None:
    """What stands in the way, then what is worth knowing."""
    for problem in found.problems:
        st.markdown(f":orange[▲ **Training cannot begin yet.**] {plain(problem)}")
    for note in found.notes:
        evidence(note)


def _leakage(found: Preview) -> str:
    removed = int(found.leakage.get("removed") or 0)
    if not removed:
        return "Checked: no post to learn from says eight words in a row that stand in one kept back."
    posts = "1 post was" if removed == 1 else f"{removed:,} posts were"
    alike = round(100 * float(found.leakage.get("worst") or 0))
    return (
        f"Checked: {posts} taken out, as eight words in a row or most of it stand in a post kept back "
        f"(the most alike pair agrees in {alike}% of its words). Nothing of it is left."
    )


def _details(found: Preview) -> None:
    if len(found.posts) > 1:
        names = {row.id: row.name for row in authors.listed()}
        rows = sorted(found.posts.items(), key=lambda row: -row[1])
        st.dataframe(
            [{"Author": names.get(id_, "an archived author"), "Posts": count} for id_, count in rows], hide_index=True
        )
    if found.left_out:
        st.dataframe(
            [{"Left out because": reason, "Posts": count} for reason, count in found.left_out.items()], hide_index=True
        )
    brief, post = found.example
    if not brief:
        return
    st.markdown("A post, and the brief that was derived from it. The model learns to write the one from the other.")
    left, right = st.columns(2)
    for place, text in ((left, brief), (right, post)):
        with place.container(border=True):
            st.markdown(plain(text).replace("\n", "  \n"))


def _span(found: Preview, name: str) -> str:
    days = [date.fromisoformat(day) for day in found.span.get(name, [])]
    if not days:
        return "in the order of import"
    first, last = (f"{day:%b %Y}" for day in days)
    return first if first == last else f"{first} to {last}"


def _most(found: Preview) -> str:
    if not found.left_out:
        return "nothing"
    reason = max(found.left_out, key=lambda reason: found.left_out[reason])
    return reason if len(found.left_out) == 1 else f"mostly: {reason}"


def _rough(count: int) -> str:
    """Two significant digits."""
    digits = max(0, len(str(count)) - 2)
    return f"{round(count, -digits):,}"
