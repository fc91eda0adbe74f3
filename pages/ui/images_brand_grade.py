"""What the kit does to pictures, shown before and after on one of them, with how near the brand it comes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.images import brand, grade, keep
from core.images.model import Kit
from pages.ui.images_brand_words import Desk, forget
from pages.ui.images_brand_words import keep as save
from pages.ui.pieces import evidence

OWN = "Your own mix"
LOGO = ("logo", "logo_width")
AMOUNTS = {
    "towards": ("Towards our colours", 0.0, 1.0),
    "duotone": ("Our colours only", 0.0, 1.0),
    "saturation": ("Strength of colours", -1.0, 1.0),
    "contrast": ("Contrast", -1.0, 1.0),
    "wash": ("A colour laid over it", 0.0, 1.0),
}
CHOICES = {
    "wash_colour": ("Which colour", {"ink": "Text", "paper": "Ground", "accent": "Emphasis", "quiet": "Small print"}),
    "wash_where": ("Where", {"all": "All over", "foot": "From below", "head": "From above"}),
    "logo": ("Logo", {corner: corner.capitalize() or "None" for corner in grade.CORNERS}),
}


def grade_fields(desk: Desk) -> None:
    """A grade to begin from, the details, and what it does."""
    now: dict[str, Any] = dict(desk.row.grade) if desk.row else {}
    key = desk.key("preset")
    options = [*grade.PRESETS, OWN]
    st.selectbox(
        "What is done to pictures", options, options.index(_named(now)), key=key, disabled=not desk.may,
        format_func=lambda one: "As the house" if desk.author_id and one == options[0] else one,
        on_change=lambda: _preset(desk, key, now),
    )  # fmt: skip
    with st.expander("More"):
        for name, (label, low, high) in AMOUNTS.items():
            _amount(desk, name, label, low, high, now)
        with st.container(horizontal=True):
            for name, (label, words) in CHOICES.items():
                _chosen(desk, name, label, words, now)
    _before_after(desk)


def _named(kept: dict[str, Any]) -> str:
    """The preset that this grade is, whatever stands over it in a corner."""
    plain = {name: value for name, value in kept.items() if name not in LOGO}
    return next((name for name, preset in grade.PRESETS.items() if grade.checked(vars(preset)) == plain), OWN)


def _preset(desk: Desk, key: str, now: dict[str, Any]) -> None:
    chosen = grade.PRESETS.get(st.session_state[key])
    if chosen is not None:
        save(desk, grade=vars(chosen) | {name: value for name, value in now.items() if name in LOGO})
        forget()


def _amount(desk: Desk, name: str, label: str, low: float, high: float, now: dict[str, Any]) -> None:
    key = desk.key(f"grade_{name}")
    st.slider(label, low, high, float(now.get(name, 0.0)), 0.05, key=key, disabled=not desk.may,
              on_change=lambda: _changed(desk, now, name, key))  # fmt: skip


def _chosen(desk: Desk, name: str, label: str, words: dict[str, str], now: dict[str, Any]) -> None:
    key = desk.key(f"grade_{name}")
    value = now.get(name, getattr(grade.Grade(), name))
    st.selectbox(label, list(words), list(words).index(value), key=key, format_func=words.__getitem__,
                 disabled=not desk.may, on_change=lambda: _changed(desk, now, name, key))  # fmt: skip


def _changed(desk: Desk, now: dict[str, Any], name: str, key: str) -> None:
    mixed = grade.checked({**now, name: st.session_state[key]})
    save(desk, grade=mixed)
    st.session_state[desk.key("preset")] = _named(mixed)


def _before_after(desk: Desk) -> None:
    """On the newest picture of the author, else on the photo of the kit."""
    found = _picture(desk)
    rule = brand.grade(desk.author_id)
    if found is None:
        evidence("Once there is a picture or a photo, it is shown here before and after.")
        return
    data, what = found
    if not rule:
        evidence("Choose what is done to pictures, to see it before and after.")
        return
    shown = _compared(data, repr((desk.kit, rule)), desk.kit, rule)
    left, right = st.columns(2)
    left.image(shown.before, caption="As it is")
    right.image(shown.after, caption="With the brand")
    evidence(
        f"{what} Its colours lie {shown.far_before:.0f} from the nearest brand colour, and {shown.far_after:.0f} with "
        "the brand (mean CIEDE2000: 0 is the same, 2 is hardly seen, 20 is another colour)."
    )


def _picture(desk: Desk) -> tuple[bytes, str] | None:
    rows = keep.listed(desk.author_id, "picture", limit=1)
    if rows and rows[0].files:
        return keep.path(rows[0].id, rows[0].files[0]["name"]).read_bytes(), "The newest picture."
    if desk.kit.photo and brand.path(desk.kit.photo).is_file():
        return brand.path(desk.kit.photo).read_bytes(), "The photo of the kit."
    return None


@st.cache_data(max_entries=30, show_spinner=False)
def _compared(data: bytes, seen: str, _kit: Kit, _rule: dict[str, Any]) -> grade.Compared:  # noqa: ARG001 (the key)
    return grade.compared(data, _kit, _rule)
