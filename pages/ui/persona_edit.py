"""Correcting one line of a persona card: what the samples say, the posts behind it, and what a person says instead."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import persona
from core.errors import TimbreError
from core.persona import Card, CardLine
from core.store import Actor
from pages.ui.notice import KEPT, attempt, notices
from pages.ui.pieces import evidence, plain


@st.dialog("Correct a line", width="medium")
def correct(one: CardLine, card: Card, actor: Actor) -> None:
    """Ask for the correction and save it as a new version; what the samples say is kept beside it."""
    st.markdown(f"**{one.line.label}**")
    st.markdown(f"The samples say: {plain(one.derived_text)}" if one.derived_text else plain(one.line.unsaid))
    if one.figure:
        evidence(one.figure)
    with st.form("persona_correction", border=False):
        _field(one)
        done = st.form_submit_button("Save", type="primary", on_click=_save, args=(one, card.author_id, actor))
    if one.edit is not None:
        taken = st.button(
            "Take my correction back", key="persona_back", on_click=_back, args=(one, card.author_id, actor)
        )
        done = done or taken
    if done and isinstance(st.session_state.get(KEPT), TimbreError):
        notices()
    elif done:
        st.rerun()
    _behind(one)


def _key(one: CardLine) -> str:
    return f"persona_value_{one.path}"


def _field(one: CardLine) -> None:
    """The widget that the kind of line needs; `_given` reads it."""
    key = _key(one)
    if one.line.kind == "choice":
        choices = dict(one.line.choices)
        at = list(choices).index(one.value) if one.value in choices else 0
        st.radio("What holds instead", list(choices), at, format_func=choices.__getitem__, key=key)
    elif one.line.kind == "range":
        low, high = one.value or (0, 0)
        left, right = st.columns(2)
        left.number_input(f"Least {one.line.unit}", 0, 20_000, int(low), key=f"{key}_low")
        right.number_input(f"Most {one.line.unit}", 0, 20_000, int(high), key=f"{key}_high")
    elif one.line.kind == "list":
        text = "\n".join(one.value or [])
        st.text_area("What holds instead, one entry a line", text, height=200, key=key)
    else:
        st.text_area(
            "What holds instead", one.text if one.known else "", height=100, max_chars=one.line.longest, key=key
        )


def _given(one: CardLine) -> Any:
    key = _key(one)
    if one.line.kind == "range":
        return [st.session_state[f"{key}_low"], st.session_state[f"{key}_high"]]
    return st.session_state[key]


def _save(one: CardLine, author_id: str, actor: Actor) -> None:
    value = _given(one)
    attempt(lambda: persona.edit(author_id, one.path, value, actor), f"{one.line.label} corrected; both are kept.")


def _back(one: CardLine, author_id: str, actor: Actor) -> None:
    attempt(
        lambda: persona.clear_edit(author_id, one.path, actor), f"{one.line.label} says again what the samples say."
    )


def _behind(one: CardLine) -> None:
    """The newest posts in which the figure can be seen."""
    found = persona.behind(one.samples) if one.samples else []
    if found:
        st.caption("Posts where you can see it")
    for sample in found:
        text = " ".join(sample.text.split())
        st.markdown(f":small[{plain(text[:240])}{'…' if len(text) > 240 else ''}]")
