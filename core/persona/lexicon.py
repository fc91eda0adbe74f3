"""Lexicon: turns of phrase, words the author never uses though others do, jargon, and the subjects they return to."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analytics import vocabulary
from core.persona import reference
from core.persona.corpus import LEAST, Corpus, Field, field, listing, number
from core.persona.wordlists import COMMON, LISTS, STYLE

EXPECTED = 4.0
"""How often others would have used a word, for its absence to mean something: chance leaves out 2 in 100 such words."""
_RARE = 4.0  # times as frequent as in general English, in posts or running text
_WORDLIKE = re.compile(r"[^\W\d_][^\W_]*(?:[-'][^\W_]+)*")


@dataclass(frozen=True)
class Subject:
    """A word or phrase of content, in the author's spelling."""

    phrase: str
    posts: int
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    """A run of words that comes back."""

    words: tuple[str, ...]
    posts: int
    usual: float  # share of other authors' posts with it


def derive(corpus: Corpus, subjects: Sequence[Subject]) -> dict[str, Field]:
    """The fields of the section by name."""
    return {"phrases": _phrases(corpus, subjects), "taboo": _taboo(corpus), "jargon": _jargon(corpus)}


def subjects(corpus: Corpus, limit: int = 16) -> list[Subject]:
    """Content words and pairs that stand out against general English, in at least 3 posts and 3% of them."""
    known, spelled, seen = _background(), corpus.names, corpus.runs
    least = max(LEAST, round(0.03 * corpus.n))
    scored = []
    for gram, count in seen.items():
        if (
            count < least
            or len(gram) > 2
            or any(w in COMMON or w in STYLE or len(w) < 3 or not _WORDLIKE.fullmatch(w) for w in gram)
        ):
            continue
        if len(gram) == 1 and _glued(gram[0], corpus, known):
            continue
        strange = sum(-math.log((known.get(w, 0) + 0.5) / 1e6) for w in gram) / len(gram)
        scored.append((count * strange * (1.6 if len(gram) == 2 else 1.0), count, gram))
    kept: list[tuple[int, tuple[str, ...]]] = []
    for _, count, gram in sorted(scored, key=lambda s: (-s[0], s[2])):
        if len(kept) < limit and not any(set(gram) & set(other) or _same(gram, other) for _, other in kept):
            kept.append((count, gram))
    return [_subject(corpus, gram, count, spelled) for count, gram in kept]


def _subject(corpus: Corpus, gram: tuple[str, ...], count: int, spelled: dict[str, str]) -> Subject:
    holding = corpus.ids(lambda p: gram in set(p.grams(len(gram))))
    return Subject(" ".join(spelled.get(w, w) for w in gram), count, tuple(holding))


