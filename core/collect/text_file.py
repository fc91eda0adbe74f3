"""Plain text and Markdown: a file is a post; Markdown may begin with a block of `name: value` lines (front matter)."""

from __future__ import annotations

import re

from core.collect import paste
from core.collect.decode import decode
from core.collect.model import Found, Options, Record, Upload

SUFFIXES = (".txt", ".md", ".markdown")
_FRONT = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z][\w -]{0,40}):[ \t]*(.*)")


def read(upload: Upload, options: Options) -> Found:
    """One row with the columns `text` and, from the front matter, whatever it names (title, date, author...)."""
    text, encoding = decode(upload.content, upload.name, options.encoding)
    if upload.name.lower().endswith(".txt"):
        found = paste.read(text, options, upload.name)
    else:
        fields, body = front_matter(text)
        found = Found(records=[Record(upload.name, 1, {**fields, "text": body})])
    if encoding not in ("utf-8", "utf-8-sig"):
        found.notes.append(f"{upload.name} was read as {encoding}.")
    return found


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The pairs of the front matter (never run as YAML) and the text after it."""
    match = _FRONT.match(text)
    pairs = [_PAIR.fullmatch(line.strip()) for line in match[1].split("\n")] if match else []
    if not match or not any(pairs):
        return {}, text
    fields = {p[1].strip().lower(): p[2].strip().strip("\"'") for p in pairs if p}
    fields.pop("text", None)
    return fields, re.sub(r"\A(?:[ \t]*\n)+", "", text[match.end() :])
