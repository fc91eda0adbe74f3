"""The picture form's memory: what is chosen and typed is kept with the post, over a reload and in any browser."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import streamlit as st

from core.images import picture_drafts
from core.review.lifecycle import has_role
from core.store import Actor
from core.store.tables import Author, Post
from pages.ui.notice import attempt

FOLLOW: dict[str, tuple[str, ...]] = {"provider": ("model", "steps"), "model": ("steps",)}
"""A choice -> what was chosen only for what it was before."""


class Form:
    """The form of a post (of an author where there is none): its widgets, and what is kept of them."""

    def __init__(self, author: Author, post: Post | None, actor: Actor) -> None:
        self.author, self.post, self.actor = author, post, actor
        self.may = has_role(actor, "editor")
        self.key = f"pic_{post.id if post else author.id}"
        self.kept = picture_drafts.get(author.id, post.id if post else None)

    def widget(self, name: str, usual: Any, among: Container[Any] = (), of: str = "") -> str:
        """The key of the widget for a choice, set to what is kept where that is still to be had, else the usual."""
        key = self._key(name, of)
        value = self.kept.get(name)
        held = name in self.kept and (not among or value in among)
        st.session_state[key] = value if held else usual
        return key

    def keep(self, name: str, of: str = "") -> None:
        """For a widget's callback: keep what was chosen."""
        given = {name: st.session_state[self._key(name, of)], **dict.fromkeys(FOLLOW.get(name, ()))}
        attempt(lambda: self.put(given))

    def put(self, given: dict[str, Any]) -> None:
        """Keep these, on top of what is there by now. Raises what `picture_drafts.put` raises."""
        self.kept = picture_drafts.put(self.author.id, self.post.id if self.post else None, given, self.actor)

    def _key(self, name: str, of: str) -> str:
        return f"{self.key}_{name}" + (f"_{of}" if of else "")
