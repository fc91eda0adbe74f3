"""Before a run: what the brief leaves open is asked for, and a person may say that it is left out on purpose."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core import knowledge
from core.generate.asks import Ask, asks
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


def ask(key: str, values: dict[str, Any], found: Sequence[Ask], keep: Keep) -> bool:
    """The questions, each answered where it stands; True where a person chose to write without the rest."""
    with st.container(border=True, key="asking"):
        st.markdown("**Before it is written**")
        evidence("Timbre makes nothing up, so it asks. What you answer is kept in the brief.")
        for one in found:
            name = f"ask_{key}_{one.name}"
            answer = functools.partial(_answer, name, one.field, values, keep)
            st.text_area(plain(one.question), key=name, help=one.why, height=68, on_change=answer)
        return st.button("Write without it" if len(found) == 1 else "Write without the rest", key="generate_without")


def _answer(name: str, field: str, values: dict[str, Any], keep: Keep) -> None:
    """An answer goes below what stands in its field already."""
    said = str(st.session_state[name]).strip()
    there = str(values.get(field) or "").strip()
    if said and said not in there:
        attempt(lambda: keep({field: f"{there}\n\n{said}" if there else said}))


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
