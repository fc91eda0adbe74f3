"""Having the language model in use word the prompt, where it can; its words go into the field, to be read."""

from __future__ import annotations

import streamlit as st

from core import llm
from core.errors import TimbreError
from core.images import pictures
from core.images.prompting import Prompt
from core.images.wishes import Wish
from core.review.lifecycle import has_role
from core.store.tables import Author, Post
from pages.ui.notice import answered, attempt
from pages.ui.pieces import evidence, plain
from pages.ui.shell import Here


def wording(here: Here, author: Author, post: Post | None, wish: Wish, key: str) -> None:
    """The button, then how far it is. Nothing where the model in use is too small for it, or there is no post."""
    try:
        able = post is not None and not llm.active().small and has_role(here.actor, "editor")
    except TimbreError:
        able = False  # the shell says what is wrong with the setting
    if post is None or not able:
        return
    job = st.session_state.get(f"{key}_wording")
    if job is None:
        st.button("Have the model word it", key=f"{key}_word", on_click=_word, args=(here, author, post, wish, key),
                  help="It reads the post and writes what should be seen into the field above.")  # fmt: skip
        return
    _watch(job, key)


def _word(here: Here, author: Author, post: Post, wish: Wish, key: str) -> None:
    def work() -> None:
        st.session_state[f"{key}_wording"] = pictures.word(author.id, post.id, wish, here.actor)

    attempt(work)


@st.fragment(run_every=1.0)
@answered
def _watch(job_id: str, key: str) -> None:
    job, prompt = pictures.worded(job_id)
    if prompt is not None:
        st.session_state[f"{key}_wording"] = None
        st.session_state[f"{key}_worded"] = prompt
        st.rerun()
    if job.status in ("failed", "cancelled"):
        st.markdown(f":orange[▲ {plain(job.message or 'It was stopped.')}] {plain(job.hint or '')}")
        st.button("All right", key=f"{key}_word_seen", type="tertiary", on_click=_seen, args=(key,))
        return
    evidence("The language model describes a picture for the post. You may go on meanwhile.")


def _seen(key: str) -> None:
    st.session_state[f"{key}_wording"] = None


def taken(key: str) -> Prompt | None:
    """What the model has worded, once: it goes into the fields before they are drawn."""
    found = st.session_state.pop(f"{key}_worded", None)
    return found if isinstance(found, Prompt) else None
