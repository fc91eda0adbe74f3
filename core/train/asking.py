"""The request that a post answers: which of the author's other posts it shows, and what there is room for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from core.exemplars.rank import COMMON
from core.generate import voiced
from core.generate.brief import BriefFields
from core.train import parting
from core.train.cleaning import plain
from core.train.model import Plan
from core.train.parting import Parted, Post
from core.train.rows import tokens_about

_MARKS = 20
"""Tokens of what stands around prompt and answer."""


def size(system: str, user: str, answer: int) -> int:
    """Tokens of a row, about, with an answer of so many characters."""
    return tokens_about(len(system) + len(user) + answer) + _MARKS


def fitting(
    author: str, brief: BriefFields, near: Sequence[Post], words: int, answer: int, plan: Plan
) -> tuple[str, str, list[str]] | None:
    """System text, user text, and the ids of as many exemplars as there is room for beside an answer of so many
    characters; None where there is none for the brief alone.
    """
    for count in range(len(near), -1, -1):
        system, user = voiced.ask(author, brief, [other.text for other in near[:count]], words)
        if size(system, user, answer) <= plan.tokens:
            return system, user, [other.id for other in near[:count]]
    return None


def nearest(found: Parted) -> Callable[..., list[Post]]:
    """What finds the posts that a request shows, as (author id, what it is about, the post that answers it).

    They are of the same author, to learn from, and nearest by their words (cosine of TF-IDF); never the answer itself,
    nor one that shares a run of words with it: it would stand in the question then.
    """
    known = {id_: _Index([post for post in found.train if post.author_id == id_]) for id_ in found.authors}

    def near(author_id: str, about: str, answer: Post | None = None) -> list[Post]:
        out: list[Post] = []
        for post in known[author_id].ranked(about):
            if answer is None or not parting.share_run(post, answer):
                out.append(post)
            if len(out) == voiced.EXEMPLARS:
                break
        return out

    return near


class _Index:
    """Posts by the telling words that they share with a text."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self.posts = posts
        counts = [Counter(_telling(post.words)) for post in posts]
        seen = Counter(word for count in counts for word in count)
        self.idf = {word: math.log((1 + len(posts)) / (1 + n)) + 1 for word, n in seen.items()}
        self.holding: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, count in enumerate(counts):
            weights = {word: (1 + math.log(n)) * self.idf[word] for word, n in count.items()}
            length = math.hypot(*weights.values()) or 1.0
            for word, weight in weights.items():
                self.holding[word].append((at, weight / length))

    def ranked(self, about: str) -> list[Post]:
        """All of them, the nearest first."""
        scores = [0.0] * len(self.posts)
        for word, n in Counter(_telling(plain(about).split())).items():
            for at, weight in self.holding.get(word, ()):
                scores[at] += (1 + math.log(n)) * self.idf[word] * weight
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], self.posts[at].id))
        return [self.posts[at] for at in order]


def _telling(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in COMMON and len(word) > 1]
