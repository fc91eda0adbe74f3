"""How much two texts share, and what a text has copied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from analytics.text import LINK, WORD


def overlap(a: str, b: str, n: int = 3) -> float:
    """Share of word n-grams that two texts have in common (Jaccard), 0 to 1; the same text is 1, nothing shared is 0.

    Where a text has fewer than `n` words, shorter runs are compared; two texts without words share nothing: 0.
    """
    one, other = _lowered(a), _lowered(b)
    size = max(1, min(n, len(one), len(other)))
    left, right = _shingles(one, size), _shingles(other, size)
    return len(left & right) / len(left | right) if left | right else 0.0


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
