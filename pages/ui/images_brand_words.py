"""What the pieces of the brand panel share: whose kit it is, saving a field, and fields that are drawn afresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.images import brand
from core.images.model import Kit
from core.store import Actor
from core.store.tables_images import BrandKit
from pages.ui.notice import attempt

TURN = "brand_turn"


@dataclass(frozen=True)
class Desk:
    """A kit that is open."""

    of: str
    """Its scope."""
    author_id: str | None
    row: BrandKit | None
    """As it is kept: only what is its own."""
    kit: Kit
    """With what the house adds."""
    actor: Actor
    may: bool
    """Whether this person may change it."""

    def key(self, name: str) -> str:
        """The key of a field. It is another one after `forget`: the browser would send the old field's value again."""
        return f"brand_{st.session_state.get(TURN, 0)}_{self.of}_{name}"


def keep(desk: Desk, **fields: Any) -> None:
    """Save fields, in a callback; what was refused is said above, and the field shows again what is kept."""
    if not attempt(lambda: brand.save(desk.of, desk.actor, **fields)):
        forget()


def forget() -> None:
    """All fields are drawn afresh, with what is kept."""
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
