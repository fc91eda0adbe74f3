"""The judge that reranking never sees: LambdaG on masked grammar; Cosine Delta and characters. Other people behind it.

Figures are in shares of the way: 0 is where other authors' posts lie, 1 where the author's own held-out posts lie.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import regex
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer, TfidfVectorizer

from analytics.text import EMOJI, HASHTAG, LINK, MENTION
from bench.voice.people import auc

ORDER, DISCOUNT, MODELS = 4, 0.75, 8
"""Of the grammar models, after LambdaG (arXiv 2403.08462); `MODELS` references of the background for an author."""
LEAST = 25
"""Words of a post that the scale is made from."""
NAMES = ("grammar", "surface")
Array = npt.NDArray[np.float64]
_NEAR = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}]+)?|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]")
_SHORT_FORMS = (
    "i'm i've i'd i'll don't doesn't didn't can't won't isn't aren't wasn't weren't it's that's there's you're you've "
    "we're we've they're he's she's what's let's wouldn't couldn't shouldn't haven't hasn't yes just really like"
)
_KEPT = frozenset(ENGLISH_STOP_WORDS) | frozenset(_SHORT_FORMS.split())
_SIGNS = {LINK: " ", HASHTAG: " ", MENTION: " ", EMOJI: " "}


def bare(text: str) -> str:
    """A text without links, hashtags, mentions and emoji: what code can set right in any text does not count."""
    for sign, stand in _SIGNS.items():
        text = sign.sub(stand, text)
    return text.replace("’", "'")


def sentences(text: str) -> list[tuple[str, ...]]:
    """Sentences as tokens: function words as they are, other words by their ending alone, numbers as N."""
    out: list[tuple[str, ...]] = []
    part: list[str] = []
    for line in bare(text).split("\n"):
        for token in _NEAR.findall(line):
            part.append(_masked(token))
            if token in ".!?…":
                out.append(tuple(part))
                part = []
        if part:
            out.append(tuple(part))
            part = []
    return [s for s in out if len(s) > 1]


@functools.lru_cache(maxsize=40_000)
def _masked(token: str) -> str:
    low = token.lower()
    if low in _KEPT or not (token[0].isalpha() or token[0].isdigit()):
        return low
    if token[0].isdigit():
        return "N"
    ending = next((e for e in ("ing", "ed", "ly", "tion", "er", "est", "s") if low.endswith(e) and len(low) > 4), "w")
    return ending.upper()


class Judge:
    """`background`: texts of people who are neither candidates nor behind our measure. Seeded: the same every time."""

    def __init__(self, background: Mapping[str, Sequence[str]], each: int = 80) -> None:
        rng = np.random.default_rng(5)
        kept = [[texts[i] for i in rng.permutation(len(texts))[:each]] for texts in background.values()]
        self.pool = [s for texts in kept for text in texts for s in sentences(text)]
        flat = [bare(text) for texts in kept for text in texts]
        self.words = CountVectorizer(max_features=300, token_pattern=r"[\w']+|[^\w\s]").fit(flat)
        rates = _rates(self.words, flat)
        self.mean, self.spread = rates.mean(axis=0), rates.std(axis=0) + 1e-9
        self.chars = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=5, max_features=30_000
        ).fit(flat)
        self.strange = np.asarray(self.chars.transform(flat).mean(axis=0)).ravel()
        self._rng = rng

    def author(self, references: Sequence[str], own: Sequence[str], strangers: Sequence[str]) -> Known:
        """Someone known by `references`; the scale is from `own` posts beside them and from `strangers`' posts."""
        raw = (self._grammar(references), self._surface(references))
        long = [[t for t in texts if len(t.split()) >= LEAST] for texts in (own, strangers)]
        scale = [(float(np.median([f(t) for t in long[1]])), float(np.median([f(t) for t in long[0]]))) for f in raw]
        parted = [auc(np.array([f(t) for t in long[0]]), np.array([f(t) for t in long[1]])) for f in raw]
        return Known(raw, scale, parted)

    def _grammar(self, references: Sequence[str]) -> Callable[[str], float]:
        own = [s for text in references for s in sentences(text)]
        size = min(len(own), len(self.pool))
        mine = _model(own)
        others = [
            _model([self.pool[i] for i in self._rng.choice(len(self.pool), size, replace=False)]) for _ in range(MODELS)
        ]

        def score(text: str) -> float:
            """Mean log10 likelihood ratio of a token: length does not count."""
            said = sentences(text)
            tokens = sum(len(s) for s in said)
            if not tokens:
                return float("nan")
            return (_said(mine, said) - float(np.mean([_said(m, said) for m in others]))) / tokens

        return score

    def _surface(self, references: Sequence[str]) -> Callable[[str], float]:
        flat = [bare(text) for text in references]
        delta = self._z(flat).mean(axis=0)
        chars = np.asarray(self.chars.transform(flat).mean(axis=0)).ravel() - self.strange

        def score(text: str) -> float:
            """Cosine Delta of small words and marks, and cosine of characters to what sets the author apart."""
            z = self._z([bare(text)])[0]
            x = np.asarray(self.chars.transform([bare(text)]).todense()).ravel()
            return (_cosine(z, delta) + 4 * float(x @ chars) / float(np.linalg.norm(chars) + 1e-9)) / 2

        return score

    def _z(self, texts: Sequence[str]) -> Array:
        return np.asarray(np.clip((_rates(self.words, texts) - self.mean) / self.spread, -4, 4))


class Known:
    """An author as the judge knows them."""

    def __init__(
        self, raw: Sequence[Callable[[str], float]], scale: Sequence[tuple[float, float]], parted: Sequence[float]
    ) -> None:
        self._raw, self._scale = raw, scale
        self.auc = dict(zip(NAMES, parted, strict=True))
        """How well each part tells the author's posts from strangers' (area under the curve)."""

    def judged(self, text: str) -> dict[str, float]:
        """Each part in shares of the way, and `both`, their mean."""
        by = {
            name: (raw(text) - low) / (high - low)
            for name, raw, (low, high) in zip(NAMES, self._raw, self._scale, strict=True)
        }
        return {**by, "both": float(np.mean(list(by.values())))}


def _model(said: Sequence[tuple[str, ...]]) -> Any:
    from lambdag.language_models.kneser_ney import KneserNeyLanguageModel

    out: Any = KneserNeyLanguageModel(discount=DISCOUNT, order=ORDER, special_handling_of_pad_start_element=True)
    for sentence in said:
        out.fit(sentence)
    return out


def _said(model: Any, said: Sequence[tuple[str, ...]]) -> float:
    return float(sum(np.log10(model.probabilities(s)).sum() for s in said))


def _rates(counts: CountVectorizer, texts: Sequence[str]) -> Array:
    x = np.asarray(counts.transform(texts).todense(), dtype=np.float64)
    return np.asarray(x / np.maximum(1.0, x.sum(axis=1, keepdims=True)))


def _cosine(a: Array, b: Array) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))
