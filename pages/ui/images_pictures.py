"""Asking for a picture: who makes it, the prompt as it is sent, what it costs; beside it what has come."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.images import brand, pictures, provider
from core.images.pictures import Offer
from core.images.prompting import LOOKS, Prompt
from core.images.provider import Model
from core.images.wishes import Wish
from core.store.tables import Author, Post
from pages.ui.images_card import SIZE_NAMES, begin
from pages.ui.images_form import Form
from pages.ui.images_post import chosen_post
from pages.ui.images_prompt import prompt_part, typed
from pages.ui.images_runs import newest, runs_part
from pages.ui.images_worded import wording
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, link, plain
from pages.ui.shell import Here


def picture_panel(here: Here) -> None:
    """A picture for the chosen post: asked for on the left, what has come on the right."""
    author = here.author
    if author is None:
        return
    post = chosen_post(here)
    views = newest(author, post)
    left, right = st.columns([5, 6], gap="large")
    with left:
        _ask(here, Form(author, post, here.actor), any(view.images for view in views))
    with right:
        runs_part(here, views, post)


def _ask(here: Here, form: Form, came: bool) -> None:
    offers = pictures.offers()
    ready = any(offer.health.ready for offer in offers)
    if not ready:
        _card_instead(here, form.author, form.post, offers[0])
    words, choices, sending = st.container(), st.container(), st.container()  # the words first; they follow the rest
    with st.expander("Made by, and more", expanded=not ready, key=f"{form.key}_more"):
        offer = _offer(offers, form)
        model = _model(offer, form)
        more = st.container()
    with choices:
        wish = _wish(offer, model, form, more)
    with words:
        prompt = prompt_part(form, wish, model)
        wording(form, wish)
    with sending:
        _send(form, offer, model, wish, prompt, came)


def _card_instead(here: Here, author: Author, post: Post | None, nearest: Offer) -> None:
    """A post never lacks its image because a key does."""
    with st.container(border=True):
        st.markdown(f"**No image model is set up.** {plain(nearest.health.hint)}")
        if len(provider.PROVIDERS) > 1:
            evidence("What the others need stands below, under “Made by”.")
        if post is not None and post.text.strip():
            begin(post, author, here.actor, width="7rem")
        else:
            link("Make a card instead", "images", part="Card")


def _offer(offers: list[Offer], form: Form) -> Offer:
    named = {offer.name: offer for offer in offers}
    key = form.widget("provider", offers[0].name, named)
    name = st.selectbox(
        "Made by", list(named), key=key, on_change=form.keep, args=("provider",), disabled=not form.may,
        format_func=lambda n: named[n].title + ("" if named[n].health.ready else " · not set up"),
    )  # fmt: skip
    offer = named[str(name)]
    if offer.ability.note:
        evidence(offer.ability.note)
    if not offer.health.ready:
        st.markdown(f":orange[▲ {plain(offer.health.why)}] {plain(offer.health.hint)}")
    return offer


def _model(offer: Offer, form: Form) -> Model:
    models = {model.id: model for model in offer.ability.models}
    if len(models) < 2:
        return offer.ability.models[0] if models else Model("", offer.title, negative=True)
    key = form.widget("model", offer.ability.models[0].id, models, offer.name)
    chosen = st.selectbox("Model", list(models), key=key, on_change=form.keep, args=("model", offer.name),
                          format_func=lambda one: models[one].title or one, disabled=not form.may)  # fmt: skip
    return models[str(chosen)]


def _wish(offer: Offer, model: Model, form: Form, more: DeltaGenerator) -> Wish:
    """What is chosen beside the words; what most people leave as it is stands in `more`."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        look = st.selectbox("Look", list(LOOKS), key=form.widget("look", next(iter(LOOKS)), LOOKS), width=200,
                            on_change=form.keep, args=("look",), disabled=not form.may)  # fmt: skip
        many = form.widget("n", min(2, model.most), range(1, model.most + 1), model.id)
        n = st.number_input("How many", 1, model.most, key=many, on_change=form.keep, args=("n", model.id), width=120,
                            disabled=not form.may)  # fmt: skip
    size = st.segmented_control(
        "Size", list(SIZE_NAMES), required=True, key=form.widget("size", "portrait", SIZE_NAMES), on_change=form.keep,
        args=("size",), format_func=SIZE_NAMES.__getitem__, disabled=not form.may,
    )  # fmt: skip
    likeness = _likeness(offer, model, form, more)
    with more:
        graded = st.toggle(
            "Lay the brand's colours over it", key=form.widget("graded", bool(brand.grade(form.author.id))),
            on_change=form.keep, args=("graded",), disabled=not form.may,
            help="The grade of the brand kit. You see it with and without, and may change your mind.",
        )  # fmt: skip
        seed, steps = _seed(model, form), _steps(model, form)
    return Wish(offer.name, model.id, str(size), int(n), seed, steps, likeness, None, graded, look=str(look))


