"""What the Lab page shows, and of what: the author's variants or one experiment. The URL says both."""

from __future__ import annotations

import streamlit as st

from core import lab
from core.store.tables import Author
from pages.ui.pieces import plain

VOTE, RESULTS, EXPERIMENTS = "Vote", "Results", "Experiments"
EXPERIMENT = "experiment"
"""The URL's parameter."""


def view() -> str:
    """Which part of the page is open."""
    options = [VOTE, RESULTS, EXPERIMENTS]
    chosen = st.segmented_control(
        "Part", options, default=VOTE, required=True, key="lab_view", bind="query-params", label_visibility="collapsed"
    )
    return str(chosen or VOTE)


def chosen_scope(author: Author) -> lab.Scope:
    """The experiment that the URL names, else all that was written for this author; a picker where there are any."""
    known = {row.id: row for row in lab.experiments.listed(author.id)}
    asked = st.query_params.get(EXPERIMENT, "")
    if not known:
        return lab.Scope(author_id=author.id)
    current = asked if asked in known else ""
    st.session_state["lab_scope"] = current
    st.selectbox(
        "Of",
        ["", *known],
        format_func=lambda id_: known[id_].title if id_ else f"Everything written for {author.name}",
        key="lab_scope",
        on_change=_picked,
        width=420,
    )
    if not current:
        return lab.Scope(author_id=author.id)
    if known[current].closed_at:
        st.caption(plain("This experiment is closed: its results stay, and nobody votes on it any more."))
    return lab.Scope(experiment_id=current)


def _picked() -> None:
    if chosen := st.session_state["lab_scope"]:
        st.query_params[EXPERIMENT] = chosen
    else:
        st.query_params.pop(EXPERIMENT, None)


def open_experiment(experiment_id: str, part: str) -> None:
    """Go to a part of the page with this experiment, in a callback."""
    st.query_params[EXPERIMENT] = experiment_id
    st.session_state["lab_view"] = part
