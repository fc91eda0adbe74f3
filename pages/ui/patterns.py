"""Lately: what an author's newest posts have in common, what the next one will therefore not do, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.generate import diversity
from core.generate.diversity import Kind, Patterns
from core.store.tables import Author, RunStep
from pages.ui.brief_form import opened_brief
from pages.ui.pieces import evidence, plain

ROWS: tuple[tuple[Kind, str], ...] = (("hook", "Openings"), ("layout", "Layouts"), ("call", "Endings"))


def lately(author: Author) -> None:
    """The panel under the brief: counts over the newest posts, and what is avoided."""
    found = diversity.recent(author.id)
    if not found.marks:
        return
    kept = opened_brief(author)
    again = found.again(str(kept.fields.get("call_to_action") or "")) if kept else None
    avoid = found.avoid()
    said = f"{len(avoid)} to avoid" if avoid else "nothing to avoid"
    with st.expander(f"Lately: {said}", expanded=again is not None, key="patterns_lately"):
        for kind, title in ROWS:
            counts = ", ".join(f"{diversity.named(kind, value)} {count}" for value, count in found.counts(kind))
            st.markdown(f"**{title}** {plain(counts)}")
        for one in avoid:
            st.markdown(f":orange[▲] {plain(one.why)} :gray[{plain(_consequence(one.kind))}]")
        if again:
            st.markdown(
                f":orange[▲] {plain(again.why)} :gray[Timbre keeps your words. Put it another way if you like.]"
            )
        evidence(f"{_basis(found)} {diversity.RULE}")


def _consequence(kind: Kind) -> str:
    return {
        "hook": "Angles that open like that come last, unless you ask for one.",
        "opening": "A key point that begins like that does not lead.",
        "layout": "An angle that is set like that comes last.",
        "call": "Yours is kept as you write it.",
        "words": "Yours is kept as you write it.",
    }[kind]


def _basis(found: Patterns) -> str:
    here = sum(mark.source == "post" for mark in found.marks)
    total = len(found.marks)
    of = f"{here} written here and {total - here} samples" if here else "all of them samples"
    return f"The newest {total} posts ({of}), against {found.basis} older ones."


def put_back(steps: Sequence[RunStep]) -> None:
    """On a run: what its plan avoided and why; nothing where it avoided nothing."""
    planned = next((s for s in steps if s.key == "plan"), None)
    rows: list[dict[str, Any]] = list((planned.output or {}).get("avoided", [])) if planned else []
    if not rows:
        return
    with st.expander(f"Avoided: {len(rows)} {'pattern' if len(rows) == 1 else 'patterns'} of the last posts"):
        for row in rows:
            angle = f"“{row['angle']}” was put back. " if row.get("angle") else ""
            st.markdown(f"{plain(angle)}{plain(str(row.get('why', '')))}")
