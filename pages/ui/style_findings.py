"""What the Style page says: its sides, the measures it draws, and their findings in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.compare import Move
from core.drift.views import State, headline
from core.style import StyleView

BARE = 10
"""Fewer posts are drawn as points alone, without line and band."""


@dataclass(frozen=True)
class Side:
    """One of the things shown: an author, or a period of theirs."""

    name: str
    view: StyleView
    colour: str
    drift: State
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


def rows(side: Side) -> tuple[int, int] | None:
    """First and last row of the side's posts on the drift timeline; None where none of them stands on it."""
    curve, view = side.drift.curve, side.view
    if curve is None or not curve.n or not view.n:
        return None
    if not side.period:
        return 0, curve.n - 1
    first, last = (curve.place(view.ids[at]) for at in (0, -1))
    return None if first is None or last is None or last < first else (first, last)


def finding(side: Side) -> str:
    """The page's first answer, in a sentence: the same as on the Drift page, or what holds in a period."""
    curve, at = side.drift.curve, rows(side)
    if curve is None or at is None:
        return f"{side.label}: too little evidence yet"
    span = slice(at[0], at[1] + 1)
    judged = int((~np.isnan(curve.statistic[span])).sum())
    if not side.period:
        return headline(side.drift, side.name)
    stands = int(curve.alarm[span].sum())
    if not judged:
        return f"{side.label}: none of these posts is judged"
    return (
        f"{side.label}: an alarm stands at {stands:,} of {judged:,} judged posts"
        if stands
        else (f"{side.label}: no alarm in {judged:,} judged posts")
    )


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
