"""A text as hashed n-grams of six streams that say how it is written; subjects, names and addresses are masked in most.

Streams: `small1`..`small3` small words as they are, others as their ending (after Stamatatos's text distortion, 2017);
`shape` what each word and mark looks like; `masked` characters with content words masked; `chars` characters, with
names inside sentences, links, hashtags and mentions masked. `words`, the content words, is for the topic only.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import regex

from analytics.text import EMOJI, FOLD, HASHTAG, LINK, MENTION

Hashes = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.uint16]
Counts = npt.NDArray[np.uint8]
Block = tuple[Ids, Counts]
STYLE: dict[str, int] = {"small1": 1024, "small2": 2048, "small3": 2048, "shape": 2048, "masked": 2048, "chars": 4096}
"""The streams of style, and how many numbers each becomes in `sketch`."""
BLOCKS: tuple[str, ...] = (*STYLE, "words")
SIZE = sum(STYLE.values())
_SMALL = Path(__file__).with_name("small_words.txt")
_TOKEN = regex.compile(
    rf"(?P<link>{LINK.pattern})|(?P<hash>(?:hashtag)?{HASHTAG.pattern})|(?P<ment>{MENTION.pattern})"
    r"|(?P<word>[\p{L}\p{M}]+(?:['’\-‐‑][\p{L}\p{M}]+)*)"
    r"|(?P<num>\p{N}+(?:[.,:/]\p{N}+)*)"
    rf"|(?P<emoji>{EMOJI.pattern})"
    r"|(?P<nl>[^\S\n]*\n\s*)|(?P<sp>[\s\u200b\u2060\ufeff\u202a-\u202e]+)|(?P<dots>\.{2,}|…)|(?P<mark>.)",
    regex.DOTALL | regex.IGNORECASE,
)
_STANDS = {"link": "L", "hash": "#", "ment": "@", "num": "9", "emoji": "E"}
_A, _B, _C = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_30, _27, _31, _29, _1 = (np.uint64(n) for n in (30, 27, 31, 29, 1))


@functools.cache
def small_words() -> frozenset[str]:
    """Words that are kept as they are."""
    rows = _SMALL.read_text(encoding="utf8").splitlines()
    return frozenset(row for row in rows if row and not row.startswith("#"))


@dataclass(frozen=True, slots=True)
class Piece:
    """One token: what stands for it in each stream, and where it is in the text."""

    kind: str
    small: str | None  # None: white space within a line is no token of the word streams
    shape: str
    masked: str
    chars: str
    start: int
    end: int


def pieces(text: str) -> list[Piece]:
    """The tokens of a text, in order; offsets are into `text` as given. What a copied fold leaves is skipped."""
    fold = FOLD.search(text)
    end = fold.start() if fold else len(text)
    out: list[Piece] = []
    first = True
    for found in _TOKEN.finditer(text, 0, end):
        kind, said = str(found.lastgroup), found.group()
        if kind == "word":
            out.append(Piece(kind, *_word(said, first), found.start(), found.end()))
            first = False
            continue
        if kind == "sp":
            small, shown = None, " "
        elif kind == "nl":
            small = shown = "\n\n" if said.count("\n") > 1 else "\n"
            first = True
        else:
            small = shown = _STANDS.get(kind, said)
            first = first or (kind in {"mark", "dots"} and said[0] in ".!?…")
        out.append(Piece(kind, small, shown, shown, shown, found.start(), found.end()))
    while out and out[-1].kind in {"sp", "nl"}:
        out.pop()
    return out


@functools.lru_cache(maxsize=60_000)
def _word(said: str, first: bool) -> tuple[str, str, str, str]:
    """What stands for a word: (small, shape, masked, chars)."""
    low = said.lower().replace("’", "'")
    capital = said[0].isupper()
    shape = "I" if said == "I" else "W" if len(said) > 1 and said.isupper() else "C" if capital else "w"
    if low in small_words():
        return low, shape, said, said
    ending = low[-3:] if len(low) > 5 else low[-2:] if len(low) > 4 else ""
    mark = "X" if capital else "*"
    masked = mark + "*" * (min(len(said), 9) // 3) + (low[-2:] if len(said) > 4 else "")
    name = capital and not first
    return ("X" if name else "x") + ending, shape, masked, "X" if name else said


@functools.lru_cache(maxsize=60_000)
def _hash(token: str) -> int:
    """FNV-1a, 64 bits: the same on every machine."""
    out = 0xCBF29CE484222325
    for byte in token.encode("utf-8", "surrogatepass"):
        out = ((out ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return out


def _hashed(tokens: Iterable[str]) -> Hashes:
    return np.array([_hash(token) for token in tokens], dtype=np.uint64)


def _codes(text: str) -> Hashes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64) * _B


def _ngrams(h: Hashes, n: int) -> Hashes:
    """A hash (16 bits) of every run of `n`: (len(h) - n + 1,)."""
    m = len(h) - n + 1
    if m <= 0:
        return np.zeros(0, np.uint64)
    out = np.full(m, n, np.uint64)
    for j in range(n):
        out = (out + h[j : j + m] + _1) * _A
        out ^= out >> _29
    out = (out ^ (out >> _30)) * _B
    out = (out ^ (out >> _27)) * _C
    return (out ^ (out >> _31)) & np.uint64(0xFFFF)


Spans = list[tuple[Hashes, int]]
"""For each n of a stream: the hashes by place, and n."""


def streams(found: list[Piece]) -> dict[str, Spans]:
    """Every stream's n-grams by place; places count tokens (`small`, with a start and an end added) or characters."""
    small = _hashed(["^", *(p.small for p in found if p.small is not None), "$"])
    shape, masked, chars = (_codes("".join(getattr(p, name) for p in found)) for name in ("shape", "masked", "chars"))
    return {
        **{f"small{n}": [(_ngrams(small, n), n)] for n in (1, 2, 3)},
        "shape": [(_ngrams(shape, n), n) for n in (2, 3, 4, 5)],
        "masked": [(_ngrams(masked, n), n) for n in (3, 4, 5)],
        "chars": [(_ngrams(chars, n), n) for n in (2, 3, 4)],
    }


