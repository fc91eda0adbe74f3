"""Choosing an author's own texts that help to write a new one: close in meaning, sharing words, unlike each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog

from analytics import text
from core import store
from core.errors import StorageError
from core.exemplars import index, rank, vectors
from core.store import samples
from core.store.tables import Sample

log = structlog.get_logger()
POOL = 40
"""Candidates from each ranking."""
ENOUGH = 0.5
"""With a smaller share of an author's samples embedded, words rank better than an index with holes."""
QUERY_CHARACTERS = 2_000


@dataclass(frozen=True)
class Exemplar:
    """One of the author's own texts and why it was chosen. `score` orders one answer; it compares with no other."""

    sample_id: str
    text: str
    score: float
    reason: str


def retrieve(author_id: str, query: str, k: int = 4, exclude: Collection[str] = ()) -> list[Exemplar]:
    """At most `k` of the author's own samples for a query. In the worker only: it may load the embedder.

    Hybrid (vectors and full text fused by rank), then diversified. Where too few samples are embedded, or the index or
    the embedder is missing, samples are ranked by their words, and each reason says so.
    """
    query = query[:QUERY_CHARACTERS]
    with store.reading() as tx:
        own = {s.id: s for s in samples.of_author(tx, author_id) if s.id not in set(exclude)}
    if not own or k < 1:
        return []
    ready = sum(s.embedded_at is not None for s in own.values())
    if ready < ENOUGH * len(own) or not index.exists():
        return _by_words(
            own, query, k, "its samples are not embedded yet" if not ready else "most are not embedded yet"
        )
    try:
        found = _hybrid(author_id, own, query, k)
    except (RuntimeError, StorageError) as error:
        log.warning("exemplars by words", problem=str(error))
        return _by_words(own, query, k, "the index cannot be used right now")
    return found or _by_words(own, query, k, "the index holds none of them")


def _hybrid(author_id: str, own: Mapping[str, Sample], query: str, k: int) -> list[Exemplar]:
    """Fusion and diversity over what the index finds; what the store no longer has is passed over."""
    limit = POOL + 2 * k
    near = index.near(author_id, vectors.embed([query])[0], limit) if query.strip() else []
    worded = index.worded(author_id, query, limit) if query.strip() else []
    placed = {hit.id: hit.vector for hit in (*near, *worded) if hit.id in own}
    by_meaning = [hit.id for hit in near if hit.id in own]
    by_words = [hit.id for hit in worded if hit.id in own]
    scores = rank.fuse(by_meaning, by_words)
    asked = [w.lower() for w in text.words(query)]
    chosen = rank.diverse(scores, placed, k)
    return [_exemplar(own[id_], scores[id_], _why(asked, own[id_], by_meaning, by_words)) for id_ in chosen]


def _why(asked: Sequence[str], sample: Sample, by_meaning: Sequence[str], by_words: Sequence[str]) -> str:
    place = by_meaning.index(sample.id) + 1 if sample.id in by_meaning else 0
    words = rank.shared(asked, [w.lower() for w in text.words(sample.text)]) if sample.id in by_words else []
    parts = []
    if place and place <= 10:
        parts.append("closest in meaning of all" if place == 1 else f"number {place} in closeness of meaning")
    if words:
        parts.append("shares " + _quoted(words))
    if not parts:
        parts.append("related, and unlike the others that were chosen")
    return _sentence(" and ".join(parts))


def _by_words(own: Mapping[str, Sample], query: str, k: int, because: str) -> list[Exemplar]:
    """BM25 over the author's samples, then the newest: no vectors needed."""
    texts = {id_: [w.lower() for w in text.words(s.text)] for id_, s in own.items()}
    asked = [w.lower() for w in text.words(query)]
    scores = rank.bm25(asked, texts)
    order = sorted(scores, key=lambda id_: (-scores[id_], id_))[:k]
    newest = [id_ for id_ in reversed(list(own)) if id_ not in scores][: k - len(order)]
    note = f"ranked by words only, because {because}"
    out = []
    for id_ in (*order, *newest):
        words = rank.shared(asked, texts[id_])
        why = f"shares {_quoted(words)}" if words else "one of the newest; no words in common"
        out.append(_exemplar(own[id_], scores.get(id_, 0.0), _sentence(f"{why} ({note})")))
    return out


def _quoted(words: Sequence[str]) -> str:
    return ("the words " if len(words) > 1 else "the word ") + ", ".join(f"“{word}”" for word in words)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _exemplar(sample: Sample, score: float, reason: str) -> Exemplar:
    return Exemplar(sample.id, sample.text, round(score, 6), reason)