def _same(gram: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two are the same but for a plural."""
    return {w.rstrip("s") for w in gram} & {w.rstrip("s") for w in other} != set()


def phrases(corpus: Corpus, subjects: Sequence[Subject], limit: int = 6) -> list[Phrase]:
    """Runs of 2 to 5 words in at least 3 posts and 2% of them, four times as common as with other authors."""
    least = max(LEAST, round(0.02 * corpus.n))
    barred = set(corpus.names) | {w.lower() for s in subjects for w in s.phrase.split()}
    found: list[tuple[float, Phrase]] = []
    seen = corpus.runs
    for gram, count in seen.items():
        if count < least or not _turn_of_phrase(gram, barred):
            continue
        usual = reference.phrase_share(" ".join(gram))
        ratio = count / corpus.n / usual
        if ratio >= 4 and (len(gram) > 2 or count >= 0.03 * corpus.n):
            found.append((count * math.log(ratio) * len(gram), Phrase(gram, count, usual)))
    kept: list[Phrase] = []
    for _, phrase in sorted(found, key=lambda f: (-f[0], f[1].words)):
        if len(kept) < limit and not any(_overlap(phrase.words, k.words) for k in kept):
            kept.append(_longest(phrase, seen, barred))
    return kept


def _turn_of_phrase(gram: tuple[str, ...], barred: set[str]) -> bool:
    """Whether a run of words is a way of putting things: "is no such thing", not "digital health" or "of the"."""
    if len(gram) < 2 or any((w in barred and w not in COMMON) or not _WORDLIKE.fullmatch(w) for w in gram):
        return False
    small = sum(w in COMMON for w in gram)
    if gram[0] in DANGLING or gram[-1] in DANGLING - {"of"}:
        return False
    if len(gram) == 2:
        return small == 1 and not set(gram) & WEAK
    return small < len(gram) or (len(gram) >= 4 and len(set(gram) - WEAK) >= 2)


DANGLING = frozenset(LISTS["dangling"])
WEAK = DANGLING | frozenset(LISTS["weak"])


def _longest(phrase: Phrase, seen: Counter[tuple[str, ...]], names: set[str]) -> Phrase:
    """The phrase with the words that nearly always stand beside it."""
    wider = [
        (gram, count)
        for gram, count in seen.items()
        if len(gram) == len(phrase.words) + 1
        and phrase.words in (gram[1:], gram[:-1])
        and count >= 0.8 * phrase.posts
        and _turn_of_phrase(gram, names)
    ]
    if not wider:
        return phrase
    gram, count = max(wider, key=lambda w: (w[1], w[0]))
    return _longest(Phrase(gram, count, phrase.usual), seen, names)


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    telling = {w for w in one if w not in COMMON} or set(one) - WEAK
    return bool(telling & set(other))


def _phrases(corpus: Corpus, subjects: Sequence[Subject]) -> Field:
    found = phrases(corpus, subjects)
    if not found:
        return field([], "No turn of phrase comes back often enough to name.", "none in 3 posts or more", corpus.n)
    spelled = corpus.names
    shown = [" ".join(_shown(w, spelled) for w in f.words) for f in found]
    figure = ", ".join(
        f"“{s}” {f.posts}" + (f" (others: {number(100 * f.usual)} in 100)" if n == 0 else "")
        for n, (s, f) in enumerate(zip(shown[:4], found, strict=False))
    )
    ids = corpus.ids(lambda p: found[0].words in set(p.grams(len(found[0].words))))
    text = f"Comes back to {listing(shown, quote=True)}."
    return field(shown, text, f"{figure}; of {corpus.n:,} posts", corpus.n, ids)


def _shown(word: str, spelled: dict[str, str]) -> str:
    return "I" + word[1:] if re.match(r"i('|$)", word) else word if word in COMMON else spelled.get(word, word)


def missing(corpus: Corpus, used_at_most: float = 0.0, expected: float = EXPECTED) -> list[tuple[str, int, float]]:
    """Style words used at most this share of the expected times: (words, times used, times expected), by the last.

    Expected: what other authors use in as many words; it must be at least `expected`, or chance would explain it.
    """
    out = []
    for words, rate in reference.style_rates().items():
        usual, used = rate * corpus.words / 1000, corpus.uses(tuple(words.split()))
        if usual >= expected and used <= used_at_most * usual:
            out.append((words, used, usual))
    return sorted(out, key=lambda item: (-item[2], item[0]))


def _taboo(corpus: Corpus, limit: int = 12) -> Field:
    never = missing(corpus)[:limit]
    rare = [m for m in missing(corpus, 0.2, 1.5 * EXPECTED) if m[1]][:3]
    if not never and not rare:
        figure = f"no common word is missing that chance would not leave out of {corpus.words:,} words"
        return field([], "No common word is strikingly absent.", figure, corpus.n)
    words = [w for w, _, _ in never]
    text = f"Never writes {listing(words, quote=True)}" if words else ""
    hardly = f"ardly ever {listing([w for w, _, _ in rare], quote=True)}"
    text += (f"; h{hardly}" if text else f"H{hardly}") if rare else ""
    shown = [
        f"“{w}” {'once' if used == 1 else f'{used} times'}, where others would have {number(usual)}"
        for w, used, usual in (never[:2] + rare)[:3]
    ]
    return field(words, f"{text}.", f"{'; '.join(shown)}; in {corpus.words:,} words", corpus.n)


def _jargon(corpus: Corpus) -> Field:
    """Terms that general English hardly has: lower-case words and acronyms, not names."""
    known, spelled = _background(), corpus.names
    least = max(LEAST, round(0.02 * corpus.n))
    seen = {gram[0]: count for gram, count in corpus.runs.items() if len(gram) == 1 and count >= least}
    terms = [
        (count, spelled.get(word, word))
        for word, count in seen.items()
        if len(word) > 1
        and _WORDLIKE.fullmatch(word)
        and word not in COMMON
        and known.get(word, 0) < _RARE
        and (word not in spelled or spelled[word].isupper())
        and not _glued(word, corpus, known)
        and "'" not in word
    ]
    terms.sort(key=lambda t: (-t[0], t[1]))
    if not terms:
        return field([], "Plain words: no term of art comes back.", "no rare word in 3 posts or more", corpus.n)
    named = [t for _, t in terms[:10]]
    figure = ", ".join(f"{t} {count}" for count, t in terms[:5])
    text = f"Takes these terms for granted: {listing(named)}."
    return field(named, text, f"{figure}; of {corpus.n:,} posts", corpus.n)


def _background() -> dict[str, float]:
    """General English, occurrences per million words."""
    counts = vocabulary.background()
    total = sum(counts.values()) or 1
    return {word: 1e6 * count / total for word, count in counts.items()}


def _glued(word: str, corpus: Corpus, known: dict[str, float]) -> bool:
    """Whether a word is only a hashtag written into the sentence: `digitalhealth`."""
    return word not in known and any(f"#{word}" in p.tags for p in corpus.posts)
