"""What edits, votes and ratings taught: proposals with their cases, what was accepted and by whom, and the way back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import streamlit as st

from core import learn
from core.learn import Proposal
from core.store import Actor
from core.store.tables import Author
from core.store.tables_writing import Lesson
from pages.ui.diff import diff
from pages.ui.notice import attempt
from pages.ui.pieces import empty_state, evidence, in_zone, link, plain, status_text

CASES = 8
"""Cases that are shown; the newest."""
FIRST = 400
"""Characters of a text that something was said against."""
STATES = {"accepted": ("done", "Accepted"), "dismissed": ("cancelled", "Turned down"), "undone": ("eased", "Undone")}


def early_lessons(author: Author, actor: Actor) -> None:
    """The same where there is no persona card yet, once there is something to show."""
    if learn.proposals(author.id) or learn.listed(author.id):
        lessons(author, actor)


def lessons(author: Author, actor: Actor) -> None:
    """What waits, what was learned, and the pairs for training. Who may only look sees no buttons."""
    may = actor.role != "reader"
    found, decided = learn.proposals(author.id), learn.listed(author.id)
    st.subheader("What your edits taught", anchor=False)
    if found:
        evidence("Nothing changes before you accept it, and each can be undone.")
    elif not decided:
        empty_state(
            f"Nothing comes back often enough yet. Edit drafts for {author.name}, or vote on them: what you do again "
            "and again shows up here, and nothing changes before you accept it.", "Open the Lab", "lab",
        )  # fmt: skip
    else:
        evidence("Nothing new waits.")
    for one in found:
        _proposal(one, author, actor, may)
    if not may:
        evidence("Your role is reader: you may look at what was learned, an editor decides.")
    if decided:
        st.subheader("What was decided", anchor=False)
        for row in decided:
            _decided(row, author, actor, may)
    _pairs(author)


def _proposal(one: Proposal, author: Author, actor: Actor, may: bool) -> None:
    with st.container(border=True, key=f"lesson_{_safe(one.key)}"):
        st.markdown(f"**{plain(one.title)}**")
        st.markdown(plain(one.says))
        if may:
            with st.container(horizontal=True):
                _button("Accept", one, functools.partial(learn.accept, author.id, one.key, actor), "Accepted.")
                gone = "It will not be proposed again, unless twice as much speaks for it."
                _button("Not this", one, functools.partial(learn.dismiss, author.id, one.key, actor), gone)
        _cases(one.why, one.evidence, f"lesson_cases_{_safe(one.key)}", author)


def _button(label: str, one: Proposal, work: Callable[[], Any], done: str) -> None:
    key = f"lesson_{'accept' if label == 'Accept' else 'dismiss'}_{_safe(one.key)}"
    kind: Literal["secondary", "tertiary"] = "secondary" if label == "Accept" else "tertiary"
    st.button(label, key=key, type=kind, help=f"{label}: {plain(one.title)}", on_click=_do, args=(work, done))


def _do(work: Callable[[], Any], done: str) -> None:
    attempt(work, done)


def _safe(key: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in key)


def _decided(row: Lesson, author: Author, actor: Actor, may: bool) -> None:
    at = in_zone(row.decided_at or row.created_at, author.zone)
    state, word = STATES.get(row.status, ("cancelled", row.status))
    with st.container(border=True, key=f"lesson_row_{row.id}"):
        st.markdown(f"{status_text(state, word)} {plain(row.title)}")
        if row.status != "dismissed":
            st.markdown(plain(str(row.change.get("says") or "")))
        evidence(f"{word} by {row.decided_by}, {at.day} {at:%b %Y}")
        if may and row.status == "accepted":
            work = functools.partial(learn.undo, row.id, actor)
            done = "Undone: what stood there before is back."
            st.button("Undo", key=f"lesson_undo_{row.id}", type="tertiary", on_click=_do, args=(work, done))
        _cases("", row.evidence, f"lesson_cases_{row.id}", author)


def _cases(why: str, rows: list[dict[str, Any]], key: str, author: Author) -> None:
    """The rule and the cases, drawn only where somebody opens them."""
    if not (why or rows):
        return
    with st.expander("Why, with the cases" if rows else "Why", key=key, on_change="rerun") as opened:
        if not opened.open:
            return
        if why:
            evidence(why)
        for number, row in enumerate(rows[:CASES]):
            if number or why:
                st.divider()
            _case(row, author)
        if len(rows) > CASES:
            evidence(f"The newest {CASES} of {len(rows)} cases kept with it.")


def _case(row: dict[str, Any], author: Author) -> None:
    at = in_zone(datetime.fromisoformat(row["at"]), author.zone)
    evidence(" · ".join(part for part in (row["by"], f"{at.day} {at:%b %Y}") if part))
    if row.get("asked"):
        st.markdown(f"Asked for: {plain(row['asked'])}")
    elif "before" in row:
        diff(row["before"], row["after"])
    else:
        words = " ".join(row["text"].split())
        more = "…" if len(words) > FIRST else ""
        st.markdown(f"Against it: {plain(', '.join(row['tags']))}  \n:small[{plain(words[:FIRST])}{more}]")


def _pairs(author: Author) -> None:
    """What was preferred over what, as a file for training; only with the author's consent."""
    st.subheader("Pairs for training", anchor=False)
    if said := learn.refused(author.id):
        evidence(said)
        link("Open the samples", "samples")
        return
    evidence("What was preferred over what, from votes, edits and ratings, one pair a line.")
    made = functools.partial(learn.export_jsonl, author.id)
    name = f"{_safe(author.name.lower())}-pairs.jsonl"
    st.download_button("Save the pairs (JSONL)", made, name, "application/jsonl", key="lesson_pairs", on_click="ignore")
