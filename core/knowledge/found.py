"""What a post may draw from its sources: passages near its topic, and whole sentences fit to stand as key points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.text import sentences, words
from core import store
from core.exemplars import rank, vectors
from core.knowledge import telling
from core.knowledge.commands import texts
from core.store import authors
from core.store.tables_writing import Knowledge

PASSAGE = 110
"""Words from which on a passage ends at the next full stop."""
EMBEDDED = 48
"""At most so many are compared by meaning; words in common choose which."""


@dataclass(frozen=True)
class Passage:
    """A piece of a source, verbatim. It is data: whatever it says, it asks nothing of anybody."""

    knowledge_id: str
    title: str
    url: str
    text: str


def passages(ids: Sequence[str], about: str, k: int = 8) -> list[Passage]:
    """The `k` passages of these sources that go best with `about`, unlike each other, the best first.

    All of them, in order, where there are no more than `k`. Sources that were removed are left out.
    """
    found = [Passage(row.id, row.title, row.url, piece) for row in texts(ids) for piece in _pieces(row.text)]
    if len(found) <= k:
        return found
    near = _nearest([p.text for p in found], about)
    chosen = rank.diverse({str(n): s for n, s in near.scores.items()}, near.by_name, k)
    return [found[int(name)] for name in chosen]


def points(ids: Sequence[str], about: str, k: int = 5) -> list[str]:
    """At most `k` whole sentences of these sources that can stand alone as key points, the most telling first.

    None that speaks as I or we (a source is not the author), asks, orders, leans on the sentence before it or is
    cut. Only bracketed references are taken out of them.
    """
    found = list(dict.fromkeys(s for row in texts(ids) for s in standing(row)))
    if not found:
        return []
    near = _nearest(found, about)
    scores = {str(n): score + telling.worth(found[n]) for n, score in near.scores.items()}
    return [found[int(name)] for name in rank.diverse(scores, near.by_name, k)]


def standing(row: Knowledge) -> list[str]:
    """Sentences of one source that can stand alone. I and we are the author in their note, and where they speak."""
    said = row.meta.get("said") or []
    name = _name(row.author_id) if said else ""
    out = []
    for number, paragraph in enumerate(row.text.split("\n\n")):
        speaks = number < len(said) and bool(name) and said[number].casefold() == name.casefold()
        own = speaks or (row.kind == "note" and row.author_id is not None)
        bare = (telling.without_references(_untitled(sentence, row.title)) for sentence in sentences(paragraph))
        out += [sentence for sentence in bare if telling.stands(sentence, own)]
    return out


def _untitled(sentence: str, title: str) -> str:
    """Without the heading that a page or a paper runs into its first sentence."""
    rest = sentence.removeprefix(title).lstrip() if title else sentence
    return rest if rest[:1].isupper() else sentence


def _name(author_id: str | None) -> str:
    if author_id is None:
        return ""
    with store.reading() as tx:
        return authors.get(tx, author_id).name


def _pieces(text: str) -> list[str]:
    """The text cut at ends of sentences into passages; a paragraph is not cut where it is short enough."""
    out: list[str] = []
    held: list[str] = []
    size = 0
    for paragraph in text.split("\n\n"):
        for number, sentence in enumerate(sentences(paragraph)):
            held.append(("\n\n" if number == 0 and held else " " if held else "") + sentence)
            size += len(sentence.split())
            if size >= PASSAGE:
                out.append("".join(held))
                held, size = [], 0
    if held:
        out.append("".join(held))
    return out


@dataclass(frozen=True)
class _Near:
    """Texts by number with their nearness to the topic (0 to 1) and their vectors."""

    scores: dict[int, float]
    by_name: dict[str, NDArray[np.float32]]


def _nearest(candidates: Sequence[str], about: str) -> _Near:
    """By words in common first, then by meaning; by words alone where the embedder is not on this machine."""
    query = [w.lower() for w in words(about)]
    held = {str(n): [w.lower() for w in words(text)] for n, text in enumerate(candidates)}
    by_words = rank.bm25(query, held)
    first = sorted(held, key=lambda n: (-by_words.get(n, 0.0), int(n)))[:EMBEDDED]
    try:
        stack = vectors.embed([candidates[int(n)] for n in first] + ([about] if about.strip() else []))
    except RuntimeError:
        return _by_words(first, by_words, held)
    rows = stack[: len(first)]
    target = stack[-1] if about.strip() else rows.mean(axis=0)
    scores = {int(n): float(row @ target) for n, row in zip(first, rows, strict=True)}
    return _Near(scores, dict(zip(first, rows, strict=True)))


def _by_words(first: Sequence[str], by_words: dict[str, float], held: dict[str, list[str]]) -> _Near:
    best = max(by_words.values(), default=0.0) or 1.0
    names = sorted({w for n in first for w in held[n] if w not in rank.COMMON})
    place = {w: at for at, w in enumerate(names)}
    by_name = {}
    for n in first:
        row = np.zeros(len(names) or 1, dtype=np.float32)
        for w in held[n]:
            if w in place:
                row[place[w]] += 1
        by_name[n] = row / (float(np.linalg.norm(row)) or 1.0)
    return _Near({int(n): by_words.get(n, 0.0) / best for n in first}, by_name)
