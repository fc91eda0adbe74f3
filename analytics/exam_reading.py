"""How the judge of exams reads a text: masked tokens in runs, frequent words and marks, characters; all by hash."""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator

import regex

from analytics.text import EMOJI, FOLD, HASHTAG, LINK, MENTION

ORDER = 4
"""The longest run of tokens."""
BUCKETS = 1 << 15
"""Places that runs of 2 to 4 characters are hashed into."""
Run = tuple[int, int]
"""Key of what stands before a token, and key of that and the token."""
_TOKEN = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}]+)?|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]")
_SHORT = (
    "i'm i've i'd i'll don't doesn't didn't can't won't isn't aren't wasn't weren't it's that's there's you're you've "
    "we're we've they're he's she's what's let's wouldn't couldn't shouldn't haven't hasn't yes just really like"
)
_ENDINGS = ("ing", "ed", "ly", "tion", "er", "est", "s")
_STOPS = frozenset(".!?…")
_MASK = (1 << 64) - 1


def bare(text: str) -> str:
    """Without links, hashtags, mentions, emoji and a copied fold: what code can set right in any text counts not."""
    text = FOLD.sub("", text)
    for sign in (LINK, HASHTAG, MENTION, EMOJI):
        text = sign.sub(" ", text)
    return text.replace("’", "'")


def sentences(text: str) -> list[tuple[str, ...]]:
    """Sentences as masked tokens: small words as they are, others by their ending alone, numbers as N.

    A sentence that stands in a text twice counts once: going round in circles is no likeness.
    """
    out: dict[tuple[str, ...], None] = {}
    for line in bare(text).split("\n"):
        part: list[str] = []
        for token in _TOKEN.findall(line):
            part.append(_masked(token))
            if token in _STOPS:
                out[tuple(part)] = None
                part = []
        out[tuple(part)] = None
    return [said for said in out if len(said) > 1]


@functools.cache
def _kept() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS) | frozenset(_SHORT.split())


@functools.lru_cache(maxsize=40_000)
def _masked(token: str) -> str:
    low = token.lower()
    if token[0].isdigit():
        return "N"
    if low in _kept() or not token[0].isalpha():
        return low
    return next((end.upper() for end in _ENDINGS if low.endswith(end) and len(low) > 4), "W")


@functools.lru_cache(maxsize=100_000)
def key(token: str) -> int:
    """64 bits that stand for a token: the same on every machine."""
    return int.from_bytes(hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _joined(context: int, token: int) -> int:
    return (context * 0x9E3779B97F4A7C15 + (token ^ (context >> 29)) + 1) & _MASK


def runs(said: Iterable[tuple[str, ...]]) -> Iterator[list[Run]]:
    """Of every token its runs, from no token before it to `ORDER` - 1 of them."""
    start = key("<s>")
    for sentence in said:
        ids = [start] * (ORDER - 1) + [key(token) for token in (*sentence, "</s>")]
        for at in range(ORDER - 1, len(ids)):
            found = []
            for n in range(ORDER):
                context = n
                for token in ids[at - n : at]:
                    context = _joined(context, token)
                found.append((context, _joined(context, ids[at])))
            yield found


def characters(text: str) -> dict[int, int]:
    """Runs of 2 to 4 characters within words, in lower case: how often each of `BUCKETS` comes."""
    out: Counter[int] = Counter()
    for word in bare(text).lower().split():
        out.update(_buckets(word))
    return out


@functools.lru_cache(maxsize=40_000)
def _buckets(word: str) -> tuple[int, ...]:
    padded = f" {word[:40]} "
    found = (padded[at : at + n] for n in (2, 3, 4) for at in range(len(padded) - n + 1))
    return tuple(zlib.crc32(run.encode("utf-8", "surrogatepass")) % BUCKETS for run in found)


def frequent(text: str) -> Counter[int]:
    """Keys of words and marks in lower case: how often each comes."""
    return Counter(key(token.lower()) for token in _TOKEN.findall(bare(text)))
