"""A list of stock phrases, the team's or an author's: add, take out, put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.store import Actor
from core.store.tables import Author
from core.voice import phrases
from core.voice.phrases import PhraseList
from pages.ui.notice import attempt, notices
from pages.ui.pieces import evidence, plain

HELP = (
    "Case does not matter. A star stands for one to three words: `excited to * this`. Begin with `opening:` or "
    "`closing:` for what is stock only there."
)
SHOWN = 40
"""Phrases drawn at once; a search finds the others."""


def phrase_list(actor: Actor, author: Author | None = None) -> None:
    """The list with a field to add to it; every change counts from the next look at a text on."""
    found = phrases.listed(author.id if author else None)
    key = f"phrases_{author.id if author else 'team'}"
    st.subheader(f"Stock phrases for {author.name}" if author else "Stock phrases", anchor=False)
    evidence(_about(found, author))
    notices()
    may = actor.role != "reader"
    if may:
        _adding(key, actor, author)
    with st.expander(
        f"See the {len(found.in_force):,} phrases in force, take some out", author is not None, key=f"{key}_open"
    ):
        _chosen("In force", found.in_force, key, "Take out", phrases.take_out, actor, author, may)
    if found.out:
        _chosen("Taken out", found.out, f"{key}_out", "Put back", phrases.put_back, actor, author, may)


def _about(found: PhraseList, author: Author | None) -> str:
    added = len(found.added)
    above = "of the team's list" if author else "shipped with Timbre"
    return (
        f"{len(found.in_force):,} phrases are pointed out in {'their' if author else 'all'} drafts: "
        f"{len(found.above):,} {above}, {added:,} added here, {len(found.out):,} taken out here. "
        "They are pointed out, never forbidden: what must not be said is a guideline."
    )


def _adding(key: str, actor: Actor, author: Author | None) -> None:
    with st.form(f"{key}_form", border=False):
        st.text_area("Add phrases, one a line", key=f"{key}_new", height=80, placeholder="circle back", help=HELP)
        st.form_submit_button("Add", on_click=_add, args=(key, actor, author))


def _add(key: str, actor: Actor, author: Author | None) -> None:
    wanted = str(st.session_state[f"{key}_new"]).splitlines()
    if attempt(lambda: phrases.add(wanted, actor, author.id if author else None), "", f"{key}_new"):
        st.toast("Added. They are pointed out from now on.")


def _chosen(
    title: str,
    listed: Sequence[str],
    key: str,
    label: str,
    work: Callable[..., PhraseList],
    actor: Actor,
    author: Author | None,
    may: bool,
) -> None:
    """Phrases as pills; those that are chosen are moved by the button."""
    wanted = ""
    if len(listed) > SHOWN:
        wanted = st.text_input(f"Search {len(listed):,} phrases", key=f"{key}_search", placeholder="word or phrase")
    fit = [p for p in listed if phrases.same(wanted) in phrases.same(p)]
    if not fit:
        st.caption("No phrase fits." if wanted else "No phrase is in force.")
        return
    shown = fit[:SHOWN]
    st.pills(title, shown, selection_mode="multi", format_func=plain, key=f"{key}_chosen", disabled=not may)
    if len(fit) > SHOWN:
        st.caption(f"{SHOWN} of {len(fit):,}; search for the others.")
    if may:
        st.button(label, key=f"{key}_move", on_click=_move, args=(key, label, work, actor, author))


def _move(key: str, label: str, work: Callable[..., PhraseList], actor: Actor, author: Author | None) -> None:
    chosen = list(st.session_state.get(f"{key}_chosen") or [])
    if not chosen:
        st.toast(f"Choose the phrases first, then press {label}.")
        return
    done = f"{len(chosen)} taken out; they can be put back." if label == "Take out" else f"{len(chosen)} put back."
    if attempt(lambda: work(chosen, actor, author.id if author else None)):
        st.toast(done)
        st.session_state[f"{key}_chosen"] = []
