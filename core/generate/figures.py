"""Numbers in a text, in digits and in words, so that none comes in that the brief does not hold."""

from __future__ import annotations

import regex

from analytics.text import LINK

_DIGITS = regex.compile(r"\p{N}+(?:[.,:]\p{N}+)*")
_WORD = regex.compile(r"\p{L}+")
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"  # noqa: E501
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS: dict[str, str] = {
    **{word: str(n) for n, word in enumerate(_UNITS.split())},
    **{word: str(20 + 10 * n) for n, word in enumerate(_TENS.split())},
    "dozen": "12",
    "dozens": "12",
    "hundred": "100",
    "hundreds": "100",
    "thousand": "1000",
    "thousands": "1000",
    "million": "1000000",
    "millions": "1000000",
    "billion": "1000000000",
    "billions": "1000000000",
    "half": "0.5",
    "twice": "2",
    "thrice": "3",
}
"""Number words and their value. "One" is left out where numbers are looked for: mostly it counts nothing."""


def numbers(text: str) -> list[str]:
    """Every number in a text as it is written, web addresses left out; "one" counts for nothing."""
    bare = LINK.sub(" ", text)
    found = [(m.start(), m.group()) for m in _DIGITS.finditer(bare)]
    found += [(m.start(), m.group()) for m in _WORD.finditer(bare) if m.group().lower() in WORDS.keys() - {"one"}]
    return [number for _, number in sorted(found)]


def value(number: str) -> str:
    """What a number is compared by: 1,000 and 1000 are one, and so are "four" and 4."""
    word = WORDS.get(number.lower())
    return word if word is not None else number.replace(",", "").strip(".:")


def allowed(material: str) -> frozenset[str]:
    """The values that a text made from this material may hold."""
    return frozenset(value(n) for n in numbers(material)) | ({"1"} if regex.search(r"(?i)\bone\b", material) else set())


def foreign(text: str, known: frozenset[str]) -> list[str]:
    """The numbers of a text that are not among the known values."""
    return [n for n in numbers(text) if value(n) not in known]
