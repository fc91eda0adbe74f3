"""What a person changes about an archetype: its name, its members, whether it is held, two made one, one made two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.store import Actor
from core.store.tables_training import Archetype
from core.train import archetypes as voices
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain

Work = Callable[[], Any]


def changes(row: Archetype, rows: Sequence[Archetype], names: Mapping[str, str], actor: Actor) -> None:
    """The changes, folded away."""
    with st.expander("Change it", key=f"archetype_change_{row.id}"):
        _naming(row, actor)
        st.toggle(
            "Pin: the next look leaves it as it is", value=row.pinned, key=f"archetype_pin_{row.id}_{row.pinned}",
            on_change=lambda: _do(lambda: voices.pin(row.id, not row.pinned, actor)),
        )  # fmt: skip
        _members(row, rows, names, actor)
        _merging(row, rows, actor)


def _do(work: Work, done: str = "") -> None:
    attempt(work, done)


def _naming(row: Archetype, actor: Actor) -> None:
    key = f"archetype_name_{row.id}_{row.name}"  # a name that changed meanwhile is shown
    st.text_input(
        "Name", value=row.name, key=key, max_chars=voices.LONGEST,
        help=f"Proposed from what marks it: {plain(row.proposed)}. Leave it empty to take that.",
        on_change=lambda: _do(lambda: voices.rename(row.id, str(st.session_state[key]), actor), "Renamed."),
    )  # fmt: skip


def _members(row: Archetype, rows: Sequence[Archetype], names: Mapping[str, str], actor: Actor) -> None:
    """Choose members; then hold them here, move them, or make an archetype of them."""
    there = {m["author"]: m for m in row.members if m["author"] in names}
    chosen = st.multiselect(
        "Members", list(there), format_func=names.__getitem__, key=f"archetype_members_{row.id}",
        placeholder="Choose some to hold, move or split off",
    )  # fmt: skip
    others = {other.id: other.name for other in rows if other.id != row.id}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if chosen:
            held = all(there[a]["pinned"] for a in chosen)
            st.button("Let go" if held else "Hold here", key=f"archetype_hold_{row.id}",
                      help="A held member stays in this archetype, whatever the next look finds.",
                      on_click=_each, args=(chosen, None if held else row.id, actor))  # fmt: skip
        if len(chosen) < len(there) and len(there) > 1:
            label = "Split these off" if chosen else "Split in two by voice"
            st.button(label, key=f"archetype_split_{row.id}", on_click=lambda: _do(
                lambda: voices.split(row.id, actor, chosen), "Split. Both parts were named anew unless you named them."
            ))  # fmt: skip
        if chosen and others:
            into = st.selectbox("Move to", list(others), format_func=others.__getitem__, key=f"archetype_to_{row.id}")
            st.button("Move", key=f"archetype_move_{row.id}", on_click=_each, args=(chosen, into, actor))
    if chosen:
        evidence("Who is moved is held there.")


def _each(author_ids: Sequence[str], archetype_id: str | None, actor: Actor) -> None:
    def work() -> None:
        for author_id in author_ids:
            voices.pin_member(author_id, archetype_id, actor)

    _do(work)


def _merging(row: Archetype, rows: Sequence[Archetype], actor: Actor) -> None:
    others = {other.id: other.name for other in rows if other.id != row.id}
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = st.selectbox("Make one of it and", list(others), format_func=others.__getitem__,
                             key=f"archetype_with_{row.id}")  # fmt: skip
        st.button("Merge", key=f"archetype_merge_{row.id}",
                  on_click=lambda: _do(lambda: voices.merge([row.id, other], actor), "Merged."))  # fmt: skip
    evidence("The other one is archived; what was trained for it is no longer used.")
