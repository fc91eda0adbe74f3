"""Adding writing: paste or upload, look at the preview, confirm. Until then everything stays in this session."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import authors, collect
from core.collect import Upload
from core.errors import TimbreError
from pages.ui.import_preview import HELD, confirm, counted, decide_near, how_it_was_read, previewed, table
from pages.ui.import_run import RUN, ImportRun, running, watch
from pages.ui.notice import KEPT
from pages.ui.pieces import evidence
from pages.ui.shell import Here, show_error

OPEN, INPUT, TURN = "samples_open", "samples_input", "samples_input_turn"
UPLOAD, PASTE = "Upload files", "Paste text"


def adding_is_open(here: Here, known: bool) -> bool:
    """Open on demand, while something waits to be confirmed, and where there is nothing else to show."""
    return bool(not known or st.session_state.get(OPEN) or st.session_state.get(INPUT) or running(here.actor))


def add_button() -> None:
    """The page's main action."""
    st.button("Add writing", type="primary", on_click=_set, args=(OPEN, True), key="samples_add")


def _set(key: str, value: object) -> None:
    st.session_state[key] = value


def adding(here: Here) -> None:
    """Input, preview and confirmation, or the progress of an import."""
    with st.container(border=True):
        st.subheader("Add writing", anchor=False)
        if running(here.actor):
            watch(here.actor)
            return
        _input()
        given = st.session_state.get(INPUT)
        if given:
            _look(here, given)
        elif st.session_state.get(OPEN):
            st.button("Close", on_click=discard, key="samples_add_close")


def _input() -> None:
    turn = st.session_state.get(TURN, 0)
    held = st.session_state.get(INPUT)
    start = PASTE if isinstance(held, str) else UPLOAD
    way = st.segmented_control(
        "How", [UPLOAD, PASTE], default=start, required=True, key=f"samples_way_{turn}", label_visibility="collapsed"
    )
    if way == PASTE:
        key = f"samples_paste_{turn}"
        st.session_state.setdefault(key, held if isinstance(held, str) else "")
        st.text_area(
            "The author's own words",
            key=key,
            height=220,
            placeholder="One post; or several, with a line of three dashes (---) between them.",
            on_change=_pasted,
            args=(key, turn),
        )
        if not held:
            st.button("Look at it", key="samples_look")
        return
    key = f"samples_upload_{turn}"
    st.file_uploader(
        "Files: text, Markdown, CSV, JSON lines, or a zip of them",
        type=[suffix.removeprefix(".") for suffix in collect.SUFFIXES],
        accept_multiple_files=True,
        max_upload_size=collect.FILE_MEGABYTES,
        key=key,
        on_change=_uploaded,
        args=(key, turn),
        help="LinkedIn's own archive works too: its Shares.csv. Nothing is fetched and nothing is scraped.",
    )
    if held and not st.session_state.get(key) and not isinstance(held, str):
        evidence("Held from before: " + ", ".join(upload.name for upload in held[:5]) + ("..." if held[5:] else ""))


def _pasted(key: str, turn: int) -> None:
    if _is_over(turn):
        return
    text = st.session_state[key]
    st.session_state[INPUT] = text if text.strip() else None


def _uploaded(key: str, turn: int) -> None:
    if _is_over(turn):
        return
    files = st.session_state[key]
    st.session_state[INPUT] = [Upload(file.name, file.getvalue()) for file in files] or None


def _is_over(turn: int) -> bool:
    """A browser that has not yet heard that a widget is gone sends its value with the next click, which Streamlit
    takes for a change: what was stored or discarded would be back as new input.
    """
    return turn != int(st.session_state.get(TURN, 0))


def _look(here: Here, given: Sequence[Upload] | str) -> None:
    """The preview and the way to confirm it. An error is shown in its place; the input stays."""
    answer = st.container()
    try:
        mapping, options = how_it_was_read(here, given)
        preview = previewed(given, mapping, options)
    except TimbreError as error:
        show_error(error)
        st.button("Discard", on_click=discard, key="samples_discard")
        return
    with answer:
        counted(preview)
    table(preview)
    preview = decide_near(preview)
    consent = confirm(preview)
    with st.container(horizontal=True):
        number = len(preview.new)
        st.button(
            f"Store {number:,} {'post' if number == 1 else 'posts'}",
            type="primary",
            disabled=not number,
            on_click=_start,
            args=(preview, consent, here),
            key="samples_store",
        )
        st.button("Discard", on_click=discard, key="samples_discard")


def _start(preview: collect.Preview, consent: dict[str, bool | None], here: Here) -> None:
    run = ImportRun(preview, consent, here.actor)
    st.session_state[RUN] = run
    run.start()


def discard() -> None:
    """Forget what was pasted or uploaded; the widgets start afresh."""
    st.session_state[INPUT] = None
    st.session_state[HELD] = {}
    st.session_state[OPEN] = False
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def settle(here: Here) -> None:
    """An import that has ended: say what came of it, keep the input where it failed. First on the page, so that what
    was stored is shown only with everything that goes with it.
    """
    run = running(here.actor)
    if run is None or run.is_alive():
        return
    st.session_state[RUN] = None
    st.session_state[HELD] = {}  # the store has changed
    if run.error:
        show_error(run.error)
        return
    discard()
    stored = run.batch.counts["stored"] if run.batch else 0
    names = list(run.preview.authors)
    by = names[0] if len(names) == 1 else f"{len(names)} authors"
    st.session_state[KEPT] = f"{stored:,} {'post' if stored == 1 else 'posts'} by {by} stored."
    st.query_params.pop("sample", None)
    if names and not (here.author and here.author.name in names) and (author := authors.named(names[0])):
        st.query_params["author"] = author.id
    st.rerun()
