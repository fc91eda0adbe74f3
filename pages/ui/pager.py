"""A long list, one page of it at a time."""

from __future__ import annotations

import streamlit as st


def skipped(key: str, total: int, size: int) -> int:
    """How many entries come before this page; never past the last one."""
    asked = int(st.session_state.get(key, 0))
    return asked if asked < total else max(0, (total - 1) // size * size)


def turn(key: str, total: int, size: int) -> None:
    """Which entries these are, and the way to the others; nothing where one page holds them all."""
    if total <= size:
        return
    skip = skipped(key, total, size)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Earlier", key=f"{key}_back", disabled=skip == 0, on_click=_to, args=(key, skip - size))
        st.button("Further", key=f"{key}_on", disabled=skip + size >= total, on_click=_to, args=(key, skip + size))
        st.caption(f"{skip + 1:,} to {min(skip + size, total):,} of {total:,}")


def _to(key: str, skip: int) -> None:
    st.session_state[key] = max(0, skip)
