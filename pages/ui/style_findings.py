"""What the Style page says: its sides, the measures it draws, and their findings in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.compare import Move
from core.style import StyleView

BARE = 10
"""Fewer posts are drawn as points alone, without line and band."""


@dataclass(frozen=True)
class Side:
    """One of the things shown: an author, or a period of theirs."""

    name: str
    view: StyleView
    colour: str
    period: str = ""  # set where only a part of the author's posts is shown

    @property
    def label(self) -> str:
        """What it is, shortly."""
        return f"{self.name}, {self.period}" if self.period else self.name

    @property
    def short(self) -> str:
        """What sets it apart from what stands beside it."""
        return self.period or self.name


@dataclass(frozen=True)
class Measure:
    """A small multiple: a feature, and how its title says what it did."""

    feature: str
    noun: str
    axis: str
    up: str
    down: str
    digits: int = 0
    note: str = ""


MEASURES = (
    Measure("flesch_reading_ease", "Readability", "Flesch reading ease, points", "easier to read", "harder to read",
            note="higher is easier"),
    Measure("words", "Length", "words a post", "longer posts", "shorter posts"),
    Measure("sentence_words", "Sentences", "mean words a sentence", "longer", "shorter"),
    Measure("paragraph_words", "Paragraphs", "words a paragraph", "longer", "shorter"),
    Measure("lexical_diversity", "Vocabulary", "different words, share", "more varied", "less varied", 2,
            note="different words in any 50"),
)  # fmt: skip
HABITS: dict[str, tuple[str, dict[str, str]]] = {
    "Punctuation": (
        "marks per 100 words",
        {"commas": "commas", "dashes": "dashes", "exclamation_marks": "exclamations", "question_marks": "questions"},
    ),
    "Layout": (
        "number a post",
        {"paragraphs": "paragraphs", "hashtags": "hashtags", "links": "links", "emoji": "emoji"},
    ),
}


def finding(side: Side) -> str:
    """The page's first answer, in a sentence."""
    view, name = side.view, side.label
    known = np.flatnonzero(~np.isnan(view.line) & ~np.isnan(view.high))
    if not len(known):
        return f"{name}: too few posts yet to know a usual range"
    if not view.stretches:
        still = f"{name}: " if side.period else f"{name} still writes like themselves: "
        return f"{still}no unusual stretch in {len(known):,} posts"
    first, last = view.stretches[-1]
    if side.period:
        return f"{name}: unusual from {when(view, first)} to {when(view, last)}"
    if last >= known[-1]:
        return f"{name} has written unlike their own past since {when(view, first)}"
    if _stayed(view, first, last):
        return f"{name} has kept to what changed from {when(view, first)} on: it is in their usual range by now"
    return f"{name} writes as usual now; the last unusual stretch was {when(view, first)} to {when(view, last)}"


def _stayed(view: StyleView, first: int, last: int) -> bool:
    """Whether most means since a stretch lie above the range of before it: the range has followed, not the writing."""
    since, before = view.line[last + 1 :], view.high[:first]
    since, before = since[~np.isnan(since)], before[~np.isnan(before)]
    return bool(len(since) and len(before) and np.median(since) > before[-1])


def when(view: StyleView, row: int) -> str:
    """A post's date, or its number where posts have none."""
    day = view.dates[row]
    return f"{day.day} {day:%b %Y}" if view.dated and day else f"post {view.numbers[row]:,}"


def moved(measure: Measure, change: Move, posts: int) -> str:
    """A small multiple's title: what its measure did, or that nothing is clear."""
    before, after = f"{change.before:.{measure.digits}f}", f"{change.after:.{measure.digits}f}"
    if change.clear and before != after:
        return f"{measure.noun}: {measure.up if change.chance > 0.5 else measure.down}, from {before} to {after}"
    return f"{measure.noun}: about {after}" + ("" if posts < BARE else ", no clear change")


def moved_habits(name: str, moved: Sequence[tuple[str, int]], posts: int) -> str:
    """The title of several rates: which of them clearly rose (1) or fell (-1)."""
    clear = [f"{'more' if way > 0 else 'fewer'} {label}" for label, way in moved if way]
    calm = "few posts yet" if posts < BARE else "no clear change"
    return f"{name}: {', '.join(clear) or calm}"
