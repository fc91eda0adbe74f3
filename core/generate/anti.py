"""The post that an author would never write, as a prompt is shown it: one somebody turned down, or a hollow one."""

from __future__ import annotations

from core import store
from core.store import runs

HOLLOW = (
    "In today's fast-paced world, success is a journey, not a destination.\n\n"
    "It's not just about working hard. It's about working smart, staying passionate and embracing change.\n\n"
    "Here are my key takeaways: stay curious, empower your team, and never stop learning.\n\n"
    "The future belongs to those who dare to dream. What are your thoughts? Let me know in the comments."
)
"""Written for this purpose; no author's text."""
MOST = 900


def example(author_id: str) -> str:
    """A text of at most 900 characters: the newest one written for this author that got one or two stars."""
    with store.reading() as tx:
        found = runs.turned_down(tx, author_id)
    return (found or HOLLOW)[:MOST]
