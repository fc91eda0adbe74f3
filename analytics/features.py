"""A post as a vector of style: lengths, cadence, readability, vocabulary, punctuation, layout. One pass, no model.

Rates are per 100 words. What is undefined for a text (an average without words) is NaN. `VERSION` changes with any
change of meaning, so that stored vectors are measured again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

import numpy as np
import numpy.typing as npt
import regex

from analytics import readability, vocabulary
from analytics.layout import bullets, has_blank_lines
from analytics.text import FOLD, LINK, WORD, emoji, hashtags, lines, mentions, paragraphs, sentences
from analytics.wordclasses import CLASSES, COMMON, MEMBERSHIP

VERSION = "style-1"
Vector = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Feature:
    """What one number of the vector is, in words."""

    name: str
    label: str
    unit: str
    family: str
    skewed: bool = False
    """Compared on a log scale: many small values, a few large ones."""
    compared: bool = True
    """Part of the distance; of measures that say the same, one is."""


_MARKS: dict[str, tuple[str, str]] = {
    # name: what people call it, how it is found
    "commas": ("commas", r",(?!\d)"),
    "full_stops": ("full stops", r"(?<!\.)\.(?!\.)(?=\s|$|[\"”’)])"),
    "colons": ("colons", r":(?=\s|$)"),
    "semicolons": ("semicolons", r";"),
    "exclamation_marks": ("exclamation marks", r"!"),
    "question_marks": ("question marks", r"\?"),
    "ellipses": ("ellipses", r"…|\.{2,}"),
    "dashes": ("dashes", r"[–—]|(?<=\S[ \u00a0])--?(?=\s)|(?<=\w)--(?=\w)"),
    "hyphens": ("hyphenated words", r"(?<=\p{L})[-‐‑](?=\p{L})"),
    "brackets": ("brackets", r"[(\[]"),
    "quotation_marks": ("quotation marks", r"[\"“”«»„]"),
    "slashes": ("slashes", r"(?<=\w)\s?/\s?(?=\w)"),
    "ampersands": ("ampersands", r"&"),
    "double_spaces": ("double spaces", r"(?<=\S)[ \u00a0]{2,}(?=\S)"),
}
MARKS = {name: regex.compile(pattern) for name, (_, pattern) in _MARKS.items()}
_CURLY, _STRAIGHT = regex.compile("[‘’“”]"), regex.compile("['\"]")
_PER_100 = "per 100 words"
_READABILITY = {
    "flesch_reading_ease": "Flesch reading ease",
    "flesch_kincaid_grade": "Flesch-Kincaid grade",
    "gunning_fog": "Gunning fog",
    "smog_index": "SMOG grade",
    "coleman_liau_index": "Coleman-Liau grade",
    "automated_readability_index": "automated readability index",
    "dale_chall_readability_score": "Dale-Chall score",
    "lix": "LIX",
}
_COMPARED_READABILITY = frozenset({"flesch_reading_ease", "dale_chall_readability_score"})

FEATURES: tuple[Feature, ...] = (
    Feature("words", "length", "words", "length", skewed=True),
    Feature("paragraphs", "paragraphs", "a post", "length", skewed=True),
    Feature("lines", "lines", "a post", "length", skewed=True, compared=False),
    Feature("paragraph_words", "paragraph length", "words", "cadence", skewed=True),
    Feature("paragraph_sentences", "sentences", "a paragraph", "cadence", skewed=True),
    Feature("one_sentence_paragraphs", "paragraphs of one sentence", "share", "cadence"),
    Feature("sentence_words", "sentence length", "words", "cadence", skewed=True),
    Feature("sentence_words_spread", "variation of sentence length", "words", "cadence", skewed=True),
    Feature("longest_sentence", "longest sentence", "words", "cadence", skewed=True),
    Feature("first_sentence_words", "first sentence", "words", "cadence", skewed=True),
    Feature("short_sentences", "sentences of 5 words or fewer", "share", "cadence"),
    Feature("long_sentences", "sentences of 25 words or more", "share", "cadence"),
    *(
        Feature(name, label, "points", "readability", compared=name in _COMPARED_READABILITY)
        for name, label in _READABILITY.items()
    ),
    Feature("lexical_diversity", "varied vocabulary", "share of 50 words that differ", "vocabulary"),
    Feature("word_letters", "word length", "letters", "vocabulary"),
    Feature("long_words", "long words", "share", "vocabulary"),
    Feature("uncommon_words", "uncommon words", "share", "vocabulary", compared=False),
    Feature("function_words", "small words", "share", "vocabulary"),
    *(Feature(name, label, _PER_100, "wording", skewed=True) for name, (label, _) in CLASSES.items()),
    *(Feature(f"word_{word}", f"the word “{word}”", _PER_100, "small words", skewed=True) for word in COMMON),
    *(Feature(name, label, _PER_100, "punctuation", skewed=True) for name, (label, _) in _MARKS.items()),
    Feature("curly", "curly quotes and apostrophes", "share", "punctuation"),
    Feature("capital_words", "words in capitals", _PER_100, "layout", skewed=True),
    Feature("capitalised", "capitals inside sentences", _PER_100, "layout", skewed=True),
    Feature("numbers", "numbers", _PER_100, "layout", skewed=True),
    Feature("hashtags", "hashtags", "a post", "layout", skewed=True),
    Feature("emoji", "emoji", "a post", "layout", skewed=True),
    Feature("links", "links", "a post", "layout", skewed=True),
    Feature("mentions", "mentions", "a post", "layout", skewed=True),
    Feature("bullets", "lines that are bullets", "share", "layout"),
    Feature("blank_lines", "blank lines between blocks", "0 or 1", "layout"),
    Feature("opens_with_question", "opens with a question", "0 or 1", "opening and ending"),
    Feature("ends_with_question", "ends with a question", "0 or 1", "opening and ending"),
    Feature("ends_with_exclamation", "ends with an exclamation", "0 or 1", "opening and ending"),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
INDEX: dict[str, int] = {name: at for at, name in enumerate(NAMES)}


def features(text: str) -> Vector:
    """The vector of one text: float32, shape (len(NAMES),), finite or NaN, whatever the text."""
    found = measure(text)
    return np.array([found[name] for name in NAMES], dtype=np.float32)


def matrix(vectors: Sequence[Vector]) -> Matrix:
    """Vectors as rows: float32, shape (n, len(NAMES)); (0, len(NAMES)) of none."""
    return np.vstack(vectors).astype(np.float32) if len(vectors) else np.zeros((0, len(NAMES)), np.float32)


def measure(text: str) -> dict[str, float]:
    """All features by name, NaN where undefined."""
    text = FOLD.sub("", text)
    bare = LINK.sub(" ", text)
    found = WORD.findall(bare)
    lowered = [word.lower().replace("’", "'") for word in found]
    rate = 100.0 / len(found) if found else math.nan
    return {
        **_cadence(text, found),
        **{name: readability.MEASURES[name](bare) for name in _READABILITY},
        **_vocabulary(found, lowered),
        **_wording(lowered, rate),
        **{name: rate * len(pattern.findall(bare)) for name, pattern in MARKS.items()},
        **_layout(text, bare, found, rate),
    }


def _cadence(text: str, found: list[str]) -> dict[str, float]:
    blocks, whole = paragraphs(text), [s for s in sentences(text) if WORD.search(s)]
    lengths = [n for n in (len(WORD.findall(LINK.sub(" ", s))) for s in whole) if n]
    inside = [max(1, len(sentences(block))) for block in blocks]
    last = whole[-1].rstrip("\"'”’) ") if whole else ""
    return {
        "words": float(len(found)),
        "paragraphs": float(len(blocks)),
        "lines": float(len(lines(text))),
        "paragraph_words": len(found) / len(blocks) if blocks else math.nan,
        "paragraph_sentences": fmean(inside) if inside else math.nan,
        "one_sentence_paragraphs": sum(n == 1 for n in inside) / len(inside) if inside else math.nan,
        "sentence_words": fmean(lengths) if lengths else math.nan,
        "sentence_words_spread": pstdev(lengths) if len(lengths) > 1 else math.nan,
        "longest_sentence": float(max(lengths, default=math.nan)),
        "first_sentence_words": float(lengths[0]) if lengths else math.nan,
        "short_sentences": sum(n <= 5 for n in lengths) / len(lengths) if lengths else math.nan,
        "long_sentences": sum(n >= 25 for n in lengths) / len(lengths) if lengths else math.nan,
        "opens_with_question": float(whole[0].rstrip("\"'”’) ").endswith("?")) if whole else math.nan,
        "ends_with_question": float(last.endswith("?")) if whole else math.nan,
        "ends_with_exclamation": float(last.endswith("!")) if whole else math.nan,
    }


def _vocabulary(found: list[str], lowered: list[str]) -> dict[str, float]:
    n, common = len(found), vocabulary.background()
    part = 1 / n if n else math.nan
    return {
        "lexical_diversity": vocabulary.mattr(lowered),
        "word_letters": sum(map(len, found)) / n if n else math.nan,
        "long_words": part * sum(len(word) > 6 for word in found),
        "uncommon_words": part * sum(word not in common for word in lowered),
        "function_words": part * sum("function" in MEMBERSHIP.get(word, ()) for word in lowered),
    }


def _wording(lowered: list[str], rate: float) -> dict[str, float]:
    classes: Counter[str] = Counter()
    for word, count in (seen := Counter(lowered)).items():
        for name in MEMBERSHIP.get(word, ()):
            classes[name] += count
    classes["contractions"] = sum(n for word, n in seen.items() if "'" in word and not word.endswith("'s"))
    out = {name: rate * classes[name] for name in CLASSES}
    return out | {f"word_{word}": rate * seen[word] for word in COMMON}


def _layout(text: str, bare: str, found: list[str], rate: float) -> dict[str, float]:
    rows = lines(text)
    curly, straight = len(_CURLY.findall(bare)), len(_STRAIGHT.findall(bare))
    return {
        "curly": curly / (curly + straight) if curly + straight else math.nan,
        "capital_words": rate * sum(len(word) > 1 and word.isupper() for word in found),
        "capitalised": rate * sum(word[0].isupper() and not word.isupper() for word in found),
        "numbers": rate * sum(word[0].isdigit() for word in found),
        "hashtags": float(len(hashtags(text))),
        "emoji": float(len(emoji(text))),
        "links": float(len(LINK.findall(text))),
        "mentions": float(len(mentions(text))),
        "bullets": bullets(text) / len(rows) if rows else math.nan,
        "blank_lines": float(has_blank_lines(text)) if rows else math.nan,
    }
