"""Consent on the page: a new set with it, where it stands, giving it again, taking it back."""

from __future__ import annotations

import streamlit as st

from core.errors import Invalid
from core.images import captions, consent, photos
from core.review.lifecycle import has_role
from core.store.tables import Author
from core.store.tables_images import PhotoSet
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain
from pages.ui.shell import Here


def begin(author: Author, here: Here, title: bool = True) -> None:
    """Whom the photos will show, and that they agree: nothing is taken before."""
    if title:
        st.subheader(plain(f"No photos of {author.name} yet"), anchor=False)
        evidence("From 3 to 20 photos an image model learns what a person looks like. First they have to agree.")
    if not has_role(here.actor, "editor"):
        evidence("A reader may look, but not add. Ask an editor or an approver of your team.")
        return
    key = f"photos_new_{author.id}_{'first' if title else 'more'}"
    who = st.text_input("Whom do the photos show?", author.name if author.kind == "person" else "", key=f"{key}_who",
                        max_chars=200, width=420)  # fmt: skip
    st.segmented_control("In a picture's description they are a", captions.SUBJECTS, default="person", required=True,
                         key=f"{key}_subject", help="A word that the model knows already.")  # fmt: skip
    _fields(key, who or "the person", author)
    st.button("Begin with photos", type="primary" if title else "secondary", key=key, on_click=_begin,
              args=(author, key, here))  # fmt: skip


def _begin(author: Author, key: str, here: Here) -> None:
    said = st.session_state

    def work() -> None:
        _agreed(key)
        row = photos.create(author.id, said[f"{key}_who"], here.actor, said[f"{key}_subject"])
        consent.give(row.id, said[f"{key}_by"] or said[f"{key}_who"], said[f"{key}_words"], here.actor,
                     int(said[f"{key}_days"]))  # fmt: skip

    attempt(work, "The consent is recorded. Add photos now.")


def _fields(key: str, who: str, author: Author) -> None:
    """The words, by whom, for how long, and the tick without which nothing is recorded."""
    proposed = consent.words(who, author.name)
    if st.session_state.get(f"{key}_proposed") != proposed:  # the name has changed: the words follow, unless edited
        if st.session_state.get(f"{key}_words") in (None, st.session_state.get(f"{key}_proposed")):
            st.session_state[f"{key}_words"] = proposed
        st.session_state[f"{key}_proposed"] = proposed
    st.text_area("What they agree to", key=f"{key}_words", height=150, max_chars=consent.MOST_WORDS)
    with st.container(horizontal=True, gap="small"):
        st.text_input("Who said so?", key=f"{key}_by", placeholder=who, max_chars=200, width=320,
                      help="The person themselves, or who holds their written consent.")  # fmt: skip
        st.number_input("For how many days", 1, consent.MOST_DAYS, consent.DAYS, key=f"{key}_days", width=160)
    st.checkbox(plain(f"{who} has read this and agrees"), key=f"{key}_agrees")


def _agreed(key: str) -> None:
    """Raises Invalid where the tick is missing."""
    if not st.session_state.get(f"{key}_agrees"):
        raise Invalid("The consent was not recorded: nobody ticked that they agree.", "Ask them, then tick it.")


def standing(row: PhotoSet) -> None:
    """Where consent stands, in a sentence; the words on demand."""
    found = consent.state(row)
    if found.kind == "given":
        evidence(found.said)
    else:
        st.markdown(f":orange[▲ {plain(found.said)}]")
    if row.consent_text:
        with st.expander("What was agreed to"):
            st.text(row.consent_text)


def ask(row: PhotoSet, author: Author, here: Here) -> None:
    """Give consent (again), and take it back."""
    key = f"photos_consent_{row.id}"
    with st.popover("Consent again" if row.consent_at else "Record consent"):
        _fields(key, row.person, author)
        st.button("Record it", key=key, type="primary", on_click=_give, args=(row, key, here))
    if consent.state(row).stands:
        with st.popover("Take consent back"):
            st.markdown(f"**{plain(row.person)} no longer agrees?**")
            evidence(
                f"Trainings stop and likenesses go out of use at once. After {consent.GRACE.days} days the photos and "
                "all that was learnt from them are deleted, unless consent is given again. You can delete them now too."
            )
            st.button("Take it back", key=f"{key}_back", type="primary", on_click=_withdraw, args=(row, here))


def _give(row: PhotoSet, key: str, here: Here) -> None:
    said = st.session_state

    def work() -> None:
        _agreed(key)
        consent.give(row.id, said[f"{key}_by"] or row.person, said[f"{key}_words"], here.actor,
                     int(said[f"{key}_days"]))  # fmt: skip

    attempt(work, "The consent is recorded.")


def _withdraw(row: PhotoSet, here: Here) -> None:
    attempt(
        lambda: consent.withdraw(row.id, here.actor),
        f"The consent of {row.person} is taken back. Nothing uses their likeness any more.",
    )
