"""Having the language model in use word the prompt, where it can; its words go into the field, to be read."""

from __future__ import annotations

import streamlit as st

from core import llm
from core.errors import NotFound, TimbreError
from core.images import pictures
from core.images.wishes import Wish
from pages.ui.images_form import Form
from pages.ui.notice import answered, attempt
from pages.ui.pieces import evidence, plain


def wording(form: Form, wish: Wish) -> None:
    """The button, then how far it is. Nothing where the model in use is too small for it, or there is no post."""
    try:
        able = form.post is not None and not llm.active().small and form.may
    except TimbreError:
        able = False  # the shell says what is wrong with the setting
    if not able:
        return
    if job := form.kept.get("wording"):
        _watch(str(job), form)
        return
    st.button("Have the model word it", key=f"{form.key}_word", on_click=_word, args=(form, wish),
              help="It reads the post and writes what should be seen into the field above.")  # fmt: skip


def _word(form: Form, wish: Wish) -> None:
    def work() -> None:
        if form.post is not None:
            form.put({"wording": pictures.word(form.author.id, form.post.id, wish, form.actor)})

    attempt(work)


@st.fragment(run_every=1.0)
@answered
def _watch(job_id: str, form: Form) -> None:
    try:
        job, prompt = pictures.worded(job_id)
    except NotFound:  # it is long gone
        _taken(form)
        return
    if prompt is not None:
        _taken(form, prompt=prompt.text, negative=prompt.negative, version=prompt.version)
    if job.status in ("failed", "cancelled"):
        st.markdown(f":orange[▲ {plain(job.message or 'It was stopped.')}] {plain(job.hint or '')}")
        st.button("All right", key=f"{form.key}_word_seen", type="tertiary", on_click=_seen, args=(form,))
        return
    evidence("The language model describes a picture for the post. You may go on meanwhile.")


def _taken(form: Form, **words: str) -> None:
    form.put({**words, "wording": None})
    st.rerun()


def _seen(form: Form) -> None:
    attempt(lambda: form.put({"wording": None}))
