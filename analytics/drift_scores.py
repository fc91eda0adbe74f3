"""How unlike its author's baseline each post is, one number a post: likelihood ratios against other people's writing.

Four views (words, characters, runs of punctuation, measured style) are each scored by the baseline's model against a
background of other people, put on the scale of the baseline cross-scored (each post against the others), and joined
with weights that were fitted on other authors (`drift.npz`, counted by `python -m bench.voice.fit_drift`).
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analytics import voice
from analytics.distance import scaled
from analytics.features import FEATURES, INDEX, matrix
from analytics.voice import Reading

KEPT = Path(__file__).with_name("drift.npz")
STREAMS: dict[str, tuple[int, float]] = {
    "words": (14, 1000.0),
    "small1": (12, 1000.0),
    "small2": (14, 2000.0),
    "shape": (14, 3000.0),
    "chars": (14, 10000.0),
}
"""Of `analytics.grams.BLOCKS`: bits kept of a hash, and how many marks of the background a model starts with."""
SIZES = tuple(1 << bits for bits, _ in STREAMS.values())
STARTS = tuple(int(at) for at in np.cumsum([0, *SIZES[:-1]]))
TOTAL = sum(SIZES)
VIEWS = len(SIZES) + 1
VERSION = f"drift-1 {voice.VERSION} {TOTAL}"
GAP = 1
"""Posts next to each other are often on one subject: a post is cross-scored without its neighbours."""
_OWN_SPREAD = 8.0  # the usual spread of a feature counts as much as this many of the author's posts
_FREEDOM = 5.0  # of Student's t
_FLOOR = 0.3
_NARROWEST, _NARROW = 0.01, 1.5
"""Spreads of a view, and of the views joined, that nobody's posts go under; only copies of one post would."""
_SHIFTS = tuple(np.uint16(16 - bits) for bits, _ in STREAMS.values())
_NONE = np.zeros(0, np.uint16)
_COMPARED = np.array([feature.compared for feature in FEATURES])
Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.uint16]
Rows = npt.NDArray[np.intp]
Three = tuple[Floats, Floats, Floats]


@dataclass(frozen=True, eq=False)
class Bank:
    """Other people's writing in numbers, and what was fitted on it. K kinds of writing (posts, blogs)."""

    marks: Floats  # (K, TOTAL): in how many posts a mark occurs
    mean: Floats  # (K, compared features)
    within: Floats  # (K, compared features): variance of a writer's posts
    total: Floats  # (K, compared features): variance of all posts
    weights: Floats  # (VIEWS,)
    limits: Floats  # (2, M): baseline sizes, and the pooled threshold for each


@functools.cache
def bank() -> Bank:
    """What is shipped. Raises ValueError where the measures have changed since it was counted."""
    with np.load(KEPT) as kept:
        if str(kept["version"]) != VERSION:
            raise ValueError("drift.npz is of another version; count it again: python -m bench.voice.fit_drift")
        names = ("marks", "mean", "within", "total", "weights", "limits")
        return Bank(*(kept[name].astype(np.float64) for name in names))


@functools.cache
def version(kept: Path = KEPT) -> str:
    """Which measures these are, and which background: changes with either, so that what was judged is judged anew."""
    return f"{VERSION} {zlib.crc32(kept.read_bytes()):08x}"


@dataclass(frozen=True, eq=False)
class Posts:
    """Readings side by side."""

    style: Floats  # (n, compared features), as compared
    words: Floats  # (n,)
    marks: tuple[tuple[Ids, Rows], ...]  # for each stream: the marks post after post, and (n + 1,) where each begins

    def of(self, first: int, end: int) -> Posts:
        """Some of them in a row."""
        parts = tuple((ids[at[first] : at[end]], at[first : end + 1] - at[first]) for ids, at in self.marks)
        return Posts(self.style[first:end], self.words[first:end], parts)

    def pick(self, rows: Rows) -> Posts:
        """Some of them, in this order."""
        parts = tuple(_joined([ids[at[k] : at[k + 1]] for k in rows]) for ids, at in self.marks)
        return Posts(self.style[rows], self.words[rows], parts)

    def counts(self) -> Floats:
        """How often each mark occurs (TOTAL,)."""
        found = [np.bincount(ids, minlength=size) for (ids, _), size in zip(self.marks, SIZES, strict=True)]
        return np.concatenate(found).astype(np.float64)


