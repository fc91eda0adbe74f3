"""Authors grouped by how they write: archetypes, how sure they are, and what marks each.

Each author is one point: the mean of their posts' facets (`analytics.facets`), in the spreads of single posts, drawn
towards everybody's mean where few posts say little (James and Stein 1961). Ward's method (1963) joins the points. The
test: the same authors are grouped twice, each time from another half of everyone's posts, and the two groupings are
compared (adjusted Rand index, Hubert and Arabie 1985: 1 is the same, 0 is chance). That has to beat the same done with
everybody's posts dealt out among each other, or there are no archetypes to be seen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analytics.facets import FACETS, MIN_WORDS, facets
from analytics.features import INDEX, Matrix
from analytics.marks import Mark, marks, more

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
MIN_POSTS = 5
"""An author with fewer is not placed."""
MIN_AUTHORS = 6
MOST = 20
NEWEST = 200
"""Posts of one author that count, at most: the last ones given."""
RESAMPLES, DEALINGS, EACH = 40, 19, 6
"""Pairs of halves; dealings of shuffled posts, and pairs of halves in each."""
LEAST = 0.2
"""Variance of an author's posts that is reckoned with where they show less: what nobody here ever does says nothing."""
AS_GOOD = 0.05
"""Of groupings that are as stable as the best one within this, the finest is taken."""
LARGEST = 2 / 3


@dataclass(frozen=True, eq=False)
class Space:
    """What turns posts into a point, and points into distances."""

    middle: Floats  # (f,) mean of the authors
    within: Floats  # (f,) variance of one author's posts
    between: Floats  # (f,) variance of authors
    usual: float = 1.0
    """How far two authors lie from each other, in the middle: distances are given in this."""

    def point(self, posts: Floats) -> Floats:
        """Where an author with these posts (n, f) lies: (f,), in the spreads of single posts."""
        trust = self.between / (self.between + self.within / max(len(posts), 1))
        return np.asarray(trust * (posts.mean(axis=0) - self.middle) / np.sqrt(self.within))


@dataclass(frozen=True)
class Outcome:
    """How sure a grouping is; NaN where nothing was tried."""

    stability: float = math.nan
    shuffled: float = math.nan
    """The best that posts dealt out at random came to, at any number of archetypes."""
    tried: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """Number of archetypes -> (stability, stability of shuffled posts on average)."""

    @property
    def seen(self) -> bool:
        """Whether there are archetypes to be seen."""
        return self.stability > self.shuffled


@dataclass(frozen=True, eq=False)
class Clustering:
    """The authors, grouped. Rows of arrays are in the order of `authors`, columns in that of the archetypes."""

    authors: tuple[str, ...]
    k: int
    labels: Labels
    distances: Floats  # (n, k) to the centre of each archetype; 1 is how far two authors usually lie apart
    outcome: Outcome
    marks: tuple[tuple[Mark, ...], ...]
    xy: Floats  # (n, 2) the two directions in which authors differ most
    shown: float
    """How much of the differences the two directions hold, 0 to 1."""
    axes: tuple[str, str]
    """What each direction means towards its higher end, in words."""
    points: Floats
    centres: Floats
    space: Space
    left_out: tuple[str, ...]
    """Authors with too few posts."""


def usable(values: Matrix) -> Matrix:
    """The posts that count: long enough, and the newest."""
    return values[values[:, INDEX["words"]] >= MIN_WORDS][-NEWEST:]


