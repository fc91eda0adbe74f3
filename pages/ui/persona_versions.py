"""The versions of a persona card: who changed what and when, and any two of them side by side."""

from __future__ import annotations

import streamlit as st

from core import persona
from core.persona import Card
from core.store.tables import Author, Persona
from pages.ui.diff import markup
from pages.ui.pieces import in_zone, plain

SHOWN = 30


def version_view(card: Card, author: Author) -> None:
    """Two versions to compare, what differs, and the list of all."""
    rows = persona.versions(card.author_id)
    named = {row.id: f"Version {row.version} · {row.why}" for row in rows}
    if len(rows) < 2:
        st.markdown("This is the first version. Corrections, sliders, answers and derivations each make another one.")
    else:
        left, right = st.columns(2)
        ids = list(named)
        before = left.selectbox("From", ids, 1, format_func=named.__getitem__, key=f"persona_from_{card.author_id}")
        after = right.selectbox("To", ids, 0, format_func=named.__getitem__, key=f"persona_to_{card.author_id}")
        _differences(before, after)
    st.subheader("All versions", anchor=False)
    st.markdown("\n".join(f"- {plain(_name(row, author))}" for row in rows[:SHOWN]))
    if len(rows) > SHOWN:
        st.caption(f"and {len(rows) - SHOWN:,} earlier ones, which you can choose above")


def _name(row: Persona, author: Author) -> str:
    at = in_zone(row.created_at, author.zone)
    return f"Version {row.version} · {row.why} · {row.by} · {at.day} {at:%b %Y, %H:%M}"


def _differences(before: str, after: str) -> None:
    found = persona.diff(before, after)
    if not found:
        st.markdown("These two say the same.")
    for one in found:
        with st.container(border=True):
            st.markdown(f"**{plain(one.label)}**")
            st.html(markup(one.before or "not said", one.after or "not said"))
