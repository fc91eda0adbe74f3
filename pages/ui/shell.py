"""Opening a page: configuration, style, the author picker, the model in use, and errors shown once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
import structlog

from core import authors, store
from core.config import ROOT
from core.errors import TimbreError
from core.people import local_actor
from core.store import Actor
from core.store.tables import Author

log = structlog.get_logger()


@dataclass(frozen=True)
class Here:
    """What a page knows when it opens."""

    actor: Actor
    authors: list[Author]
    author: Author | None
    """The author chosen in the picker; None with an empty store."""


@contextmanager
def page(title: str, question: str = "") -> Iterator[Here]:
    """Open a page: `title` in the tab and on top, `question` under it. Any error inside is shown once, with its hint."""
    st.set_page_config(page_title=f"{title} · Timbre", page_icon=str(ROOT / "static/icon.png"), layout="wide")
    try:
        _migrated()
        here = _open()
        st.title(title)
        if question:
            st.caption(question)
        yield here
    except TimbreError as error:
        show_error(error)
    except Exception as error:
        log.exception("page failed", page=title)
        show_error(
            TimbreError(
                f"This page stopped on an error of the program ({type(error).__name__}). What you saved is safe.",
                "Reload the page. If it comes back, the app's log has the details.",
            )
        )


@st.cache_resource
def _migrated() -> bool:
    store.migrate()
    return True


def _open() -> Here:
    everyone = authors.listed()
    return Here(actor=local_actor(), authors=everyone, author=_pick(everyone))


def _pick(everyone: list[Author]) -> Author | None:
    """The author of the URL, else the first; the choice is kept in the URL."""
    if not everyone:
        return None
    ids = [a.id for a in everyone]
    names = {a.id: a.name for a in everyone}
    wanted = st.query_params.get("author")
    with st.sidebar:
        chosen = st.selectbox(
            "Author",
            ids,
            index=ids.index(wanted) if wanted in ids else 0,
            format_func=lambda i: names[i],
            key="shell_author",
        )
    if st.query_params.get("author") != chosen:
        st.query_params["author"] = chosen
    return next(a for a in everyone if a.id == chosen)


def show_error(error: TimbreError) -> None:
    """What happened, what is safe, what to do next."""
    st.error(f"**{error.message}**\n\n{error.hint}")
