"""What marks a group of authors: in words, in figures, as a name, and the posts that show it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.facets import FACETS, MIN_WORDS, Facet, facets, unit
from analytics.features import INDEX, Matrix

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
TELLS = 0.5
"""A mark is a facet by which the members differ from the others by half the spread of authors, or more."""
MARKS = 6


@dataclass(frozen=True)
class Mark:
    """One thing that sets the members of an archetype apart."""

    name: str
    said: str
    value: float
    """Mean of the members in the facet's lead measure."""
    others: float
    unit: str
    away: float
    """How far the members lie from the others, in the spreads of authors."""


def telling(values: Matrix, marks: Sequence[Mark]) -> Floats:
    """How plainly each post (n, len(NAMES)) shows the three strongest marks: (n,); -inf for short ones."""
    at = {facet.name: place for place, facet in enumerate(FACETS)}
    signed = [np.sign(m.away) * facets(values)[:, at[m.name]] for m in marks[:3]]
    score = np.mean(np.minimum(signed, 2.0), axis=0) if signed else np.zeros(len(values))
    return np.where(values[:, INDEX["words"]] >= MIN_WORDS, score, -np.inf)


def names(marks: Sequence[Sequence[Mark]], taken: Collection[str] = ()) -> list[str]:
    """A name for each archetype from what marks it most; no two are the same, and none is `taken`."""
    by_name = {facet.name: facet for facet in FACETS}
    out: list[str] = []
    for found in marks:
        words = [word for mark in found if (word := _word(by_name[mark.name], mark.away))]
        most = min(2, len(words))
        while most < len(words) and _joined(words[:most]) in {*out, *taken}:
            most += 1
        name = plain = _joined(words[:most]) or "Middle of the road"
        number = 1
        while name in {*out, *taken}:
            number += 1
            name = f"{plain} ({number})"
        out.append(name)
    return out


def _word(facet: Facet, away: float) -> str:
    return facet.high if away > 0 else facet.low


def _joined(words: Sequence[str]) -> str:
    """“Emoji and first person”, “Plain words, questions and asides”."""
    said = " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)
    return said[:1].upper() + said[1:]


def more(facet: Facet, away: float) -> str:
    """What more (away > 0) or less of a facet is, in words."""
    return facet.more if away > 0 else facet.less


def marks(labels: Labels, values: Sequence[Matrix], points: Floats) -> tuple[tuple[Mark, ...], ...]:
    """What sets the members of each group (labels (n,), from 0) apart from all others, the strongest first.

    `values`: each author's features (posts, len(NAMES)); `points` (n, len(FACETS)): where the authors lie.
    """
    spread = np.maximum(points.std(axis=0), 1e-6)
    lead = [INDEX[facet.lead] for facet in FACETS]
    with np.errstate(invalid="ignore"):
        raw = np.array([np.nanmean(np.where(np.isnan(v), np.nan, v)[:, lead], axis=0) for v in values])
    out: list[tuple[Mark, ...]] = []
    for at in range(int(labels.max()) + 1 if len(labels) else 0):
        inside = labels == at
        if inside.all():
            out.append(())
            continue
        away = (points[inside].mean(axis=0) - points[~inside].mean(axis=0)) / spread
        means = [np.nanmean(raw[side], axis=0) for side in (inside, ~inside)]
        order = [int(f) for f in np.argsort(-np.abs(away)) if abs(away[f]) >= TELLS][:MARKS]
        out.append(tuple(_mark(FACETS[f], float(away[f]), float(means[0][f]), float(means[1][f])) for f in order))
    return tuple(out)


def _mark(facet: Facet, away: float, value: float, others: float) -> Mark:
    return Mark(facet.name, more(facet, away), value, others, unit(facet), away)
