"""Genericness learnt further from what a team calls generic: the weights that stand, moved as far as labels tell."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analytics.slop_model import Weights, normalised, placed, tokens

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SPREAD = 3.0
"""On the log-odds scale the new weights are drawn to those that stand as if they were N(those, 3²): few labels move
little."""
BASE_RATE = 10.0
"""How people label (their share of generic texts, in log odds) is free; it is no part of the new weights."""
ROUNDS, CLOSE = 60, 1e-7
FOLDS, SEED, DRAWS, SURE = 5, 5, 2_000, 0.01


@dataclass(frozen=True)
class Text:
    """A text as the classifier sees it."""

    parts: tuple[tuple[Ints, npt.NDArray[np.float32]], ...]
    """For each block the rows of its vocabulary and the values there."""
    stands: float
    """Log odds by the weights that stand."""


@dataclass(frozen=True, eq=False)
class Moved:
    """How far the weights move: for each block what is added to each coefficient.

    What stands is never made weaker: labels compare drafts with each other, and would forget what sets them apart from
    what people write.
    """

    added: tuple[Floats, ...]

    def log_odds(self, text: Text) -> float:
        """Of a text by the moved weights, before they are centred."""
        extra = sum(float(values @ coef[at]) for (at, values), coef in zip(text.parts, self.added, strict=True))
        return text.stands + extra


@dataclass(frozen=True)
class Judged:
    """How well labels are told that were not learnt from: a chance of 0.5 is a coin, 1 is always right."""

    right: float
    """The chance that of two texts of which one was called generic the new weights name it; `now`: those in use."""
    now: float
    low: float
    """Interval of the gain, by a bootstrap over groups (95 in 100)."""
    high: float
    least: float
    """The gain is at least so much with 99 in 100: stricter, as labels are looked at again and again."""
    pairs: int


def read(text: str, weights: Weights) -> Text:
    """A text by the weights that stand."""
    found = tokens(normalised(text))
    blocks = zip(weights.blocks, weights.vocabulary, weights.idf, strict=True)
    parts = tuple(placed(block.read(found), known, idf) for block, known, idf in blocks)
    return Text(parts, weights.slope * weights.decision(found) + weights.offset)


def learn(texts: Sequence[Text], generic: Sequence[bool], stands: Weights) -> Moved:
    """Logistic regression drawn to the weights that stand, solved through the texts' likeness to each other.

    The mode of a Gaussian process for classification (Rasmussen and Williams 2006, algorithm 3.1): with far fewer
    texts than coefficients it is exact and takes milliseconds.
    """
    x = [_dense(texts, block, len(coef)) for block, coef in enumerate(stands.coef)]
    z, y = np.array([t.stands for t in texts]), np.array(generic, dtype=float)
    alike = SPREAD**2 * sum((rows @ rows.T for rows in x), np.zeros((len(y), len(y))))
    pull = _mode(alike + BASE_RATE**2, z, y)
    return Moved(tuple(SPREAD**2 * (rows.T @ pull) for rows in x))


def _dense(texts: Sequence[Text], block: int, columns: int) -> Floats:
    out = np.zeros((len(texts), columns))
    for row, text in enumerate(texts):
        at, values = text.parts[block]
        out[row, at] = values
    return out


def _mode(alike: Floats, middle: Floats, y: Floats) -> Floats:
    """What each text pulls at the mode, y - p; half steps where a whole one would be worse."""
    pull = np.zeros(len(y))
    value = middle.copy()
    best = _objective(value, pull, middle, y)
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(value, -50, 50)))
        root = np.sqrt(p * (1 - p))
        b = root**2 * (value - middle) + y - p
        inner = np.eye(len(y)) + root[:, None] * alike * root
        wanted = b - root * np.linalg.solve(inner, root * (alike @ b))
        step = 1.0
        while True:
            tried = pull + step * (wanted - pull)
            there = middle + alike @ tried
            score = _objective(there, tried, middle, y)
            if score >= best - CLOSE or step < 1e-3:
                break
            step /= 2
        done = score - best < CLOSE
        pull, value, best = tried, there, score
        if done:
            break
    return pull


def _objective(value: Floats, pull: Floats, middle: Floats, y: Floats) -> float:
    told = -np.logaddexp(0.0, np.where(y > 0, -value, value)).sum()
    return float(told - 0.5 * pull @ (value - middle))


def weights(moved: Moved, stands: Weights, own: Sequence[Text]) -> Weights:
    """The new weights whole, so that a score and the line mean what they meant to the people who wrote `own`.

    These posts keep their score on average, and no more of them are over the line: it goes up where it has to.
    """
    before = np.array([t.stands for t in own])
    after = np.array([moved.log_odds(t) for t in own])
    centre = float(np.mean(after - before)) if own else 0.0
    coef = tuple(
        (stands.slope * old + added).astype(np.float32) for old, added in zip(stands.coef, moved.added, strict=True)
    )
    intercept = stands.slope * stands.intercept + stands.offset - centre
    line = _line(_odds(stands.line), before, after - centre)
    return replace(stands, coef=coef, intercept=intercept, slope=1.0, offset=0.0, line=1 / (1 + float(np.exp(-line))))


def _odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _line(line: float, before: Floats, after: Floats) -> float:
    """The line as log odds: as it is, or half way between the posts that may be over it and those that may not."""
    allowed = int((before >= line).sum())
    if allowed >= len(after):
        return line
    ordered = np.sort(after)[::-1]
    if ordered[allowed] < line:
        return line
    return float((ordered[allowed - 1] + ordered[allowed]) / 2) if allowed else float(ordered[0] + CLOSE)


def judge(
    texts: Sequence[Text],
    generic: Sequence[bool],
    groups: Sequence[Hashable],
    stands: Weights,
    in_use: Sequence[float],
    asked: Sequence[bool] | None = None,
) -> Judged:
    """How well labels are told by weights that were learnt without their group.

    `in_use`: scores to compare with. `asked`: the texts to compare on, those that the one in use has not learnt from;
    all where None. Pairs of a generic and another text of the same fold are asked: the same weights told them.
    """
    y, fold, number = np.array(generic, dtype=bool), *_folded(groups)
    new = np.empty(len(texts))
    for held in range(FOLDS):
        rest = np.flatnonzero(fold != held)
        moved = learn([texts[i] for i in rest.tolist()], y[rest].tolist(), stands)
        for i in np.flatnonzero(fold == held).tolist():
            new[i] = moved.log_odds(texts[i])
    fresh = np.ones(len(y), dtype=bool) if asked is None else np.array(asked, dtype=bool)
    same = (fold[y][:, None] == fold[~y]) & fresh[y][:, None] & fresh[~y]
    mine, theirs = (_wins(np.asarray(s), y) * same for s in (new, in_use))
    count = same.astype(float)
    n = int(number.max()) + 1
    drawn = np.random.default_rng(SEED).integers(0, n, (DRAWS, n))
    times = np.array([np.bincount(row, minlength=n) for row in drawn], dtype=float)
    first, second = times[:, number[y]], times[:, number[~y]]
    there = np.maximum(np.einsum("di,ij,dj->d", first, count, second, optimize=True), 1e-12)
    gains = np.einsum("di,ij,dj->d", first, mine - theirs, second, optimize=True) / there
    low, high, least = np.quantile(gains, (0.025, 0.975, SURE))
    right, now = (float(wins.sum() / max(1.0, count.sum())) for wins in (mine, theirs))
    wider = 1 + 2.5 / max(1, n - 1)  # few groups, as Student's t does
    gain = right - now
    low, high, least = (gain + (float(end) - gain) * wider for end in (low, high, least))
    return Judged(right, now, low, high, least, int(count.sum()))


def _folded(groups: Sequence[Hashable]) -> tuple[Ints, Ints]:
    """For each text its fold and the number of its group; a group is never in two folds."""
    names = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    order = np.random.default_rng(SEED).permutation(len(names))
    number = np.array([names[g] for g in groups])
    return np.argsort(order)[number] % FOLDS, number


def _wins(scores: Floats, y: npt.NDArray[np.bool_]) -> Floats:
    """1 where a generic text scores higher than another one, 0.5 where alike."""
    difference = scores[y][:, None] - scores[~y]
    return np.asarray((difference > 0) + 0.5 * (difference == 0))
