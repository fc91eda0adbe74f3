"""Cards as they are drawn for the screen, remembered for as long as nothing that is seen on them changes."""

from __future__ import annotations

import streamlit as st

from core.images import cards
from core.images.model import Card, Kit

LARGE, SMALL = 720, 240
"""Pixels across of a card that is looked at, and of one among several: each about twice what it takes on screen."""


def page_png(card: Card, kit: Kit, page: int, width: int = LARGE) -> bytes:
    """One page of the card (from 0) as PNG."""
    return _one(cards.cache_key(card, kit, page), width, card, kit, page)


def pages_png(card: Card, kit: Kit, width: int = SMALL) -> tuple[bytes, ...]:
    """Every page of the card, small, as PNG."""
    return _all(cards.cache_key(card, kit, 0), width, card, kit)


@st.cache_data(max_entries=400, show_spinner=False)
def _one(seen: str, width: int, _card: Card, _kit: Kit, _page: int) -> bytes:  # noqa: ARG001 (the cache's key)
    return cards.preview(_card, _kit, _page, width)


@st.cache_data(max_entries=40, show_spinner=False)
def _all(seen: str, width: int, _card: Card, _kit: Kit) -> tuple[bytes, ...]:  # noqa: ARG001 (the cache's key)
    return cards.previews(_card, _kit, width)
