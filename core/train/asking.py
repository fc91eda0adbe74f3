"""The request that a post answers: which of the author's other posts it shows, and what there is room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.exemplars.rank import COMMON
from core.generate import voiced
from core.generate.brief import BriefFields
from core.train import parting
from core.train.cleaning import plain
from core.train.model import Plan
from core.train.parting import Parted, Post

_CHARS, _MARKS = 4.0, 20
"""Characters of a token of English, a little under the mean, and tokens of what stands around prompt and answer."""


def tokens_about(chars: int) -> int:
    """Tokens of so many characters of English, about: for sizes and limits, never for what is fed to a model."""
    return round(chars / _CHARS)


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

    They are of the same author, to learn from, and nearest by their words; never one that shares a run of words with
    the answer, which would stand in the question then.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    by_author = {}
    for author_id in found.authors:
        own = [post for post in found.train if post.author_id == author_id]
        if len(own) > voiced.EXEMPLARS:
            words = TfidfVectorizer(sublinear_tf=True, analyzer=_telling)
            by_author[author_id] = (own, words, words.fit_transform([" ".join(post.words) for post in own]))

    def near(author_id: str, about: str, answer: Post | None = None) -> list[Post]:
        if author_id not in by_author:
            return []
        own, words, matrix = by_author[author_id]
        scores = (matrix @ words.transform([plain(about)]).T).toarray().ravel()
        out: list[Post] = []
        for at in sorted(range(len(own)), key=lambda at: (-scores[at], own[at].id)):
            if answer is None or (own[at].id != answer.id and not parting.share_run(own[at], answer)):
                out.append(own[at])
            if len(out) == voiced.EXEMPLARS:
                break
        return out

    return near


def _telling(text: str) -> list[str]:
    return [word for word in text.split() if word not in COMMON]
