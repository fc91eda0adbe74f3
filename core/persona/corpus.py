"""The posts that a card is derived from, counted, and the few questions that every section asks of them."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from core.persona.figures import Figures, figures
from core.store.tables import Sample

NEWEST, OLDER = 400, 200
"""Beyond 600 samples a card reads the newest 400 and 200 of the older ones drawn at random (always the same 200)."""

LEAST = 3
"""Posts that must share a word or phrase before the card names it."""

Field = dict[str, Any]
T = TypeVar("T")
Rule = Callable[[Figures], bool]


@dataclass(frozen=True)
class Corpus:
    """An author's posts, the oldest first."""

    posts: tuple[Figures, ...]

    @property
    def n(self) -> int:
        """How many posts were read."""
        return len(self.posts)

    @cached_property
    def words(self) -> int:
        """Words in all posts."""
        return sum(len(p.words) for p in self.posts)

    @cached_property
    def runs(self) -> Counter[tuple[str, ...]]:
        """How many posts hold each run of 1 to 5 words; what fewer than 3 posts hold is left out."""
        seen: Counter[tuple[str, ...]] = Counter()
        for size in range(1, 6):
            now: Counter[tuple[str, ...]] = Counter()
            for post in self.posts:
                grams = set(post.grams(size))
                now.update(grams if size == 1 else [g for g in grams if g[:-1] in seen and g[1:] in seen])
            seen.update({gram: count for gram, count in now.items() if count >= LEAST})
        return seen

    @cached_property
    def _uses(self) -> Counter[tuple[str, ...]]:
        return Counter(gram for post in self.posts for size in (1, 2) for gram in post.grams(size))

    def uses(self, words: tuple[str, ...]) -> int:
        """How often these words were written, in this order."""
        if len(words) < 3 or not self._uses[words[:2]]:
            return self._uses[words[:2]]
        return sum(gram == words for post in self.posts for gram in post.grams(len(words)))

    @cached_property
    def names(self) -> dict[str, str]:
        """Words mostly written with a capital inside sentences (names, acronyms) -> the author's spelling."""
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for post in self.posts:
            for form, count in post.cased.items():
                forms[form.lower().replace("’", "'")][form] += count
        inside = Counter(word for p in self.posts for run in p.runs for word in run[1:] if word in forms)
        return {w: form.most_common(1)[0][0] for w, form in forms.items() if sum(form.values()) >= 0.6 * inside[w]}

    def rate(self, *classes: str) -> float:
        """Words of these classes per 100 words, over all posts."""
        return 100 * sum(p.classes[c] for p in self.posts for c in classes) / max(1, self.words)

    def share(self, rule: Rule) -> float:
        """The share of posts for which the rule holds."""
        return sum(map(rule, self.posts)) / max(1, self.n)

    def ids(self, rule: Rule, limit: int = 3) -> list[str]:
        """The newest posts for which the rule holds, by sample id."""
        return [p.id for p in itertools.islice(filter(rule, reversed(self.posts)), limit)]

    def median(self, value: Callable[[Figures], float]) -> float:
        """The median of a figure over posts."""
        return float(np.median([value(p) for p in self.posts]))


def field(value: Any, text: str, figure: str, n: int, samples: Sequence[str] = ()) -> Field:
    """A derived field: what it is, how a writer would say it, and what that rests on."""
    return {"value": value, "text": text, "evidence": {"figure": figure, "n": n, "samples": list(samples)}}


def subset(samples: Sequence[T], seed: str) -> list[T]:
    """At most 600 of the samples or ids (oldest first): the newest 400 and, of the rest, 200 at random by `seed`."""
    if len(samples) <= NEWEST + OLDER:
        return list(samples)
    older = sorted(random.Random(seed).sample(range(len(samples) - NEWEST), OLDER))
    return [samples[i] for i in older] + list(samples[-NEWEST:])


def read(samples: Iterable[Sample]) -> Corpus:
    """Count the posts, the oldest first. Those without words are left out."""
    posts = (figures(s.text, s.id) for s in samples)
    return Corpus(posts=tuple(p for p in posts if p.words))


def times(part: float) -> str:
    """A share as people say it."""
    named = ((0.005, "never"), (0.1, "rarely"), (0.3, "now and then"), (0.6, "often"), (0.9, "in most posts"))
    return next((word for edge, word in named if part < edge), "in nearly every post")


def of(part: float, n: int) -> str:
    """`38 of 181 posts`."""
    return f"{round(part * n):,} of {n:,} posts"


def number(value: float) -> str:
    """Two significant digits, without trailing noise."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"


def listing(items: Sequence[str], quote: bool = False) -> str:
    """`a, b and c`."""
    named = [f"“{i}”" if quote else i for i in items]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}" if named else ""
