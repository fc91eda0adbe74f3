"""What one post shows at a glance: lengths, breaks, hashtags, hook, layout, closed-class words. One pass a post."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from analytics import hooks, layout
from analytics.text import BULLET, emoji, hashtags, links, mentions, paragraphs, sentences, words
from core.persona import wordlists as lists

_FOLD = re.compile(r"\s*(?:…|\.\.\.)\s*see more\s*$", re.IGNORECASE)
_BLANK = re.compile(r"\S[ \t]*\n[ \t\u200b]*\n+\s*\S")
_TAIL = re.compile(r"(?:\s*(?:#[^\s#]+|https?://\S+|@\S+))+\s*$")
_LINK_LAST = re.compile(r"https?://\S+(?:\s*#[^\s#]+)*\s*$")
_INVITES = re.compile(
    r"\b(?:let (?:me|us) know|(?:drop|leave) (?:a|your) comment|comment below|in the comments|share your \w+|"
    r"get in touch|contact (?:me|us)|(?:dm|message|email|tell) (?:me|us)|reach out to (?:me|us)|(?:learn|read) more|"
    r"find out more|check (?:it )?out|(?:have|take) a look|link in (?:the |my )?\w+|sign up|stay tuned|join us)\b"
    r"|(?:^|(?<=[.!?:…]\s))(?:please )?(?:watch|listen|download|click|join|register|apply|subscribe|follow|visit|read|"
    r"share|try|see|contact|come|buy|vote|comment|discover|explore|tag)\b(?! (?:that|of|in which)\b)",
    re.IGNORECASE | re.MULTILINE,
)
"""Asking a reader to do something: set phrases anywhere, a verb of asking only where a sentence begins with it."""


@dataclass(frozen=True)
class Figures:
    """One post, counted. Rates are made later, over all posts, so that short posts weigh little."""

    id: str
    text: str
    runs: tuple[tuple[str, ...], ...]  # words by sentence: lower case, straight apostrophes, no links or mentions
    cased: Counter[str]  # words inside sentences that are written with a capital
    tags: tuple[str, ...]  # hashtags, lower case, with their sign
    paragraph_sentences: tuple[int, ...]
    emoji: int
    links: int
    link_last: bool
    mentions: int
    bullets: int
    blank_lines: bool
    several_blocks: bool
    hook: str
    layout: str
    opening: tuple[str, ...]  # the first words
    ending: str  # question | invitation | exclamation | statement
    invites: tuple[str, ...]  # calls to action, in the writer's words, lower case
    exclamations: int
    questions: int
    classes: Counter[str] = field(default_factory=Counter)  # closed-class and tone words, see wordlists.CLASSES

    @property
    def chars(self) -> int:
        """Characters, as LinkedIn counts them against its limit (code points)."""
        return len(self.text)

    @property
    def hashtags(self) -> int:
        """How many hashtags."""
        return len(self.tags)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All words in order."""
        return tuple(word for run in self.runs for word in run)

    @cached_property
    def sentence_words(self) -> tuple[int, ...]:
        """Words of each sentence."""
        return tuple(map(len, self.runs))

    def grams(self, size: int) -> Iterator[tuple[str, ...]]:
        """Runs of `size` words, none across the end of a sentence."""
        for run in self.runs:
            for at in range(len(run) - size + 1):
                yield run[at : at + size]

    @property
    def first_person(self) -> bool:
        """Whether the writer says I, me or my."""
        return self.classes["i"] > 0


def cleaned(text: str) -> str:
    """A post without what the copying added: outer blank space, and LinkedIn's own "…see more"."""
    return _FOLD.sub("", text.strip()).strip()


def figures(text: str, sample_id: str = "") -> Figures:
    """Count one post. Any text will do, the empty one too."""
    text = cleaned(text)
    prose = _strip_marks(text)
    spelled = [run for run in (words(sentence) for sentence in sentences(prose)) if run]
    runs = tuple(tuple(w.lower().replace("’", "'") for w in run) for run in spelled)
    flat = [w for run in runs for w in run]
    blocks = [p for p in map(_strip_marks, paragraphs(text)) if p.strip()]
    return Figures(
        id=sample_id,
        text=text,
        runs=runs,
        cased=Counter(w for run in spelled for w in run[1:] if w[:1].isupper()),
        tags=tuple(t.lower() for t in hashtags(text)),
        paragraph_sentences=tuple(max(1, len(sentences(p))) for p in blocks),
        emoji=len(emoji(text)),
        links=len(links(text)),
        link_last=bool(_LINK_LAST.search(text)),
        mentions=len(mentions(text)),
        bullets=len(BULLET.findall(text)),
        blank_lines=bool(_BLANK.search(text)),
        several_blocks="\n" in text,
        hook=hooks.hook(text),
        layout=layout.layout(text),
        opening=tuple(flat[:4]),
        ending=_ending(text),
        invites=tuple(m.group().strip().lower() for m in _INVITES.finditer(prose)),
        exclamations=len(re.findall("!+", prose)),
        questions=len(re.findall(r"\?+", prose)),
        classes=lists.tally(flat),
    )


def _strip_marks(text: str) -> str:
    """The prose alone: no links or mentions, no hashtags at the end; a hashtag inside a sentence keeps its word."""
    return re.sub(r"https?://\S+|www\.\S+|@\w+", " ", _TAIL.sub("", text)).replace("#", "")


def invites(sentence: str) -> bool:
    """Whether a sentence asks its reader to do something."""
    return _INVITES.search(sentence) is not None


def _ending(text: str) -> str:
    body = _TAIL.sub("", text).rstrip()
    last = (sentences(body) or [""])[-1].strip()
    if last.endswith("?"):
        return "question"
    if invites(last):
        return "invitation"
    return "exclamation" if last.endswith("!") else "statement"


def all_figures(texts: Iterable[tuple[str, str]]) -> list[Figures]:
    """Figures of (sample id, text) pairs; texts with no words are left out."""
    return [f for f in (figures(text, sample_id) for sample_id, text in texts) if f.words]
