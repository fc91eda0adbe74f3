"""What changed between two sets of posts, in a writer's words, and the posts that show it best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.compare import Move, move
from analytics.distance import scaled
from analytics.features import FEATURES, INDEX, Feature, Matrix

MOST, A_FAMILY = 6, 2
"""Changes named, and of these at most so many of one family: they say much the same."""
LESS_SEEN = {"small words": 0.15, "wording": 0.04, "vocabulary": 0.04, "readability": 0.02}
"""Of two changes as clear, a writer sees the one in the layout first."""
MIN_WORDS = 60
MIN_SIDE = 8
"""Posts on a side below which no difference is clear."""
SIDES: dict[str, tuple[str, str, str]] = {
    # feature: what a rise is called, what a fall is called, the unit behind the figures
    "words": ("longer posts", "shorter posts", "words"),
    "paragraphs": ("more paragraphs", "fewer paragraphs", "a post"),
    "paragraph_words": ("longer paragraphs", "shorter paragraphs", "words"),
    "paragraph_sentences": ("more sentences in a paragraph", "fewer sentences in a paragraph", ""),
    "one_sentence_paragraphs": (
        "more paragraphs of a single sentence",
        "fewer paragraphs of a single sentence",
        "of the paragraphs",
    ),
    "sentence_words": ("longer sentences", "shorter sentences", "words"),
    "sentence_words_spread": ("sentence lengths vary more", "sentence lengths vary less", "words of spread"),
    "longest_sentence": ("longer longest sentences", "shorter longest sentences", "words"),
    "first_sentence_words": ("longer first sentences", "shorter first sentences", "words"),
    "short_sentences": (
        "more sentences of 5 words or fewer",
        "fewer sentences of 5 words or fewer",
        "of the sentences",
    ),
    "long_sentences": (
        "more sentences of 25 words or more",
        "fewer sentences of 25 words or more",
        "of the sentences",
    ),
    "flesch_reading_ease": ("easier to read", "harder to read", "points of Flesch reading ease"),
    "dale_chall_readability_score": ("rarer words", "plainer words", "points of Dale-Chall"),
    "lexical_diversity": ("fewer repeated words", "more repeated words", "of any 50 words are different"),
    "word_letters": ("longer words", "shorter words", "letters"),
    "long_words": ("more long words", "fewer long words", "of the words"),
    "function_words": ("more small words", "fewer small words", "of the words"),
    "numbers": ("more numbers", "fewer numbers", "per 100 words"),
    "curly": ("curly quotes and apostrophes more often", "straight quotes and apostrophes more often", "curly"),
    "bullets": ("more lines that are bullets", "fewer lines that are bullets", "of the lines"),
    "blank_lines": ("blank lines between blocks more often", "blank lines between blocks less often", "of the posts"),
    "opens_with_question": ("more posts open with a question", "fewer posts open with a question", "of the posts"),
    "ends_with_question": ("more posts end with a question", "fewer posts end with a question", "of the posts"),
    "ends_with_exclamation": (
        "more posts end with an exclamation",
        "fewer posts end with an exclamation",
        "of the posts",
    ),
}


@dataclass(frozen=True)
class Changed:
    """One thing that is different after a change."""

    name: str
    text: str  # "shorter sentences: 9.4 words, 16 before"
    pairs: int  # of 100 pairs of a post from before and one from after, so many differ this way

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "text": self.text, "pairs": self.pairs}


def changed(before: Matrix, after: Matrix, most: int = MOST) -> list[Changed]:
    """What is clearly different in `after` (m, len(NAMES)) from `before` (n, len(NAMES)), the clearest first.

    Clear: beyond chance (99%) and beyond 60 of 100 pairs, with eight posts or more on each side (analytics.compare).
    """
    found = []
    for at, feature in enumerate(FEATURES):
        if not feature.compared:
            continue
        one, two = (np.asarray(side[:, at], dtype=np.float64) for side in (before, after))
        moved = move(one, two)
        text = _said(feature, moved, one, two) if moved.clear else ""
        if text:
            clear = abs(moved.chance - 0.5) - LESS_SEEN.get(feature.family, 0.0)
            found.append((clear, feature.family, Changed(feature.name, text, _pairs(moved.chance))))
    out: list[Changed] = []
    families: dict[str, int] = {}
    for _, family, one_change in sorted(found, key=lambda entry: -entry[0]):
        families[family] = families.get(family, 0) + 1
        if families[family] <= A_FAMILY:
            out.append(one_change)
    return out[:most]


def _pairs(chance: float) -> int:
    return min(99, round(100 * max(chance, 1 - chance)))


def _said(feature: Feature, moved: Move, one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> str:
    """The change with both figures: medians, or averages where something is rare. Empty where they read the same."""
    up = moved.chance > 0.5
    rise, fall, unit = SIDES.get(
        feature.name, (f"more {feature.label}", f"fewer {feature.label}", f" {feature.unit}".strip())
    )
    if feature.label.startswith(("the word", "“")):
        rise, fall = f"{feature.label} more often", f"{feature.label} less often"
    rare = moved.before == moved.after or min(moved.before, moved.after) == 0 or feature.unit in ("0 or 1", "share")
    values = (float(np.nanmean(one)), float(np.nanmean(two))) if rare else (moved.before, moved.after)
    if (values[1] > values[0]) != up:
        return ""
    share = feature.unit in ("0 or 1", "share") or unit.startswith("of any")
    old, new = (_percent(value) if share else figure(value) for value in values)
    return "" if old == new else f"{rise if up else fall}: {new} {unit}".rstrip() + f", {old} before"


def _percent(value: float) -> str:
    return f"{100 * value:.0f}%"


def figure(value: float) -> str:
    """A number with two digits that matter."""
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"


def showing(before: Matrix, after: Matrix, names: list[str], most: int = 3) -> tuple[list[int], list[int]]:
    """(Rows of `before`, rows of `after`) that show these changes best: posts long enough, furthest to either side."""
    if not names or not len(before) or not len(after):
        return list(range(len(before)))[-most:], list(range(len(after)))[:most]
    columns = [INDEX[name] for name in names]
    one, two = scaled(before)[:, columns], scaled(after)[:, columns]
    both = np.vstack([one, two])
    way = np.sign(np.nanmean(two, axis=0) - np.nanmean(one, axis=0))
    spread = np.maximum(np.nanstd(both, axis=0), 1e-6)
    middle = np.nanmean(both, axis=0)
    old, new = (np.nansum(np.clip((side - middle) / spread * way, -2, 2), axis=1) for side in (one, two))
    length = INDEX["words"]
    floor = min(float(MIN_WORDS), *(float(np.nanmedian(side[:, length])) for side in (before, after)))
    old = np.where(before[:, length] >= floor, old, np.inf)
    new = np.where(after[:, length] >= floor, new, -np.inf)
    return [int(row) for row in np.argsort(old)[:most]], [int(row) for row in np.argsort(-new)[:most]]
