"""The text of a web page: its article, without menus, notices and what a reader does not see."""

from __future__ import annotations

import json

import regex

from core.collect.decode import decode
from core.collect.model import Read
from core.errors import Invalid

MOST = 6_000_000
"""Bytes of a page that are looked at."""
HIDDEN = [
    "//*[@hidden or @aria-hidden='true']",
    "//*[contains(translate(@style, ' ', ''), 'display:none') or contains(translate(@style, ' ', ''), "
    "'visibility:hidden') or contains(translate(@style, ' ', ''), 'font-size:0')"
    " or contains(translate(@style, ' ', ''), 'opacity:0;')]",
    "//noscript | //template",
]
"""What a page says to machines only has no place among what a person was shown."""
_DECLARED = regex.compile(rb"(?i)<meta[^>]{0,200}charset=[\"']?([\w-]{2,40})")


def read(content: bytes, charset: str = "") -> Read:
    """Title, paragraphs, and when and by whom it was published, as far as the page says. Raises Invalid."""
    import trafilatura  # slow to import

    answer = trafilatura.extract(
        _text(content[:MOST], charset),
        output_format="json",
        with_metadata=True,
        include_comments=False,
        prune_xpath=HIDDEN,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    found = {key: " ".join(value.split()) if key != "text" else value for key, value in _said(answer).items()}
    if not found.get("text", "").strip():
        raise Invalid(
            "No article was found on this page; nothing was kept.",
            "It may need a login or be built by a script. Copy its text in your browser and add it as a note.",
        )
    named = {"site": found.get("source-hostname"), "published": found.get("date"), "writer": found.get("author")}
    meta = {key: value[:200] for key, value in named.items() if value}
    return Read(found.get("title", ""), _paragraphs(found["text"]), meta)


def _said(answer: str | None) -> dict[str, str]:
    fields = json.loads(answer) if answer else {}
    return {key: value for key, value in fields.items() if isinstance(value, str)}


def _paragraphs(text: str) -> str:
    rows = [" ".join(row.split()).removeprefix("- ") for row in text.split("\n")]
    return "\n\n".join(row for row in rows if row)


def _text(content: bytes, charset: str) -> str:
    declared = _DECLARED.search(content[:4096])
    for name in (charset, declared[1].decode("ascii") if declared else "", ""):
        try:
            return decode(content, "The page", name or None)[0]
        except Invalid:
            if not name:
                raise
    raise AssertionError("decode without a name answers or raises")
