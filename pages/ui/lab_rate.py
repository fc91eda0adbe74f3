"""Rating one text: one to five stars and what is against it. Kept at once; saying nothing takes it back."""

from __future__ import annotations

import streamlit as st

from core import lab
from core.review.lifecycle import has_role
from core.store import Actor
from core.store.tables import Variant
from pages.ui.notice import attempt
from pages.ui.pieces import evidence


def rate_variant(variant: Variant, actor: Actor) -> None:
    """Stars, reasons and a note for a variant as its text is now."""
    rate_text(variant.id, variant.text, actor, f"rate_{variant.id}")


def rate_text(variant_id: str, text: str, actor: Actor, key: str) -> None:
    """The same for a text as it is shown; `key` names the widgets."""
    if not has_role(actor, "editor"):
        return
    kept = lab.rating(variant_id, actor)
    keys = (f"{key}_stars", f"{key}_tags", f"{key}_note")
    st.session_state.setdefault(keys[0], kept.stars - 1 if kept and kept.stars else None)
    st.session_state.setdefault(keys[1], list(kept.tags) if kept else [])
    st.session_state.setdefault(keys[2], kept.note if kept else "")
    given = (variant_id, text, actor, keys)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.feedback("stars", key=keys[0], on_change=_keep, args=given)
        with st.popover(_label(kept.tags if kept else []), type="tertiary"):
            st.pills("What is against it?", lab.TAGS, selection_mode="multi", key=keys[1], on_change=_keep, args=given)
            st.text_area("Note", key=keys[2], max_chars=2_000, height=90, on_change=_keep, args=given)
            evidence("Kept as you choose. What you say here is what Timbre can learn from; nothing changes by itself.")


def _label(tags: list[str]) -> str:
    return f"Against it: {len(tags)}" if tags else "Say why"


def _keep(variant_id: str, text: str, actor: Actor, keys: tuple[str, str, str]) -> None:
    stars, tags, note = (st.session_state.get(key) for key in keys)
    attempt(
        lambda: lab.rate(variant_id, 0 if stars is None else stars + 1, tags or (), note or "", actor, of_text=text)
    )
