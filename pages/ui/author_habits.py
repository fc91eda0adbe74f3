"""An author's own habits on the writing screens: the usual length, and what will hold, in plain words."""

from __future__ import annotations

import streamlit as st

from core import samples
from core.persona.habits import Habits, habits
from core.store.tables import Author

LOOKED_AT = 500
"""The newest posts that the habits are read from here; the run itself reads all of them."""


def habits_of(author: Author) -> Habits:
    """The author's habits, kept until the number of samples changes."""
    return _habits(author.id, samples.counts().get(author.id, 0))


@st.cache_data(max_entries=50, show_spinner=False)
def _habits(author_id: str, count: int) -> Habits:  # noqa: ARG001 - the count is what tells the cache of new samples
    return habits([s.text for s in samples.page(author_id, excluded=False, size=LOOKED_AT)[0]])


def usual_length(author: Author) -> tuple[tuple[int, int] | None, str]:
    """The author's usual length in characters with the words before it, or None under 5 samples."""
    known = habits_of(author)
    if not known.own:
        return None, ""
    return (known.min_chars, known.max_chars), f"{author.name} usually writes"
