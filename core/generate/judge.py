"""Judging one sentence that a small model wrote: what is wrong with it, and how well it goes with the brief."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex

from analytics import embedding, overlap, text, vocabulary
from analytics.wordclasses import CLASSES
from core.config import settings
from core.exemplars.rank import COMMON
from core.generate import constraints, figures
from core.generate.constraints import Constraints

Vectors = npt.NDArray[np.float32]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS = frozenset(CLASSES["negations"][1].split()) | {"without", "hardly", "barely", "instead"}
DANGLING = _set(
    "a an the of in to for with on at by from into over and or but as that which who whose than because "
    "if when while your my our their his her its is are was were be been being this these those very more "
    "most so"
)
"""A sentence that ends in one of these was cut."""
CLAIMS = _set("we us our ours i i'm i've my me mine myself he she him his her hers yesterday ago percent study studies")
"""Words by which an invented person, experience or finding comes in."""
HOLLOW = (
    "game changer", "game-changer", "at the end of the day", "in today's", "fast-paced", "ever-changing", "unlock",
    "leverage", "delve", "journey", "passionate", "synergy", "landscape", "testament", "crucial", "in conclusion",
    "it is important to", "it's important to", "plays a", "navigate", "empower", "foster", "robust",
    "seamless", "holistic", "tapestry", "world-class", "cutting-edge", "overall", "as an ai", "this article",
    "the author",
    "the sentence", "the text", "blog", "reader", "passage", "paragraph", "essay",
)  # fmt: skip
"""Phrases that every model writes and no one misses."""
FLUENT = -1.8
"""Mean log-probability under which a sentence of the embedded model is mostly noise (read on 200 of them)."""
NEAR, SAME = 0.5, 0.86
"""Cosine to the point: less is beside it, more says it again."""
RARELY = 0.25
WORDS = (5, 20)
_ALL = _set("every always only any all best most must everyone everything anything")
_YOU = _set("you your yours you're you’re yourself")
_TIMES = _set(
    "today tomorrow tonight day days week weeks weekend month months year years hour hours minute minutes "
    "monday tuesday wednesday thursday friday saturday sunday morning evening doctor boss mother father "
    "money job life world"
)
"""Times and things that a small model brings in from nowhere."""
_DEFINES = regex.compile(r"(?i)\b(?:is|are|['’]s) (?:just |still |all )?(?:an?|the|about|one)\b")
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’\-][\p{L}\p{M}]+)*")


@dataclass(frozen=True)
class Judged:
    """A candidate sentence, its worth (higher is better) and what is wrong with it (nothing: it may stand)."""

    text: str
    worth: float
    defects: tuple[str, ...] = ()
    serious: bool = False
    """A defect for which it may never stand, however short the text is."""


def judge(
    candidates: Sequence[str],
    fluency: Sequence[float | None],
    *,
    point: str,
    about: str,
    known: frozenset[str],
    c: Constraints,
    used: Sequence[str] = (),
    lead: str = "",
    shown: str = "",
    you: float = 1.0,
) -> list[Judged]:
    """Each candidate judged, the best first.

    `known` are the words of the author and the brief in lower case, `used` the sentences that stand in the post,
    `lead` what the sentence begins with, `shown` the prompt's examples, `you` how often the author says you (0 to 1).
    """
    said = [one.removeprefix(lead).strip() for one in candidates]
    serious = [
        (*_serious(one, known, c), *_second_hand(tail, (point, *used), shown, f"{point} {about}"))
        for one, tail in zip(candidates, said, strict=True)
    ]
    # Only what may stand is embedded: that is most of the time that judging takes.
    hopeful = [not bad and not _noise(fluent) for bad, fluent in zip(serious, fluency, strict=True)]
    sound = list(dict.fromkeys(itertools.compress(said, hopeful)))
    near = dict(zip(sound, relevance(sound, point), strict=True))
    out = []
    for one, tail, bad, fluent in zip(candidates, said, serious, fluency, strict=True):
        weak = () if bad else _weak(one, fluent, near.get(tail), you)
        worth = near.get(tail, 0.0) + 0.3 * _familiar(one, known) + 0.25 * ((-2.0 if fluent is None else fluent) + 2)
        out.append(Judged(one, round(worth - 0.5 * len(bad) - 0.2 * len(weak), 4), (*bad, *weak), bool(bad)))
    return sorted(out, key=lambda j: (j.serious, len(j.defects), -j.worth))


def _serious(candidate: str, known: frozenset[str], c: Constraints) -> list[str]:
    words = [w.lower().replace("’", "'") for w in _WORD.findall(candidate)]
    out = []
    if not WORDS[0] <= len(words) <= WORDS[1]:
        out.append("it is too short or too long")
    if not candidate.rstrip().endswith((".", "!", "?")) or (words and words[-1] in DANGLING):
        out.append("it breaks off")
    if strange := [w for w in words if not _is_word(w, known)]:
        out.append(f"“{strange[0]}” is no word that the author or the brief uses")
    if any(w in NEGATIONS or w.endswith("n't") for w in words):
        out.append("it denies something that the brief does not deny")
    if any(w in CLAIMS for w in words) or figures.numbers(candidate):
        out.append("it claims something that is not in the brief")
    if any(w in _ALL for w in words):
        out.append("it claims more than the brief")
    if hollow := [h for h in HOLLOW if h in candidate.lower()]:
        out.append(f"“{hollow[0]}” is an empty phrase")
    if _repeats(words):
        out.append("it repeats itself")
    if why := constraints.forbidden(candidate, c):
        out.append(why)
    return out


def _second_hand(said: str, standing: Sequence[str], shown: str, about: str) -> list[str]:
    """What comes from elsewhere: from the post itself, from the prompt's examples, from nowhere."""
    out = []
    if any(_says_again(said, other) for other in standing) or overlap.copied_runs(said, standing, 4):
        out.append("it says again what stands there")
    if _DEFINES.search(said):
        out.append("it defines instead of going on")
    if overlap.copied_runs(said, [shown], 4):
        out.append("it is taken from the prompt's examples")
    if invented := (_TIMES & set(_lower_words(said))) - set(_lower_words(about)):
        out.append(f"“{min(invented)}” is not in the brief")
    return out


