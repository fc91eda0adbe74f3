"""What will hold of a text whatever the model writes, and the author's usual length, in plain words."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.generate.promise import promise, usual
from core.store.tables import Author
from pages.ui.pieces import plain


def usual_length(author: Author) -> tuple[tuple[int, int] | None, str]:
    """The author's usual length in characters with the words before it, or None under 5 samples."""
    known = usual(author.id)
    if not known.own:
        return None, ""
    return (known.min_chars, known.max_chars), f"{author.name} usually writes"


def what_holds(author: Author, fields: dict[str, Any]) -> None:
    """The constraints that code guarantees for a brief as typed so far, and what they rest on."""
    st.markdown("**What will hold, whatever the model writes**")
    with st.spinner(f"Reading {plain(author.name)}'s posts"):
        said = promise(author.id, fields)
    st.markdown("\n".join(f"- {plain(line)}" for line in said.lines))
    own = f"As {author.name} writes: what four in five of {said.samples:,} posts keep to, with your corrections."
    few = f"These are defaults: only {said.samples} posts of {author.name} are known. From 5 on, their habits hold."
    st.caption(plain(own if said.own else few))
