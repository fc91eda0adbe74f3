"""Watching a line of numbers: a cumulative sum, what it reaches by chance, and where the line changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ALLOWED = 0.37
"""A post counts by how far it lies beyond this share of the way to other people's writing; people do move a little."""
MOST = 0.8
"""No post counts as if it lay further than this share of the way, so that one odd post is no alarm."""
LEAST = -2.0
FULL = 20.0
"""Words from which a post counts fully."""
_MEMORY = 2.5  # the sum never rises beyond so many times the limit, so that it can fall again


def steps(line: Floats, foreign: float, words: Floats | None = None) -> Floats:
    """What each post adds to the sum, as shares of the way to other people's writing (n,)."""
    out = np.clip(line, LEAST, MOST * foreign) / foreign - ALLOWED
    return out if words is None else out * np.minimum(1.0, words / FULL)


def sums(step: Floats, most: float = np.inf, start: float = 0.0) -> Floats:
    """Page's cumulative sum (1954), never under 0 and never over `most`; along the last axis."""
    out = np.empty_like(step)
    value = np.full(step.shape[:-1], start)
    for at in range(step.shape[-1]):
        value = np.minimum(np.maximum(value + step[..., at], 0.0), most)
        out[..., at] = value
    return out


def most(limit: float) -> float:
    """Where the sum is held."""
    return _MEMORY * limit


def by_chance(own: Floats, foreign: float, ahead: int, draws: int = 400) -> Floats:
    """The sums of `draws` timelines of `ahead` posts like `own` (blocks of 3 in a row, drawn anew): (draws, ahead)."""
    rng = np.random.default_rng(len(own))
    starts = rng.integers(0, len(own), (draws, ahead // 3 + 1))
    rows = (starts[..., None] + np.arange(3)) % len(own)
    return sums(steps(own[rows.reshape(draws, -1)[:, :ahead]], foreign))


def cut(line: Floats) -> int:
    """Where two means fit a line of 2 or more best (least squares): the first of the second part."""
    n = len(line)
    k = np.arange(1, n)
    total = np.cumsum(line)
    gain = (total[:-1] - k * total[-1] / n) ** 2 / (k * (n - k))
    return int(np.argmax(gain)) + 1


def interval(line: Floats, at: int, inside: float = 0.9, draws: int = 400) -> tuple[int, int]:
    """Between which places the cut lies, 9 times in 10: the cuts of lines redrawn from the values on either side."""
    rng = np.random.default_rng(at)
    left, right = line[:at], line[at:]
    found = [cut(np.concatenate([rng.choice(left, len(left)), rng.choice(right, len(right))])) for _ in range(draws)]
    low, high = np.quantile(found, [(1 - inside) / 2, (1 + inside) / 2])
    return int(np.floor(low)), int(np.ceil(high))
