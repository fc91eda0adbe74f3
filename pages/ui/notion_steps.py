"""Where the wizard stands: its steps, kept in the URL, and the ways on and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.store import Actor
from notion_sync import wizard
from notion_sync.schema import KINDS
from notion_sync.wizard import Draft
from pages.ui.notice import attempt

STEPS = ("Table", "Fields", "Words", "Check")
LIST = "bind_found"
"""The tables that Notion showed last, while the first step is open."""


def chosen_kind() -> str | None:
    """Which kind the wizard is open for, by the URL."""
    kind = st.query_params.get("bind", "")
    return kind if kind in KINDS else None


def open_wizard(kind: str, step: int = 1) -> None:
    """Go to a step of the wizard (in a callback)."""
    st.session_state.pop(LIST, None)
    st.query_params["bind"] = kind
    st.query_params["step"] = str(step)


def close_wizard() -> None:
    """Leave the wizard; what was chosen is kept until it is finished."""
    for name in ("bind", "step"):
        st.query_params.pop(name, None)


def ways(
    kind: str,
    step: int,
    wrong: bool,
    again: tuple[Draft, Actor] | None = None,
    deed: tuple[str, Callable[..., None], tuple[Any, ...]] | None = None,
) -> None:
    """On to the next step or to the deed (its label, what it calls and with what), back, or away."""
    on = (f"Next: {STEPS[step].lower()}", open_wizard, (kind, step + 1)) if step < len(STEPS) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if (way := deed or on) is not None:
            label, work, args = way
            st.button(label, type="primary", key=f"bind_on_{step}", disabled=wrong, on_click=work, args=args)
        st.button("Back", key=f"bind_from_{step}", on_click=open_wizard, args=(kind, step - 1))
        if again is not None:
            st.button("Read the table again", key="bind_again", on_click=_again, args=again, type="tertiary")
        st.button("Leave", key=f"bind_leave_{step}", on_click=close_wizard, type="tertiary")


def _again(draft: Draft, actor: Actor) -> None:
    attempt(lambda: wizard.read_again(draft, actor), "Read. What you chose is kept where it still fits.")
