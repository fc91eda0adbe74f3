"""How a post is set: blocks, single lines, lists, white space."""

from __future__ import annotations

import math

import regex

from analytics.text import BULLET, LINK, lines, paragraphs, sentences, unified, words

KINDS = ("one-liner", "single", "link", "list", "mixed", "lines", "paragraphs")
"""All that `layout` can answer."""
_BLANK = regex.compile(r"\S[^\S\n]*\n[^\S\n\u200b]*[\u200b]*[^\S\n]*\n\s*\S")


def bullets(text: str) -> int:
    """How many lines begin with a bullet, a dash or a number as a list does."""
    return len(BULLET.findall(unified(text)))


def has_blank_lines(text: str) -> bool:
    """Whether blank lines part the text."""
    return _BLANK.search(unified(text)) is not None


def one_sentence_paragraphs(text: str) -> float:
    """Share of paragraphs of a single sentence, 0 to 1; NaN without a paragraph."""
    blocks = paragraphs(text)
    return sum(len(sentences(b)) <= 1 for b in blocks) / len(blocks) if blocks else math.nan


def layout(text: str) -> str:
    """The kind of layout: `one-liner` (one line of one sentence), `single` (one block), `link` (under 12 words and a
    link), `list` (half of the lines or more are bullets), `mixed` (some are: 2 or more), `lines` (mostly paragraphs of
    one sentence), else `paragraphs`.
    """
    rows, blocks = lines(text), paragraphs(text)
    items = bullets(text)
    if LINK.search(text) and len(words(text)) < 12:
        return "link"
    if len(blocks) <= 1 and len(rows) <= 1:
        return "one-liner" if len(sentences(text)) <= 1 else "single"
    if items >= 2:
        return "list" if items >= len(rows) / 2 else "mixed"
    if len(rows) >= 3 and one_sentence_paragraphs(text) >= 0.6:
        return "lines"
    return "paragraphs" if len(blocks) > 1 else "single"
