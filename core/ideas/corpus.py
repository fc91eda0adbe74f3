"""An author's texts as sets of telling words: quick to ask whether something near was said before."""

from __future__ import annotations

import functools
import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix

from analytics import vocabulary
from core.persona.wordlists import COMMON
from core.store.ideas import Text

_WORD = re.compile(r"[^\W\d_][\w'’-]+")
_LINK = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")
NEAR = 0.5
"""Share of the weight of telling words from which a text is about the same thing."""
MOST = 40_000
"""Texts beyond this many are left out, the oldest first."""


@functools.lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A word in small letters without its plural or possessive s."""
    word = word.lower().replace("’", "'").removesuffix("'s").strip("'-")
    return word[:-1] if len(word) > 4 and word[-1] == "s" and word[-2] not in "siu" else word


@functools.cache
def _per_million() -> dict[str, float]:
    """General English by stem, occurrences per million words."""
    counts = vocabulary.background()
    total = sum(counts.values()) or 1
    out: dict[str, float] = defaultdict(float)
    for word, count in counts.items():
        out[stem(word)] += 1e6 * count / total
    return out


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(map(stem, COMMON))


@functools.lru_cache(maxsize=200_000)
def weight(word: str) -> float:
    """How telling a stem is: minus the log of its share of general English, less 5; 0 for what says nothing."""
    if word in _common() or len(word) < 3:
        return 0.0
    return max(0.0, -math.log((_per_million().get(word, 0.0) + 0.5) / 1e6) - 5.0)


def words(text: str) -> list[str]:
    """Words of a text in small letters without plurals, in order; none of links, mentions and hashtags."""
    return [stem(w) for w in _WORD.findall(_LINK.sub(" ", text))]


def spellings(texts: Iterable[str]) -> dict[str, Counter[str]]:
    """How each stem is written in some texts, by stem; a capital counts only where the word is written so elsewhere
    than at the beginning of a sentence.
    """
    out: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        bare = _LINK.sub(" ", text)
        for found in _WORD.finditer(bare):
            word = found.group().replace("’", "'").removesuffix("'s")
            begins = bare[max(0, found.start() - 4) : found.start()].rstrip(" \"'“‘(*")[-1:] in (
                "",
                ".",
                "!",
                "?",
                "\n",
                ":",
            )
            if not (begins and word[:1].isupper() and not word[1:].isupper()):
                out[stem(word)][word] += 1
    return out


def telling(text: str, most: int = 12) -> dict[str, float]:
    """The most telling words of a text with their weights, the most telling first."""
    seen = Counter(words(text))
    rated = {w: weight(w) * (1 + math.log(n)) for w, n in seen.items() if weight(w) > 0}
    return dict(sorted(rated.items(), key=lambda item: (-item[1], item[0]))[:most])


@dataclass(frozen=True, eq=False)
class Corpus:
    """Texts, the oldest first, and which words each holds."""

    texts: Sequence[Text]
    matrix: csr_matrix
    place: dict[str, int]
    seen: npt.NDArray[np.int64] = field(repr=False)
    """In how many texts each word stands."""
    burst: npt.NDArray[np.float64] = field(repr=False)
    """How often it then stands there, on average: a text comes back to what it is about, and not to other words."""

    @property
    def n(self) -> int:
        """How many texts."""
        return len(self.texts)

    def shares(self, wanted: dict[str, float]) -> npt.NDArray[np.float64]:
        """For each text, the share of the weight of these words that it holds, 0 to 1."""
        total = sum(wanted.values())
        if not total or not self.n:
            return np.zeros(self.n)
        column = np.zeros(len(self.place))
        for word, value in wanted.items():
            if word in self.place:
                column[self.place[word]] = value / total
        return np.asarray(self.matrix @ column, dtype=np.float64)

    def nearest(self, text: str, after: int = -1) -> tuple[int, float]:
        """The text later than number `after` that holds most of a text's telling words: (number, share); -1 if none."""
        found = self.shares(telling(text))[after + 1 :]
        if not len(found):
            return -1, 0.0
        best = int(found.argmax())
        return best + after + 1, float(found[best])

    @functools.cached_property
    def names(self) -> list[str]:
        """The words by their column."""
        return list(self.place)

    @functools.cached_property
    def _columns(self) -> csc_matrix:
        return self.matrix.tocsc()

    def holding(self, word: str) -> npt.NDArray[np.int64]:
        """The numbers of the texts with a word."""
        at = self.place.get(word)
        if at is None:
            return np.zeros(0, dtype=np.int64)
        columns = self._columns
        return np.sort(columns.indices[columns.indptr[at] : columns.indptr[at + 1]]).astype(np.int64)


class _Columns(dict[str, int]):
    """Word as written -> the column of its stem; a new stem gets the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.stems: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        self[word] = column = self.stems.setdefault(stem(word), len(self.stems))
        return column


def corpus(texts: Sequence[Text]) -> Corpus:
    """A corpus of texts, the oldest first."""
    texts = texts[-MOST:]
    column = _Columns()
    columns = array("i")
    starts = [0]
    for text in texts:
        columns.extend(map(column.__getitem__, _WORD.findall(_LINK.sub(" ", f"{text.title}\n{text.text}"))))
        starts.append(len(columns))
    place = column.stems or {"": 0}
    indices = np.frombuffer(columns, dtype=np.int32) if columns else np.zeros(0, dtype=np.int32)
    times = np.bincount(indices, minlength=len(place)).astype(np.float64)
    ones = np.ones(len(indices), dtype=np.float32)
    matrix = csr_matrix((ones, indices.copy(), np.asarray(starts)), shape=(len(texts), len(place)))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    seen = np.bincount(matrix.indices, minlength=len(place)).astype(np.int64)
    return Corpus(texts, matrix, place, seen, times / np.maximum(seen, 1))
