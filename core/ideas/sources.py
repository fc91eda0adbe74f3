"""From the sources: sentences that tell something and that no post of the author has used."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from core.generate import figures
from core.ideas.corpus import NEAR, Corpus, telling
from core.ideas.model import Evidence, Proposal, key_of, short
from core.knowledge import telling as fit
from core.knowledge.found import standing
from core.store.tables_writing import Knowledge

POINTS = 3
"""Sentences of one source that a proposal begins with."""
EACH = 2
"""Proposals from one source."""
WORTH = 0.12
"""From here on a sentence tells something: a number, or a finding with a name in it (core.knowledge.telling)."""


@functools.lru_cache(maxsize=400)
def _sentences(_hash: str, row: _Row) -> tuple[tuple[float, str], ...]:
    rated = ((fit.worth(sentence), sentence) for sentence in dict.fromkeys(standing(row.row)))
    return tuple(sorted((r for r in rated if r[0] >= WORTH), key=lambda r: -r[0]))


class _Row:
    """A source that is the same as another of the same id, for the cache."""

    def __init__(self, row: Knowledge) -> None:
        self.row = row

    def __hash__(self) -> int:
        return hash(self.row.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Row) and other.row.id == self.row.id


def unused(own: Corpus, rows: Sequence[Knowledge], passed: frozenset[str] = frozenset()) -> list[Proposal]:
    """Proposals from sources, the newest source first, each from a telling sentence that no post has used.

    `passed` are keys that were decided on: the next sentence of the source takes their place.
    """
    out: list[Proposal] = []
    for row in rows:
        left = [sentence for _, sentence in _sentences(row.text_hash, _Row(row)) if not _used(own, sentence)]
        taken: list[str] = []
        for sentence in left:
            if len(taken) == EACH:
                break
            if any(_alike(sentence, other) for other in taken) or key_of("knowledge", row.id, sentence) in passed:
                continue
            taken.append(sentence)
            out.append(_proposal(row, sentence, left, own.n))
    return out


def _proposal(row: Knowledge, sentence: str, left: Sequence[str], posts: int) -> Proposal:
    others = sorted((s for s in left if s != sentence), key=lambda s: -_shared(sentence, s))
    points = [sentence, *[s for s in others if _shared(sentence, s) > 0][: POINTS - 1]]
    title = row.title or short(row.text, 60)
    checked = f"none of the {posts:,} posts holds it" if posts else "there is no post yet"
    fields = {"topic": title, "points": points, "knowledge": [row.id], **({"link": row.url} if row.url else {})}
    return Proposal(
        key_of("knowledge", row.id, sentence),
        "knowledge",
        short(sentence),
        f"“{short(title, 80)}” says it, and {checked}.",
        fields,
        (Evidence("knowledge", row.id, sentence, title, row.url),),
    )


def _used(own: Corpus, sentence: str) -> bool:
    """Whether some text holds most of its telling words, or one of its numbers with a good part of them."""
    shares = own.shares(telling(sentence))
    if not len(shares):
        return False
    if shares.max() >= NEAR + 0.1:
        return True
    numbers = set(figures.numbers(sentence))
    close = [own.texts[int(at)].text for at in (shares >= NEAR / 2).nonzero()[0][:50]]
    return bool(numbers) and any(numbers & set(figures.numbers(text)) for text in close)


def _shared(one: str, other: str) -> float:
    a, b = telling(one), telling(other)
    return sum(weight for word, weight in a.items() if word in b) / (sum(a.values()) or 1)


def _alike(one: str, other: str) -> bool:
    return _shared(one, other) >= NEAR
