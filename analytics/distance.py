"""How far a post lies from its author's own earlier posts, in the author's own spreads.

The distance is Burrows's Delta (2002) against one's own past: the mean of |z| over the compared features, each z cut
at 4 and weighted by how well the feature tells writers apart (Fisher's ratio, at most 2). Small pasts are shrunk
towards how much writers usually vary. Both are statistics of 2,613 posts of 31 writers (`spread.json`, which
`python -m analytics.distance` counts). It shows what is unusual: no verdict on who wrote it, and no calibrated alarm.
"""

from __future__ import annotations

import functools
import json
import math
import sys
from bisect import bisect_left, insort
from collections import deque
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analytics.features import FEATURES, INDEX, NAMES, VERSION, Matrix, Vector, features

Floats = npt.NDArray[np.float64]
MIN_PAST = 5
"""Fewer earlier posts say too little."""
MIN_WORDS = 20
"""Of a shorter post the rates say too little."""
MIN_BAND = 10
"""Fewer earlier values make no band."""
WINDOW = 200
INSIDE = 0.9
PRIOR_WEIGHT = 8.0  # the usual spread counts as much as this many of the author's own posts
CUT = 4.0
SPREAD = Path(__file__).with_name("spread.json")
_SKEWED = np.array([feature.skewed for feature in FEATURES])
_COMPARED = np.array([feature.compared for feature in FEATURES])


def scaled(values: Matrix) -> Floats:
    """Feature vectors (n, len(NAMES)) with the skewed ones on a log scale, as they are compared."""
    out = np.atleast_2d(np.asarray(values, dtype=np.float64)).copy()
    out[:, _SKEWED] = np.log1p(np.maximum(out[:, _SKEWED], 0.0))
    return out


@functools.cache
def usual() -> tuple[Floats, Floats]:
    """(How much a writer's posts usually vary, how much a feature counts), each (len(NAMES),), as compared."""
    kept = json.loads(SPREAD.read_text(encoding="utf8"))["features"]
    return np.array([kept[name][0] for name in NAMES]), np.array([kept[name][1] for name in NAMES]) * _COMPARED


def z_scores(values: Matrix) -> Floats:
    """For each post and feature: how many of the author's own spreads it lies from the mean of all *earlier* posts.

    (n, len(NAMES)); rows in order of time. NaN where a post has no value, the past has fewer than `MIN_PAST`, or the
    post has fewer than `MIN_WORDS` words. The uncertainty of a small past's mean is part of the spread.
    """
    x = scaled(values)
    known = ~np.isnan(x)
    filled = np.where(known, x, 0.0)
    count = _before(known.astype(np.float64))
    mean = _before(filled) / np.maximum(count, 1)
    variance = np.maximum(_before(filled**2) / np.maximum(count, 1) - mean**2, 0.0)
    spread = _shrunk(variance, count) * np.sqrt(1 + 1 / np.maximum(count, 1))
    z = np.where(known & (count >= MIN_PAST), (filled - mean) / spread, np.nan)
    z[np.asarray(values)[:, INDEX["words"]] < MIN_WORDS] = np.nan
    return z


def z_score(past: Matrix, vector: Vector) -> Floats:
    """The row of `z_scores` for one post (len(NAMES),) after its author's earlier ones (n, len(NAMES))."""
    if len(past) < MIN_PAST or not vector[INDEX["words"]] >= MIN_WORDS:
        return np.full(len(NAMES), np.nan)
    own = scaled(past)
    enough = (~np.isnan(own)).sum(axis=0) >= MIN_PAST
    return np.where(enough, against(scaled(vector), own, leave_out=False)[0], np.nan)


def distances(values: Matrix) -> Floats:
    """How far each post lies from the author's own earlier posts: (n,), 0 or more, about 0.8 is usual; NaN: too little.

    `values` (n, len(NAMES)) in order of time. Mean |z| of the compared features; higher is less like the past.
    """
    if not len(values):
        return np.zeros(0)
    return mean_size(z_scores(values))


