"""Fit the weights of `analytics.genericness` on real posts and drafts, and write what ships.

    python -m bench.voice.fit_genericness [--out analytics/genericness.npz]

Reads `../shared/data` (people, fiction, 19 drafts) and `bench/drafts` (posts that language models wrote for this). What
is written holds no text: runs of masked tokens that at least 3 people or 4 generators share, and two numbers for each.
"""

from __future__ import annotations

import argparse
import functools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from analytics.slop_model import WEIGHTS, Weights, save
from bench.voice.generic_texts import Ints, Sparse, Texts, missing, texts

FOLDS = 6
LEAST_PEOPLE, LEAST_GENERATORS = 3, 4
STRENGTH = 5.0
"""Inverse of the L2 penalty."""
FICTION = 0.3
"""What all fiction weighs against all drafts: it is of another genre."""
FALSE_ALARMS, WORST_SOURCE = 0.05, 0.15
Floats = npt.NDArray[np.float64]


def weights_of(t: Texts, train: Ints) -> Floats:
    """What each training text weighs: people and generators as much together; each person the same; fiction little."""
    made, fiction = t.made[train], t.block[train] == "fiction"
    size = Counter(t.source[train].tolist())
    out = np.array([size[s] for s in t.source[train].tolist()], dtype=np.float64)
    out = np.where(made, out**-0.3, 1 / out)
    for part, share in ((~made, 1.0), (made & ~fiction, 1.0), (fiction, FICTION)):
        if part.any():
            out[part] *= share * len(train) / 2 / out[part].sum()
    return out


@dataclass(frozen=True, eq=False)
class Learnt:
    """A trained classifier: for each block the columns it uses, their idf and coefficients."""

    columns: tuple[Ints, ...]
    idf: tuple[Floats, ...]
    coef: tuple[Floats, ...]
    intercept: float

    def decide(self, t: Texts, at: Ints) -> Floats:
        """Decision values of rows, higher is more generic."""
        total = np.full(len(at), self.intercept)
        for counts, columns, idf, coef in zip(t.counts, self.columns, self.idf, self.coef, strict=True):
            total += _scaled(counts[at][:, columns], idf) @ coef
        return total


def learn(t: Texts, train: Ints) -> Learnt:
    """Logistic regression on the training rows. Nothing is looked at but those."""
    columns, idf, parts = [], [], []
    for counts in t.counts:
        here = counts[train]
        chosen = np.flatnonzero(_shared(t, train, here))
        seen = np.asarray((here[:, chosen] > 0).sum(0)).ravel()
        weight = np.log((1 + len(train)) / (1 + seen)) + 1
        columns.append(chosen)
        idf.append(weight)
        parts.append(_scaled(here[:, chosen], weight))
    model = LogisticRegression(C=STRENGTH, solver="liblinear")
    model.fit(sp.hstack(parts).tocsr(), t.made[train], sample_weight=weights_of(t, train))
    ends = np.cumsum([len(c) for c in columns])[:-1]
    return Learnt(tuple(columns), tuple(idf), tuple(np.split(model.coef_[0], ends)), float(model.intercept_[0]))


def _shared(t: Texts, train: Ints, counts: Sparse) -> npt.NDArray[np.bool_]:
    """Columns that enough people, or enough generators, use."""
    out = np.zeros(counts.shape[1], dtype=np.bool_)
    for made, least in ((False, LEAST_PEOPLE), (True, LEAST_GENERATORS)):
        part = np.flatnonzero(t.made[train] == made)
        member = sp.csr_matrix((np.ones(len(part)), (t.source[train][part], part)), (t.source.max() + 1, len(train)))
        users = ((member @ counts.sign()) > 0).sum(0)
        out = np.logical_or(out, np.asarray(users).ravel() >= least)
    return out


def _scaled(counts: Sparse, idf: Floats) -> Sparse:
    out = sp.csr_matrix(counts, copy=True)
    out.data = 1 + np.log(out.data)
    out = sp.csr_matrix(out @ sp.diags(idf))
    norm = np.sqrt(np.asarray(out.multiply(out).sum(1)).ravel())
    return sp.csr_matrix(sp.diags(1 / np.maximum(norm, 1e-12)) @ out)


