"""One post opened from a chart or a list: its exact text, how far it lies from the author's past, and its numbers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from analytics.features import FEATURES
from core import authors, samples, style
from core.errors import NotFound
from core.store.tables import Author
from core.style import StyleView
from pages.ui.pieces import evidence, plain
from pages.ui.post_card import linkedin_card
from pages.ui.scores import voice_details, voice_headline
from pages.ui.style_findings import when

OPENED, TURN = "post", "style_turn"
"""The URL's name for the opened post; and what gives charts fresh keys once it is closed, to be clicked again."""
RARE = {
    ("blank_lines", True): "blank lines between blocks, which is rare",
    ("blank_lines", False): "no blank line, which is rare",
    ("opens_with_question", True): "opens with a question, which is rare",
    ("opens_with_question", False): "does not open with a question, as most do",
    ("ends_with_question", True): "ends with a question, which is rare",
    ("ends_with_question", False): "does not end with a question, as most do",
    ("ends_with_exclamation", True): "ends with an exclamation, which is rare",
    ("ends_with_exclamation", False): "does not end with an exclamation, as most do",
}


def turn() -> int:
    """Grows whenever a post is closed: charts with this in their key forget what was clicked."""
    return int(st.session_state.get(TURN, 0))


def clicked(key: str) -> None:
    """Open the post whose point was clicked in the chart of that key."""
    if not key.endswith(f"_{turn()}"):
        return  # of a chart that was closed since: a browser that has not heard of it sends the old click once more
    points = st.session_state[key].selection.points
    if points and (data := points[0].get("customdata")):
        open_post(str(data[0]))


def open_post(sample_id: str) -> None:
    """Open a post: the URL says which."""
    st.query_params[OPENED] = sample_id


def opened() -> None:
    """The post that the URL names, in a dialog."""
    wanted = st.query_params.get(OPENED)
    if not wanted:
        return
    try:
        sample = samples.get(wanted)
        author = authors.get(sample.author_id)
    except NotFound:
        evidence("The post that this address names is not here any more.")
        return
    view = style.view(author.id)
    if wanted in view.ids:
        _dialog(view, author, view.ids.index(wanted), sample.text)
    else:
        evidence("The post that this address names is left out of the samples.")


def close() -> None:
    """Close the opened post."""
    st.query_params.pop(OPENED, None)
    st.session_state[TURN] = turn() + 1


@st.dialog("A post and its numbers", width="large", on_dismiss=close)
def _dialog(view: StyleView, author: Author, row: int, text: str) -> None:
    post, said = st.columns([3, 2], gap="large")
    with post:
        linkedin_card(author.name, author.headline, text, fold=False)
        evidence(f"{author.name}, {when(view, row)}; number {row + 1:,} of {view.n:,}.")
    with said:
        st.markdown(_judgement(view, row))
        if reasons := because(view, row):
            st.markdown("What sets it apart:\n" + "\n".join(f"- {plain(reason)}" for reason in reasons))
        found = voice_headline(author, text)
    voice_details(found, author, text, f"style_{view.ids[row]}")
    with st.expander("All its numbers"):
        middle = style.medians(view)
        st.dataframe(
            [
                {
                    "": f.label,
                    "this post": figure(float(view.values[row, at])),
                    "usually": figure(float(middle[at])),
                    "unit": f.unit,
                }
                for at, f in enumerate(FEATURES)
            ],
            hide_index=True,
            width="stretch",
        )
        evidence(f"Usually: the median of {view.n:,} posts. “none” where a text has nothing to measure.")


def _judgement(view: StyleView, row: int) -> str:
    away, before = view.distance[row], view.distance[:row]
    before = before[~np.isnan(before)]
    if np.isnan(away):
        return "Too short, or too early, to be compared with the posts before it."
    if not len(before):
        return f"**Distance {away:.2g}** from the author's own past: the first post that could be judged."
    nearer = int((before < away).sum())
    return f"**{nearer:,} of {len(before):,} earlier posts are more typical than this one** (distance {away:.2g})."


def because(view: StyleView, row: int) -> list[str]:
    """What is unusual about a post of an author's whole view, in words, the strongest first."""
    return _reasons(view, view.author_id, view.revision, row)


@st.cache_data(max_entries=512, show_spinner=False)
def _reasons(_view: StyleView, author_id: str, revision: tuple[object, ...], row: int) -> list[str]:
    del author_id, revision  # what the cache goes by
    return [_said(reason) for reason in style.reasons(_view, row)]


def _said(reason: style.Reason) -> str:
    if reason.unit == "0 or 1":
        return RARE[reason.name, reason.value > 0.5]
    if reason.unit == "share":
        return f"{reason.label}: {reason.value:.0%}, usually {reason.usual:.0%}"
    return f"{reason.label}: {figure(reason.value)} {reason.unit}, usually {figure(reason.usual)}"


def figure(value: float) -> str:
    """A number with the digits that matter."""
    if np.isnan(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"
