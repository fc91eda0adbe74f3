"""A campaign on the Ideas page: its form, who takes which angle, how the runs stand, how alike they came out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core import campaign, drafts
from core.campaign import ALIKE, Standing, View
from core.errors import NotFound, TimbreError
from core.ideas.model import short
from core.store import Actor
from core.store.base import now
from core.store.tables import Author
from pages.ui.editor import Field, fields
from pages.ui.notice import answered, attempt
from pages.ui.pieces import ago, evidence, link, plain, status_text
from pages.ui.run_steps import run_state
from pages.ui.shell import show_error

LAYOUT = (
    Field("topic", "Topic", "What is it about? One or two sentences.", rows=2, wide=True),
    Field("points", "Key points", "One a line", "What is true of all of them. Each leads with another one.", 4, True),
    Field("story", "Seed story", "Something that happened, in your words", rows=4, wide=True),
    Field("opinion", "Point of view", "What you think about it that others may not", rows=2),
    Field("example", "Number or example", "What stands for it", rows=2),
    Field("goal", "Goal", "What should readers think or do?"),
    Field("call_to_action", "Call to action", "What you ask of readers"),
    Field("link", "Link", "https://", wide=True),
)
ONLY = "only_"
"""What is only for one author is a field of the draft: this and the author's id."""
LIVE = ("queued", "started", "running")


def campaigns(everyone: Sequence[Author], actor: Actor) -> None:
    """The campaign that the URL names, else the form for a new one and those before it."""
    asked = st.query_params.get("campaign")
    if not asked:
        _form(everyone, actor, None)
        _earlier()
        return
    try:
        shown = campaign.get(asked)
    except NotFound as error:
        st.query_params.pop("campaign")
        show_error(error)
        return
    if not shown.started and "change" in st.query_params:
        _form(everyone, actor, shown)
    elif shown.started:
        _results(asked, actor)
    else:
        _preview(shown, actor)


# ---- the form ------------------------------------------------------------------------------------------------


def _form(everyone: Sequence[Author], actor: Actor, old: View | None) -> None:
    if len(everyone) < 2:
        st.markdown("A campaign is one idea for several authors. Add a second author's writing first.")
        link("Add writing", "samples")
        return
    names = {a.id: a.name for a in everyone}
    doc = f"campaign.{old.campaign.id if old else 'new'}"
    typed = _begun(old) | drafts.kept(doc, actor)
    keep = functools.partial(drafts.keep, doc, actor)
    chosen = st.multiselect(
        "Authors", list(names), default=[a for a in typed["authors"] if a in names], format_func=names.__getitem__,
        key="campaign_authors", max_selections=campaign.MOST, placeholder="Choose two or more",
        on_change=_keep, args=("authors", keep),
    )  # fmt: skip
    fields(doc, LAYOUT, {field.name: str(typed.get(field.name) or "") for field in LAYOUT}, keep)
    teller = _teller(chosen, names, typed, keep)
    every = st.checkbox("Every author makes every key point", bool(typed.get("every")), key="campaign_every",
                        on_change=_keep, args=("every", keep))  # fmt: skip
    extra = {a: str(typed.get(ONLY + a) or "") for a in chosen}
    if chosen:
        own = [
            Field(ONLY + a, f"Only for {names[a]}", "Points that only they make, one a line", rows=2) for a in chosen
        ]
        fields(f"{doc}:{','.join(chosen)}", own, {ONLY + a: said for a, said in extra.items()}, keep)
    with st.container(horizontal=True):
        asked = st.button("Show who writes what", type="primary", key="campaign_plan")
        st.button("Empty the form", type="tertiary", key="campaign_empty", on_click=_empty, args=(doc, actor))
    if asked:
        said = {field.name: str(typed.get(field.name) or "") for field in LAYOUT}
        before = dict(old.campaign.fields) if old else {}
        _plan({**before, **said}, extra, actor, old, teller, every)


def _begun(old: View | None) -> dict[str, Any]:
    """What the form begins with where nothing was typed: the campaign that is changed, or nothing."""
    if old is None:
        return {"authors": []}
    told = [m.member.author for m in old.members if m.member.story]
    shared = {name: "\n".join(v) if isinstance(v, list) else v for name, v in old.campaign.fields.items()}
    return {
        **shared,
        "authors": [m.member.author for m in old.members],
        **({"teller": told[0] if len(told) == 1 else ""} if told else {}),
        **{ONLY + m.member.author: "\n".join(m.member.words) for m in old.members},
    }


def _keep(name: str, keep: Callable[[dict[str, Any]], None]) -> None:
    attempt(lambda: keep({name: st.session_state[f"campaign_{name}"]}))


def _empty(doc: str, actor: Actor) -> None:
    if attempt(lambda: drafts.drop(doc, actor), "The form is as it was at first."):
        for name in ("authors", "teller", "every"):
            st.session_state.pop(f"campaign_{name}", None)


