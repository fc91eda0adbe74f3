"""The style sheets and scripts of this folder, read once."""

from __future__ import annotations

import functools
from pathlib import Path

FOLDER = Path(__file__).parent


@functools.cache
def asset(name: str) -> str:
    """The text of one file of this folder."""
    return (FOLDER / name).read_text(encoding="utf8")


def style(name: str) -> str:
    """A style sheet as an element for `st.html`."""
    return f"<style>{asset(f'{name}.css')}</style>"