def _likeness(offer: Offer, model: Model, form: Form, more: DeltaGenerator) -> bool:
    """Whether the author is to be in it; where that cannot be, why, only if the model could."""
    author = form.author
    named = pictures.person(author.id, offer.name)
    if not model.adapters:
        able = next((one.title or one.id for one in offer.ability.models if one.adapters), "")
        if named and able:
            evidence(f"To show {author.name}, choose {able} below.")
        return False
    if not named:
        with more:
            evidence(pictures.no_likeness(author.id, offer.name))
        return False
    return st.toggle(f"Show {plain(author.name)}", key=form.widget("likeness", False), on_change=form.keep,
                     args=("likeness",), disabled=not form.may,
                     help=f"By the likeness in use. The prompt says “{named}” for them.")  # fmt: skip


def _seed(model: Model, form: Form) -> int | None:
    if not model.seeds:
        return None
    most = pictures.LARGEST_SEED
    seed = st.number_input("Seed", 0, most, None, 1, key=form.widget("seed", None, range(most + 1)),
                           on_change=form.keep, args=("seed",), disabled=not form.may,
                           help="The same seed, the same picture. Empty: a new one every time.")  # fmt: skip
    return None if seed is None else int(seed)


def _steps(model: Model, form: Form) -> int | None:
    if model.steps is None:
        return None
    least, usual, most = model.steps
    steps = st.slider("Steps", least, most, key=form.widget("steps", usual, range(least, most + 1), model.id),
                      on_change=form.keep, args=("steps", model.id), disabled=not form.may,
                      help="More take longer; beyond the usual number little is gained.")  # fmt: skip
    return int(steps)


# ---- sending -------------------------------------------------------------------------------------------------


def _send(form: Form, offer: Offer, model: Model, wish: Wish, prompt: Prompt | None, came: bool) -> None:
    """The button and what it costs; `prompt` is None where it cannot be sent as it stands."""
    count = "the picture" if wish.n == 1 else f"{wish.n} pictures"
    blocked = not offer.health.ready or not form.may or prompt is None
    with st.container(horizontal=True, vertical_alignment="center"):
        kind: Literal["primary", "secondary"] = "secondary" if came else "primary"  # then using it is the main thing
        st.button(f"Make {count}", type=kind, key="pic_make", disabled=blocked, on_click=_make, args=(form, wish))
        if offer.health.ready and prompt is not None:
            evidence(pictures.price(wish, prompt).said)
    by = f"{offer.title}, {model.title}" if len(offer.ability.models) > 1 else offer.title
    evidence(f"Made by: {by}. What comes is marked as made by a model, here and in its file.")


def _make(form: Form, wish: Wish) -> None:
    """What the browser sent along with the click is kept first: what is asked for is what stands on the screen."""
    post_id = form.post.id if form.post else None

    def work() -> None:
        pictures.ask(form.author.id, post_id, wish, typed(form, wish), form.actor)

    attempt(work)