def blocks(text: str) -> dict[str, Block]:
    """For each of `BLOCKS`: (sorted ids of 16 bits, how often each, at most 255)."""
    found = pieces(text)
    out = {name: _counted(np.concatenate([h for h, _ in runs])) for name, runs in streams(found).items()}
    content = [text[p.start : p.end].lower() for p in found if p.kind == "word" and p.small and p.small[0] in "xX"]
    out["words"] = _counted(_ngrams(_hashed(w for w in content if len(w) > 2), 1))
    return out


def _counted(hashes: Hashes) -> Block:
    ids, counts = np.unique(hashes, return_counts=True)
    return ids.astype(np.uint16), np.minimum(counts, 255).astype(np.uint8)


@functools.cache
def places(name: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """For every id of a stream, (its place in the stream's part of the sketch, its sign), each (65536,)."""
    ids = np.arange(1 << 16, dtype=np.uint64)
    mixed = (ids + _1) * _A
    mixed = (mixed ^ (mixed >> _30)) * _B
    sign = np.where((mixed >> np.uint64(40)) & _1, np.float32(1), np.float32(-1))
    return ((mixed >> np.uint64(44)) % np.uint64(STYLE[name])).astype(np.int32), sign.astype(np.float32)


def sketch(found: dict[str, Block]) -> npt.NDArray[np.float32]:
    """The blocks of style as one vector (SIZE,): square roots of counts, each block of length 1, hashed with signs.

    (Weinberger et al. 2009.) Inner products of sketches are those of the n-gram vectors, up to small noise.
    """
    return np.concatenate([_part(name, *found[name]) for name in STYLE])


def _part(name: str, ids: Ids, counts: Counts) -> npt.NDArray[np.float32]:
    at, sign = places(name)
    total = float(counts.sum(dtype=np.int64))
    value = sign[ids] * np.sqrt(counts / total if total else counts)
    return np.bincount(at[ids], weights=value, minlength=STYLE[name]).astype(np.float32)