def folds(t: Texts) -> npt.NDArray[np.int64]:
    """People in `FOLDS` parts of like size, -1 for what a model wrote."""
    people = Counter(t.block[~t.made].tolist()).most_common()
    part = {name: i % FOLDS if i // FOLDS % 2 == 0 else FOLDS - 1 - i % FOLDS for i, (name, _) in enumerate(people)}
    return np.array([part.get(name, -1) for name in t.block.tolist()])


@functools.cache
def crossed() -> dict[str, Floats]:
    """`held_out` of each block of generators in turn."""
    t = texts()
    return {block: held_out(frozenset({block})) for block in sorted(set(t.block[t.made].tolist()))}


@functools.cache
def held_out(blocks: frozenset[str]) -> Floats:
    """Decision values by models that saw neither these blocks of generators nor the person judged.

    Shape (n,): people's posts by the model without their fold, the blocks' texts by the mean of the six models, NaN
    elsewhere.
    """
    t = texts()
    fold, here = folds(t), np.isin(t.block, list(blocks))
    values = np.where(here, 0.0, np.nan)
    for k in range(FOLDS):
        model = learn(t, np.flatnonzero(t.usable & np.where(t.made, ~here, fold != k)))
        people = np.flatnonzero(fold == k)
        values[people] = model.decide(t, people)
        values[here] += model.decide(t, np.flatnonzero(here)) / FOLDS
    return values


def line_of(values: Floats, sources: Ints) -> float:
    """The decision value over which at most 5% of people's posts are, and at most 15% of any one person's.

    A person's share is drawn to the mean by ten posts, so that one post of nine does not move the line.
    """
    line = float(np.quantile(values, 1 - FALSE_ALARMS))
    for source in np.unique(sources):
        own = np.sort(values[sources == source])[::-1]
        allowed = int(WORST_SOURCE * (len(own) + 10) - FALSE_ALARMS * 10)
        if allowed < len(own):
            line = max(line, float(own[allowed]))
    return line


def calibration(t: Texts) -> tuple[float, float, float]:
    """Slope and offset from held-out decision values to a probability at even odds, and the line as a decision."""
    blocks = {name: values for name, values in crossed().items() if name != "fiction"}
    people = t.judged & t.linkedin
    human = np.mean([values[people] for values in blocks.values()], axis=0)
    made = [values[t.judged & (t.block == name)] for name, values in blocks.items()]
    size = Counter(t.source[people].tolist())
    weight = np.concatenate(
        [[1 / size[s] for s in t.source[people].tolist()], *([len(size) / len(made) / len(m)] * len(m) for m in made)]
    )
    x = np.concatenate([human, *made])[:, None]
    y = np.arange(len(x)) >= len(human)
    model = LogisticRegression(C=1e3).fit(x, y, sample_weight=weight)
    return float(model.coef_[0, 0]), float(model.intercept_[0]), line_of(human, t.source[people])


def fitted() -> Weights:
    """The weights that ship: trained on everything, calibrated on what was held out."""
    t = texts()
    slope, offset, line = calibration(t)
    model = learn(t, np.flatnonzero(t.usable))
    vocabulary = tuple(
        {names[column]: at for at, column in enumerate(columns)}
        for names, columns in zip(t.names, model.columns, strict=True)
    )
    idf, coef = (tuple(part.astype(np.float32) for part in parts) for parts in (model.idf, model.coef))
    at_line = float(1 / (1 + np.exp(-slope * line - offset)))
    return Weights(t.blocks, vocabulary, idf, coef, model.intercept, slope, offset, at_line)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    out = parser.parse_args().out
    if reason := missing():
        print(reason)
        return
    weights = fitted()
    save(weights, out)
    size, n = out.stat().st_size / 1e3, sum(map(len, weights.vocabulary))
    print(f"{n} runs of tokens in {out.name} ({size:.0f} kB); line at a score of {weights.line:.2f}")


if __name__ == "__main__":
    main()
