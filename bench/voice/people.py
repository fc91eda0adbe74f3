"""What the voice benchmarks share: the development posts, names masked, measured once; folds; AUC; bootstrap."""

from __future__ import annotations

import functools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import regex

from analytics.text import HASHTAG, LINK, WORD
from analytics.voice import MIN_WORDS, Reading, read

DATA = Path(__file__).parents[3] / "shared" / "data"
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
NAME_SHARE = 0.7
"""A word that only one author uses is a name where it has a capital so often."""


@dataclass(frozen=True, eq=False)
class People:
    """Posts in the authors' order of time. `texts` have the names that only one author uses masked."""

    authors: tuple[str, ...]
    of: Ints  # (n,) the author of each post
    texts: list[str]
    originals: list[str]
    dates: list[str | None]
    readings: list[Reading]
    words: Ints  # (n,)

    def posts(self, author: int) -> Ints:
        """The rows of an author, the oldest first."""
        return np.flatnonzero(self.of == author)

    def is_blog(self, author: int) -> bool:
        """Whether the author is one of the blogs."""
        return self.authors[author].startswith("blog")


def available() -> bool:
    """Whether the development data is here; prints where it should be if not."""
    if (DATA / "posts.jsonl").exists():
        return True
    print(f"skipped: the development data is not at {DATA} (posts.jsonl, generated.jsonl).")
    return False


def records(name: str) -> list[dict[str, Any]]:
    """The lines of one file of the data."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf8").splitlines() if line.strip()]


@functools.cache
def people() -> People:
    """All development authors, read with the shipped measures (about ten seconds)."""
    found = records("posts.jsonl")
    authors = tuple(sorted({p["author"] for p in found}))
    texts = masked([p["text"] for p in found], [p["author"] for p in found])
    readings = [read(text) for text in texts]
    return People(
        authors,
        np.array([authors.index(p["author"]) for p in found], dtype=np.intp),
        texts,
        [p["text"] for p in found],
        [p["date"] for p in found],
        readings,
        np.array([r.words for r in readings], dtype=np.intp),
    )


def masked(texts: Sequence[str], authors: Sequence[str]) -> list[str]:
    """Texts with every name and hashtag that only one author uses (twice or more) replaced by “Name” or “name”."""
    users: dict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for text, author in zip(texts, authors, strict=True):
        tags = [tag.lstrip("#＃") for tag in HASHTAG.findall(text)]
        said = WORD.findall(LINK.sub(" ", text))
        for word in {w.lower() for w in [*said, *tags]}:
            users[word][author] += 1
        for word in said:
            total[word.lower()] += 1
            capital[word.lower()] += word[0].isupper()
        for tag in tags:
            total[tag.lower()] += 1
            capital[tag.lower()] += 1
    names = {
        word
        for word, by in users.items()
        if len(by) == 1 and sum(by.values()) >= 2 and capital[word] >= NAME_SHARE * total[word]
    }

    def hide(found: regex.Match[str]) -> str:
        word = found.group()
        return word if word.lower() not in names else "Name" if word[0].isupper() else "name"

    return [WORD.sub(hide, text) for text in texts]


def folds(found: People, seed: int, parts: int, blog: bool) -> list[list[int]]:
    """The authors of one kind in `parts` groups of like sizes, by chance."""
    rng = np.random.default_rng(seed)
    ids = [a for a in range(len(found.authors)) if found.is_blog(a) == blog]
    ids.sort(key=lambda a: -int((found.words[found.posts(a)] >= MIN_WORDS).sum()))
    out: list[list[int]] = [[] for _ in range(parts)]
    for start in range(0, len(ids), parts):
        group = ids[start : start + parts]
        for author, part in zip(group, rng.permutation(parts), strict=False):
            out[int(part)].append(author)
    return out


@dataclass(frozen=True, eq=False)
class Problem:
    """One persona, its references, and candidates that are or are not by its author."""

    author: int
    refs: Ints
    people: tuple[int, ...]  # authors that background and training may come from: none of the candidates' authors
    candidates: tuple[int, ...]
    own: Ints
    others: Ints

    @property
    def rows(self) -> Ints:
        """Own posts, then the others'."""
        return np.concatenate([self.own, self.others])


HELD, EACH = 150, 75
"""Held-out posts of the persona's author, and of each other candidate author, at most."""


def problems(found: People, blog: bool, k: int, seeds: Sequence[int], parts: int, least: int = 4) -> Iterator[Problem]:
    """Open-set problems of `k` references: authors in folds, background and training from the other folds."""
    for seed in seeds:
        rng = np.random.default_rng(100 + seed)
        for fold in folds(found, seed, parts, blog):
            rest = tuple(a for a in range(len(found.authors)) if a not in fold)
            for author in fold:
                own = rng.permutation(found.posts(author))
                refs, held = own[:k], own[k:]
                held = held[found.words[held] >= MIN_WORDS][:HELD]
                if len(refs) < k or len(held) < least or len(fold) < 2:
                    continue
                others = [rng.permutation(_long(found, b))[:EACH] for b in fold if b != author]
                yield Problem(author, np.sort(refs), rest, tuple(fold), held, np.concatenate(others))


def _long(found: People, author: int) -> Ints:
    rows = found.posts(author)
    return rows[found.words[rows] >= MIN_WORDS]


def auc(own: Floats, others: Floats) -> float:
    """Chance that an own post scores higher than another's (ties count half); NaN where a side is empty."""
    if not len(own) or not len(others):
        return float("nan")
    ordered = np.sort(others)
    below = np.searchsorted(ordered, own, "left").sum() + np.searchsorted(ordered, own, "right").sum()
    return float(below / 2 / (len(own) * len(others)))


def hard(topic: Floats, n_own: int) -> tuple[Ints, Ints]:
    """The half of the own posts least on the persona's topic, and the quarter of the others' most on it (places)."""
    own, others = topic[:n_own], topic[n_own:]
    low = np.argsort(own, kind="stable")[: max(4, n_own // 2)]
    high = np.argsort(-others, kind="stable")[: max(8, len(others) // 4)]
    return low, high + n_own


def interval(by_author: dict[int, list[float]], seed: int = 0, draws: int = 2000) -> tuple[float, float, float]:
    """Mean over authors, and 95% of means over authors drawn with replacement (percentile bootstrap)."""
    means = np.array([np.mean(values) for values in by_author.values()])
    rng = np.random.default_rng(seed)
    drawn = means[rng.integers(0, len(means), (draws, len(means)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(means.mean()), float(low), float(high)


Scorer = Callable[[Problem], Floats]
"""Scores of a problem's `rows`, higher = closer."""
