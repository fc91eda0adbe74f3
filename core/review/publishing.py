"""What a person says happened outside: the post is out, published by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from core.errors import Conflict, Invalid
from core.review.changing import change
from core.review.lifecycle import PUBLISHED, is_approved, require
from core.store import Actor, Writing, posts
from core.store.base import now
from core.store.tables import Post

LONGEST = 500
SLACK = timedelta(minutes=10)
"""Clocks differ by so much at most."""


def published(
    post_id: str, actor: Actor, at: datetime | None = None, url: str = "", revision: int | None = None
) -> Post:
    """Say that an approved post was published by hand, when (default: now), and where (a link, optional).

    Nothing goes out: this writes down what a person did. Raises Denied (readers), Invalid (a status that was not
    approved, a time to come or without a zone, what is no web address), Stale.
    """
    when, link = _time(at), _link(url)

    def work(tx: Writing, post: Post) -> None:
        require(post, "publish", actor)
        if not is_approved(post):
            raise Conflict("This text is not what was approved. Nothing was changed.", "Reload and look at the post.")
        post.status, post.published_at, post.published_url = PUBLISHED, when, link
        post.requested = {}
        posts.add_note(tx, post, "published", f"Published by hand{f': {link}' if link else '.'}")

    return change(post_id, actor, work, revision)


def _time(at: datetime | None) -> datetime:
    if at is None:
        return now()
    if at.tzinfo is None:
        raise Invalid("The time of publication needs a time zone. Nothing was changed.", "Give date, time and zone.")
    if at > now() + SLACK:
        raise Invalid("That time is still to come. Nothing was changed.", "Give the time at which the post went out.")
    return at


def _link(url: str) -> str:
    """The address as it is kept. Raises Invalid where it is none."""
    text = url.strip()
    if text and not _is_address(text):
        raise Invalid(
            "That is not the address of a post. Nothing was changed.",
            f"Copy the link from LinkedIn: it begins with https:// and has at most {LONGEST} characters.",
        )
    return text


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text and len(text) <= LONGEST
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)
