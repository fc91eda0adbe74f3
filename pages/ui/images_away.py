"""Putting a card away, and having it back: what was made of it stays, and so does what a post carries."""

from __future__ import annotations

import streamlit as st

from core.images import design
from core.review.lifecycle import has_role
from core.store import Actor
from core.store.base import now
from core.store.tables import Post
from core.store.tables_images import Design
from pages.ui.images_pages import Desk, store_typed
from pages.ui.images_post import NONE
from pages.ui.images_use import USED
from pages.ui.notice import attempt
from pages.ui.pieces import ago, plain


def put_away(desk: Desk) -> None:
    """The quiet button."""
    if desk.may:
        st.button("Put away", key="images_away", type="tertiary", on_click=_put_away, args=(desk,),
                  help="It is no longer offered. Images made of it stay, and you can bring it back.")  # fmt: skip


def _put_away(desk: Desk) -> None:
    def work() -> None:
        store_typed(desk)
        design.remove(desk.row.id, desk.actor)

    if attempt(work, "The card is put away. Images made of it stay; below, under “Put away”, you can bring it back."):
        st.query_params.pop("design", None)
        st.session_state[USED] = True


def way_back(author_id: str, post: Post | None, actor: Actor) -> None:
    """What was put away, each with the button that brings it back."""
    away = design.put_away(author_id, post.id if post else None) if has_role(actor, "editor") else []
    if not away:
        return
    with st.expander(f"Put away ({len(away)})"):
        for row in away:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button("Bring it back", key=f"images_back_{row.id}", on_click=_bring_back, args=(row, actor))
                st.caption(plain(_named(row)), width="content")


def _named(row: Design) -> str:
    card = design.restored(row)
    words = next((page.title or page.body for page in card.pages if page.title or page.body), "") or "no words"
    gone = f", put away {ago(row.deleted_at, now())}" if row.deleted_at else ""
    return f"{card.form.capitalize()}: {' '.join(words.split())[:70]}{gone}"


def _bring_back(row: Design, actor: Actor) -> None:
    if attempt(lambda: design.bring_back(row.id, actor), "The card is back as it was."):
        st.query_params.update({"design": row.id, "post": row.post_id or NONE})
