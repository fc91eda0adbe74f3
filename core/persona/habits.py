"""An author's own habits as constraints: what most of their posts keep to, so that a draft can keep to it too."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.persona.figures import Figures, all_figures
from core.platforms import LINKEDIN

ENOUGH = 5
"""Samples from which an author's own habits are used; below it the defaults are."""
LOW, HIGH = 0.1, 0.9
"""The quantiles between which a habit lies: four posts in five."""
LIMIT = LINKEDIN
"""LinkedIn's longest post, in characters."""
_SOME = 0.1  # share of posts from which a thing counts as something the author does
_MOST = 0.8


@dataclass(frozen=True)
class Habits:
    """Ranges are inclusive. `own` is False where the samples were too few and the defaults stand in."""

    samples: int = 0
    own: bool = False
    min_chars: int = 800
    max_chars: int = 1600
    first_person: str = "yes"  # yes: must say I; no: never does; free
    hashtags: tuple[int, int] = (3, 5)
    emoji: tuple[int, int] = (0, 1)
    sentence_words: tuple[float, float] = (6.0, 22.0)  # a post's mean
    paragraph_sentences: tuple[float, float] = (1.0, 3.0)  # a post's mean
    blank_line_between: bool = True
    bullets: bool = True  # may be used
    links: bool = True  # may be used
    hooks: list[str] = field(default_factory=list)  # kinds of opening, the commonest first
    openings: list[str] = field(default_factory=list)  # words that several posts begin with
    endings: list[str] = field(default_factory=list)  # kinds of ending, the commonest first

    def summary(self) -> list[str]:
        """The same in plain words, a line a habit, each with the number of posts behind it."""
        basis = f"{self.samples:,} posts" if self.own else "the default: fewer than 5 samples"
        return [f"{line} ({basis})" for line in _lines(self)]


def habits(texts: Sequence[str]) -> Habits:
    """What four in five of these posts keep to; the defaults where fewer than 5 have words in them."""
    return of_figures(all_figures(("", text) for text in texts))


def of_figures(posts: Sequence[Figures]) -> Habits:
    """As `habits`, from posts already counted."""
    if len(posts) < ENOUGH:
        return Habits(samples=len(posts))
    low, high = counts_range(min(p.chars, LIMIT) for p in posts)
    blocks = [p for p in posts if p.several_blocks]
    return Habits(
        samples=len(posts),
        own=True,
        min_chars=low,
        max_chars=max(high, low + 60),
        first_person=person(share(p.first_person for p in posts)),
        hashtags=counts_range(p.hashtags for p in posts),
        emoji=counts_range(p.emoji for p in posts),
        sentence_words=_mean_range(p.sentence_words for p in posts),
        paragraph_sentences=_mean_range(p.paragraph_sentences for p in posts),
        blank_line_between=bool(blocks) and share(p.blank_lines for p in blocks) >= 0.5,
        bullets=share(p.bullets > 0 for p in posts) >= _SOME,
        links=share(p.links > 0 for p in posts) >= _SOME,
        hooks=common(p.hook for p in posts),
        openings=openings(posts),
        endings=common(p.ending for p in posts),
    )


def share(flags: Iterable[bool]) -> float:
    """The share that is true, 0 to 1; 0 of nothing."""
    seen = list(flags)
    return sum(seen) / len(seen) if seen else 0.0


def person(first_person_share: float) -> str:
    """yes, no or free: whether this author's posts must, must not or may say I."""
    if first_person_share >= _MOST:
        return "yes"
    return "no" if first_person_share < _SOME else "free"


def counts_range(values: Iterable[int]) -> tuple[int, int]:
    """The 10th and the 90th percentile of a count; both are values that occurred."""
    seen = np.sort(np.fromiter(values, dtype=np.int64))
    low, high = np.quantile(seen, [LOW, HIGH], method="inverted_cdf")
    return int(low), int(high)


def _mean_range(lists: Iterable[Sequence[int]]) -> tuple[float, float]:
    means = [float(np.mean(values)) for values in lists if values]
    low, high = np.quantile(means, [LOW, HIGH]) if means else (1.0, 1.0)
    return round(float(low), 1), round(float(high), 1)


def common(kinds: Iterable[str], least: float = _SOME) -> list[str]:
    """Kinds that at least this share of posts has, the commonest first; never empty where there are posts."""
    seen = Counter(kinds)
    total = sum(seen.values())
    ranked = [kind for kind, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0]))]
    return [kind for kind in ranked if seen[kind] / total >= least] or ranked[:1]


def openings(posts: Sequence[Figures], limit: int = 5) -> list[str]:
    """First words that at least 3 posts and 4% of them share, the longest form of each, the commonest first."""
    least = max(3, math.ceil(0.04 * len(posts)))
    seen = Counter(p.opening[:n] for p in posts for n in range(2, len(p.opening) + 1))
    kept: list[tuple[str, ...]] = []
    for words, count in sorted(seen.items(), key=lambda item: (-len(item[0]), -item[1], item[0])):
        longer = [k for k in kept if k[: len(words)] == words]
        if count >= least and count > 1.5 * sum(seen[k] for k in longer):
            kept.append(words)
    kept.sort(key=lambda words: (-seen[words], words))
    return [" ".join(words).replace("i ", "I ", 1) if words[0] == "i" else " ".join(words) for words in kept[:limit]]


def _lines(h: Habits) -> list[str]:
    said = {"yes": "Says I", "no": "Never says I", "free": "Says I in some posts"}
    return [
        f"{h.min_chars:,} to {h.max_chars:,} characters",
        said[h.first_person],
        _amount(h.hashtags, "hashtag", "hashtags"),
        _amount(h.emoji, "emoji", "emoji"),
        f"Sentences of {h.sentence_words[0]:.0f} to {h.sentence_words[1]:.0f} words on average",
        f"Paragraphs of {h.paragraph_sentences[0]:.0f} to {h.paragraph_sentences[1]:.0f} sentences on average",
        "A blank line between paragraphs" if h.blank_line_between else "No blank lines between paragraphs",
        "May use a list" if h.bullets else "No lists",
        "May link to something" if h.links else "No links",
    ]


def _amount(counts: tuple[int, int], one: str, many: str) -> str:
    low, high = counts
    if high == 0:
        return f"No {many}"
    if low == high:
        return f"{high} {one if high == 1 else many}"
    return f"Up to {high} {one if high == 1 else many}" if low == 0 else f"{low} to {high} {many}"
