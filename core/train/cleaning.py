"""A post as something to learn from: without what copying added, without addresses, and whether it can teach at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import regex

from analytics import text as texts
from analytics.text import EMOJI, FOLD, HASHTAG, LINK
from analytics.wordclasses import MEMBERSHIP

LEAST_WORDS, MOST_WORDS = 20, 600
"""Words of a post, hashtags apart: below, there is nothing to tell; above, it is an article."""
REPEATED = 3
"""Posts of one author from which on a sentence that stands in all of them is furniture: a sign-off, an imprint."""
RUN = 8
"""Words that have to agree for two texts to count as one said again."""
_SMALL_SHARE, _LETTER_SHARE = 0.2, 0.6
_HIDDEN = regex.compile(r"[\u00ad\u200b\u2060\ufeff]")
_MAIL = regex.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = rf"(?:{LINK.pattern}|{_MAIL.pattern})"
_LEADS = r"(?:(?:see|read|link|links|more|source|via|full (?:text|story|post)|read more|learn more|details)(?: here)?)"
# An address with the words that only lead to it: "Read more: x.", "(see x)", "can be had from x."
_BRACKETED = regex.compile(rf"\s*\((?:{_LEADS}:?\s+)?{_ADDRESS}\s*\)", regex.IGNORECASE)
_LED = regex.compile(
    rf"(?:(?<=^|[.!?]\s+){_LEADS}\s*[:–—>-]+\s*{_ADDRESS}[ \t]*[.!]?|"
    rf"[ \t]+(?:at|from|via|on|in|to|by|under)[ \t]*:?[ \t]*{_ADDRESS}(?=[ \t]*(?:[.!?,;)]|$)))",
    regex.IGNORECASE | regex.MULTILINE,
)
_ANY = regex.compile(rf"[ \t]*[:–—>-]*[ \t]*{_ADDRESS}", regex.IGNORECASE)


def cleaned(text: str) -> str:
    """The text without the marks of copying, hidden characters and addresses; its lines and blank lines stay.

    An address can only be invented by a model, so it goes, with the words that do nothing but lead to it.
    """
    text = FOLD.sub("", _HIDDEN.sub("", texts.unified(text)).replace("\u00a0", " ").strip()).strip()
    text = regex.sub(r"(?<!\w)hashtag(?=#\p{L})", "", text)
    for pattern in (_BRACKETED, _LED, _ANY):
        text = pattern.sub("", text)
    text = regex.sub(r"(?<=[.!?:])[ \t]{2,}(?=\S)", "  ", text)
    text = regex.sub(r"(?<![.!?:])[ \t]{2,}(?=\S)|\t", " ", text)  # two blanks after a full stop are somebody's habit
    text = regex.sub(
        r"(?<=[\p{L}\p{N})\"”’]) +(?=[,.;](?:\s|$)|['’]s\b)", "", text
    )  # "Netflix ," is how a mention is copied
    text = regex.sub(r"[ \t]+$", "", text, flags=regex.MULTILINE)
    return str(regex.sub(r"\n{3,}", "\n\n", text)).strip()


def refused(text: str) -> str:
    """Why a cleaned post teaches nothing, in a few words; "" where it can."""
    prose = HASHTAG.sub(" ", text)
    words = texts.words(prose)
    if len(words) < LEAST_WORDS:
        return f"shorter than {LEAST_WORDS} words"
    if len(words) > MOST_WORDS:
        return f"longer than {MOST_WORDS} words"
    visible = regex.sub(r"\s", "", EMOJI.sub("", prose))
    if sum(c.isalpha() for c in visible) < _LETTER_SHARE * len(visible):
        return "mostly figures or signs"
    small = sum("function" in MEMBERSHIP.get(w.lower().replace("’", "'"), ()) for w in words)
    return "" if small >= _SMALL_SHARE * len(words) else "not English prose"


def furniture(posts: Sequence[str]) -> frozenset[str]:
    """Sentences of eight words and more that stand in three posts or more, as `plain` has them."""
    seen = Counter(said for post in posts for said in {plain(row) for row in texts.sentences(post)})
    return frozenset(said for said, n in seen.items() if n >= REPEATED and said.count(" ") >= RUN - 1)


def without(text: str, said: frozenset[str]) -> str:
    """The text without these sentences: the rest of the post is what was written for it."""
    for row in texts.sentences(text) if said else ():
        if plain(row) in said:
            text = text.replace(row, "", 1)
    text = regex.sub(r"^[ \t]+|[ \t]+$", "", text, flags=regex.MULTILINE) if said else text
    return str(regex.sub(r"\n{3,}", "\n\n", text)).strip()


def plain(text: str) -> str:
    """Words in lower case with single blanks: two texts with the same say the same."""
    return " ".join(word.lower().replace("’", "'") for word in texts.words(text))