def posts(readings: Sequence[Reading]) -> Posts:
    """Readings as arrays."""
    rows = matrix([r.features for r in readings])
    marks = tuple(
        _joined([r.blocks[name][0] >> shift if name in r.blocks else _NONE for r in readings])
        for name, shift in zip(STREAMS, _SHIFTS, strict=True)
    )
    return Posts(scaled(rows)[:, _COMPARED], rows[:, INDEX["words"]].astype(np.float64), marks)


def _joined(parts: Sequence[Ids]) -> tuple[Ids, Rows]:
    return np.concatenate([*parts, _NONE]), np.cumsum([0, *map(len, parts)])


@dataclass(frozen=True, eq=False)
class Own:
    """A baseline's model: the scale on which posts are compared with it."""

    words: Floats  # (TOTAL,): log ratio of each mark
    fitted: Three  # known posts, mean, variance by feature
    against: Three  # the background's mean, within, total
    middle: Floats  # (VIEWS,)
    spread: Floats  # (VIEWS,)
    weights: Floats
    centre: float
    unit: float
    line: Floats  # the baseline itself, cross-scored, in its own spreads
    foreign: float  # where other people's posts are to be expected, in its spreads

    def score(self, found: Posts) -> Floats:
        """(n,) how unlike the baseline, in the baseline's own spreads."""
        joined = placed(self.raw(found), self.middle, self.spread) @ self.weights
        return np.asarray((joined - self.centre) / self.unit)

    def raw(self, found: Posts) -> Floats:
        """(n, VIEWS) mean log ratios, higher is more like the baseline."""
        return _scores(found, self.words, self.fitted, self.against)


def placed(raw: Floats, middle: Floats, spread: Floats) -> Floats:
    """Views (n, VIEWS) in the baseline's spreads, higher is less like it, cut so that none decides alone."""
    return np.clip((middle - raw) / spread, -3.0, 5.0)


def own(base: Posts, known: Bank) -> Own:
    """Fit a baseline of 2 posts or more."""
    raw, foreign, words, fitted, against = views(base, known)
    middle, spread = spreads(raw)
    seen = np.array([*(len(ids) > 0 for ids, _ in base.marks), True])  # a view that nobody measured says nothing
    weights = known.weights * seen
    joined = placed(raw, middle, spread) @ weights
    centre, unit = float(np.median(joined)), max(float(np.std(joined, ddof=1)), _NARROW)
    far = float((placed(foreign[None], middle, spread) @ weights)[0])
    line = (joined - centre) / unit
    return Own(words, fitted, against, middle, spread, weights, centre, unit, line, max((far - centre) / unit, 0.8))


def spreads(raw: Floats) -> tuple[Floats, Floats]:
    """The median of each view and its spread on the side that is less like: one very typical post widens nothing."""
    middle = np.median(raw, axis=0)
    below = np.maximum(middle - raw, 0.0)
    spread = np.sqrt((below**2).sum(axis=0) / np.maximum((below > 0).sum(axis=0), 1))
    return middle, np.maximum(spread, _NARROWEST)


def views(base: Posts, known: Bank) -> tuple[Floats, Floats, Floats, Three, Three]:
    """(Baseline cross-scored (b, VIEWS), what others would score (VIEWS,), mark weights, style model, background)."""
    counts = base.counts()
    expected = _background(counts, known.marks)
    words, foreign = np.empty(TOTAL), np.empty(VIEWS)
    for view, (start, size, (_, prior)) in enumerate(zip(STARTS, SIZES, STREAMS.values(), strict=True)):
        part = slice(start, start + size)
        words[part] = _ratio(counts[part], expected[part], counts[part].sum(), prior)
        foreign[view] = expected[part] @ words[part]
    kind = _kind(base.style, known)
    against = (known.mean[kind], known.within[kind], known.total[kind])
    fitted = _fit(base.style)
    rng = np.random.default_rng(0)
    others = against[0] + rng.standard_normal((300, len(against[0]))) * np.sqrt(against[2])
    foreign[-1] = _style(others, fitted, against).mean()
    return _crossed(base, counts, expected, against), foreign, words, fitted, against


