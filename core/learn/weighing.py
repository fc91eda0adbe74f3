"""What votes say of the weights by which variants are ordered. Pure: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
FEWEST, BRIEFS, FOLDS = 20, 8, 5
SPREAD = 3.0
"""Weights on the log-odds scale are drawn to where they began as if they were N(begin, 3²): few votes move little."""
SCALE = 4.0
"""The same for how much a difference of 1 in the total tells, in log odds."""
DRAWS, SEED = 2_000, 5
SURE = 0.01
"""The interval's lower end: stricter than 2.5%, as the page looks again after every vote."""
SMALLEST = 0.03
"""Weights that move less than this change no order worth a question."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A vote with a winner: the parts of the winner less the parts of the loser, and the brief it was on."""

    difference: tuple[float, ...]
    group: Hashable


@dataclass(frozen=True, slots=True)
class Learned:
    """New weights, and how much better they tell votes that they were not learned from."""

    weights: tuple[float, ...]
    gain: float
    """Mean gain in log likelihood a held-out vote."""
    low: float
    """The lower end of its interval, by a bootstrap over briefs."""
    right: int
    """Held-out votes told right with the new weights, and with the present ones."""
    right_now: int
    votes: int
    briefs: int
    gains: tuple[float, ...] = ()
    """Of each vote, in their order."""
    moved: float = 1.0
    """How far the weight that moves most does."""

    @property
    def clear(self) -> bool:
        """Whether chance does not explain the gain, and the new weights are others."""
        return self.low > 0 and self.moved >= SMALLEST


def difference(won: Mapping[str, float | None], lost: Mapping[str, float | None], names: Sequence[str]) -> Floats:
    """The winner's parts less the loser's; a part that one of them has no figure for tells nothing (0)."""
    pairs = [(won.get(name), lost.get(name)) for name in names]
    return np.array([0.0 if a is None or b is None else a - b for a, b in pairs])


def learn(votes: tuple[Choice, ...], begin: tuple[float, ...], now: tuple[float, ...]) -> Learned | None:
    """New weights where held-out votes are told better by them than by `now`; else None, also where chance would
    explain it.
    """
    found = examined(votes, begin, now)
    return found if found is not None and found.clear else None


@lru_cache(maxsize=256)
def examined(votes: tuple[Choice, ...], begin: tuple[float, ...], now: tuple[float, ...]) -> Learned | None:
    """New weights, and how well they tell held-out votes, whatever comes of it.

    Bradley-Terry on the differences of the parts: weights of at least 0 that sum to 1, drawn to `begin`. Judged by
    cross-validation over briefs. None with fewer than 20 votes or 8 briefs.
    """
    groups = list(dict.fromkeys(v.group for v in votes))
    if len(votes) < FEWEST or len(groups) < BRIEFS:
        return None
    x = np.array([v.difference for v in votes], dtype=float)
    start, present = (np.array(w, dtype=float) / sum(w) for w in (begin, now))
    order = np.random.default_rng(SEED).permutation(len(groups))
    fold = {groups[g]: place % FOLDS for place, g in enumerate(order)}
    folds = np.array([fold[v.group] for v in votes])
    mine, theirs = np.empty(len(votes)), np.empty(len(votes))
    for number in range(FOLDS):
        held, rest = x[folds == number], x[folds != number]
        new = np.array(simplex(fit(rest, start), start))  # and its scale as that of the present ones: weights compete
        mine[folds == number] = held @ (scale(rest, new) * new)
        theirs[folds == number] = held @ (scale(rest, present) * present)
    gains = _told(mine) - _told(theirs)
    low = _low(gains, np.array([groups.index(v.group) for v in votes]), len(groups))
    weights = simplex(fit(x, start), start)
    moved = float(np.max(np.abs(np.array(weights) - present)))
    right, right_now = (int(np.sum(m > 0)) for m in (mine, theirs))
    counted = (right, right_now, len(votes), len(groups))
    return Learned(weights, float(np.mean(gains)), low, *counted, tuple(gains.tolist()), moved)


def _told(margin: Floats) -> Floats:
    """Log likelihood of votes that went the way of `margin`, in log odds."""
    return np.asarray(-np.logaddexp(0.0, -margin))


def interval(found: Learned, votes: Sequence[Choice]) -> tuple[float, float]:
    """Both ends of the 95% interval of the mean gain; `low` of what was found is stricter."""
    groups = list(dict.fromkeys(v.group for v in votes))
    gains, number = np.array(found.gains), np.array([groups.index(v.group) for v in votes])
    return _low(gains, number, len(groups), 0.025), -_low(-gains, number, len(groups), 0.025)


def _low(gains: Floats, group: npt.NDArray[np.int64], groups: int, share: float = SURE) -> float:
    """The lower end of the mean gain, drawing whole briefs: votes on one brief are alike. Few briefs draw it wider,
    as Student's t does: what was not seen cannot be drawn.
    """
    sums, counts = np.bincount(group, gains, groups), np.bincount(group, minlength=groups).astype(float)
    drawn = np.random.default_rng(SEED).integers(0, groups, (DRAWS, groups))
    low, mean = float(np.quantile(sums[drawn].sum(1) / counts[drawn].sum(1), share)), float(np.mean(gains))
    return mean - (mean - low) * (1 + 2.5 / (groups - 1))


def scale(x: Floats, weights: Floats, rounds: int = 12) -> float:
    """How much a difference of 1 in the weighted total tells, in log odds; at least 0, drawn to 0 like N(0, 4²)."""
    d, s = x @ weights, 0.0
    for _ in range(rounds):
        p = 1 / (1 + np.exp(s * d))  # the chance of the other outcome
        slope, bend = float(d @ p) - s / SCALE**2, float((d * d) @ (p * (1 - p))) + 1 / SCALE**2
        s = max(0.0, s + slope / bend)
    return s


def fit(x: Floats, begin: Floats, rounds: int = 25) -> Floats:
    """Weights on the log-odds scale, none below 0: most likely with the votes, drawn to `begin` at its best scale.

    Newton steps over the weights that are not held at 0.
    """
    middle = scale(x, begin) * begin
    at = middle.copy()
    for _ in range(rounds):
        p = 1 / (1 + np.exp(np.clip(x @ at, -50, 50)))
        slope = x.T @ p - (at - middle) / SPREAD**2
        free = (at > 0) | (slope > 0)
        bend = (x * (p * (1 - p))[:, None]).T @ x + np.eye(len(at)) / SPREAD**2
        step = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        at[free] = np.maximum(0.0, at[free] + step)
        if float(np.max(np.abs(step), initial=0.0)) < 1e-6:
            break
    return at


def simplex(found: Floats, begin: Floats) -> tuple[float, ...]:
    """The same as shares that sum to 1, in whole hundredths; `begin` where nothing counts."""
    total = float(found.sum())
    shares = found / total if total > 1e-9 else begin
    whole = np.floor(100 * shares).astype(int)
    for at in np.argsort(whole - 100 * shares)[: 100 - int(whole.sum())]:
        whole[at] += 1
    return tuple(float(w) / 100 for w in whole)
