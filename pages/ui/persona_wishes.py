"""What people add to a persona card: the sliders that push a voice, and the answers that no sample can give."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core import persona
from core.persona import Card
from core.persona.questionnaire import QUESTIONS, SENSITIVE
from core.persona.sliders import REACH, SLIDERS, position
from core.store import Actor
from pages.ui.notice import attempt

STEPS = range(-REACH, REACH + 1)


def wishes(card: Card, actor: Actor) -> None:
    """Sliders on the left, the questionnaire on the right; each saved by its button as a new version."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Push the voice", anchor=False)
        st.caption("Starts from how they write. Each slider is handed to every draft as an instruction.")
        _sliders(card, actor)
    with right:
        st.subheader("What no sample can tell", anchor=False)
        st.caption("A few short answers. Drafts are written for this reader, from this position.")
        _questions(card, actor)


def _sliders(card: Card, actor: Actor) -> None:
    with st.form("persona_sliders", border=False):
        for name, slider in SLIDERS.items():
            st.select_slider(
                f"{slider.low.capitalize()} or {slider.high}",
                STEPS,
                card.sliders.get(name, 0),
                format_func=partial(position, name),
                key=f"persona_slider_{card.author_id}_{name}",
            )
        st.form_submit_button(
            "Save the sliders",
            disabled=actor.role == "reader",
            on_click=_save_sliders,
            args=(card.author_id, actor),
        )


def _save_sliders(author_id: str, actor: Actor) -> None:
    values = {name: int(st.session_state[f"persona_slider_{author_id}_{name}"]) for name in SLIDERS}
    attempt(
        lambda: persona.set_sliders(author_id, values, actor), "The sliders are saved; drafts follow them from now on."
    )


def _questions(card: Card, actor: Actor) -> None:
    with st.form("persona_questions", border=False):
        for name, question in QUESTIONS.items():
            key, answer = f"persona_answer_{card.author_id}_{name}", card.questionnaire.get(name, "")
            if name == "sensitive":
                at = list(SENSITIVE).index(answer or "ask")
                st.radio(
                    question,
                    list(SENSITIVE),
                    at,
                    format_func=SENSITIVE.__getitem__,
                    key=key,
                    horizontal=True,
                    help="Politics, religion, illness of named people, conflicts: what a reviewer would stop at.",
                )
            else:
                st.text_input(question, answer, max_chars=600, key=key)
        st.form_submit_button(
            "Save the answers",
            disabled=actor.role == "reader",
            on_click=_save_answers,
            args=(card.author_id, actor),
        )


def _save_answers(author_id: str, actor: Actor) -> None:
    answers = {name: st.session_state[f"persona_answer_{author_id}_{name}"] for name in QUESTIONS}
    attempt(lambda: persona.set_questionnaire(author_id, answers, actor), "The answers are saved.")
