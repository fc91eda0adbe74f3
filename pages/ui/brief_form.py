"""The brief: what a post should say, kept as it is typed, and what will hold whatever the model writes."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import streamlit as st
from pydantic import ValidationError

from core import llm, persona
from core.errors import NotFound, TimbreError
from core.generate import commands as generate
from core.generate import constraints, material
from core.generate.brief import BriefFields
from core.store import Actor
from core.store.tables import Author, Brief
from core.train.serving import NONE, serving
from pages.ui import asking
from pages.ui.author_habits import what_holds
from pages.ui.editor import Field, fields
from pages.ui.knowledge import sources
from pages.ui.notice import attempt, notices
from pages.ui.pieces import plain
from pages.ui.shell import show_error

LAYOUT = (
    Field("topic", "Topic", "What is the post about? One or two sentences.", rows=2, wide=True),
    Field("points", "Key points", "One a line", "What must be in it. No other numbers will be used.", 3, True),
    Field("opinion", "Point of view", "What you think about it that others may not", rows=2),
    Field("example", "Number or example", "What stands for it", rows=2),
    Field("story", "Seed story", "Something that happened, in your words", rows=3, wide=True),
    Field("goal", "Goal", "What should readers think or do?"),
    Field("audience", "Audience", "Who should care?"),
    Field("call_to_action", "Call to action", "What you ask of readers"),
    Field("link", "Link", "https://"),
    Field("hook", "Opening line", "The first line, if you have it already", wide=True, more=True),
    Field(
        "sources", "Facts", "One a line",
        "Where numbers and claims come from. An address here is only text: it is not opened.", 2, True, True,
    ),
)  # fmt: skip
_TURN = threading.Lock()
"""Two saves at once would each begin a brief of their own, or one would undo the other."""
LISTS = ("points", "sources")
WITHOUT = "generate_without_adapter"
LENGTHS = {"author": "As usual", "short": "Short", "medium": "Medium", "long": "Long"}
FORMS = {"post": "A post", "article": "An article"}
PLACES = {"post": "In the post", "postscript": "In a postscript", "comment": "In the first comment"}
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
    notices()
    kept = opened_brief(author)
    if kept is not None and kept.submitted_at is not None:
        _used(kept, actor)
        return
    values: dict[str, Any] = dict(kept.fields) if kept else {}
    named = kept.id if kept and st.query_params.get("brief") == kept.id else None
    keep = functools.partial(_save, author.id, actor, brief_id=named)
    form, aside = st.columns([5, 3], gap="large")
    with form:
        fields(f"brief:{named or author.id}", LAYOUT, _shown(values), keep)
        sources(author, actor, list(values.get("knowledge") or []), lambda ids: keep({"knowledge": ids}))
        _choices(f"brief_{named or author.id}", values, keep)
        _write(author, actor, values, named)
    with aside:
        _model(author)
        what_holds(author, values)


def opened_brief(author: Author) -> Brief | None:
    """The brief that the page shows: the one that the URL names where it is this author's, else what is being typed."""
    asked = st.query_params.get("brief")
    if asked:
        try:
            found = generate.brief(asked)
        except NotFound:
            found = None
        if found is not None and found.author_id == author.id:
            return found
        st.query_params.pop("brief", None)
    return generate.latest_brief(author.id)


def _used(kept: Brief, actor: Actor) -> None:
    st.info(f"**{plain(str(kept.fields.get('topic') or 'This brief'))}**\n\nThis brief was written from already.")
    if st.button("Change it and write again", type="primary", key="generate_again"):
        try:
            st.query_params["brief"] = generate.copy_brief(kept.id, actor).id
        except TimbreError as error:
            show_error(error)
        else:
            st.rerun()


def _shown(values: dict[str, Any]) -> dict[str, str]:
    """The brief's fields as text: a list is one entry a line."""
    out: dict[str, str] = {}
    for field in LAYOUT:
        value = values.get(field.name) or ""
        out[field.name] = "\n".join(value) if isinstance(value, list) else str(value)
    return out | {"hook": "" if out["hook"] in HOOKS else out["hook"]}


def _save(author_id: str, actor: Actor, changes: dict[str, Any], brief_id: str | None = None) -> None:
    """Put what changed on top of what is kept, so that two tabs lose nothing of each other's fields."""
    read = {
        name: value.split("\n") if name in LISTS and isinstance(value, str) else value
        for name, value in changes.items()
    }
    with _TURN:
        kept = generate.brief(brief_id) if brief_id else generate.latest_brief(author_id)
        merged = {**(kept.fields if kept else {}), **read}
        row = generate.save_brief(author_id, merged, actor, kept.id if kept else None)
    if brief_id and row.id != brief_id:  # somebody wrote from it meanwhile: what is typed here goes on in a copy
        st.query_params["brief"] = row.id


