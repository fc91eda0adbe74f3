"""Pasted text: one post, or several with a line of three dashes between them."""

from __future__ import annotations

import re

from core.collect.decode import newlines
from core.collect.model import Found, Options, Record

NAME = "pasted text"
_RULE = re.compile(r"^---[ \t]*$", re.MULTILINE)


def split(text: str) -> list[str]:
    """The posts in a text: exactly as typed; blank lines beside a dividing line belong to the divider."""
    if not _RULE.search(text):
        return [text]
    return [part for piece in _RULE.split(text) if (part := trimmed(piece))]


def trimmed(text: str) -> str:
    """Without blank lines at the start and the end; the rest exactly as it is."""
    lines = text.split("\n")
    written = [n for n, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[written[0] : written[-1] + 1]) if written else ""


def read(text: str, options: Options, file: str = NAME) -> Found:
    """Rows with the column `text`; the row number counts the posts."""
    clean = newlines(text)
    posts = split(clean) if options.split else [clean]
    found = Found(records=[Record(file, n, {"text": post}) for n, post in enumerate(posts, 1)])
    if len(posts) > 1:
        found.notes.append(f"{file} holds {len(posts)} posts, parted at lines of three dashes.")
    return found
