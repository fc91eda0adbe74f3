"""The persona card on the screen: sections in two columns, each line with its evidence and a way to correct it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core import authors, persona, samples
from core.persona import Card, CardLine
from core.persona.export import to_json, to_markdown
from core.persona.fields import EXPLAINED, SECTIONS
from core.persona.habits import ENOUGH
from core.persona.sliders import position
from core.store import Actor
from core.store.tables import Author
from pages.ui.notice import attempt
from pages.ui.persona_edit import correct
from pages.ui.pieces import empty_state, link, plain
from pages.ui.post_card import linkedin_card

VIEWS = ("Card", "Push and answers", "Phrases", "Lessons", "Versions")
LEFT, RIGHT = ("identity", "tone", "lexicon"), ("cadence", "structure")


def opened(author: Author, actor: Actor) -> Card | None:
    """The author's card; the first one is derived here, once, where there are samples enough. Else None."""
    card = persona.current(author.id)
    if card is None and samples.counts().get(author.id, 0) >= ENOUGH and actor.role != "reader":
        with st.spinner(f"Reading what {author.name} wrote…"):
            persona.derive(author.id, actor)
        card = persona.current(author.id)
    return card


def too_little(author: Author, actor: Actor) -> None:
    """No card yet: what is missing, and the two ways on."""
    count = samples.counts().get(author.id, 0)
    have = "no samples" if count == 0 else f"{count} {'sample' if count == 1 else 'samples'}"
    sentence = f"{author.name} has {have} so far; with {ENOUGH} or more, Timbre describes how they write."
    empty_state(sentence, "Add writing", "samples")
    if actor.role != "reader":
        st.button(
            "Write the card by hand",
            key="persona_by_hand",
            help="Every line starts empty and you fill in what you know. Samples added later fill in the rest.",
            on_click=_by_hand,
            args=(author.id, actor),
        )


def _by_hand(author_id: str, actor: Actor) -> None:
    attempt(lambda: persona.derive(author_id, actor))


def head(card: Card, actor: Actor) -> None:
    """What the card rests on, whether it is behind the samples, and what can be done with all of it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"Version {card.version} · {plain(card.basis)} · {card.at.day} {card.at:%b %Y} · {plain(card.by)}")
        with st.popover("Export", type="tertiary"):
            name = "".join(c if c.isalnum() else "-" for c in card.author.lower()).strip("-") or "persona"
            _download("Markdown", lambda: to_markdown(card), f"{name}.md", "text/markdown")
            _download("JSON", lambda: to_json(card), f"{name}.json", "application/json")
        if actor.role != "reader" and not _behind(card):
            _derive_button(card, actor, "tertiary")
    if behind := _behind(card):
        with st.container(horizontal=True, vertical_alignment="center", key="persona_behind"):
            st.markdown(f":orange[▲ **{behind}**]")
            if actor.role != "reader":
                _derive_button(card, actor, "secondary")


def _download(label: str, data: Callable[[], str], file_name: str, mime: str) -> None:
    st.download_button(label, data, file_name, mime, key=f"persona_as_{mime}", type="tertiary", on_click="ignore")


def _behind(card: Card) -> str:
    said = []
    if card.added:
        said.append(f"{card.added:,} {'sample' if card.added == 1 else 'samples'} came in since")
    if card.removed:
        said.append(f"{card.removed:,} {'was' if card.removed == 1 else 'were'} taken out since")
    return f"{' and '.join(said)}: derive again." if said else ""


def _derive_button(card: Card, actor: Actor, kind: str) -> None:
    st.button(
        "Derive again",
        key="persona_derive",
        type="tertiary" if kind == "tertiary" else "secondary",
        help="Reads the samples anew. Your corrections and sliders stay as they are.",
        on_click=_derive,
        args=(card, actor),
    )


def _derive(card: Card, actor: Actor) -> None:
    def work() -> None:
        made = persona.derive(card.author_id, actor)
        same = made.version == card.version
        st.session_state["persona_derived"] = (
            f"Nothing changed: version {made.version} still holds." if same else f"Version {made.version} is written."
        )

    if attempt(work):
        attempt(lambda: None, st.session_state.pop("persona_derived"))


def view() -> str:
    """Which view is open; the URL says so, too."""
    tabs = st.tabs(VIEWS, key="persona_view", on_change="rerun", bind="query-params")
    return next((name for name, tab in zip(VIEWS, tabs, strict=True) if tab.open), VIEWS[0])


def card_view(card: Card, author: Author, actor: Actor) -> None:
    """The card itself."""
    may = actor.role != "reader"
    for column, names in zip(st.columns(2, gap="medium"), (LEFT, RIGHT), strict=True):
        with column:
            for name in names:
                with st.container(border=True):
                    st.subheader(SECTIONS[name], anchor=False, help=EXPLAINED.get(name))
                    if name == "identity":
                        _answers(card)
                        if said := authors.reviewers(author):
                            st.markdown(plain(said))
                    for one in card.section(name):
                        _line(one, card, actor, may)
    if card.sliders:
        moved = ", ".join(position(name, value) for name, value in card.sliders.items())
        st.markdown(f"**Pushed:** {plain(moved)}. :small[:gray[Given to every draft on top of the card.]]")
    _passages(card, author)


def _answers(card: Card) -> None:
    said = [
        card.questionnaire[name] for name in ("role", "audience", "expertise", "goals") if card.questionnaire.get(name)
    ]
    if not said:
        st.markdown(":small[:gray[Role, audience and goals are not answered yet: see Push and answers.]]")
    for label, name in (("Role", "role"), ("Audience", "audience"), ("Expertise", "expertise"), ("Goals", "goals")):
        if answer := card.questionnaire.get(name):
            st.markdown(f"**{label}** {plain(answer)}  \n:small[:gray[as answered]]")


def _line(one: CardLine, card: Card, actor: Actor, may: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
        st.markdown(_text(one), width="stretch")
        if may and st.button(
            "Correct",
            key=f"persona_correct_{one.path}",
            type="tertiary",
            help=f"Correct: {one.line.label}",
        ):
            correct(one, card, actor)


def _text(one: CardLine) -> str:
    figure = f" · {one.figure}" if one.figure else ""
    if one.edit is None:
        text = plain(one.text) if one.known else f":gray[{plain(one.text)}]"
        return f"**{one.line.label}** {text}" + (f"  \n:small[:gray[{plain(one.figure)}]]" if one.figure else "")
    when = f"{one.edit.at.day} {one.edit.at:%b %Y}"
    said = f"  \n:small[:gray[corrected by {plain(one.edit.by)}, {when}]]"
    was = f"  \n:small[:gray[samples say: ~~{plain(one.derived_text)}~~{plain(figure)}]]" if one.derived_text else ""
    return f"**{one.line.label}** {plain(one.text)}{said}{was}"


def _passages(card: Card, author: Author) -> None:
    if not card.passages:
        return
    st.subheader("In their own words", anchor=False)
    columns = st.columns(2, gap="medium")
    for number, passage in enumerate(card.passages):
        with columns[number % 2]:
            date = f" · {passage.date.day} {passage.date:%b %Y}" if passage.date else ""
            st.markdown(f":small[{plain(passage.reason)}{date}]")
            linkedin_card(author.name, author.headline, passage.text)
    link("See all samples", "samples")
