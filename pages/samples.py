"""Samples: what Timbre knows of an author's own writing, and adding to it."""

import streamlit as st

from pages.ui import page
from pages.ui.add_writing import add_button, adding, adding_is_open, settle
from pages.ui.notice import notices
from pages.ui.sample_list import opened, sample_list
from pages.ui.sample_overview import consent, embedding, first_answer, gaps_and_sources

with page("Samples", "What does Timbre know of this author?") as here:
    settle(here)
    notices()
    known = first_answer(here)
    is_open = adding_is_open(here, known)
    if is_open:
        adding(here)
    else:
        add_button()
    embedding(here)  # under the button, which stays where it is while the progress comes and goes
    if here.author and known and not is_open:
        opened(here)
        listing, about = st.columns([3, 1], gap="large")
        with listing:
            sample_list(here.author)
        with about:
            consent(here)
            gaps_and_sources(here.author, here)