def cluster(vectors_by_author: Mapping[str, Matrix], k: int | None = None, seed: int = 7) -> Clustering:
    """Group authors by `analytics.features` of their posts, the oldest first; `k`: into so many, else as many as hold.

    Raises ValueError under `MIN_AUTHORS` authors with `MIN_POSTS` usable posts, or for an impossible `k`.
    """
    rows = {author: usable(vectors) for author, vectors in vectors_by_author.items()}
    authors = tuple(author for author, values in rows.items() if len(values) >= MIN_POSTS)
    if len(authors) < MIN_AUTHORS:
        raise ValueError(f"{len(authors)} authors have {MIN_POSTS} posts or more; {MIN_AUTHORS} are needed.")
    if k is not None and not 2 <= k <= min(MOST, len(authors) - 1):
        raise ValueError(f"{k} archetypes of {len(authors)} authors cannot be made.")
    posts = [facets(rows[author]) for author in authors]
    rng = np.random.default_rng(seed)
    sizes = list(range(2, min(MOST, len(authors) // 2) + 1))
    sizes = sorted({*sizes, k}) if k is not None else sizes
    real = _stability(posts, sizes, RESAMPLES, rng)
    dealt = np.array([_stability(_dealt(posts, rng), sizes, EACH, rng) for _ in range(DEALINGS)])
    points, space = _points(posts)
    found = k if k is not None else _number(real - dealt.mean(axis=0), sizes, _cuts(points, sizes))
    labels = _in_order(_cuts(points, [found])[:, 0])
    left_out = tuple(author for author in vectors_by_author if author not in authors)
    at = sizes.index(found)
    tried = {n: (float(a), float(b)) for n, a, b in zip(sizes, real, dealt.mean(axis=0), strict=True)}
    outcome = Outcome(float(real[at]), float(dealt.max()), tried)
    return _described(authors, labels, [rows[author] for author in authors], points, space, left_out, outcome)


def grouped(vectors_by_author: Mapping[str, Matrix], labels: Mapping[str, int]) -> Clustering:
    """The same figures for groups that a person made (author -> number from 0); nothing is tried.

    Authors without a label shape the space, and belong to no group.
    """
    rows = {a: usable(v) for a, v in vectors_by_author.items()}
    rows = {a: v for a, v in rows.items() if len(v) >= MIN_POSTS or a in labels}
    points, space = _points([facets(v) for v in rows.values()])
    known = [at for at, author in enumerate(rows) if author in labels]
    authors = tuple(rows)
    numbers = np.array([labels[authors[at]] for at in known], dtype=np.int64)
    values = [rows[authors[at]] for at in known]
    return _described(tuple(authors[at] for at in known), numbers, values, points[known], space, (), Outcome())


def split(vectors_by_author: Mapping[str, Matrix], members: Sequence[str]) -> tuple[list[str], list[str]]:
    """The members of an archetype in two, by voice, the larger part first. Raises ValueError under two members."""
    rows = {a: usable(v) for a, v in vectors_by_author.items()}
    rows = {a: v for a, v in rows.items() if len(v) >= MIN_POSTS or a in members}
    if len([a for a in rows if a in members]) < 2:
        raise ValueError("Two members are needed.")
    points, _ = _points([facets(v) for v in rows.values()])
    known = [at for at, author in enumerate(rows) if author in members]
    labels = _in_order(_cuts(points[known], [2])[:, 0])
    authors = list(rows)
    one, two = ([authors[at] for at, label in zip(known, labels, strict=True) if label == side] for side in (0, 1))
    return one, two


# ---- points and groups ---------------------------------------------------------------------------------------


def _points(posts: Sequence[Floats]) -> tuple[Floats, Space]:
    """(Where each author lies: (n, f), the space)."""
    means = np.array([x.mean(axis=0) for x in posts])
    count = np.array([len(x) for x in posts], dtype=np.float64)
    several = [x.var(axis=0, ddof=1) for x in posts if len(x) > 1]
    within = np.maximum(np.mean(several, axis=0) if several else 1.0, LEAST)
    noise = np.mean(within[None] / count[:, None], axis=0)
    between = np.maximum(means.var(axis=0) - noise, 0.01 * within)
    space = Space(means.mean(axis=0), within, between)
    points = np.array([space.point(x) for x in posts])
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)[np.triu_indices(len(points), 1)]
    usual = float(np.median(apart)) if len(apart) else 1.0
    return points, Space(space.middle, within, between, max(usual, 1e-6))


def _cuts(points: Floats, sizes: Sequence[int]) -> Labels:
    """The authors in as many groups as each of `sizes` says: (n, len(sizes))."""
    from scipy.cluster.hierarchy import ward  # pages that only look at archetypes do without it

    n, out = len(points), np.zeros((len(points), len(sizes)), np.int64)
    group = np.arange(n)
    for step, (one, two) in enumerate(ward(points)[:, :2]):  # scipy's own cut_tree takes a hundred times as long
        group[(group == one) | (group == two)] = n + step
        if (left := n - 1 - step) in sizes:
            out[:, sizes.index(left)] = np.unique(group, return_inverse=True)[1]
    return out


def _stability(posts: Sequence[Floats], sizes: Sequence[int], times: int, rng: np.random.Generator) -> Floats:
    """How alike groupings from two halves of everybody's posts are, for each number of groups: (len(sizes),)."""
    total = np.zeros(len(sizes))
    for _ in range(times):
        order = [rng.permutation(len(x)) for x in posts]
        halves = [
            _cuts(_points([x[o[side::2]] for x, o in zip(posts, order, strict=True)])[0], sizes) for side in (0, 1)
        ]
        total += [alike(halves[0][:, at], halves[1][:, at]) for at in range(len(sizes))]
    return total / times


def _dealt(posts: Sequence[Floats], rng: np.random.Generator) -> list[Floats]:
    """Everybody's posts in one heap, dealt out again in the same numbers."""
    heap = np.vstack(posts)
    heap = heap[rng.permutation(len(heap))]
    return np.split(heap, np.cumsum([len(x) for x in posts])[:-1])


def alike(one: Labels, two: Labels) -> float:
    """The adjusted Rand index of two groupings: 1 the same, about 0 by chance."""
    table = np.zeros((int(one.max()) + 1, int(two.max()) + 1))
    np.add.at(table, (one, two), 1)
    pairs = [float((x * (x - 1) / 2).sum()) for x in (table, table.sum(axis=1), table.sum(axis=0))]
    every = len(one) * (len(one) - 1) / 2
    expected = pairs[1] * pairs[2] / every
    most = (pairs[1] + pairs[2]) / 2
    return (pairs[0] - expected) / (most - expected) if most > expected else 1.0


def _number(gain: Floats, sizes: Sequence[int], cuts: Labels) -> int:
    """How many archetypes: the most that are about as stable as the best number, each shared and none for nearly all.

    A pair set against everybody else is the most stable grouping there can be, and says the least.
    """
    counts = [np.bincount(cuts[:, at]) for at in range(len(sizes))]
    fair = np.array([c.min() >= 2 and c.max() <= LARGEST * len(cuts) for c in counts])
    usable_ = fair if fair.any() else np.ones(len(sizes), dtype=bool)
    best = gain[usable_].max()
    return max(size for size, g, ok in zip(sizes, gain, usable_, strict=True) if ok and g >= best - AS_GOOD)


def _in_order(labels: Labels) -> Labels:
    """Groups numbered by size, the largest 0."""
    counts = np.bincount(labels)
    place = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
    return np.asarray(place[labels], dtype=np.int64)


# ---- what is said of them ------------------------------------------------------------------------------------


def _described(
    authors: tuple[str, ...],
    labels: Labels,
    values: Sequence[Matrix],
    points: Floats,
    space: Space,
    left_out: tuple[str, ...],
    outcome: Outcome,
) -> Clustering:
    k = int(labels.max()) + 1 if len(labels) else 0
    centres = np.array([points[labels == at].mean(axis=0) for at in range(k)]).reshape(k, points.shape[1])
    xy, shown, axes = _plane(points)
    return Clustering(
        authors=authors,
        k=k,
        labels=labels,
        distances=np.linalg.norm(points[:, None] - centres[None], axis=2) / space.usual,
        outcome=outcome,
        marks=marks(labels, values, points),
        xy=xy,
        shown=shown,
        axes=axes,
        points=points,
        centres=centres,
        space=space,
        left_out=left_out,
    )


def _plane(points: Floats) -> tuple[Floats, float, tuple[str, str]]:
    """(The first two principal components, the share of the differences that they hold, what each one means)."""
    u, s, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    xy, said = np.zeros((len(points), 2)), ["", ""]
    for at in range(min(2, len(s))):
        strongest = np.argsort(-np.abs(directions[at]))[:2]
        turn = np.sign(directions[at][strongest[0]]) or 1.0  # its higher end is more of what is strongest in it
        xy[:, at] = turn * u[:, at] * s[at]
        said[at] = ", ".join(more(FACETS[f], turn * directions[at][f]) for f in strongest)
    return xy, float((s[:2] ** 2).sum() / max(float((s**2).sum()), 1e-12)), (said[0], said[1])
