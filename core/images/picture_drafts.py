"""The form in which a picture is asked for, kept as it is typed: for all who work on the post, in any browser."""

from __future__ import annotations

from typing import Any, Final

from core import store
from core.errors import Denied, Invalid
from core.images import changes
from core.review.lifecycle import has_role
from core.store import Actor, authors, drafts, posts

KEY: Final = "picture-form"
TEXTS: Final = {"prompt": 20_000, "negative": 20_000, "version": 200, "wording": 40, "wish": 2_000, "wish_of": 40}
"""What is typed, and how many characters are kept: more than any model takes, so that it can be shortened here."""
CHOSEN: Final = ("provider", "model", "size", "look", "n", "likeness", "graded", "seed", "steps", "chips")
"""What is chosen; `pictures.ask` says what of it cannot be asked for."""


def get(author_id: str, post_id: str | None) -> dict[str, Any]:
    """What was typed and chosen so far for a post (None: for none), by TEXTS and CHOSEN; {} where nobody has begun."""
    with store.reading() as tx:
        return drafts.get(tx, _key(author_id, post_id))


def put(author_id: str, post_id: str | None, given: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Lay what changed on top of what is kept; returns the whole. None takes a field out.

    Raises Invalid (which names the field), NotFound, Denied.
    """
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not ask for pictures.", "Ask an editor or an approver of your team.")
    for name, value in given.items():
        _check(name, value)
    with store.writing(actor) as tx:
        authors.get(tx, author_id)
        if post_id is not None and posts.locked(tx, post_id).author_id != author_id:
            raise Invalid("This post is another author's. Nothing was kept.", "Open the post again from the calendar.")
        kept = drafts.get(tx, _key(author_id, post_id), lock=True) | given
        whole = {name: value for name, value in kept.items() if value is not None}
        drafts.put(tx, _key(author_id, post_id), whole)
        return whole


def _key(author_id: str, post_id: str | None) -> str:
    return f"{KEY}:{post_id or author_id}"


def _check(name: str, value: Any) -> None:
    if name in TEXTS and (value is None or isinstance(value, str)):
        changes.check({"prompt": "description", "negative": "list of what must not be seen"}.get(name, name),
                      value or "", TEXTS[name])  # fmt: skip
    elif name not in CHOSEN or not (value is None or isinstance(value, str | int | list)) or len(repr(value)) > 400:
        raise Invalid(f"The form for a picture has no {name[:40]!r} like that.", f"It has {', '.join(CHOSEN)}.")
