"""Before a run: what the brief leaves open is asked for, and a person may say that it is left out on purpose."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core import knowledge
from core.generate.asks import ASKS, Ask, asks
from core.generate.brief import complete
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain

WORDS = {
    "detail": ("story", "a detail"),
    "metric": ("example", "a number or example"),
    "opinion": ("opinion", "a point of view"),
}
"""What each question is for: the field that answers it, and its name."""
Keep = Callable[[dict[str, Any]], object]
"""Puts these fields into the brief."""


def open_asks(values: dict[str, Any]) -> list[Ask]:
    """What a complete brief still leaves open. Raises Invalid for one that cannot be written from yet."""
    brief = complete(values)
    return asks(brief, "\n\n".join(row.text for row in knowledge.texts(brief.knowledge)))


def ask(key: str, values: dict[str, Any], names: Sequence[str], left: int, keep: Keep) -> bool:
    """The questions of these names, `left` of them still open; True where a person goes on with what there is.

    An answered one keeps its place: nothing moves under a hand that is about to press.
    """
    with st.container(border=True, key="asking"):
        st.markdown("**Before it is written**")
        evidence("Timbre makes nothing up, so it asks. What you answer is kept in the brief.")
        for name in names:
            one, widget = ASKS[name], f"ask_{key}_{name}"
            answer = functools.partial(_answer, widget, one.field, values, keep)
            st.text_area(plain(one.question), key=widget, help=one.why, height=68, on_change=answer)
        label = "Write variants" if not left else "Write without it" if len(names) == 1 else "Write without the rest"
        return st.button(label, key="generate_without")


def _answer(widget: str, field: str, values: dict[str, Any], keep: Keep) -> None:
    """An answer goes below what stands in its field already, in the place of the same one before it was corrected."""
    said, there = str(st.session_state[widget]).strip(), str(values.get(field) or "").strip()
    before = st.session_state.get(f"{widget}_before") or ""
    if before and there.endswith(before):
        there = there.removesuffix(before).strip()
    if attempt(lambda: keep({field: f"{there}\n\n{said}".strip()})):
        st.session_state[f"{widget}_before"] = said


def left_out(values: dict[str, Any], keep: Keep) -> None:
    """What a person chose to write without, and the way back."""
    names = [
        word for name, (field, word) in WORDS.items() if name in (values.get("without") or []) and not values.get(field)
    ]
    if names:
        with st.container(horizontal=True, vertical_alignment="center"):
            evidence(f"Written without {' and '.join(names)}, as you chose.")
            st.button("Ask again", key="generate_ask_again", type="tertiary", on_click=_again, args=(keep,))


def _again(keep: Keep) -> None:
    attempt(lambda: keep({"without": []}))
