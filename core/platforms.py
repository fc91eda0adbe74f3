"""What each network takes: limits and how it counts, in one place. A form is one way to say a post there.

Every number here is the platform's, and the platform may change it; none was tried against a live account.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

from analytics import text

LINKEDIN = 3000
"""Characters in a LinkedIn post."""
LINKEDIN_COMMENT = 1250
"""Characters in a comment on LinkedIn (reported by several sources, not by LinkedIn's documentation)."""
X = 280
X_LINK = 23
"""Weighted characters in a post on X, and what any address counts there, however long it is (twitter-text, v3)."""
THREADS = 500
BLUESKY = 300
INSTAGRAM = 2200
INSTAGRAM_TAGS = 30
"""Hashtags that a caption may hold. Sources conflict: 30 was the rule for years, newer ones say 5."""
INSTAGRAM_TAGS_ADVISED = 5
"""What is kept to here, so that a caption passes whichever is true."""
ARTICLE = 100_000
ARTICLE_TITLE = 100
"""Our own bounds for an article and its title: under what LinkedIn is said to take (about 110,000 and 150)."""
SLIDE_WORDS = 40
TITLE_WORDS = 12
HOOK_WORDS = 12
"""House rules: what can be read on a slide, and at a glance on an image."""

_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that weigh 1 on X; all others weigh 2, and so does an emoji however many it is made of."""
_ADDRESS = regex.compile(r"https?://[^\s<>\"”]+|(?<![\w@./-])(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?:/[^\s<>\"”]*)?", regex.I)
Weigh = Callable[[str], int]


def characters(value: str) -> int:
    """Length in characters (code points)."""
    return len(value)


def graphemes(value: str) -> int:
    """Length in what a reader sees as one sign: Bluesky's count."""
    return len(regex.findall(r"\X", value))


def weighted(value: str) -> int:
    """Length as X counts it, by twitter-text's published configuration (version 3).

    A word that may be a bare address (`core.py`) counts as what is more, the address or the word: never too little.
    """
    value = unicodedata.normalize("NFC", value)
    total = 0
    for found in _ADDRESS.findall(value):
        link = found.rstrip(".,;:!?'’)]}…")
        total += X_LINK if "://" in link else max(X_LINK, _signs(link))
        value = value.replace(link, "", 1)
    return total + _signs(value)


def _signs(value: str) -> int:
    drawn = len(text.EMOJI.findall(value))
    rest = text.EMOJI.sub("", value)
    return 2 * drawn + sum(1 if any(low <= ord(c) <= high for low, high in _LIGHT) else 2 for c in rest)


def threads(value: str) -> int:
    """Length as Threads counts it: an emoji by its UTF-8 bytes. Sources conflict; this is the larger count."""
    drawn = text.EMOJI.findall(value)
    return len(text.EMOJI.sub("", value)) + sum(len(e.encode()) for e in drawn)


@dataclass(frozen=True)
class Form:
    """One way to say a post. `limit` bounds every part as `weigh` counts it; `words` does where it is not 0."""

    name: str
    title: str
    what: str
    """For people: what comes out."""
    limit: int
    unit: str = "characters"
    weigh: Weigh = characters
    parts: tuple[int, int] = (1, 1)
    part: str = "Text"
    """What one part is called."""
    words: int = 0
    tags: tuple[int, int] = (0, INSTAGRAM_TAGS)
    """The fewest and the most hashtags in the whole."""
    links: bool = True
    """Whether an address can be clicked there; where not, none is written."""

    def count(self, part: str) -> str:
        """`243 of 280 weighted characters`, with the words where they are bounded."""
        said = f"{self.weigh(part):,} of {self.limit:,} {self.unit}"
        return f"{len(part.split())} of {self.words} words" if self.words else said

    def over(self, part: str) -> bool:
        """Whether a part is too long for where it goes."""
        return self.weigh(part) > self.limit or bool(self.words and len(part.split()) > self.words)


_ON_X = ("weighted characters", weighted)
FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("post", "LinkedIn post", "The post itself.", LINKEDIN),
        Form("single", "Single post for X", "The most telling part, in one post.", X, *_ON_X, tags=(0, 1)),
        Form("thread", "Thread for X", "The whole post, in as few posts as it needs.", X, *_ON_X, (1, 40), "Post",
             tags=(0, 2)),
        Form("threads", "Post for Threads", "The most telling part, at the length of Threads.", THREADS, weigh=threads,
             tags=(0, 1)),
        Form("bluesky", "Post for Bluesky", "The most telling part, at the length of Bluesky.", BLUESKY, "signs",
             graphemes, tags=(0, 2)),
        Form("caption", "Instagram caption", "The post as a caption. Addresses cannot be clicked there: none is in it.",
             INSTAGRAM, tags=(0, INSTAGRAM_TAGS_ADVISED), links=False),
        Form("quote", "Quote", "One sentence of the post and who says it.", X, links=False, tags=(0, 0)),
        Form("carousel", "Carousel",
             "Five to ten slides: a title of at most 12 words and 40 more on each, the call on the last.",
             600, parts=(5, 10), part="Slide", words=TITLE_WORDS + SLIDE_WORDS, links=False, tags=(0, 0)),
        Form("hook", "Text for an image", "At most twelve words that make a reader stop.", 120, words=HOOK_WORDS,
             links=False, tags=(0, 0)),
        Form("article", "Article", "A long form in sections, from the brief and its knowledge.", ARTICLE,
             parts=(1, 12), part="Section", tags=(0, 0)),
    )
}  # fmt: skip
"""A form is a line here, and what makes it is in core/generate/adapt.py."""
