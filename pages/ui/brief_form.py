"""The brief: what a post should say, kept as it is typed, and what will hold whatever the model writes."""

from __future__ import annotations

import functools
import threading
from typing import Any

import streamlit as st

from core import llm
from core.errors import TimbreError
from core.generate import commands as generate
from core.store import Actor
from core.store.tables import Author
from pages.ui.author_habits import what_holds
from pages.ui.editor import Field, fields
from pages.ui.notice import attempt, notices
from pages.ui.pieces import plain
from pages.ui.shell import show_error

LAYOUT = (
    Field("topic", "Topic", "What is the post about? One or two sentences.", rows=2, wide=True),
    Field("points", "Key points", "One a line", "What must be in it. No other numbers will be used.", 3, True),
    Field("goal", "Goal", "What should readers think or do?"),
    Field("audience", "Audience", "Who should care?"),
    Field("story", "Seed story", "Something that happened, in your words", rows=3, wide=True),
    Field("hook", "Opening line", "The first line, if you have it already", wide=True),
    Field("call_to_action", "Call to action", "What you ask of readers"),
    Field("link", "Link", "https://"),
    Field("sources", "Facts and sources", "One a line", "Where numbers and claims come from.", 2, True),
)
_TURN = threading.Lock()
"""Two saves at once would each begin a brief of their own, or one would undo the other."""
LISTS = ("points", "sources")
LENGTHS = {"author": "As usual", "short": "Short", "medium": "Medium", "long": "Long"}
HOOKS = {
    "": "As the author usually opens",
    "question": "With a question",
    "number": "With a number",
    "story": "With a scene or story",
    "contrarian": "Against the common view",
    "quote": "With a quotation",
    "announcement": "With news",
    "command": "With a request",
    "address": "To the reader",
    "statement": "With a plain statement",
}


def brief_form(author: Author, actor: Actor) -> None:
    """The form beside what holds, and the button that starts a run."""
    kept = generate.latest_brief(author.id)
    values: dict[str, Any] = dict(kept.fields) if kept else {}
    notices()
    form, aside = st.columns([5, 3], gap="large")
    with form:
        fields(f"brief:{author.id}", LAYOUT, _shown(values), functools.partial(_save, author.id, actor))
        _choices(author, actor, values)
        if st.button("Write variants", type="primary", key="generate_start"):
            _start(author, actor)
    with aside:
        _model()
        what_holds(author, values)


def _shown(values: dict[str, Any]) -> dict[str, str]:
    """The brief's fields as text: a list is one entry a line."""
    out: dict[str, str] = {}
    for field in LAYOUT:
        value = values.get(field.name) or ""
        out[field.name] = "\n".join(value) if isinstance(value, list) else str(value)
    return out | {"hook": "" if out["hook"] in HOOKS else out["hook"]}


def _save(author_id: str, actor: Actor, changes: dict[str, Any]) -> None:
    """Put what changed on top of what is kept, so that two tabs lose nothing of each other's fields."""
    read = {name: value.split("\n") if name in LISTS else value for name, value in changes.items()}
    with _TURN:
        kept = generate.latest_brief(author_id)
        merged = {**(kept.fields if kept else {}), **read}
        generate.save_brief(author_id, merged, actor, kept.id if kept else None)


def _choices(author: Author, actor: Actor, values: dict[str, Any]) -> None:
    key = f"brief_{author.id}"
    now: dict[str, Any] = {
        "length": values.get("length") if values.get("length") in LENGTHS else "author",
        "hook": values.get("hook") if values.get("hook") in HOOKS else "",
        "variants": int(values.get("variants") or 4),
    }
    for name, value in now.items():
        st.session_state[f"{key}_{name}"] = value
    keep = functools.partial(_keep, key, author.id, actor)
    st.segmented_control(
        "Length", list(LENGTHS), format_func=LENGTHS.__getitem__, key=f"{key}_length", on_change=keep, args=("length",)
    )
    opening, number = st.columns([3, 2])
    opening.selectbox(
        "Opening",
        list(HOOKS),
        format_func=HOOKS.__getitem__,
        key=f"{key}_hook",
        on_change=keep,
        args=("hook",),
        disabled=bool(values.get("hook")) and values["hook"] not in HOOKS,
        help="Your own opening line comes first where you wrote one.",
    )
    number.number_input("Variants", 1, 8, key=f"{key}_variants", on_change=keep, args=("variants",))


def _keep(key: str, author_id: str, actor: Actor, name: str) -> None:
    value = st.session_state[f"{key}_{name}"]
    attempt(lambda: _save(author_id, actor, {name: value if value is not None else "author"}))


def _start(author: Author, actor: Actor) -> None:
    kept = generate.latest_brief(author.id)
    try:
        brief = kept if kept is not None else generate.save_brief(author.id, {}, actor)
        st.query_params["run"] = generate.start(brief.id, actor)
    except TimbreError as error:
        show_error(error)
    else:
        st.rerun()


def _model() -> None:
    model = llm.active()
    st.markdown(f"**Written by** {plain(model.name)}")
    for line in (model.note, model.hint):
        if line:
            st.caption(plain(line))