def _lower_words(value: str) -> list[str]:
    return [w.lower().replace("’", "'").removesuffix("'s") for w in text.words(value)]


def _noise(fluency: float | None) -> bool:
    return fluency is not None and fluency < FLUENT


def _weak(candidate: str, fluency: float | None, near: float | None, you: float) -> tuple[str, ...]:
    out = []
    if _noise(fluency):
        out.append("it reads like noise")
    if near is not None and near < NEAR:
        out.append("it is beside the point")
    if near is not None and near > SAME:
        out.append("it only says the point again")
    if you < RARELY and _YOU & set(candidate.lower().split()):
        out.append("it speaks to the reader, which this author rarely does")
    return tuple(out)


def relevance(candidates: Sequence[str], about: str) -> list[float]:
    """Cosine of each candidate to a text by MiniLM; by shared words where the embedder is not on this machine."""
    if not candidates or not about.strip():
        return [0.0] * len(candidates)
    try:
        target = _target(about)
        vectors = _embed(candidates)
    except RuntimeError:
        wanted = _content(about)
        return [min(1.0, 2.5 * len(_content(one) & wanted) / max(1, len(_content(one)))) for one in candidates]
    return [round(float(x), 4) for x in vectors @ target]


def _embed(texts: Sequence[str]) -> Vectors:
    chosen = settings().timbre_embedder
    return embedding.embed(texts, "" if chosen == "minilm" else chosen)


@functools.lru_cache(maxsize=64)
def _target(about: str) -> Vectors:
    return np.asarray(_embed([about])[0])


def content(value: str) -> set[str]:
    """The words of a text that say what it is about, in lower case."""
    return _content(value)


def _content(value: str) -> set[str]:
    return {w for w in _lower_words(value) if w not in COMMON and len(w) > 2}


@functools.cache
def _frequent() -> frozenset[str]:
    return frozenset(w for w, n in vocabulary.background().items() if n >= 3)


def _is_word(word: str, known: frozenset[str]) -> bool:
    parts = [p for p in word.replace("'s", "").split("-") if p]
    return word in known or all(p in known or p in _frequent() for p in parts)


def _familiar(candidate: str, known: frozenset[str]) -> float:
    """The share of its content words that the author or the brief uses."""
    words = _content(candidate)
    return len(words & known) / len(words) if words else 0.0


def _repeats(words: Sequence[str]) -> bool:
    pairs = list(itertools.pairwise(words))
    telling = [w for w in words if w not in COMMON and len(w) > 3]
    return len(pairs) != len(set(pairs)) or len(telling) - len(set(telling)) > 1 or any(a == b for a, b in pairs)


def _says_again(candidate: str, other: str) -> bool:
    one, two = ({w.rstrip("s") for w in _content(value)} for value in (candidate, other))
    return bool(one) and len(one & two) / len(one) >= 0.7
