"""What the last button did: commands run in callbacks, and their outcome is shown once, above what they changed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

import streamlit as st

from core.errors import TimbreError
from pages.ui.pieces import plain
from pages.ui.shell import show_error

KEPT, SAID = "notice", "notice_said"
P = ParamSpec("P")


def attempt(work: Callable[[], Any], done: str = "", *then: str) -> bool:
    """Run a command in a callback, keep its error or `done` for `notices`, and then empty the widgets of `then`."""
    try:
        work()
    except TimbreError as error:
        st.session_state[KEPT] = error
        return False
    st.session_state[KEPT] = done
    for key in then:
        st.session_state[key] = ""
    return True


def answered(part: Callable[P, None]) -> Callable[P, None]:
    """For a fragment, which is redrawn outside its page: what a person can act on is shown there, with its hint."""

    @functools.wraps(part)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            part(*args, **kwargs)
        except TimbreError as error:
            show_error(error)

    return shown


def notices() -> None:
    """Show the outcome of the last command, once."""
    outcome = st.session_state[SAID] = st.session_state.pop(KEPT, None)
    if isinstance(outcome, TimbreError):
        show_error(outcome)
    elif outcome:
        st.success(plain(outcome))


def draw_again() -> None:
    """Draw the page anew where something has ended by itself: what the last command said is said once more.

    Nobody has done anything in between, and nobody may have read it.
    """
    if said := st.session_state.get(SAID):
        st.session_state.setdefault(KEPT, said)
    st.rerun()
