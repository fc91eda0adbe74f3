"""Proposals as cards: title, why, evidence, and three things to do with each; what waits and what was dismissed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core import ideas
from core.config import ROOT
from core.errors import TimbreError
from core.ideas import KINDS, Evidence, Proposal
from core.store import Actor
from core.store.tables import Author
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, link, outside, plain
from pages.ui.shell import show_error

ONE, SEVERAL = "For this author", "For several authors"
ALL = "All"


def view() -> str:
    """Which half of the page the URL asks for; a campaign's address opens the second."""
    asked = SEVERAL if st.query_params.get("view") == "several" or "campaign" in st.query_params else ONE
    st.session_state["ideas_view"] = asked
    st.segmented_control("View", [ONE, SEVERAL], key="ideas_view", on_change=_turned, label_visibility="collapsed")
    return asked


def _turned() -> None:
    st.query_params.pop("campaign", None)
    if st.session_state["ideas_view"] == SEVERAL:
        st.query_params["view"] = "several"
    else:
        st.query_params.pop("view", None)


def proposals(author: Author, actor: Actor) -> None:
    """What this author could write about next."""
    with st.spinner("Reading all that they have written…"):
        found = ideas.proposals(author.id)
    shown = _of_kind(found)
    if not found:
        st.markdown(
            f"Nothing to propose now. {plain(ideas.why_none_due(author.id))} Add a source on the Generate page, "
            "or say what the author knows best on the Persona page."
        )
    for number, one in enumerate(shown):
        _card(one, author, actor, first=number == 0)
    _waiting(author, actor)
    _dismissed(author, actor)


def _of_kind(found: Sequence[Proposal]) -> list[Proposal]:
    """The kind that the URL asks for, chosen by pills with counts."""
    counts = Counter(one.kind for one in found)
    if len(counts) < 2:
        return list(found)
    options = [ALL, *(kind for kind in KINDS if counts[kind])]
    names: dict[str, str] = {ALL: f"{ALL} {len(found)}"}
    names |= {kind: f"{said} {counts[kind]}" for kind, said in KINDS.items()}
    asked = st.query_params.get("kind", ALL)
    chosen = asked if asked in options else ALL
    st.session_state["ideas_kind"] = chosen
    st.pills("Kind", options, key="ideas_kind", format_func=lambda kind: names[kind], on_change=_kind_chosen,
             label_visibility="collapsed")  # fmt: skip
    return [one for one in found if chosen in (ALL, one.kind)]


def _kind_chosen() -> None:
    st.query_params["kind"] = st.session_state["ideas_kind"] or ALL


def _card(one: Proposal, author: Author, actor: Actor, first: bool) -> None:
    with st.container(border=True, key=f"ideas_card_{one.key.replace(':', '_')}", gap="small"):
        st.markdown(f"**{plain(one.title)}** :gray[{plain(KINDS[one.kind])}]")
        st.markdown(plain(one.why))
        for piece in one.evidence:
            _quoted(piece, one.title)
        with st.container(horizontal=True):
            if st.button("Write it", type="primary" if first else "secondary", key=f"ideas_write_{one.key}"):
                _write(author, one, actor)
            st.button("To the calendar", key=f"ideas_take_{one.key}", on_click=_take, args=(author, one, actor))
            st.button(
                "Dismiss", key=f"ideas_drop_{one.key}", on_click=_drop, args=(author, one, actor), type="tertiary"
            )


def _quoted(piece: Evidence, title: str) -> None:
    """The words that a proposal rests on, and the way to where they stand."""
    if piece.kind == "persona":
        link("Open the persona card", "persona")
        return
    said = " ".join(piece.text.split())
    if said != title:
        st.markdown(f"*“{plain(said)}”*")
    label = plain(piece.title or "Open")
    if piece.kind == "knowledge":
        outside(label, piece.url)
        if not piece.url:
            evidence(piece.title)
    else:
        link(label, "review" if piece.kind == "post" else "samples", **{piece.kind: piece.id})


def _write(author: Author, one: Proposal, actor: Actor) -> None:
    try:
        taken = ideas.take(author.id, one.key, actor)
        brief = ideas.brief_of(taken.post_id or "", actor)
    except TimbreError as error:
        show_error(error)
        return
    _open_brief(author, brief)


def _open_brief(author: Author, brief: str) -> None:
    st.switch_page(ROOT / "pages/generate.py", query_params={"author": author.id, "brief": brief})


def _take(author: Author, one: Proposal, actor: Actor) -> None:
    attempt(
        lambda: ideas.take(author.id, one.key, actor), "It is in the calendar as an Idea, with a brief to begin with."
    )


def _drop(author: Author, one: Proposal, actor: Actor) -> None:
    attempt(lambda: ideas.dismiss(author.id, one.key, actor), "Dismissed. It is not proposed again.")


# ---- what was decided ----------------------------------------------------------------------------------------


def _waiting(author: Author, actor: Actor) -> None:
    """The author's posts that are ideas: each can be written."""
    found = ideas.in_calendar(author.id)
    if not found:
        return
    st.subheader("Ideas in the calendar", anchor=False)
    for post, _ in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Write it", key=f"ideas_open_{post.id}"):
                try:
                    brief = ideas.brief_of(post.id, actor)
                except TimbreError as error:
                    show_error(error)
                else:
                    _open_brief(author, brief)
            link(plain(post.title.strip() or "An idea without a title"), "calendar", post=post.id)


def _dismissed(author: Author, actor: Actor) -> None:
    found = ideas.dismissed(author.id)
    if not found:
        return
    with st.expander(f"Dismissed: {len(found)}"):
        for row in found[:50]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button("Take back", key=f"ideas_back_{row.id}", on_click=_back, args=(row.id, actor))
                st.markdown(plain(row.title), width="stretch")


def _back(idea_id: str, actor: Actor) -> None:
    attempt(lambda: ideas.take_back(idea_id, actor), "It is proposed again, as long as what it rests on holds.")
