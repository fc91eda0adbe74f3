"""The logo and the photo of a brand kit: added, taken off, and the point of the photo that stays in sight."""

from __future__ import annotations

import streamlit as st

from core.images import assets, brand
from pages.ui.images_brand_words import Desk, keep
from pages.ui.notice import attempt
from pages.ui.pieces import evidence

SAID = {
    "logo": ("Logo", "A PNG with a transparent ground, about 1,000 pixels wide. Save an SVG as PNG first."),
    "photo": ("Photo", "Of the author, at least 800 pixels wide. Where it was taken is cut out of it."),
}
WIDE = 150


def asset_fields(desk: Desk) -> None:
    """Both, side by side; the house has no photo."""
    for column, what in zip(st.columns(2), SAID, strict=True):
        if what == "photo" and not desk.author_id:
            continue
        with column:
            _asset(desk, what)


def _asset(desk: Desk, what: str) -> None:
    title, hint = SAID[what]
    own = getattr(desk.row, what, None) or {}
    shown = str(getattr(desk.kit, what))
    if desk.author_id:  # the house has a logo only, which is said above
        st.markdown(f"**{title}**")
    if shown and brand.path(shown).is_file():
        with st.container(key=f"brand_shown_{what}"):
            st.image(brand.path(shown).read_bytes(), width=WIDE)
    if shown and not own:
        evidence("The house's.")
    if not desk.may:
        return
    turn = desk.key(f"{what}_{own.get('sha256', '')[:8]}")
    st.file_uploader(
        f"{'Another' if own else 'Add a'} {title.lower()}", ["png", "jpg", "jpeg", "webp", "gif"], key=turn,
        help=hint, max_upload_size=assets.MEGABYTES, on_change=_take, args=(desk, what, turn),
    )  # fmt: skip
    if own:
        st.button("Take it off", key=desk.key(f"off_{what}"), on_click=_off, args=(desk, what))
        if what == "photo":
            _focus(desk, own.get("focus") or [0.5, 0.5])


def _take(desk: Desk, what: str, key: str) -> None:
    file = st.session_state.get(key)
    if file is not None:
        put = brand.set_logo if what == "logo" else brand.set_photo
        attempt(lambda: put(desk.of, file.getvalue(), file.name, desk.actor), f"The {what} is kept.")


def _off(desk: Desk, what: str) -> None:
    attempt(lambda: brand.clear(desk.of, what, desk.actor), f"The {what} is taken off, and its file is deleted.")


def _focus(desk: Desk, now: list[float]) -> None:
    """Which point stays in sight where a template cuts the photo."""
    keys = [desk.key(f"focus_{axis}") for axis in "xy"]

    def moved() -> None:
        keep(desk, focus=[float(st.session_state[key]) / 100 for key in keys])

    for key, label, value in zip(
        keys, ("Middle of the face, from the left", "Middle of the face, from the top"), now, strict=True
    ):
        st.slider(label, 0, 100, round(100 * value), 5, format="%d %%", key=key, on_change=moved)
