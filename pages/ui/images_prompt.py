"""The words of the picture form: what should be seen and what must not be, kept as they are typed."""

from __future__ import annotations

import functools
from dataclasses import replace

import streamlit as st

from core.images import brand, pictures, prompting
from core.images.prompting import Prompt
from core.images.provider import Model
from core.images.wishes import Wish
from pages.ui.editor import Field, fields, fields_received
from pages.ui.images_form import Form
from pages.ui.notice import attempt
from pages.ui.pieces import evidence

SEEN = Field("prompt", "What should be seen", wide=True, rows=4)
SENT = "This is sent as it stands, in English best."
RULE = f"{SENT} It was put together from the post by rule: change it."
UNSEEN = Field("negative", "What must not be seen", wide=True)


def prompt_part(form: Form, wish: Wish, model: Model) -> Prompt | None:
    """The prompt as it is sent: a proposal that follows the choices above until somebody types. None: it cannot be."""
    proposal = _proposed(form, wish)
    said = _now(form, proposal)
    seen = replace(SEEN, help=RULE if form.post and said.text == proposal.text else SENT)
    layout = [seen, UNSEEN] if model.negative else [seen]
    long = _too_long(said, model)
    if form.may:
        notes = {"prompt": " ".join(filter(None, [long, _strangers(form, wish, said)]))}
        values = {"prompt": said.text, "negative": said.negative}
        fields(_key(form), layout, values, functools.partial(_save, form, proposal), notes)
    else:
        for field in layout:
            st.text_area(field.label, said.text if field is seen else said.negative, disabled=True)
    if form.may and form.post and said.text != proposal.text:
        st.button("Propose it anew", key=f"{form.key}_anew", type="tertiary", on_click=_anew, args=(form,))
    if not model.negative:
        evidence(f"{model.title or model.id} takes no list of what must not be seen: say what should be there instead.")
    return said if said.text.strip() and not long else None


def typed(form: Form, wish: Wish) -> Prompt:
    """For a button's callback: the prompt with what the browser sent along with the click."""
    proposal = _proposed(form, wish)
    fields_received(_key(form), functools.partial(_save, form, proposal))
    return _now(form, proposal)


def _key(form: Form) -> str:
    return f"{form.key}_words"


def _proposed(form: Form, wish: Wish) -> Prompt:
    person = pictures.person(form.author.id, wish.provider) if wish.likeness else ""
    text = form.post.text if form.post else ""
    return prompting.propose(text, brand.kit(form.author.id), form.author.name, wish.look, person)


def _now(form: Form, proposal: Prompt) -> Prompt:
    """What is kept, else the proposal; without a post there is none to begin from."""
    text, negative = form.kept.get("prompt"), form.kept.get("negative")
    return Prompt(
        (proposal.text if form.post else "") if text is None else str(text),
        proposal.negative if negative is None else str(negative),
        proposal.version if text is None else str(form.kept.get("version") or proposal.version),
    )


def _save(form: Form, proposal: Prompt, changes: dict[str, str]) -> None:
    """Keep what was typed; what is as it was proposed goes on following the choices."""
    own = {name: None if value == getattr(proposal, {"prompt": "text"}.get(name, name)) else value
           for name, value in changes.items()}  # fmt: skip
    if "prompt" in own:
        own["version"] = None if own["prompt"] is None else str(form.kept.get("version") or proposal.version)
    form.put(own)


def _anew(form: Form) -> None:
    attempt(lambda: form.put({"prompt": None, "version": None}))


def _too_long(said: Prompt, model: Model) -> str:
    most = min(model.longest, prompting.LONGEST)
    if (over := len(said.text) - most) <= 0:
        return ""
    words = max(1, len(said.text[most:].split()))
    by = "a word" if words == 1 else f"{words:,} words"
    return f"It is {over:,} characters too long for {model.title or model.id}, about {by}: shorten it."


def _strangers(form: Form, wish: Wish, said: Prompt) -> str:
    person = pictures.person(form.author.id, wish.provider) if wish.likeness else ""
    found = prompting.named(said.text, form.post.text if form.post else "", form.author.name, person)
    return f"It names {', '.join(found)}. A model invents faces and logos for names." if found else ""
