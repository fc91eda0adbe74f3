"""Whether one set of numbers tends to be higher than another, and whether a series has moved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MIN_SIDE = 8
"""Fewer values on a side say nothing of a change."""


def higher(a: Floats, b: Floats) -> float:
    """Chance that a value of `b` is higher than one of `a` (ties count half), 0 to 1; .5 is no difference.

    The A of Vargha and Delaney (2000), from the ranks of Mann and Whitney. NaN are left out; NaN where a side is empty.
    """
    a, b = _known(a), _known(b)
    if not len(a) or not len(b):
        return math.nan
    ordered = np.sort(a)
    below = np.searchsorted(ordered, b, "left").sum()
    upto = np.searchsorted(ordered, b, "right").sum()
    return float((below + upto) / 2 / (len(a) * len(b)))


def margin(a: Floats, b: Floats) -> float:
    """How far `higher` strays from .5 by chance alone, 99 times in 100 (normal approximation, corrected for ties)."""
    both = np.concatenate([_known(a), _known(b)])
    n, pairs = len(both), len(_known(a)) * len(_known(b))
    if n < 2 or not pairs:
        return math.inf
    _, times = np.unique(both, return_counts=True)
    ties = float((times.astype(np.float64) ** 3 - times).sum()) / (n * (n - 1))
    return 2.576 * math.sqrt(max(n + 1 - ties, 0.0) / (12 * pairs))


@dataclass(frozen=True)
class Move:
    """The medians of two sets, and whether the second tends to be different."""

    before: float
    after: float
    chance: float  # that a later value is higher
    clear: bool  # beyond chance (99%) and beyond .6 : .4
    n: int


def move(a: Floats, b: Floats) -> Move:
    """From `a` to `b`. `clear` is False under `MIN_SIDE` values on a side."""
    a, b = _known(a), _known(b)
    chance = higher(a, b)
    off = abs(chance - 0.5)
    clear = min(len(a), len(b)) >= MIN_SIDE and off > max(0.1, margin(a, b))
    return Move(_median(a), _median(b), chance, clear, len(a) + len(b))


def trend(series: Floats) -> Move:
    """From the first third of a series (in order of time) to its last third."""
    known = _known(series)
    third = max(1, len(known) // 3)
    return move(known[:third], known[-third:])


def direction(series: Floats) -> int:
    """Whether the mean of a series' last third lies clearly above (1) or below (-1) that of its first third, else 0.

    For rates of rare things, whose medians are 0: Welch's t beyond 99%, and a change by a quarter or more.
    """
    known = _known(series)
    third = len(known) // 3
    if third < MIN_SIDE:
        return 0
    a, b = known[:third], known[-third:]
    error = math.sqrt((float(a.var(ddof=1)) + float(b.var(ddof=1))) / third)
    change = float(b.mean() - a.mean())
    clear = abs(change) > 2.576 * error and abs(change) >= 0.25 * max(float(a.mean()), float(b.mean()))
    return (change > 0) - (change < 0) if clear else 0


def _known(values: Floats) -> Floats:
    values = np.asarray(values, dtype=np.float64)
    return values[~np.isnan(values)]


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else math.nan
