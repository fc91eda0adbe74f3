"""The parts of the Images page, one shown at a time: the URL says which."""

from __future__ import annotations

import streamlit as st

CARD, PICTURE, GALLERY, BRAND, PHOTOS = "Card", "Picture", "Gallery", "Brand", "Photos"
PART = "part"
"""The name of the choice, in the URL too."""
PARTS = [CARD, PICTURE, GALLERY, BRAND, PHOTOS]
SAID = {
    PICTURE: "A picture is made by an image model, and its file says so.",
    GALLERY: "Everything that was made here, the newest first.",
    BRAND: "Colours, typefaces, logo and photo that cards and pictures keep to.",
    PHOTOS: "Photos of a person, from which an image model may learn what they look like, for as long as they consent.",
}


def part() -> str:
    """The choice of the part, and what it is for; returns the one that is open."""
    chosen = st.segmented_control(
        "Part", PARTS, default=CARD, required=True, key=PART, bind="query-params", label_visibility="collapsed"
    )
    found = str(chosen or CARD)
    if found in SAID:
        st.caption(SAID[found])
    return found
