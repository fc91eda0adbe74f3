"""Two to four posts that show the voice: the most typical one, then typical ones that differ from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.features import features
from core.persona.cadence import hook_words
from core.persona.corpus import Corpus
from core.persona.figures import Figures
from core.persona.lexicon import Subject
from core.persona.structure import ENDINGS, layout_words

POOL = 120
"""Posts that are looked at: enough to know what is typical, few enough to be quick where no features are stored."""
WANTED = 4
_SHORTEST, _LONGEST = 120, 1800  # characters: a passage must show something, and fit on a card


def choose(
    corpus: Corpus, stored: Mapping[str, npt.NDArray[np.float32]], subjects: Sequence[Subject] = ()
) -> list[dict[str, Any]]:
    """At most four of `{"sample", "reason"}`. `stored`: feature vectors by sample id; missing ones are computed."""
    fitting = [p for p in corpus.posts if _SHORTEST <= p.chars <= _LONGEST] or list(corpus.posts)
    picks = np.unique(np.linspace(0, len(fitting) - 1, min(POOL, len(fitting))).astype(int))
    pool = [fitting[i] for i in picks]
    if len(pool) < 2:
        return [{"sample": p.id, "reason": "The only post of a length to show."} for p in pool]
    vectors = _standardised(np.stack([_vector(p, stored) for p in pool]))
    far = np.sqrt(np.mean(vectors**2, axis=1))  # distance from the author's own middle
    order = np.argsort(far, kind="stable")
    typical = order[: max(2, len(order) // 2)]
    chosen = [int(order[0])]
    while len(chosen) < min(WANTED, len(typical)):
        rest = [int(i) for i in typical if int(i) not in chosen]
        apart = [min(float(np.linalg.norm(vectors[i] - vectors[c])) for c in chosen) for i in rest]
        chosen.append(rest[int(np.argmax(apart))])
    rank = {int(i): at for at, i in enumerate(order)}
    return [
        {"sample": pool[i].id, "reason": _reason(pool[i], pool[chosen[0]], rank[i], len(pool), corpus, subjects)}
        for i in chosen
    ]


def _vector(post: Figures, stored: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float64]:
    kept = stored.get(post.id)
    return np.nan_to_num(np.asarray(features(post.text) if kept is None else kept, dtype=np.float64))


def _standardised(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """In units of the author's own spread; figures that never change drop out, single outliers are held at 4."""
    middle = np.median(vectors, axis=0)
    spread = np.std(vectors, axis=0)
    moving = spread > 1e-9
    held: npt.NDArray[np.float64] = np.clip((vectors - middle)[:, moving] / spread[moving], -4, 4)
    return held if held.shape[1] else np.zeros((len(vectors), 1))


def _reason(post: Figures, first: Figures, rank: int, pool: int, corpus: Corpus, subjects: Sequence[Subject]) -> str:
    looked = f"of {pool:,} posts looked at" if pool < corpus.n else f"of {pool:,} posts"
    if post is first:
        return (
            f"The most typical {looked}: nearest to the middle of {pool:,} in length, rhythm, punctuation and layout."
        )
    typical = f"More typical than {pool - 1 - rank:,} {looked}, and shows another side: "
    return typical + _difference(post, first, corpus, subjects) + "."


def _difference(post: Figures, first: Figures, corpus: Corpus, subjects: Sequence[Subject]) -> str:
    """What sets a passage apart from the first one, the rarest trait first."""
    traits = [
        (post.hook != first.hook, lambda p: p.hook == post.hook, f"opens with {hook_words(post.hook)}"),
        (post.layout != first.layout, lambda p: p.layout == post.layout, f"set as {layout_words(post.layout)}"),
        (post.bullets > 0 and not first.bullets, lambda p: p.bullets > 0, "holds a list"),
        (post.first_person and not first.first_person, lambda p: p.first_person, "in the first person"),
        (post.ending != first.ending, lambda p: p.ending == post.ending, f"ends on {ENDINGS[post.ending]}"),
        (bool(post.links) and not first.links, lambda p: p.links > 0, "leads to a link"),
        (bool(post.tags) and not first.tags, lambda p: p.hashtags > 0, "with hashtags"),
        (not post.tags and bool(first.tags), lambda p: not p.hashtags, "without hashtags"),
    ]
    found = sorted(((corpus.share(rule), text) for differs, rule, text in traits if differs), key=lambda t: t[0])
    length = post.chars / max(1, first.chars)
    said = [text for _, text in found[:2]]
    if length > 1.5 or length < 0.67 or not said:
        said.insert(0, f"{'longer' if length >= 1 else 'shorter'} ({post.chars:,} characters)")
    about = [s.phrase for s in subjects if _holds(post, s) and not _holds(first, s)]
    return ", ".join(([f"on {about[0]}"] if about else []) + said[:2])


def _holds(post: Figures, subject: Subject) -> bool:
    return f" {subject.phrase.lower()} " in f" {' '.join(post.words)} "
