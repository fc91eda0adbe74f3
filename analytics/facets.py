"""What a reader notices of a voice, in sixteen numbers made from `analytics.features`: nothing of subject or layout.

Each facet is the mean of a few measures, every one in the spreads that a writer's posts usually have around what people
write on average. Length, links, hashtags, line breaks and lists are left out: they belong to the place a text was
written for (a blog, a network) and not to who wrote it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.distance import scaled, usual
from analytics.features import FEATURES, INDEX, NAMES, Matrix
from analytics.voice import bank

Floats = npt.NDArray[np.float64]
VERSION = "facets-1"
MIN_WORDS = 20
"""Of a shorter post the rates say too little."""
CUT = 3.0
"""A single measure of a single post counts at most so many spreads."""


@dataclass(frozen=True)
class Facet:
    """One thing that a reader notices."""

    name: str
    high: str
    """A voice that has much of it, as part of a name."""
    low: str
    """One that has little; "" where little of it is no mark."""
    more: str
    less: str
    measures: str
    """Names in `analytics.features`; with a minus: less of it is more of the facet."""
    lead: str
    """The measure that stands for it in figures."""


FACETS: tuple[Facet, ...] = (
    Facet(
        "plain", "plain words", "long words", "shorter, plainer words", "longer, rarer words",
        "-word_letters -long_words flesch_reading_ease -dale_chall_readability_score", "word_letters",
    ),
    Facet(
        "short", "short sentences", "long sentences", "shorter sentences", "longer sentences",
        "-sentence_words -first_sentence_words -longest_sentence short_sentences -long_sentences", "sentence_words",
    ),
    Facet("I", "first person", "", "more of “I”, “me” and “my”", "less of “I”, “me” and “my”",
          "first_singular", "first_singular"),
    Facet("we", "speaking as a team", "", "more of “we” and “our”", "less of “we” and “our”",
          "first_plural", "first_plural"),
    Facet("you", "talking to the reader", "", "speaks to the reader more", "speaks to the reader less",
          "second_person", "second_person"),
    Facet("they", "other people", "", "more about other people", "less about other people",
          "third_person", "third_person"),
    Facet("exclaims", "exclamations", "", "more exclamation marks", "fewer exclamation marks",
          "exclamation_marks ends_with_exclamation", "exclamation_marks"),
    Facet("emoji", "emoji", "", "more emoji", "fewer emoji", "emoji", "emoji"),
    Facet("asks", "questions", "", "more questions", "fewer questions",
          "question_marks opens_with_question ends_with_question question_words", "question_marks"),
    Facet("hedges", "caution", "flat statements", "more hedging: perhaps, might, usually",
          "states without hedging", "hedges modals", "hedges"),
    Facet("strong", "strong words", "understatement", "more strong words: very, never, always",
          "fewer strong words: very, never, always", "boosters", "boosters"),
    Facet("argues", "argument", "plain report", "argues more: but, if, not, because",
          "argues less: few of but, if, not", "connectives negations word_but word_if", "connectives"),
    Facet("spoken", "a spoken tone", "dense wording", "more contractions and small words, as people talk",
          "fewer small words, as in headlines", "contractions function_words", "function_words"),
    Facet("asides", "asides", "", "more asides: dashes, brackets, semicolons",
          "fewer asides: dashes, brackets, semicolons", "dashes brackets semicolons", "dashes"),
    Facet("quotes", "quotations", "", "more quotation marks", "fewer quotation marks",
          "quotation_marks", "quotation_marks"),
    Facet("figures", "numbers", "", "more numbers", "fewer numbers", "numbers", "numbers"),
)  # fmt: skip


@functools.cache
def _made_of() -> Floats:
    """How much of each measure goes into each facet: (len(NAMES), len(FACETS))."""
    out = np.zeros((len(NAMES), len(FACETS)))
    for at, facet in enumerate(FACETS):
        parts = facet.measures.split()
        for name in parts:
            out[INDEX[name.removeprefix("-")], at] = (-1 if name[0] == "-" else 1) / len(parts)
    return out


def facets(values: Matrix) -> Floats:
    """The facets of posts (n, len(FACETS)) from their features (n, len(NAMES)); 0 is what people write on average."""
    spread, _ = usual()
    z = (scaled(values) - bank().centre) / spread
    return np.asarray(np.clip(np.nan_to_num(z), -CUT, CUT) @ _made_of())


def unit(facet: Facet) -> str:
    """What the lead measure is counted in."""
    return FEATURES[INDEX[facet.lead]].unit
