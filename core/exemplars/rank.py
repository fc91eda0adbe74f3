"""Ranking by arithmetic alone: fusion of rankings, diversity, and word overlap where there are no vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

FUSION = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""
RELEVANCE = 0.7
"""Weight of relevance against diversity (Carbonell and Goldstein, SIGIR 1998)."""
_COMMON = """
a about after again all also am an and any are as at be because been before being but by can could did do does
doing don't down each even few for from get got had has have he her here him his how i i'm if in into is it it's
its just like me more most my no not now of off on one only or other our out over own people same she should so
some such than that that's the their them then there these they this those through to too under until up us very
was we were what when where which while who why will with would you your
"""
COMMON = frozenset(_COMMON.split())
"""Words that say nothing about what a text is about."""


def fuse(*rankings: Sequence[str]) -> dict[str, float]:
    """Reciprocal rank fusion: id -> sum of 1 / (60 + rank)."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, id_ in enumerate(ranking, 1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (FUSION + rank)
    return scores


def diverse(scores: Mapping[str, float], vectors: Mapping[str, NDArray[np.float32]], k: int) -> list[str]:
    """Maximal marginal relevance: at most `k` ids, each relevant and unlike those before. Vectors have length 1."""
    if not scores:
        return []
    low, high = min(scores.values()), max(scores.values())
    span = (high - low) or 1.0
    left = sorted(scores, key=lambda id_: (-scores[id_], id_))
    chosen = [left.pop(0)]
    while left and len(chosen) < k:

        def worth(id_: str) -> float:
            alike = max(float(vectors[id_] @ vectors[other]) for other in chosen)
            return RELEVANCE * (scores[id_] - low) / span - (1 - RELEVANCE) * alike

        best = max(left, key=worth)
        left.remove(best)
        chosen.append(best)
    return chosen[:k]


def shared(query: Sequence[str], text: Sequence[str], most: int = 3) -> list[str]:
    """Telling words that both hold, in the order of the query."""
    there = set(text)
    return [w for w in dict.fromkeys(query) if w in there and w not in COMMON and len(w) > 2][:most]


def bm25(
    query: Sequence[str], texts: Mapping[str, Sequence[str]], k1: float = 1.2, b: float = 0.75
) -> dict[str, float]:
    """Okapi BM25 of each text for the telling words of the query; texts that share none are left out."""
    wanted = {w for w in query if w not in COMMON}
    usual = sum(map(len, texts.values())) / max(len(texts), 1) or 1.0
    held = {id_: Counter(w for w in text if w in wanted) for id_, text in texts.items()}
    seen = Counter(w for count in held.values() for w in count)
    weight = {w: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for w, n in seen.items()}
    return {
        id_: sum(weight[w] * n * (k1 + 1) / (n + k1 * (1 - b + b * len(texts[id_]) / usual)) for w, n in count.items())
        for id_, count in held.items()
        if count
    }
