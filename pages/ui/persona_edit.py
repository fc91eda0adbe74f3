"""Correcting one line of a persona card: what the samples say, the posts behind it, and what a person says instead."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import persona
from core.errors import TimbreError
from core.persona import Card, CardLine
from core.store import Actor
from pages.ui.pieces import evidence, plain
from pages.ui.shell import show_error


@st.dialog("Correct a line", width="medium")
def correct(one: CardLine, card: Card, actor: Actor) -> None:
    """Ask for the correction and save it as a new version; what the samples say is kept beside it."""
    st.markdown(f"**{one.line.label}**")
    st.markdown(f"The samples say: {plain(one.derived_text)}")
    if one.figure:
        evidence(one.figure)
    with st.form("persona_correction", border=False):
        value = _field(one)
        saved = st.form_submit_button("Save", type="primary")
    taken_back = one.edit is not None and st.button("Take my correction back", key="persona_take_back")
    _behind(one)
    try:
        if saved:
            persona.edit(card.author_id, one.path, value, actor)
        elif taken_back:
            persona.clear_edit(card.author_id, one.path, actor)
    except TimbreError as error:
        show_error(error)
    else:
        if saved or taken_back:
            st.rerun()


def _field(one: CardLine) -> Any:
    key = f"persona_value_{one.path}"
    if one.line.kind == "choice":
        choices = dict(one.line.choices)
        at = list(choices).index(one.value) if one.value in choices else 0
        return st.radio("What holds instead", list(choices), at, format_func=choices.__getitem__, key=key)
    if one.line.kind == "range":
        low, high = one.value or (0, 0)
        left, right = st.columns(2)
        least = left.number_input(f"Least {one.line.unit}", 0, 20_000, int(low), key=f"{key}_low")
        most = right.number_input(f"Most {one.line.unit}", 0, 20_000, int(high), key=f"{key}_high")
        return [int(least), int(most)]
    if one.line.kind == "list":
        text = "\n".join(one.value or [])
        return st.text_area("What holds instead, one entry a line", text, height=200, key=key)
    text = one.text if one.known else ""
    return st.text_area("What holds instead", text, height=100, max_chars=500, key=key)


def _behind(one: CardLine) -> None:
    """The newest posts in which the figure can be seen."""
    found = persona.behind(one.samples) if one.samples else []
    if found:
        st.caption("Posts where you can see it")
    for sample in found:
        text = " ".join(sample.text.split())
        st.markdown(f":small[{plain(text[:240])}{'…' if len(text) > 240 else ''}]")
