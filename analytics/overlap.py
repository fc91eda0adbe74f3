"""How much two texts share, and what a text has copied."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from analytics.text import LINK, WORD

NEAR = 0.7
"""Share of runs of three words from which two texts are one text with a word or two changed."""
FEW, CANDIDATES, COMMON = 8, 3, 50
"""Words under which nothing is said; texts that are compared in full; texts after which a run counts as common."""


def overlap(a: str, b: str, n: int = 3) -> float:
    """Share of word n-grams that two texts have in common (Jaccard), 0 to 1; the same text is 1, nothing shared is 0.

    Where a text has fewer than `n` words, shorter runs are compared; two texts without words share nothing: 0.
    """
    one, other = _lowered(a), _lowered(b)
    size = max(1, min(n, len(one), len(other)))
    left, right = _shingles(one, size), _shingles(other, size)
    return len(left & right) / len(left | right) if left | right else 0.0


def nearest(texts: Sequence[str], known: int = 0, least: float = NEAR) -> list[tuple[int, float] | None]:
    """For each text from place `known` on the one before it that it is most like: (place, overlap), or None.

    Only texts that share at least `least` of their runs of three words (0 to 1). Texts under `FEW` words have none.
    Of long texts a fixed eighth of the runs is looked up, and what that finds is compared in full: about half a
    millisecond a text of 150 words.
    """
    index: dict[int, list[int]] = defaultdict(list)
    counts: list[int] = []
    out: list[tuple[int, float] | None] = []
    for place, text in enumerate(texts):
        words = WORD.findall(LINK.sub(" ", text).lower().replace("’", "'"))
        marks = _marks(words) if len(words) >= FEW else set()
        if place >= known:
            shared = Counter(other for mark in marks for other in index.get(mark, ()))
            # of a long text and a short one only the eighth of the long one's runs can be shared
            likely = [other for other, n in shared.most_common(CANDIDATES)
                      if n >= min(len(marks), counts[other]) * least / 2]  # fmt: skip
            found = [(other, overlap(text, texts[other])) for other in likely]
            best = max(found, key=lambda pair: pair[1], default=(0, 0.0))
            out.append(best if best[1] >= least else None)
        counts.append(len(marks))
        for mark in marks:
            if len(index[mark]) < COMMON:  # what stands in every post says nothing of two
                index[mark].append(place)
    return out


def _marks(words: list[str]) -> set[int]:
    """Numbers for the runs of three words of a text, the same on every machine; for a long one an eighth of them."""
    numbers = {zlib.crc32(" ".join(run).encode()) for run in _shingles(words, 3)}
    return {n for n in numbers if n % 8 == 0} if len(numbers) > 80 else numbers


def copied_runs(text: str, sources: Sequence[str], n: int = 8) -> list[str]:
    """Runs of at least `n` words that stand in a source word for word (case and punctuation apart), as `text` has it.

    The longest from each beginning, in the order of the text, none overlapping.
    """
    lowered = [_lowered(source) for source in sources]
    index: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for number, source in enumerate(lowered):
        for at in range(len(source) - n + 1):
            index[tuple(source[at : at + n])].append((number, at))
    blank = LINK.sub(lambda link: " " * len(link.group()), text)
    spans = [match.span() for match in WORD.finditer(blank)]
    own = [_lower(blank[start:end]) for start, end in spans]
    out: list[str] = []
    at = 0
    while at <= len(own) - n:
        found = index.get(tuple(own[at : at + n]), ())
        length = max((_common(own, at, lowered[number], place) for number, place in found), default=0)
        if length:
            out.append(text[spans[at][0] : spans[at + length - 1][1]])
        at += max(1, length)
    return out


def _common(own: list[str], at: int, other: list[str], place: int) -> int:
    """How many words agree from here on."""
    length = 0
    while at + length < len(own) and place + length < len(other) and own[at + length] == other[place + length]:
        length += 1
    return length


def _lower(word: str) -> str:
    return word.lower().replace("’", "'")


def _lowered(text: str) -> list[str]:
    return [_lower(word) for word in WORD.findall(LINK.sub(" ", text))]


def _shingles(found: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(found[at : at + size]) for at in range(len(found) - size + 1)}
