"""Loading the sample workspace, and taking it away again: the same piece on Today and on Settings."""

from __future__ import annotations

import streamlit as st

from pages.ui.pieces import evidence
from pages.ui.shell import Here


def sample_workspace(here: Here) -> None:
    """What the sample workspace is, and the one button that fits: load it, or remove it."""
    from core import workspace  # late: it brings the importers with it, which the other parts of a page do not need

    if workspace.sample_loaded():
        evidence("The sample workspace is loaded: its authors are marked (sample). Removing it touches nothing else.")
        if st.button("Remove the sample workspace", key="sample_remove"):
            with st.spinner("Removing the sample workspace"):
                workspace.remove_sample(here.actor)
            st.rerun()
        return
    evidence("Three invented authors with two years of posts each, marked as sample, removable at any time.")
    if st.button("Load a sample workspace", key="sample_load"):
        with st.spinner("Loading three authors and their posts"):
            workspace.load_sample(here.actor)
        st.rerun()
