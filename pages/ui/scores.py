"""Scores with what they mean: never a figure without words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.ui.pieces import plain


def scores(values: Mapping[str, Any]) -> None:
    """Each score as a line: its name, what it means, and after that its figure to two digits."""
    lines = [line for name, value in values.items() if (line := _line(name, value))]
    st.markdown("\n".join(lines) if lines else "No score was kept for this text.")


def _line(name: str, value: Any) -> str:
    if value is None or name.startswith("_"):
        return ""
    title = name.replace("_", " ").capitalize()
    if isinstance(value, Mapping):
        title = str(value.get("label") or title)
        said = str(value.get("meaning") or value.get("text") or value.get("words") or "")
        number = value.get("value")
        shown = f" :gray[{figure(number)}]" if isinstance(number, int | float) and not isinstance(number, bool) else ""
        return f"- **{plain(title)}** {plain(said) or figure(number)}{shown if said else ''}"
    return f"- **{plain(title)}** {figure(value)}"


def figure(value: Any) -> str:
    """Two significant digits; words as they are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2g}" if isinstance(value, float) else plain(str(value)) if value not in (None, "") else ""
