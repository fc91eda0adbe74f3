"""Which sentence of the sources is nearest to a claim, and how near."""

from __future__ import annotations

import functools
import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics import embedding
from core.claims import wording
from core.claims.model import Source
from core.claims.sentences import sentences
from core.config import settings

Vectors = npt.NDArray[np.float32]
LEXICAL = 0.5
"""Weight of shared words against closeness by MiniLM, where it is at hand."""

NEW, ALONE = 2, 0.45
"""A clause with so many words that no source has, and nearer to none than this, is an addition."""
OTHER = 0.8
"""A clause that is so near to another passage draws on it."""


@dataclass(frozen=True)
class Passage:
    """A sentence of a source with the one after it, for claims that draw on both."""

    source: str
    text: str
    after: str = ""


@dataclass(frozen=True)
class Link:
    """A claim's nearest passage: shared words (0 to 1), cosine (-1 to 1, None without MiniLM), and both as one."""

    passage: Passage
    shared: float
    near: float | None
    score: float


class Index:
    """The sentences of some sources. `meaning`: use MiniLM (loads it where it is not in memory)."""

    def __init__(self, sources: Sequence[Source], meaning: bool) -> None:
        rows = [(s.id, sentence) for s in sources if s.kind != "sample" for sentence, _, _ in sentences(_titled(s))]
        self.passages = [
            Passage(id_, said, rows[at + 1][1] if at + 1 < len(rows) and rows[at + 1][0] == id_ else "")
            for at, (id_, said) in enumerate(rows)
        ]
        self._stems = [set(wording.content(p.text)) for p in self.passages]
        counts = Counter(word for stems in self._stems for word in stems)
        self._rare = {word: math.log(1 + len(self.passages) / n) for word, n in counts.items()}
        self._most = math.log(1 + len(self.passages)) if self.passages else 1.0
        self._vectors = _vectors(tuple(p.text for p in self.passages)) if meaning and self.passages else None

    @property
    def meaning(self) -> bool:
        """Whether MiniLM was at hand."""
        return self._vectors is not None

    def nearest(self, claims: Sequence[str], most: int = 3) -> list[list[Link]]:
        """For each claim its nearest passages, the best first."""
        if not self.passages:
            return [[] for _ in claims]
        near = _cosines(self._vectors, tuple(claims)) if self._vectors is not None and claims else None
        out = []
        for number, claim in enumerate(claims):
            stems = set(wording.content(claim))
            links = []
            for at, passage in enumerate(self.passages):
                shared = self._shared(stems, self._stems[at])
                cosine = float(near[number][at]) if near is not None else None
                score = shared if cosine is None else LEXICAL * shared + (1 - LEXICAL) * max(0.0, cosine)
                links.append(Link(passage, shared, cosine, round(score, 4)))
            out.append(sorted(links, key=lambda link: -link.score)[:most])
        return out

    def evidence(self, claim: str, link: Link) -> tuple[str, list[str]]:
        """The text that a claim is held against, and the clauses that no passage is near to.

        That is the passage, the one after it, and for each clause another passage where that is much nearer.
        """
        said = [link.passage.text]
        pieces = wording.clauses(claim)
        near = _cosines(_vectors(self._windows), tuple(pieces)) if self.meaning and len(pieces) > 1 else None
        alone = []
        for number, piece in enumerate(pieces if len(pieces) > 1 else ()):
            new = sum(word not in self._rare for word in wording.content(piece))
            if near is None:
                if new >= 3:
                    alone.append(piece)
                continue
            at = int(near[number].argmax())
            if new >= NEW and float(near[number][at]) < ALONE:
                alone.append(piece)
            elif float(near[number][at]) > OTHER and self._window_of[at] not in said:
                said.append(self._window_of[at])
        return " ".join(said), alone

    @functools.cached_property
    def _windows(self) -> tuple[str, ...]:
        return tuple(window for window, _ in self._cut)

    @functools.cached_property
    def _window_of(self) -> list[str]:
        return [whole for _, whole in self._cut]

    @functools.cached_property
    def _cut(self) -> list[tuple[str, str]]:
        """Every passage whole, in clauses and in neighbouring clauses, with the passage."""
        out = []
        for passage in self.passages:
            pieces = wording.clauses(passage.text)
            pairs = [" ".join(pieces[at : at + 2]) for at in range(len(pieces) - 1)]
            out += [(one, passage.text) for one in dict.fromkeys((passage.text, *pieces, *pairs))]
        return out

    def _shared(self, claim: set[str], passage: set[str]) -> float:
        """The share of the claim's telling words that the passage has; rare words count for more."""
        weights = {word: self._rare.get(word, self._most) for word in claim}
        total = sum(weights.values())
        return sum(weight for word, weight in weights.items() if word in passage) / total if total else 0.0


def _titled(source: Source) -> str:
    return f"{source.title}\n\n{source.text}" if source.title else source.text


KEPT = 2000
"""Sentences whose vectors are remembered: the variants of a run share nearly all of theirs."""
_known: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
_lock = threading.Lock()


def _vectors(said: tuple[str, ...]) -> Vectors | None:
    """A row for each text; only those that were not met lately are embedded, all at once."""
    chosen = settings().timbre_embedder
    with _lock:
        found = {one: _known[chosen, one] for one in said if (chosen, one) in _known}
    fresh = [one for one in dict.fromkeys(said) if one not in found]
    if fresh:
        try:
            rows = embedding.embed(fresh, "" if chosen == "minilm" else chosen)
        except RuntimeError:
            return None
        found |= dict(zip(fresh, rows, strict=True))
    with _lock:
        _known.update({(chosen, one): found[one] for one in fresh})
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return np.stack([found[one] for one in said])


def _cosines(vectors: Vectors | None, claims: tuple[str, ...]) -> Vectors | None:
    mine = _vectors(claims)
    return None if mine is None or vectors is None else np.asarray(mine @ vectors.T)