def _teller(
    chosen: Sequence[str], names: dict[str, str], typed: Mapping[str, Any], keep: Callable[[dict[str, Any]], None]
) -> str:
    """Whose story it is: what happened to one author did not happen to the others."""
    if not chosen:
        return ""
    options, told = [*chosen, ""], typed.get("teller")
    start = options.index(told) if told in options else 0
    return st.selectbox(
        "Whose story is it?", options, start, format_func=lambda a: names.get(a, "Everyone's"), key="campaign_teller",
        help="Only they tell it. Choose “Everyone's” where all of them were there.",
        on_change=_keep, args=("teller", keep),
    )  # fmt: skip


def _plan(
    said: dict[str, Any], extra: dict[str, str], actor: Actor, old: View | None, teller: str, every: bool
) -> None:
    words = {a: [line.strip() for line in own.split("\n") if line.strip()] for a, own in extra.items()}
    read = {**said, "points": [line for line in str(said["points"]).split("\n") if line.strip()]}
    try:
        made = campaign.plan(read, words, actor, old.campaign.id if old else None, teller, every)
    except TimbreError as error:
        show_error(error)
        return
    drafts.drop(f"campaign.{old.campaign.id if old else 'new'}", actor)
    st.query_params.pop("change", None)
    st.query_params["campaign"] = made.id
    st.rerun()


def _earlier() -> None:
    found = campaign.listed()
    if not found:
        return
    st.markdown("**Campaigns so far**")
    for row in found:
        count = f"{len(row.members)} authors, {ago(row.created_at, now())}"
        link(f"{plain(row.title or 'Untitled')} :gray[{count}]", "ideas", campaign=row.id)


# ---- before it starts ----------------------------------------------------------------------------------------


def _preview(shown: View, actor: Actor) -> None:
    st.subheader(plain(shown.campaign.title or "Untitled"), anchor=False)
    evidence("Nothing is written yet. This is who writes what; the variants of each author begin with this angle.")
    for one in shown.members:
        _planned(one, shown.campaign.fields)
    with st.container(horizontal=True):
        st.button("Start", type="primary", key="campaign_start", on_click=_start, args=(shown.campaign.id, actor))
        st.button("Change", key="campaign_change", on_click=_change)


def _planned(one: Standing, shared: Mapping[str, Any]) -> None:
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(one.name)}** {plain(one.member.title)}")
        if one.member.lead:
            st.markdown(f"Leads with *“{plain(one.member.lead)}”*")
        if one.member.points[1:]:
            st.markdown(f"Also {plain(' · '.join(one.member.points[1:]))}")
        if one.member.story and shared.get("story"):
            st.markdown("Tells the story")
        evidence(one.member.why)
        for ask in campaign.questions(shared, one.member):
            st.markdown(f":orange[▲] {plain(ask.question)} {plain(ask.why)}")


def _change() -> None:
    st.query_params["change"] = "1"


def _start(campaign_id: str, actor: Actor) -> None:
    attempt(lambda: campaign.start(campaign_id, actor), "Started. You can leave this page: its address stays the same.")


# ---- once it has started -------------------------------------------------------------------------------------


def _results(campaign_id: str, actor: Actor) -> None:
    shown = campaign.get(campaign_id)
    st.subheader(plain(shown.campaign.title or "Untitled"), anchor=False)
    if any(m.run is not None and m.run.status in LIVE for m in shown.members):
        _live(campaign_id)
    else:
        for one in shown.members:
            _ran(one)
    if shown.missing:
        st.button(f"Start the other {shown.missing}" if shown.missing > 1 else "Start the last one", type="primary",
                  key="campaign_rest", on_click=_start, args=(campaign_id, actor))  # fmt: skip
    _alike(shown)


@st.fragment(run_every=2)
@answered
def _live(campaign_id: str) -> None:
    shown = campaign.get(campaign_id)
    if not any(m.run is not None and m.run.status in LIVE for m in shown.members):
        st.rerun()
    for one in shown.members:
        _ran(one)


def _ran(one: Standing) -> None:
    with st.container(border=True, gap="small"):
        state = status_text(run_state(one.run)) if one.run else status_text("off", "Not started")
        st.markdown(f"**{plain(one.name)}** {plain(one.member.title)} {state}")
        if one.run and one.run.message:
            evidence(f"{one.run.message} {one.run.hint}".strip())
        if one.variant:
            lines = [line for line in one.variant.text.split("\n") if line.strip()]
            st.markdown(f"*“{plain(short(' '.join(lines), 280))}”*")
        if one.run:
            link("Open the run", "generate", run=one.run.id, author=one.member.author)


def _alike(shown: View) -> None:
    """How alike the authors' posts are, the most alike first."""
    if not shown.alike:
        return
    one, other, share = shown.alike[0]
    if share >= ALIKE:
        st.markdown(
            f":orange[▲] {plain(one)} and {plain(other)} share {100 * share:.0f} in 100 runs of three words. "
            "Readers who follow both will notice: edit one of the two."
        )
    rows = [{"Author": a, "and": b, "Runs of three words in common, in 100": round(100 * s)} for a, b, s in shown.alike]
    with st.expander("How alike the posts are", expanded=share >= ALIKE):
        st.dataframe(rows, hide_index=True, width="stretch")
        evidence("The key points stand word for word in each post, so some of it is always shared.")