def _ratio(counts: Floats, expected: Floats, total: float, prior: float) -> Floats:
    return np.asarray(np.log((counts + prior * expected) / ((total + prior) * expected)))


def _background(counts: Floats, kinds: Floats) -> Floats:
    """The mixture of the kinds of writing that the baseline is likest to, each view a distribution (EM, 15 steps)."""
    out = np.empty(TOTAL)
    for start, size in zip(STARTS, SIZES, strict=True):
        part = slice(start, start + size)
        p = kinds[:, part] + _FLOOR
        p = p / p.sum(axis=1, keepdims=True)
        seen = counts[part] > 0
        weight, q, c = np.full(len(p), 1 / len(p)), p[:, seen], counts[part][seen]
        for _ in range(15 if seen.any() else 0):
            share = weight[:, None] * q
            weight = (share / share.sum(axis=0)) @ c
            weight = weight / weight.sum()
        out[part] = weight @ p
    return out


def _kind(style: Floats, known: Bank) -> int:
    fits = -0.5 * np.log(known.total)[:, None, :] - 0.5 * (style - known.mean[:, None]) ** 2 / known.total[:, None]
    return int(np.argmax(np.nansum(fits, axis=(1, 2))))


def _fit(style: Floats) -> Three:
    seen = ~np.isnan(style)
    filled = np.where(seen, style, 0.0)
    count = seen.sum(axis=0).astype(np.float64)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    return count, mean, np.maximum((filled**2).sum(axis=0) / np.maximum(count, 1) - mean**2, 0.0)


def _style(x: Floats, fitted: Three, against: Three) -> Floats:
    """Mean log ratio of the features under Student's t: the author's (shrunk) against everybody's."""
    (count, mean, variance), (all_mean, within, total) = fitted, against
    spread = (count * variance + _OWN_SPREAD * within) / (count + _OWN_SPREAD) * (1 + 1 / np.maximum(count, 1))
    centre = (count * mean + all_mean) / (count + 1)
    ratio = _student((x - centre) ** 2, spread) - _student((x - all_mean) ** 2, total)
    seen = ~np.isnan(ratio)
    return np.asarray(np.where(seen, ratio, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1))


def _student(squares: Floats, variance: Floats) -> Floats:
    return -0.5 * np.log(variance) - (_FREEDOM + 1) / 2 * np.log1p(squares / (_FREEDOM * variance))


def _crossed(base: Posts, counts: Floats, expected: Floats, against: Three) -> Floats:
    """Each post of the baseline against the others but its neighbours: (b, VIEWS)."""
    n = len(base.style)
    out = np.empty((n, VIEWS))
    for view, (start, size, (_, prior)) in enumerate(zip(STARTS, SIZES, STREAMS.values(), strict=True)):
        ids, at = base.marks[view]
        seen, usual = counts[start : start + size], expected[start : start + size]
        for k in range(n):
            first, end = at[max(0, k - GAP)], at[min(n, k + GAP + 1)]
            near = np.bincount(ids[first:end], minlength=size)
            mine = ids[at[k] : at[k + 1]]
            ratio = _ratio(seen[mine] - near[mine], usual[mine], float(len(ids) - end + first), prior)
            out[k, view] = ratio.sum() / max(len(mine), 1)
    for k in range(n):
        rest = np.r_[0 : max(0, k - GAP), min(n, k + GAP + 1) : n]
        out[k, -1] = _style(base.style[k : k + 1], _fit(base.style[rest]), against)[0]
    return out


def _scores(found: Posts, words: Floats, fitted: Three, against: Three) -> Floats:
    """(n, VIEWS) of posts outside the baseline."""
    out = np.empty((len(found.style), VIEWS))
    for view, (start, size) in enumerate(zip(STARTS, SIZES, strict=True)):
        ids, at = found.marks[view]
        sums = np.concatenate([[0.0], np.cumsum(words[start : start + size][ids])])[at]
        out[:, view] = np.diff(sums) / np.maximum(np.diff(at), 1)
    out[:, -1] = _style(found.style, fitted, against)
    return out
