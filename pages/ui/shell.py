"""Opening a page: the menu, the author picker, the model in use, the worker's state, and errors shown once.

The URL says which author is meant; the picker writes it there, and a page without it takes the last one chosen.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import structlog
from streamlit.navigation.page import Page
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import authors, jobs, llm, store
from core.config import ROOT
from core.errors import TimbreError
from core.people import local_actor
from core.store import Actor
from core.store.tables import Author
from pages.ui.pieces import plain

log = structlog.get_logger()
STYLE = Path(__file__).with_name("style.css")
PICKER, REMEMBERED = "shell_author", "shell_author_remembered"
BY_HOME = "shell_by_home"


@dataclass(frozen=True)
class Here:
    """What a page knows when it opens."""

    actor: Actor
    authors: list[Author]
    author: Author | None
    """The author chosen in the picker; None with an empty store."""


def run(chosen: Page) -> None:
    """Run the page that the menu chose (for Home.py); one that cannot even be loaded says so like any other error."""
    st.session_state[BY_HOME] = True
    _style()
    with errors_shown():
        chosen.run()


@contextmanager
def page(title: str, question: str = "") -> Iterator[Here]:
    """Open a page: `title` in the tab and on top, `question` under it. An error inside is shown once, with its hint."""
    _through_home()
    st.set_page_config(page_title=f"{title} · Timbre", page_icon=str(ROOT / "static/icon.png"), layout="wide")
    st.logo(str(ROOT / "static/logo.svg"), icon_image=str(ROOT / "static/mark.svg"), size="large")
    st.title(title, anchor=False)
    if question:
        st.caption(question)
    here: Here | None = None
    with errors_shown():
        _migrated()
        opened = _open()
        _model()
        _worker()
        here = opened
    if here is None:
        st.stop()
    with errors_shown():
        yield here


def _style() -> None:
    """Our rules, written by Home.py, not by the page: what a page wrote is gone for a moment when the next one opens.

    A dialog stands outside the element that says which theme it is, and light-dark() there would follow nothing.
    """
    scheme = "dark" if st.context.theme.type == "dark" else "light"
    st.html(f"<style>{STYLE.read_text(encoding='utf8')}\nbody {{ color-scheme: {scheme}; }}</style>")


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an error raised inside, with its hint, instead of raising it. A fragment needs its own around its body."""
    try:
        yield
    except TimbreError as error:
        show_error(error)
    except Exception as error:
        log.exception("page failed")
        show_error(
            TimbreError(
                f"This page stopped on an error of the program ({type(error).__name__}). What you saved is safe.",
                "Reload the page. If it comes back, the app's log has the details.",
            )
        )


def show_error(error: TimbreError) -> None:
    """What happened, what is safe, what to do next."""
    st.error(f"**{plain(error.message)}**\n\n{plain(error.hint)}")


def _through_home() -> None:
    """A deep link that is a server's very first request is run without Home.py: run that, which runs this page."""
    if st.session_state.pop(BY_HOME, False):
        return
    context = get_script_run_ctx()
    if context is not None and Path(context.main_script_path).name == "Home.py":
        runpy.run_path(str(ROOT / "Home.py"))
        st.stop()
    # A page run by itself (a test): its links still need to know the others.
    st.navigation([st.Page(path) for path in sorted((ROOT / "pages").glob("[!_]*.py"))], position="hidden")


@st.cache_resource
def _migrated() -> bool:
    store.migrate()
    return True


def _open() -> Here:
    everyone = authors.listed()
    return Here(actor=local_actor(), authors=everyone, author=_pick(everyone))


def _pick(everyone: list[Author]) -> Author | None:
    """The author of the URL, else the last one chosen, else the first; the URL says so from then on."""
    if not everyone:
        return None
    named = {a.id: f"{a.name} (sample)" if a.is_sample else a.name for a in everyone}
    wanted = (st.query_params.get("author"), st.session_state.get(REMEMBERED), everyone[0].id)
    current = next(i for i in wanted if i in named)
    st.session_state[PICKER] = st.session_state[REMEMBERED] = current
    # Said even where it is the same: a link to the page one is on leaves the browser's address as it was, and the next
    # run would ask for the old one again. A browser that has this address already does nothing.
    st.query_params["author"] = current
    with st.sidebar:
        st.selectbox("Author", list(named), format_func=named.__getitem__, key=PICKER, on_change=_picked)
    return next(a for a in everyone if a.id == current)


def _picked() -> None:
    st.query_params["author"] = st.session_state[PICKER]


def _model() -> None:
    """Which model writes, and what to do where it is a small one."""
    try:
        model = llm.active()
    except TimbreError as error:
        with st.sidebar:
            st.markdown(f"**Model** :orange[▲ {plain(error.message)}]", help=plain(error.hint))
        return
    with st.sidebar:
        st.markdown(f"**Model** {plain(model.name)}", help=plain(model.hint) or None)
        if model.note:
            st.caption(plain(model.note))


def _worker() -> None:
    if not jobs.worker_alive():
        st.markdown(
            ":orange[▲ **The worker is not running.** What you ask for is kept and begins when it runs: `make run`.]"
        )
