"""Asking for a picture: who makes it, the prompt as it is sent, what it costs; beside it what has come."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.images import brand, pictures, prompting
from core.images.pictures import Offer
from core.images.prompting import LOOKS, Prompt
from core.images.provider import Model
from core.images.wishes import Wish
from core.review.lifecycle import has_role
from core.store.tables import Author, Post
from pages.ui.images_card import SIZE_NAMES, begin
from pages.ui.images_post import chosen_post
from pages.ui.images_runs import newest, runs_part
from pages.ui.images_worded import taken, wording
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
        _ask(here, author, post, any(view.images for view in views))
    with right:
        runs_part(here, views, post)


def _ask(here: Here, author: Author, post: Post | None, came: bool) -> None:
    offers = pictures.offers()
    key = f"pic_{post.id if post else author.id}"
    ready = [offer for offer in offers if offer.health.ready]
    if not ready:
        _card_instead(here, author, post)
    offer = _offer(offers, key)
    model = _model(offer, key)
    wish = _wish(author, offer, model, key)
    prompt = _prompt(author, post, wish, model, key)
    wording(here, author, post, wish, key)
    _send(here, author, post, offer, wish, prompt, came)


def _card_instead(here: Here, author: Author, post: Post | None) -> None:
    """A post never lacks its image because a key does."""
    with st.container(border=True):
        st.markdown("**No image model is set up.** What is missing is said below.")
        if post is not None and post.text.strip():
            begin(post, author, here.actor, width="7rem")
        else:
            link("Make a card instead", "images", part="Card")


def _offer(offers: list[Offer], key: str) -> Offer:
    named = {offer.name: offer for offer in offers}
    name = st.selectbox(
        "Made by", list(named), key=f"{key}_provider",
        format_func=lambda n: named[n].title + ("" if named[n].health.ready else " · not set up"),
    )  # fmt: skip
    offer = named[str(name)]
    if offer.ability.note:
        evidence(offer.ability.note)
    if not offer.health.ready:
        st.markdown(f":orange[▲ {plain(offer.health.why)}] {plain(offer.health.hint)}")
    return offer


def _model(offer: Offer, key: str) -> Model:
    models = {model.id: model for model in offer.ability.models}
    if len(models) < 2:
        return offer.ability.models[0] if models else Model("", offer.title, negative=True)
    chosen = st.selectbox("Model", list(models), key=f"{key}_model_{offer.name}",
                          format_func=lambda one: models[one].title or one)  # fmt: skip
    return models[str(chosen)]


def _wish(author: Author, offer: Offer, model: Model, key: str) -> Wish:
    size = st.segmented_control("Size", list(SIZE_NAMES), default="portrait", required=True, key=f"{key}_size",
                                format_func=SIZE_NAMES.__getitem__)  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        look = st.selectbox("Look", list(LOOKS), key=f"{key}_look")
        n = st.number_input("How many", 1, model.most, min(2, model.most), key=f"{key}_n_{model.id}", width=140)
    likeness = _likeness(author, offer, model, key)
    graded = st.toggle(
        "Lay the brand's colours over it", value=bool(brand.grade(author.id)), key=f"{key}_graded",
        help="The grade of the brand kit. You see it with and without, and may change your mind.",
    )  # fmt: skip
    seed, steps = _more(model, key)
    return Wish(offer.name, model.id, str(size), int(n), seed, steps, likeness, None, graded, look=str(look))


def _likeness(author: Author, offer: Offer, model: Model, key: str) -> bool:
    """Whether the author is to be in it; where that cannot be, why, only if the model could."""
    named = pictures.person(author.id, offer.name)
    if not model.adapters:
        able = next((one.title or one.id for one in offer.ability.models if one.adapters), "")
        if named and able:
            evidence(f"To show {author.name}, choose {able}.")
        return False
    if not named:
        evidence(pictures.no_likeness(author.id, offer.name))
        return False
    return st.toggle(f"Show {plain(author.name)}", key=f"{key}_likeness",
                     help=f"By the likeness in use. The prompt says “{named}” for them.")  # fmt: skip


def _more(model: Model, key: str) -> tuple[int | None, int | None]:
    if not model.seeds and model.steps is None:
        return None, None
    with st.expander("More"):
        seed = steps = None
        if model.seeds:
            seed = st.number_input("Seed", 0, pictures.LARGEST_SEED, None, 1, key=f"{key}_seed",
                                   help="The same seed, the same picture. Empty: a new one every time.")  # fmt: skip
        if model.steps is not None:
            least, usual, most = model.steps
            steps = st.slider("Steps", least, most, usual, key=f"{key}_steps_{model.id}",
                              help="More take longer; beyond the usual number little is gained.")  # fmt: skip
    return None if seed is None else int(seed), steps


# ---- the prompt ----------------------------------------------------------------------------------------------


def _prompt(author: Author, post: Post | None, wish: Wish, model: Model, key: str) -> Prompt:
    """The prompt as it is sent: a proposal that follows the choices above until somebody types."""
    person = pictures.person(author.id, wish.provider) if wish.likeness else ""
    proposal = prompting.propose(post.text if post else "", brand.kit(author.id), author.name, wish.look, person)
    text, last, negative, version = (f"{key}_{name}" for name in ("prompt", "proposed", "negative", "version"))
    if worded := taken(key):
        st.session_state[text], st.session_state[negative], st.session_state[version] = (
            worded.text, worded.negative, worded.version,
        )  # fmt: skip
    if st.session_state.get(text, "") in ("", st.session_state.get(last)):
        st.session_state[text], st.session_state[version] = proposal.text if post else "", proposal.version
    st.session_state[last] = proposal.text
    st.session_state.setdefault(negative, proposal.negative)
    st.text_area(
        "What should be seen", key=text, height=150, max_chars=min(model.longest, prompting.LONGEST),
        help="This is sent as it stands, in English best. It was put together from the post by rule: change it.",
    )  # fmt: skip
    if st.session_state[text] != proposal.text and post:
        st.button("Propose it anew", key=f"{key}_anew", type="tertiary", on_click=_anew, args=(text, proposal.text))
    if model.negative:
        st.text_input("What must not be seen", key=negative, max_chars=prompting.LONGEST)
    else:
        evidence(f"{model.title or model.id} takes no list of what must not be seen: say what should be there instead.")
    said = Prompt(st.session_state[text], st.session_state[negative], st.session_state[version])
    if strangers := prompting.named(said.text, post.text if post else "", author.name, person):
        st.markdown(f":orange[▲ It names {plain(', '.join(strangers))}.] A model invents faces and logos for names.")
    return said


def _anew(text: str, proposal: str) -> None:
    st.session_state[text] = proposal


# ---- sending -------------------------------------------------------------------------------------------------


def _send(here: Here, author: Author, post: Post | None, offer: Offer, wish: Wish, prompt: Prompt, came: bool) -> None:
    count = "the picture" if wish.n == 1 else f"{wish.n} pictures"
    blocked = not offer.health.ready or not has_role(here.actor, "editor") or not prompt.text.strip()
    with st.container(horizontal=True, vertical_alignment="center"):
        kind: Literal["primary", "secondary"] = "secondary" if came else "primary"  # then using it is the main thing
        st.button(f"Make {count}", type=kind, key="pic_make", disabled=blocked, on_click=_make,
                  args=(here, author.id, post.id if post else None, wish, prompt))  # fmt: skip
        if offer.health.ready:
            evidence(pictures.price(wish, prompt).said)
    evidence("What comes is marked as made by a model, here and in its file.")


def _make(here: Here, author_id: str, post_id: str | None, wish: Wish, prompt: Prompt) -> None:
    attempt(lambda: pictures.ask(author_id, post_id, wish, prompt, here.actor))