def _choices(key: str, values: dict[str, Any], save: asking.Keep) -> None:
    now: dict[str, Any] = {
        "form": values.get("form") if values.get("form") in FORMS else "post",
        "length": values.get("length") if values.get("length") in LENGTHS else "author",
        "hook": values.get("hook") if values.get("hook") in HOOKS else "",
        "variants": int(values.get("variants") or 4),
        "link_place": values.get("link_place") if values.get("link_place") in PLACES else "post",
    }
    for name, value in now.items():
        st.session_state[f"{key}_{name}"] = value
    keep = functools.partial(_keep, key, save)
    if values.get("link"):
        _one_of("Where the link goes", PLACES, f"{key}_link_place", keep, "link_place", "post")
    with st.container(horizontal=True, gap="medium"):  # wraps: in columns the last choice was cut at 1280 px
        _one_of("Write", FORMS, f"{key}_form", keep, "form", "post")
        _one_of("Length", LENGTHS, f"{key}_length", keep, "length", "author")
    opening, number = st.columns([3, 2])
    opening.selectbox(
        "Opening",
        list(HOOKS),
        format_func=HOOKS.__getitem__,
        key=f"{key}_hook",
        on_change=keep,
        args=("hook", ""),
        disabled=bool(values.get("hook")) and values["hook"] not in HOOKS,
        help="Your own opening line comes first where you wrote one.",
    )
    number.number_input("Variants", 1, 8, key=f"{key}_variants", on_change=keep, args=("variants", 4))


def _one_of(label: str, options: dict[str, str], key: str, keep: Callable[..., None], *args: str) -> None:
    st.segmented_control(
        label, list(options), format_func=options.__getitem__, key=key, on_change=keep, args=args, width="content"
    )


def _keep(key: str, save: asking.Keep, name: str, otherwise: Any) -> None:
    value = st.session_state[f"{key}_{name}"]
    attempt(lambda: save({name: value if value is not None else otherwise}))


# ---- writing -------------------------------------------------------------------------------------------------


def _write(author: Author, actor: Actor, values: dict[str, Any], named: str | None) -> None:
    """The button; what is still open is asked first, until it is answered or waived."""
    key = f"asking_{named or author.id}"
    keep = functools.partial(_save, author.id, actor, brief_id=named)
    asking.left_out(values, keep)
    _warn(author, values)
    pressed = st.button("Write variants", type="primary", key="generate_start")
    asked: list[str] = st.session_state.get(key) or []
    if not pressed and not asked:
        return
    try:
        found = [one.name for one in asking.open_asks(values)]
        if found or not pressed:
            st.session_state[key] = list(dict.fromkeys([*asked, *found]))
            if not asking.ask(named or author.id, values, st.session_state[key], len(found), keep):
                return
        if found:
            keep({"without": list(dict.fromkeys([*(values.get("without") or []), *found]))})
        _start(author, actor, named)
    except TimbreError as error:
        st.session_state[key] = []
        show_error(error)
    else:
        st.session_state[key] = []
        st.rerun()


def _warn(author: Author, values: dict[str, Any]) -> None:
    """Said before a run and not only after it: the brief is too short for what this author usually writes."""
    try:
        brief = BriefFields.model_validate(values)
    except ValidationError:
        return  # pressing the button says which field
    least = constraints.chars(brief, persona.constraints(author.id))[0]
    if material.too_little(brief, llm.active().small, least):
        usual = brief.length == "author"
        what = (
            f"Their posts have at least {least:,} characters; with this it will be shorter"
            if usual
            else f"This is little for a post of at least {least:,} characters"
        )
        st.markdown(
            f":orange[▲] {what}: a small model adds hardly anything. Add a point, a story or a source"
            + ("." if usual or constraints.LENGTHS["short"][0] >= least else ", or choose “As usual”.")
        )


def _start(author: Author, actor: Actor, named: str | None) -> None:
    kept = generate.brief(named) if named else generate.latest_brief(author.id)
    brief = kept if kept is not None else generate.save_brief(author.id, {}, actor)
    adapter = NONE if st.session_state.get(WITHOUT) else ""
    st.query_params["run"] = generate.start(brief.id, actor, adapter=adapter)
    st.query_params.pop("brief", None)


def _model(author: Author) -> None:
    model, adapter = llm.active(), serving(author.id)
    st.markdown(f"**Written by** {plain(model.name)}" + (f" with {plain(adapter.title)}" if adapter else ""))
    if adapter:
        st.caption(plain(adapter.why))
        st.checkbox("Write without the adapter this time", key=WITHOUT)
    for line in (model.note, model.hint):
        if line:
            st.caption(plain(line))