def band(found: Floats) -> tuple[Floats, Floats]:
    """Where the middle 9 of 10 of the earlier values (distances, or their run means) lay, for each post: (low, high).

    Each (n,), from the last `WINDOW` earlier values, NaN under `MIN_BAND` of them. The ends are order statistics for
    n + 1, so that a value like the earlier ones lies above the band 1 time in 20 at most, whatever the distribution (as
    in split conformal prediction, Vovk et al. 2005); under 19 earlier ones the high end is the largest seen.
    """
    low, high = np.full(len(found), np.nan), np.full(len(found), np.nan)
    order: list[float] = []
    recent: deque[float] = deque()
    for at, value in enumerate(found):
        n = len(order)
        if n >= MIN_BAND:
            tail = (1 - INSIDE) / 2
            low[at] = order[max(0, math.floor((n + 1) * tail) - 1)]
            high[at] = order[min(n - 1, math.ceil((n + 1) * (1 - tail)) - 1)]
        if not math.isnan(value):
            insort(order, float(value))
            recent.append(float(value))
            if len(recent) > WINDOW:
                del order[bisect_left(order, recent.popleft())]
    return low, high


def _before(x: Floats) -> Floats:
    """Sums of the rows before each row."""
    return np.cumsum(x, axis=0) - x


def _shrunk(variance: Floats, count: Floats) -> Floats:
    spread, _ = usual()
    return np.sqrt((count * variance + PRIOR_WEIGHT * spread**2) / (count + PRIOR_WEIGHT))


def against(x: Floats, own: Floats, leave_out: bool) -> Floats:
    """z of rows against all own rows; with `leave_out` the rows are these, and each is left out of its own mean."""
    known = ~np.isnan(own)
    filled = np.where(known, own, 0.0)
    count, total, squares = known.sum(axis=0), filled.sum(axis=0), (filled**2).sum(axis=0)
    if leave_out:
        count, total, squares = count - known, total - filled, squares - filled**2
    n = np.maximum(count, 1)
    mean = total / n
    spread = _shrunk(np.maximum(squares / n - mean**2, 0.0), np.asarray(count, dtype=np.float64)) * np.sqrt(1 + 1 / n)
    return np.where(count > 0, (x - mean) / spread, np.nan)


def mean_size(z: Floats) -> Floats:
    """Mean |z| of each row (n, len(NAMES)), cut at `CUT`, weighted by how much a feature tells: (n,); NaN of none."""
    _, weight = usual()
    size = np.minimum(np.abs(z), CUT)
    known = ~np.isnan(size)
    total = known @ weight
    return np.where(total > 0, np.where(known, size, 0.0) @ weight / np.maximum(total, 1e-9), np.nan)


def count_usual(by_author: dict[str, Matrix]) -> dict[str, tuple[float, float]]:
    """Each feature's usual spread and weight, from authors with 10 posts or more.

    Spread: the median of the authors' standard deviations, at least a quarter of the pooled one. Weight: variance of
    the authors' means over the mean of their variances (Fisher's ratio), at most 2.
    """
    rows = [scaled(m) for m in by_author.values() if len(m) >= 10]
    within = np.array([np.nanvar(x, axis=0) for x in rows])
    spread = np.maximum(np.median(np.sqrt(within), axis=0), 0.25 * np.nanstd(np.vstack(rows), axis=0))
    between = np.var([np.nanmean(x, axis=0) for x in rows], axis=0)
    weight = np.minimum(between / np.maximum(within.mean(axis=0), 1e-6), 2.0)
    both = zip(NAMES, spread, weight, strict=True)
    return {name: (round(float(max(s, 1e-3)), 4), round(float(w), 4)) for name, s, w in both}


def main(source: str) -> None:
    """Measure the posts of a .jsonl file (`author`, `text`) and write the usual spreads that are shipped."""
    posts = [json.loads(line) for line in Path(source).read_text(encoding="utf8").splitlines()]
    by_author: dict[str, list[Vector]] = {}
    for post in posts:
        by_author.setdefault(post["author"], []).append(features(post["text"]))
    counted = count_usual({author: np.vstack(rows) for author, rows in by_author.items()})
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(pair)}" for name, pair in counted.items())
    SPREAD.write_text(f'{{"version": {json.dumps(VERSION)}, "features": {{\n{rows}\n}}}}\n', encoding="utf8")
    sys.stdout.write(f"{len(counted)} features in {SPREAD.name}\n")


if __name__ == "__main__":
    main(sys.argv[1])
