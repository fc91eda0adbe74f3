"""The sources of a brief: what facts may be drawn from, what was read of each, and adding one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import streamlit as st

from core import drafts, knowledge
from core.errors import TimbreError
from core.store import Actor
from core.store.tables import Author
from core.store.tables_writing import Knowledge
from pages.ui.editor import Field, fields
from pages.ui.notice import KEPT, attempt
from pages.ui.pieces import evidence, outside, plain
from pages.ui.shell import show_error

WAYS = ("Link", "Files", "Note", "Known here")
KINDS = {"link": "web page", "paper": "paper", "transcript": "transcript", "file": "file", "note": "note"}
FIRST = 420
"""Characters of a text that are shown."""
NOTE = (Field("title", "Title", "What it is called", wide=True), Field("text", "Text", "What is so", rows=6, wide=True))
Keep = Callable[[list[str]], object]
"""Puts these ids into the brief."""


def sources(author: Author, actor: Actor, ids: Sequence[str], keep: Keep) -> None:
    """What this brief may draw from, each to be looked into or left out, and the ways to add one."""
    st.markdown("**Sources**")
    chosen = knowledge.texts(ids)
    if not chosen:
        evidence("None yet. A page, a paper or a transcript that you add lends facts, each with where it comes from.")
    for row in chosen:
        _source(row, actor, functools.partial(_leave_out, row.id, ids, keep))
    if gone := len(set(ids)) - len(chosen):
        evidence(f"{gone} {'source that was' if gone == 1 else 'sources that were'} removed: nothing is drawn from it.")
    turn = st.session_state.setdefault(_turn(author), 0)
    way = st.segmented_control("Add a source", WAYS, key=f"source_way_{author.id}_{turn}")
    if way is None:
        return
    with st.container(border=True):
        given = {"Link": _link, "Files": _files, "Note": _note, "Known here": _known}[way](author, actor, ids, turn)
    if given:
        keep(list(dict.fromkeys([*ids, *given])))
        st.session_state[_turn(author)] = turn + 1
        st.rerun()


def _turn(author: Author) -> str:
    return f"source_turn_{author.id}"


def _leave_out(one: str, ids: Sequence[str], keep: Keep) -> None:
    attempt(lambda: keep([i for i in ids if i != one]), "Left out of this brief. It stays known here.")


def _remove(one: str, actor: Actor) -> None:
    attempt(lambda: knowledge.remove(one, actor), "Removed for everybody. What was written from it stays.")


# ---- one source ----------------------------------------------------------------------------------------------


def named(row: Knowledge) -> str:
    """A source on one line: what it is called, what it is, how long."""
    words = int(row.meta.get("words") or 0)
    return f"{row.title or 'Untitled'} · {KINDS.get(row.kind, row.kind)}, {words:,} words"


def _source(row: Knowledge, actor: Actor, leave_out: Callable[[], None]) -> None:
    with st.expander(plain(named(row)), key=f"source_{row.id}"):
        st.text(_first(row.text))
        evidence(_about(row))
        if row.url:
            outside("Open the page", row.url)
        with st.container(horizontal=True):
            st.button("Leave it out", key=f"source_out_{row.id}", on_click=leave_out)
            st.button(
                "Remove it for everybody",
                key=f"source_remove_{row.id}",
                type="tertiary",
                on_click=functools.partial(_remove, row.id, actor),
            )


def _pages(count: int) -> str:
    return f"{count:,} {'page' if count == 1 else 'pages'}" if count else ""


def _first(text: str) -> str:
    return text if len(text) <= FIRST else f"{text[:FIRST].rsplit(maxsplit=1)[0]} …"


def _about(row: Knowledge) -> str:
    """Where it comes from, and what of it was not kept."""
    meta = row.meta
    said = [
        f"Published {meta['published']}" if meta.get("published") else "",
        f"by {meta['writer']}" if meta.get("writer") else "",
        _pages(int(meta.get("pages") or 0)),
        f"Sections: {', '.join(meta['sections'][:8])}" if meta.get("sections") else "",
        f"Speakers: {', '.join(meta['speakers'][:8])}" if meta.get("speakers") else "",
        *meta.get("notes", []),
        f"Read {row.fetched_at:%d %B %Y}" if row.fetched_at else "",
        "For every author" if row.author_id is None else "",
    ]
    return ". ".join(part.removesuffix(".") for part in said if part) + "."


# ---- adding --------------------------------------------------------------------------------------------------


def _link(author: Author, actor: Actor, _ids: Sequence[str], turn: int) -> list[str]:
    url = st.text_input("Address of a page or a paper", key=f"source_link_{author.id}_{turn}", placeholder="https://")
    owner = _owner(author, turn)
    if not st.button("Read it", key=f"source_read_{author.id}_{turn}"):
        evidence("It is fetched once, now. Only public pages are opened.")
        return []
    with st.spinner("Fetching and reading"):
        return _tried(lambda: knowledge.add_link(url, owner, actor))


def _files(author: Author, actor: Actor, _ids: Sequence[str], turn: int) -> list[str]:
    files = st.file_uploader(
        "Transcripts, papers, pages, texts",
        type=[suffix.removeprefix(".") for suffix in knowledge.SUFFIXES],
        accept_multiple_files=True,
        max_upload_size=knowledge.FILE_MEGABYTES,
        key=f"source_files_{author.id}_{turn}",
    )
    owner = _owner(author, turn)
    if not files or not st.button("Read them", key=f"source_read_{author.id}_{turn}"):
        return []
    out: list[str] = []
    for file in files:
        with st.spinner(f"Reading {plain(file.name)}"):
            out += _tried(functools.partial(knowledge.add_file, file.name, file.getvalue(), owner, actor), kept=True)
    return out


def _note(author: Author, actor: Actor, _ids: Sequence[str], turn: int) -> list[str]:
    doc = f"note.{author.id}"
    typed = {field.name: str(drafts.kept(doc, actor).get(field.name) or "") for field in NOTE}
    fields(f"{doc}:{turn}", NOTE, typed, functools.partial(drafts.keep, doc, actor))
    owner = _owner(author, turn)
    if not st.button("Keep it", key=f"source_read_{author.id}_{turn}"):
        return []
    if added := _tried(lambda: knowledge.add_note(typed["title"], typed["text"], owner, actor)):
        drafts.drop(doc, actor)
    return added


def _known(author: Author, _actor: Actor, ids: Sequence[str], turn: int) -> list[str]:
    rows = {row.id: row for row in knowledge.listed(author.id) if row.id not in ids}
    if not rows:
        evidence("Nothing more is known here yet. Add a link, a file or a note.")
        return []
    picked = st.multiselect(
        "Choose from what is known",
        list(rows),
        format_func=lambda i: named(rows[i]),
        key=f"source_known_{author.id}_{turn}",
        placeholder="Choose sources",
    )
    return picked if st.button("Use them", key=f"source_read_{author.id}_{turn}", disabled=not picked) else []


def _owner(author: Author, turn: int) -> str | None:
    """Who may draw from it: this author, or everybody."""
    everyone = st.checkbox("Every author may draw from it", key=f"source_everyone_{author.id}_{turn}")
    return None if everyone else author.id


def _tried(work: Callable[[], Knowledge], kept: bool = False) -> list[str]:
    """The id of what was added; what went wrong is said here, or kept for the next drawing of the page."""
    try:
        return [work().id]
    except TimbreError as error:
        if kept:
            st.session_state[KEPT] = error
        show_error(error)
        return []
