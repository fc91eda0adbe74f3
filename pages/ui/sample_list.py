"""The list of an author's samples: search, pages, one opened, one left out or taken back."""

from __future__ import annotations

from math import ceil

import pandas as pd
import streamlit as st

from core import authors, measured, samples
from core.errors import NotFound
from core.store.tables import Author, Sample
from pages.ui.notice import attempt
from pages.ui.pieces import evidence
from pages.ui.post_card import linkedin_card
from pages.ui.sample_overview import day
from pages.ui.shell import Here

SHOWN: dict[str, bool | None] = {"All": None, "In use": False, "Left out": True}
TURN = "samples_turn"
"""Counts up to give the table a fresh key: that is how a selection is taken back."""


def sample_list(author: Author) -> None:
    """One page of the list; choosing a row opens it, and the URL says which."""
    search = st.text_input("Search the texts", key=f"samples_search_{author.id}", placeholder="A word or a phrase")
    shown = st.segmented_control("Show", list(SHOWN), default="All", key="samples_shown", required=True)
    where = f"{author.id}_{search}_{shown}"
    number = st.session_state.get(f"samples_page_{where}", 1)
    rows, total = samples.page(author.id, search, SHOWN[shown or "All"], number)
    if not rows and number > 1:
        number, (rows, total) = 1, samples.page(author.id, search, SHOWN[shown or "All"], 1)
    if not rows:
        evidence("No sample holds these words." if search else "None here.")
        return
    key = f"samples_table_{where}_{number}_{st.session_state.get(TURN, 0)}"
    st.dataframe(
        _frame(rows),
        hide_index=True,
        row_height=36,
        height="content",
        selection_mode="single-row",
        on_select=lambda: _choose(key, rows),
        column_config={
            "Post": st.column_config.TextColumn(width="large"),
            "Date": st.column_config.TextColumn(width=105),
            "Words": st.column_config.NumberColumn(width=65),
            "": st.column_config.TextColumn(width=80),
        },
        key=key,
    )
    pages = ceil(total / samples.PAGE)
    evidence(f"{total:,} in all. Tick a row to open the post." if total > 1 else "Tick the row to open the post.")
    if pages > 1:
        st.number_input(f"Page of {pages:,}", 1, pages, min(number, pages), key=f"samples_page_{where}", width=160)


def _frame(rows: list[Sample]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "Date": [day(row.date) if row.date else f"no. {row.position + 1}" for row in rows],
            "Post": [" ".join(row.text[:300].split()) for row in rows],
            "Words": [row.words for row in rows],
            "": ["□ left out" if row.excluded else "" for row in rows],
        }
    )
    return frame if any(frame[""]) else frame.drop(columns="")


def _choose(key: str, rows: list[Sample]) -> None:
    if not key.endswith(f"_{st.session_state.get(TURN, 0)}"):
        return  # closed since: a browser that has not heard of it sends the old choice once more
    chosen = st.session_state[key].selection.rows
    if chosen:
        st.query_params["sample"] = rows[chosen[0]].id
    else:
        st.query_params.pop("sample", None)


def _close() -> None:
    st.query_params.pop("sample", None)
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def opened(here: Here) -> None:
    """The sample that the URL names: its exact text, where it came from, and leaving it out."""
    wanted = st.query_params.get("sample")
    if not wanted:
        return
    try:
        sample = samples.get(wanted)
    except NotFound:
        evidence("The post that this address names is not here any more.")
        return
    author = authors.get(sample.author_id)
    if here.author and here.author.id != author.id:
        return
    with st.container(border=True):
        linkedin_card(author.name, author.headline, sample.text, fold=False)
        evidence(_origin(sample))
        if numbers := measured.line(sample.metrics):
            evidence(f"{numbers}.")
        with st.container(horizontal=True):
            if sample.excluded:
                st.button("Take back", on_click=_switch, args=(here, sample), key="samples_take_back")
            else:
                st.button("Leave out", on_click=_switch, args=(here, sample), key="samples_leave_out")
            st.button("Close", on_click=_close, key="samples_close")
        if sample.excluded:
            evidence("Left out: it is kept, and used for nothing until you take it back.")


def _origin(sample: Sample) -> str:
    dated = f"Dated {day(sample.date)}" if sample.date else f"No date; number {sample.position + 1} in its order"
    file, row = sample.provenance.get("file"), sample.provenance.get("row")
    return f"{dated}. {sample.words:,} words. " + (f"From {file}, row {row}." if file else f"Source: {sample.source}.")


def _switch(here: Here, sample: Sample) -> None:
    if sample.excluded:
        attempt(lambda: samples.take_back(sample.id, here.actor), "The post is in use again.")
    else:
        attempt(
            lambda: samples.leave_out(sample.id, here.actor), "The post is left out. You can take it back any time."
        )
